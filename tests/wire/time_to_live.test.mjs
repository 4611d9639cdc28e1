// Time to live: the two operations, and what expires, when, and with which change record. The
// expiry tests have a clock of their own, which stands still until they advance it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DescribeTimeToLiveCommand, UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { call, createTable, eventually, exchange, ok, useServer } from './harness.mjs';

const kFiveYears = 5 * 365 * 24 * 3600;
const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });

const setTimeToLive = (server, TableName, AttributeName, Enabled = true) => (
  call(server, 'UpdateTimeToLive', {
    TableName, TimeToLiveSpecification: { AttributeName, Enabled },
  }));

async function enabled(server, table) {
  await eventually(async () => {
    const { TimeToLiveDescription } = await ok(server, 'DescribeTimeToLive', { TableName: table });
    return TimeToLiveDescription.TimeToLiveStatus === 'ENABLED';
  }, `time to live of ${table}`);
}

describe('operations', () => {
  const server = useServer();

  const refused = async (request, message, type = 'ValidationException') => {
    const { status, json } = await call(server, 'UpdateTimeToLive', request);
    assert.equal(status, 400);
    assert.match(json.__type, new RegExp(`#${type}$`));
    assert.equal(json.message, message);
  };

  test('a stock client enables, describes and disables', async () => {
    await createTable(server, 'Clients', 'pk:S');
    const client = server.sdk();
    const describeIt = async () => (await client.send(
      new DescribeTimeToLiveCommand({ TableName: 'Clients' }))).TimeToLiveDescription;
    assert.deepEqual(await describeIt(), { TimeToLiveStatus: 'DISABLED' });
    for (const Enabled of [true, false]) {
      const TimeToLiveSpecification = { AttributeName: 'expires', Enabled };
      const answer = await client.send(
        new UpdateTimeToLiveCommand({ TableName: 'Clients', TimeToLiveSpecification }));
      assert.deepEqual(answer.TimeToLiveSpecification, TimeToLiveSpecification);
      if (Enabled) {
        await enabled(server, 'Clients');
        assert.deepEqual(await describeIt(),
          { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
      }
    }
    assert.deepEqual(await describeIt(), { TimeToLiveStatus: 'DISABLED' });
  });

  test('what does not fit the present state is refused', async () => {
    const TableName = 'States';
    await createTable(server, TableName, 'pk:S');
    const specification = (AttributeName, Enabled) => (
      { TableName, TimeToLiveSpecification: { AttributeName, Enabled } });
    await refused(specification('a', false), 'TimeToLive is already disabled');
    await ok(server, 'UpdateTimeToLive', specification('a', true));
    await refused(specification('a', true), 'TimeToLive is already enabled');
    const other =
      'TimeToLive is active on a different AttributeName: current AttributeName is a';
    await refused(specification('b', true), other);
    await refused(specification('b', false), other);
    await ok(server, 'UpdateTimeToLive', specification('a', false));
    await ok(server, 'UpdateTimeToLive', specification('b', true));
  });

  test('bad input gets the messages of the front end', async () => {
    await createTable(server, 'Inputs', 'pk:S');
    const one = '1 validation error detected: ';
    const required = 'failed to satisfy constraint: Member must not be null';
    const path = 'timeToLiveSpecification';
    const TableName = 'Inputs';
    await refused({ TableName }, `${one}Value null at '${path}' ${required}`);
    await refused({ TableName, TimeToLiveSpecification: { AttributeName: 'a' } },
      `${one}Value null at '${path}.enabled' ${required}`);
    await refused({ TableName, TimeToLiveSpecification: { Enabled: true } },
      `${one}Value null at '${path}.attributeName' ${required}`);
    await refused({ TableName, TimeToLiveSpecification: { AttributeName: '', Enabled: true } },
      `${one}Value '' at '${path}.attributeName' failed to satisfy constraint: `
        + 'Member must have length greater than or equal to 1');
    await refused({ TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } },
      `${one}Value null at 'tableName' ${required}`);
    const missing = 'Requested resource not found: Table: Missing not found';
    const TimeToLiveSpecification = { AttributeName: 'a', Enabled: true };
    await refused({ TableName: 'Missing', TimeToLiveSpecification }, missing,
      'ResourceNotFoundException');
    const answer = await call(server, 'DescribeTimeToLive', { TableName: 'Missing' });
    assert.equal(answer.json.message, missing);
    const unnamed = await call(server, 'DescribeTimeToLive', {});
    assert.equal(unnamed.json.message,
      "The parameter 'TableName' is required but was not present in the request");
  });
});

describe('expiry', () => {
  const server = useServer({ flags: ['--clock=virtual', '--ttl_interval=1s'] });

  const clock = async (body) => {
    const answer = await exchange(server, {
      method: body === undefined ? 'GET' : 'POST', path: '/_admin/clock',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.now_ms;
  };
  const advance = (seconds) => clock({ advance_ms: seconds * 1000 });

  async function keysOf(table) {
    const keys = new Set();
    let ExclusiveStartKey;
    do {
      const page = await ok(server, 'Scan', {
        TableName: table, ProjectionExpression: 'pk', ExclusiveStartKey,
      });
      for (const { pk } of page.Items) keys.add(pk.S);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return keys;
  }

  /** The records of a table's stream from its beginning. */
  async function recordsOf(table) {
    const { Table } = await ok(server, 'DescribeTable', { TableName: table });
    const StreamArn = Table.LatestStreamArn;
    const { StreamDescription } = await ok(server, 'DescribeStream', { StreamArn });
    const records = [];
    for (const { ShardId } of StreamDescription.Shards) {
      let { ShardIterator } = await ok(server, 'GetShardIterator', {
        StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON',
      });
      for (;;) {
        const page = await ok(server, 'GetRecords', { ShardIterator });
        records.push(...page.Records);
        ShardIterator = page.NextShardIterator;
        if (page.Records.length === 0 || ShardIterator === undefined) break;
      }
    }
    return records;
  }

  const streamed = {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  };

  test('expired items are visible until they are deleted, and index entries go along', async () => {
    const nowS = Math.floor(await clock() / 1000);
    await createTable(server, 'Indexed', 'pk:S', undefined, {
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexes: [{
        IndexName: 'ByGroup', KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      }],
    });
    await ok(server, 'UpdateTimeToLive', {
      TableName: 'Indexed', TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
    await ok(server, 'PutItem', {
      TableName: 'Indexed', Item: { pk: s('a'), g: s('x'), expires: n(nowS + 60) },
    });
    const read = async () => (await ok(server, 'GetItem', {
      TableName: 'Indexed', Key: { pk: s('a') },
    })).Item;
    await advance(60);
    assert.ok(await read());
    await advance(1);
    await eventually(async () => (await read()) === undefined, 'the item to expire');
    const { Count } = await ok(server, 'Query', {
      TableName: 'Indexed', IndexName: 'ByGroup', KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': s('x') },
    });
    assert.equal(Count, 0);
    const { Table } = await ok(server, 'DescribeTable', { TableName: 'Indexed' });
    assert.equal(Table.ItemCount, 0);
  });

  test('an item refreshed in time stays', async () => {
    const nowS = Math.floor(await clock() / 1000);
    await createTable(server, 'Refreshed', 'pk:S');
    await setTimeToLive(server, 'Refreshed', 'expires');
    for (const pk of ['stays', 'goes']) {
      await ok(server, 'PutItem', {
        TableName: 'Refreshed', Item: { pk: s(pk), expires: n(nowS + 10) },
      });
    }
    await ok(server, 'UpdateItem', {
      TableName: 'Refreshed', Key: { pk: s('stays') }, UpdateExpression: 'SET expires = :e',
      ExpressionAttributeValues: { ':e': n(nowS + 1000) },
    });
    await advance(100);
    await eventually(async () => !(await keysOf('Refreshed')).has('goes'), 'the item to expire');
    assert.deepEqual(await keysOf('Refreshed'), new Set(['stays']));
  });

  // A hundred thousand items, some there before time to live was enabled, some after; exactly those
  // that are due go, each with the service's identity in its record, and none early.
  test('of 100,000 items exactly the expired ones are deleted', async () => {
    const table = 'Many';
    const count = 100000;
    const nowS = Math.floor(await clock() / 1000);
    await createTable(server, table, 'pk:S', undefined, streamed);
    const kinds = [
      (index) => [n(nowS - 1 - (index % 1000)), 0], // in the past
      (index) => [n(nowS + 1 + (index % 1000)), 1], // within the first period
      (index) => [n(nowS + 5000 + (index % 1000)), 2], // within the second
      () => [n(nowS + 900000), Infinity], // later
      () => [n(nowS - kFiveYears - 100), Infinity], // too old
      () => [n(nowS * 1000), Infinity], // milliseconds
      () => [s(String(nowS - 5)), Infinity], // not a number
      () => [undefined, Infinity],
    ];
    const periods = [new Set(), new Set(), new Set()];
    const items = Array.from({ length: count }, (_, index) => {
      const [expires, period] = kinds[index % kinds.length](index);
      if (period !== Infinity) periods[period].add(`k${index}`);
      const pk = s(`k${index}`);
      return expires === undefined ? { pk } : { pk, expires };
    });
    const batches = [];
    while (items.length > 0) batches.push(items.splice(0, 25));
    const write = async (some) => {
      const worker = async () => {
        for (let batch = some.pop(); batch !== undefined; batch = some.pop()) {
          const { UnprocessedItems } = await ok(server, 'BatchWriteItem', {
            RequestItems: { [table]: batch.map((Item) => ({ PutRequest: { Item } })) },
          });
          assert.deepEqual(UnprocessedItems, {});
        }
      };
      await Promise.all(Array.from({ length: 16 }, worker));
    };
    await write(batches.splice(0, batches.length / 2));
    await setTimeToLive(server, table, 'expires');
    await write(batches);
    await enabled(server, table);
    const gone = new Set();
    for (const [period, seconds] of [[0, 0], [1, 1002], [2, 5000]]) {
      if (seconds > 0) await advance(seconds);
      for (const key of periods[period]) gone.add(key);
      await eventually(async () => {
        const { Table } = await ok(server, 'DescribeTable', { TableName: table });
        assert.ok(Table.ItemCount >= count - gone.size, 'something went early');
        return Table.ItemCount === count - gone.size;
      }, `period ${period}`, 60000);
      const left = await keysOf(table);
      assert.equal(left.size, count - gone.size);
      for (const key of gone) assert.ok(!left.has(key), key);
    }
    const removals = (await recordsOf(table)).filter(({ eventName }) => eventName === 'REMOVE');
    assert.deepEqual(new Set(removals.map(({ dynamodb }) => dynamodb.Keys.pk.S)), gone);
    assert.equal(removals.length, gone.size);
    for (const { userIdentity } of removals) {
      assert.deepEqual(userIdentity, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' });
    }
  });
});
