// The process: what survives its death, what it refuses to start with, how it ends.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, describe, test } from 'node:test';
import {
  call, createTable, exchange, ok, putAll, removeDirectory, runToExit, startServer,
  temporaryDirectory, waitActive, waitGone,
} from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const arn = (name) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

const directories = [];
const running = new Set();
after(async () => {
  for (const server of running) await server.end('SIGKILL');
  directories.forEach(removeDirectory);
});

function ownDirectory() {
  directories.push(temporaryDirectory());
  return directories.at(-1);
}

async function start(dataDirectory, flags = []) {
  const server = await startServer({ dataDirectory, flags });
  running.add(server);
  return server;
}

async function end(server, signal) {
  running.delete(server);
  return server.end(signal);
}

const restarts = (body) => async () => {
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    const directory = ownDirectory();
    let server = await start(directory);
    const check = await body(server);
    await end(server, signal);
    server = await start(directory);
    await check(server, signal);
    await end(server, 'SIGKILL');
  }
};

describe('after a crash and after an orderly end', () => {
  test('acknowledged writes are there', restarts(async (server) => {
    await createTable(server, 'Things', 'pk:S', 'sk:N');
    await putAll(server, 'Things', Array.from({ length: 200 }, (_, index) => (
      { pk: s(`p${index % 7}`), sk: n(index), v: s('x'.repeat(index * 10)) })));
    const Key = { pk: s('p0'), sk: n(0) };
    await ok(server, 'UpdateItem', {
      TableName: 'Things', Key, UpdateExpression: 'SET a = :a REMOVE v',
      ExpressionAttributeValues: { ':a': n(1) },
    });
    await ok(server, 'DeleteItem', { TableName: 'Things', Key: { pk: s('p1'), sk: n(1) } });
    const before = await ok(server, 'Scan', { TableName: 'Things' });
    assert.equal(before.Count, 199);
    return async (again) => {
      assert.deepEqual(await ok(again, 'Scan', { TableName: 'Things' }), before);
      const { Item } = await ok(again, 'GetItem', { TableName: 'Things', Key });
      assert.deepEqual(Item, { ...Key, a: n(1) });
    };
  }));

  test('tables are the same tables', restarts(async (server) => {
    await createTable(server, 'Plain', 'pk:S', 'sk:N', {
      Tags: [{ Key: 'team', Value: 'blue' }], DeletionProtectionEnabled: true,
      OnDemandThroughput: { MaxReadRequestUnits: 10 },
    });
    await createTable(server, 'Provisioned', 'pk:B', undefined, {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    });
    await ok(server, 'UpdateTable', {
      TableName: 'Provisioned',
      ProvisionedThroughput: { ReadCapacityUnits: 6, WriteCapacityUnits: 7 },
    });
    await ok(server, 'PutItem', { TableName: 'Plain', Item: { pk: s('a'), sk: n(1) } });
    await waitActive(server, 'Provisioned');
    const names = ['Plain', 'Provisioned'];
    const describeAll = (from) => Promise.all(names.map((name) => waitActive(from, name)));
    const before = await describeAll(server);
    return async (again) => {
      assert.deepEqual(await describeAll(again), before);
      assert.deepEqual(await ok(again, 'ListTables', {}), { TableNames: names });
      assert.deepEqual(await ok(again, 'ListTagsOfResource', { ResourceArn: arn('Plain') }),
        { Tags: [{ Key: 'team', Value: 'blue' }] });
    };
  }));

  test('a deleted table stays deleted, and its rows stay gone', restarts(async (server) => {
    const first = await createTable(server, 'Gone', 'pk:S');
    await ok(server, 'PutItem', { TableName: 'Gone', Item: { pk: s('old') } });
    await ok(server, 'DeleteTable', { TableName: 'Gone' });
    await waitGone(server, 'Gone');
    return async (again) => {
      assert.deepEqual(await ok(again, 'ListTables', {}), { TableNames: [] });
      const second = await createTable(again, 'Gone', 'pk:S');
      assert.notEqual(second.TableId, first.TableId);
      assert.equal((await ok(again, 'Scan', { TableName: 'Gone' })).Count, 0);
      assert.equal(second.ItemCount, 0);
    };
  }));

  test('a table may be in the middle of being made', restarts(async (server) => {
    // Acknowledged is durable, for tables as well: it must become usable after all.
    await ok(server, 'CreateTable', {
      TableName: 'Young', BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    return async (again) => {
      await waitActive(again, 'Young');
      await ok(again, 'PutItem', { TableName: 'Young', Item: { pk: s('a') } });
    };
  }));

  test('counts and sizes are right again', restarts(async (server) => {
    await createTable(server, 'Counted', 'pk:S');
    await putAll(server, 'Counted', ['a', 'b', 'c'].map((pk) => ({ pk: s(pk) })));
    await ok(server, 'DeleteItem', { TableName: 'Counted', Key: { pk: s('b') } });
    return async (again) => {
      const { Table } = await ok(again, 'DescribeTable', { TableName: 'Counted' });
      assert.equal(Table.ItemCount, 2);
      assert.equal(Table.TableSizeBytes, 6);
    };
  }));
});

describe('the end', () => {
  test('SIGTERM ends with 0', async () => {
    const server = await start(ownDirectory());
    assert.deepEqual(await end(server, 'SIGTERM'), { code: 0, signal: null });
  });

  test('SIGTERM with idle and half-way connections ends with 0', async () => {
    // Clients keep connections open for minutes; the end must not wait for them.
    const server = await start(ownDirectory());
    await call(server, 'ListTables', {});
    const socket = net.connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => { socket.write('POST / HTTP/1.1\r\nHost: x\r\n', resolve); });
    assert.deepEqual(await end(server, 'SIGTERM'), { code: 0, signal: null });
    socket.destroy();
  });

  test('SIGTERM under load: what was answered is kept', async () => {
    const directory = ownDirectory();
    let server = await start(directory);
    await createTable(server, 'Busy', 'pk:N');
    const acknowledged = [];
    let stopping = false;
    const write = async (worker) => {
      for (let at = 0; !stopping; at += 1) {
        const pk = n(worker * 1000000 + at);
        const answer = await call(server, 'PutItem', { TableName: 'Busy', Item: { pk } })
          .catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(pk.N);
        else return;
        if (acknowledged.length === 300) stopping = true;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => write(worker)));
    const late = Array.from({ length: 8 }, (_, worker) => (
      call(server, 'PutItem', { TableName: 'Busy', Item: { pk: n(-1 - worker) } })
        .then((answer) => { if (answer.status === 200) acknowledged.push(String(-1 - worker)); })
        .catch(() => {})));
    assert.deepEqual(await end(server, 'SIGTERM'), { code: 0, signal: null });
    await Promise.all(late);
    server = await start(directory);
    const { Items } = await ok(server, 'Scan', { TableName: 'Busy' });
    const stored = new Set(Items.map((item) => item.pk.N));
    for (const pk of acknowledged) assert.ok(stored.has(pk), pk);
    await end(server, 'SIGTERM');
  });
});

describe('the start', () => {
  test('a second process on the same directory is refused, the first goes on', async () => {
    const directory = ownDirectory();
    const server = await start(directory);
    await createTable(server, 'Mine', 'pk:S');
    const second = await runToExit([`--data_dir=${directory}`, '--port=0']);
    assert.notEqual(second.code, 0);
    assert.notEqual(second.code, null, 'it ended by itself');
    assert.doesNotMatch(second.stdout, /millrace ready/);
    assert.match(second.stderr, /lock|in use|another/i, 'the reason can be read');
    await ok(server, 'PutItem', { TableName: 'Mine', Item: { pk: s('a') } });
    await end(server, 'SIGTERM');
  });

  test('open mode is for loopback only', async () => {
    // Otherwise anybody on the network could read and write everything.
    const result = await runToExit([
      `--data_dir=${ownDirectory()}`, '--port=0', '--host=0.0.0.0']);
    assert.notEqual(result.code, 0);
    assert.notEqual(result.code, null, 'it ended by itself');
    assert.doesNotMatch(result.stdout, /millrace ready/);
    assert.match(result.stderr, /0\.0\.0\.0|loopback/i, 'the reason can be read');
  });

  test('a flag that does not exist', async () => {
    const result = await runToExit([`--data_dir=${ownDirectory()}`, '--port=0', '--nonsense=1']);
    assert.notEqual(result.code, 0);
    assert.match(result.stderr, /nonsense/);
  });

  test('a value that a flag does not have', async () => {
    const result = await runToExit([`--data_dir=${ownDirectory()}`, '--port=0', '--auth=maybe']);
    assert.notEqual(result.code, 0);
    assert.notEqual(result.code, null, 'it ended by itself');
    assert.match(result.stderr, /auth/);
  });

  test('a port that is taken', async () => {
    const server = await start(ownDirectory());
    const result = await runToExit([`--data_dir=${ownDirectory()}`, `--port=${server.port}`]);
    assert.notEqual(result.code, 0);
    assert.notEqual(result.code, null, 'it ended by itself');
    await end(server, 'SIGTERM');
  });

  test('the ready line is all there is on standard output', async () => {
    const server = await start(ownDirectory());
    await call(server, 'ListTables', {});
    await end(server, 'SIGTERM');
    assert.equal(server.stdout, `millrace ready on http://127.0.0.1:${server.port}\n`);
  });

  test('a directory that does not exist yet is made', async () => {
    const directory = `${ownDirectory()}/deep/er`;
    const server = await start(directory);
    await createTable(server, 'Made', 'pk:S');
    await end(server, 'SIGTERM');
    assert.ok(fs.statSync(directory).isDirectory());
  });

  test('--account and --region stand in every ARN', async () => {
    const server = await start(ownDirectory(), ['--account=123456789012', '--region=eu-west-1']);
    const table = await createTable(server, 'Here', 'pk:S');
    assert.equal(table.TableArn, 'arn:aws:dynamodb:eu-west-1:123456789012:table/Here');
    const health = await exchange(server, { method: 'GET' });
    assert.equal(health.text, 'healthy: dynamodb.eu-west-1.amazonaws.com ');
    await end(server, 'SIGTERM');
  });

  test('--in_memory keeps nothing', async () => {
    const directory = ownDirectory();
    let server = await start(directory, ['--in_memory']);
    await createTable(server, 'Brief', 'pk:S');
    await ok(server, 'PutItem', { TableName: 'Brief', Item: { pk: s('a') } });
    assert.equal((await ok(server, 'Scan', { TableName: 'Brief' })).Count, 1);
    await end(server, 'SIGTERM');
    server = await start(directory, ['--in_memory']);
    assert.deepEqual(await ok(server, 'ListTables', {}), { TableNames: [] });
    await end(server, 'SIGTERM');
  });

  test('compacting gives back what deleted items took up', async () => {
    const directory = ownDirectory();
    let server = await start(directory);
    await createTable(server, 'Dense', 'pk:S');
    const letters = Array.from({ length: 20000 }, (_, index) => (
      String.fromCharCode(97 + ((index * index * 7919) >> 5) % 26))).join('');
    const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
    await putAll(server, 'Dense', keys.map((key) => ({ pk: s(key), text: s(key + letters) })));
    const compact = async () => {
      const answer = await exchange(server, { path: '/_admin/compact' });
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    };
    const full = await compact();
    for (const key of keys.slice(1)) {
      await ok(server, 'DeleteItem', { TableName: 'Dense', Key: { pk: s(key) } });
    }
    const sparse = await compact();
    assert.ok(sparse.bytes < full.bytes / 2, JSON.stringify([full, sparse]));
    assert.equal((await exchange(server, { method: 'GET', path: '/_admin/compact' })).status, 405);
    await end(server, 'SIGKILL');
    server = await start(directory);
    assert.equal((await ok(server, 'Scan', { TableName: 'Dense' })).Count, 1);
    await end(server, 'SIGTERM');
  });
});
