// BatchGetItem and BatchWriteItem: what they do, with the stock SDK where it helps and over raw
// HTTP where the exact answer matters. Their error messages are in messages/batches.mjs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchGetItemCommand, BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { call, createTable, ok, putAll, startServer, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const kArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/Hash';

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
});

const key = (text) => ({ pk: s(text) });
const put = (item) => ({ PutRequest: { Item: item } });
const remove = (Key) => ({ DeleteRequest: { Key } });
const write = (RequestItems, members = {}) => (
  ok(server, 'BatchWriteItem', { RequestItems, ...members }));
const read = (RequestItems, members = {}) => (
  ok(server, 'BatchGetItem', { RequestItems, ...members }));
const get = async (TableName, Key) => (await ok(server, 'GetItem', { TableName, Key })).Item;
/** An item of exactly `size` bytes. */
const sized = (pk, size) => ({ pk: s(pk), v: s('x'.repeat(size - 3 - pk.length)) });
const numbered = (prefix, count) => Array.from({ length: count }, (_, index) => prefix + index);
const byKey = (items) => items.map((item) => item.pk.S).sort();

describe('BatchWriteItem', () => {
  test('puts and deletes in several tables', async () => {
    await putAll(server, 'Hash', [key('w1'), { ...key('w2'), old: n(1) }]);
    assert.deepEqual(await write({
      Hash: [remove(key('w1')), put({ ...key('w2'), v: n(2) }), remove(key('never'))],
      Range: [put({ pk: s('w1'), sk: n(1) }), put({ pk: s('w1'), sk: n(2) })],
    }), { UnprocessedItems: {} });
    assert.equal(await get('Hash', key('w1')), undefined);
    assert.deepEqual(await get('Hash', key('w2')), { ...key('w2'), v: n(2) });
    assert.deepEqual(await get('Range', { pk: s('w1'), sk: n(2) }), { pk: s('w1'), sk: n(2) });
  });

  test('25 requests, counted by DescribeTable', async () => {
    await createTable(server, 'Counted', 'pk:S');
    await write({ Counted: numbered('k', 25).map((text) => put(key(text))) });
    await write({
      Counted: [...numbered('k', 10).map((text) => remove(key(text))), put(key('k10'))],
    });
    const { Table } = await ok(server, 'DescribeTable', { TableName: 'Counted' });
    assert.equal(Table.ItemCount, 15);
    // "pk" and "k10" to "k24".
    assert.equal(Table.TableSizeBytes, 15 * 5);
  });

  test('nothing is written when one request is wrong', async () => {
    const answer = await call(server, 'BatchWriteItem', {
      RequestItems: { Hash: [put(key('wrong')), put({ pk: n(1) })] },
    });
    assert.equal(answer.status, 400);
    assert.equal(await get('Hash', key('wrong')), undefined);
  });

  test('a table by its ARN', async () => {
    const answer = await write({ [kArn]: [put(key('arn'))] }, { ReturnConsumedCapacity: 'TOTAL' });
    assert.deepEqual(answer.ConsumedCapacity, [{ TableName: kArn, CapacityUnits: 1 }]);
    assert.deepEqual(await get('Hash', key('arn')), key('arn'));
  });

  test('25 items of the largest size', async () => {
    // 10 MiB in one request and one commit.
    const items = numbered('large', 25).map((text) => sized(text, 409600));
    assert.deepEqual(await write({ Hash: items.map(put) }), { UnprocessedItems: {} });
    assert.deepEqual(await get('Hash', key('large24')), items[24]);
    await write({ Hash: items.map((item) => remove({ pk: item.pk })) });
  });

  test('capacity: the larger image of each item, one entry a table', async () => {
    await putAll(server, 'Hash', [sized('c1', 3000), sized('c2', 100)]);
    const answer = await write({
      Range: [put({ pk: s('c'), sk: n(1) })],
      Hash: [remove(key('c1')), put(sized('c2', 1025)), remove(key('c3'))],
    }, { ReturnConsumedCapacity: 'INDEXES' });
    assert.deepEqual(answer.ConsumedCapacity, [
      { TableName: 'Hash', CapacityUnits: 6, Table: { CapacityUnits: 6 } },
      { TableName: 'Range', CapacityUnits: 1, Table: { CapacityUnits: 1 } },
    ]);
    // Metrics are of item collections, which need a local index.
    assert.deepEqual(await write({ Hash: [remove(key('c2'))] }, {
      ReturnItemCollectionMetrics: 'SIZE',
    }), { UnprocessedItems: {} });
  });

  test('many at once', async () => {
    await Promise.all(numbered('m', 40).map((prefix) => write({
      Hash: numbered(`${prefix}-`, 25).map((text) => put({ ...key(text), v: s(prefix) })),
    })));
    const { Responses } = await read({ Hash: { Keys: numbered('m39-', 25).map(key) } });
    assert.equal(Responses.Hash.length, 25);
  });
});

describe('BatchGetItem', () => {
  test('items of several tables, absent ones skipped', async () => {
    await putAll(server, 'Hash', [{ ...key('g1'), v: n(1) }, { ...key('g2'), v: n(2) }]);
    await putAll(server, 'Range', [{ pk: s('g'), sk: n(1), v: s('x') }]);
    const { Responses, UnprocessedKeys } = await read({
      Hash: { Keys: [key('g2'), key('none'), key('g1')] },
      Range: { Keys: [{ sk: n('1.0'), pk: s('g') }, { pk: s('g'), sk: n(2) }] },
      [kArn]: { Keys: [key('none')] },
    });
    assert.deepEqual(byKey(Responses.Hash), ['g1', 'g2']);
    assert.deepEqual(Responses.Range, [{ pk: s('g'), sk: n(1), v: s('x') }]);
    assert.deepEqual(Responses[kArn], []);
    assert.deepEqual(UnprocessedKeys, {});
  });

  test('projections, each table its own', async () => {
    await putAll(server, 'Hash', [{ ...key('p1'), doc: { M: { a: n(1), b: n(2) } }, v: n(1) }]);
    await putAll(server, 'Range', [{ pk: s('p'), sk: n(1), v: s('x'), w: s('y') }]);
    const { Responses } = await read({
      Hash: {
        Keys: [key('p1')], ProjectionExpression: 'doc.#b, absent',
        ExpressionAttributeNames: { '#b': 'b' },
      },
      Range: { Keys: [{ pk: s('p'), sk: n(1) }], ProjectionExpression: 'w' },
    });
    assert.deepEqual(Responses, {
      Hash: [{ doc: { M: { b: n(2) } } }], Range: [{ w: s('y') }],
    });
    const legacy = await read({ Hash: { Keys: [key('p1')], AttributesToGet: ['v', 'absent'] } });
    assert.deepEqual(legacy.Responses.Hash, [{ v: n(1) }]);
  });

  test('100 keys, read apart from the other connections', async () => {
    const names = numbered('hundred', 100);
    await putAll(server, 'Hash', names.map(key));
    const { Responses, UnprocessedKeys } = await read({ Hash: { Keys: names.map(key) } });
    assert.deepEqual(byKey(Responses.Hash), [...names].sort());
    assert.deepEqual(UnprocessedKeys, {});
  });

  test('capacity: every key, absent ones included, halved unless consistent', async () => {
    await putAll(server, 'Hash', [sized('q1', 4097), sized('q2', 10)]);
    await putAll(server, 'Range', [{ pk: s('q'), sk: n(1) }]);
    const { ConsumedCapacity } = await read({
      Range: { Keys: [{ pk: s('q'), sk: n(1) }, { pk: s('q'), sk: n(2) }], ConsistentRead: true },
      Hash: { Keys: [key('q1'), key('q2'), key('q3')] },
    }, { ReturnConsumedCapacity: 'TOTAL' });
    assert.deepEqual(ConsumedCapacity, [
      { TableName: 'Hash', CapacityUnits: 2 }, { TableName: 'Range', CapacityUnits: 2 },
    ]);
  });

  test('what exceeds 16 MiB is left for the next call', async () => {
    const names = numbered('huge', 42);
    for (let index = 0; index < names.length; index += 21) {
      await write({
        Hash: names.slice(index, index + 21).map((text) => put(sized(text, 409600))),
      });
    }
    const request = {
      Keys: names.map(key), ConsistentRead: true, ProjectionExpression: '#p, v',
      ExpressionAttributeNames: { '#p': 'pk' },
    };
    const first = await read({ Hash: request, Range: { Keys: [{ pk: s('z'), sk: n(1) }] } },
      { ReturnConsumedCapacity: 'TOTAL' });
    // 40 of 400 KiB are 15.6 MiB; the 41st would exceed 16 MiB.
    assert.equal(first.Responses.Hash.length, 40);
    assert.deepEqual(first.Responses.Range, []);
    assert.deepEqual(first.UnprocessedKeys, {
      Hash: { ...request, Keys: names.slice(40).map(key) },
      Range: { Keys: [{ pk: s('z'), sk: n(1) }] },
    });
    assert.deepEqual(first.ConsumedCapacity, [{ TableName: 'Hash', CapacityUnits: 4000 }]);
    const second = await read(first.UnprocessedKeys);
    assert.deepEqual(byKey(second.Responses.Hash), names.slice(40).sort());
    assert.deepEqual(second.UnprocessedKeys, {});
    for (let index = 0; index < names.length; index += 21) {
      await write({ Hash: names.slice(index, index + 21).map((text) => remove(key(text))) });
    }
  });
});

test('the stock SDK reads its own writes', async () => {
  const client = server.sdk();
  const written = await client.send(new BatchWriteItemCommand({
    RequestItems: { Hash: [put({ ...key('sdk'), v: { B: Buffer.from('bytes') } })] },
  }));
  assert.deepEqual(written.UnprocessedItems, {});
  const { Responses } = await client.send(new BatchGetItemCommand({
    RequestItems: { Hash: { Keys: [key('sdk')] } },
  }));
  assert.equal(Buffer.from(Responses.Hash[0].v.B).toString(), 'bytes');
});

test('an acknowledged batch outlives a kill', async () => {
  const first = await startServer();
  try {
    await createTable(first, 'Kept', 'pk:S');
    await ok(first, 'BatchWriteItem', {
      RequestItems: { Kept: numbered('k', 25).map((text) => put(key(text))) },
    });
    await first.end('SIGKILL');
    const second = await startServer({ dataDirectory: first.dataDirectory });
    try {
      const { Responses } = await ok(second, 'BatchGetItem', {
        RequestItems: { Kept: { Keys: numbered('k', 25).map(key) } },
      });
      assert.equal(Responses.Kept.length, 25);
    } finally {
      await second.end('SIGKILL');
    }
  } finally {
    await first.close();
  }
});
