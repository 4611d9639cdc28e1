// ConsumedCapacity of tables without indexes: people size and bill by these numbers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTable, ok, putAll, useServer } from './harness.mjs';

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
});

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });

/** An item of exactly `size` bytes. */
const sized = (pk, size) => (
  { pk: s(pk), v: s('x'.repeat(size - 'pk'.length - pk.length - 'v'.length)) });
const put = async (item, members = {}) => (await ok(server, 'PutItem', {
  TableName: 'Hash', Item: item, ReturnConsumedCapacity: 'TOTAL', ...members,
})).ConsumedCapacity;
const units = (count, table = 'Hash') => ({ TableName: table, CapacityUnits: count });

describe('shape', () => {
  const Key = { pk: s('shape') };

  test('NONE and nothing', async () => {
    for (const ReturnConsumedCapacity of ['NONE', undefined]) {
      assert.deepEqual(await ok(server, 'PutItem', {
        TableName: 'Hash', Item: Key, ReturnConsumedCapacity,
      }), {});
      assert.deepEqual(await ok(server, 'GetItem', {
        TableName: 'Hash', Key, ReturnConsumedCapacity,
      }), { Item: Key });
    }
  });

  test('TOTAL and INDEXES', async () => {
    assert.deepEqual(await put(Key), units(1));
    assert.deepEqual(await put(Key, { ReturnConsumedCapacity: 'INDEXES' }),
      { ...units(1), Table: { CapacityUnits: 1 } });
    for (const [operation, members] of [
      ['GetItem', { Key }], ['UpdateItem', { Key }], ['DeleteItem', { Key }], ['Scan', {}],
      ['Query', {
        KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': s('shape') },
      }],
    ]) {
      const { ConsumedCapacity } = await ok(server, operation, {
        TableName: 'Hash', ...members, ReturnConsumedCapacity: 'INDEXES',
      });
      assert.deepEqual(ConsumedCapacity.Table, { CapacityUnits: ConsumedCapacity.CapacityUnits });
      assert.deepEqual(Object.keys(ConsumedCapacity).sort(),
        ['CapacityUnits', 'Table', 'TableName'], operation);
    }
  });

  test('the table is named as the request named it', async () => {
    const TableName = 'arn:aws:dynamodb:us-east-1:000000000000:table/Hash';
    assert.deepEqual(await put(Key, { TableName }), units(1, TableName));
  });

  test('ItemCollectionMetrics stay away without local indexes', async () => {
    assert.deepEqual(await ok(server, 'PutItem', {
      TableName: 'Range', Item: { pk: s('m'), sk: n(1) }, ReturnItemCollectionMetrics: 'SIZE',
    }), {});
  });
});

describe('writes round up to 1 KiB', () => {
  for (const [size, expected] of [[10, 1], [1024, 1], [1025, 2], [2048, 2], [409600, 400]]) {
    test(`a put of ${size} bytes costs ${expected}`, async () => {
      await ok(server, 'DeleteItem', { TableName: 'Hash', Key: { pk: s('w') } });
      assert.deepEqual(await put(sized('w', size)), units(expected));
    });
  }

  test('a put costs the larger of old and new', async () => {
    await put(sized('larger', 3000));
    assert.deepEqual(await put(sized('larger', 100)), units(3));
    assert.deepEqual(await put(sized('larger', 2000)), units(2));
  });

  test('an update costs the larger of old and new', async () => {
    const update = async (size) => (await ok(server, 'UpdateItem', {
      TableName: 'Hash', Key: { pk: s('update') }, UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': sized('update', size).v },
      ReturnConsumedCapacity: 'TOTAL',
    })).ConsumedCapacity;
    assert.deepEqual(await update(1025), units(2));
    assert.deepEqual(await update(5000), units(5));
    assert.deepEqual(await update(100), units(5));
    assert.deepEqual(await update(100), units(1));
  });

  test('a delete costs what it removes, at least 1', async () => {
    const remove = async (pk) => (await ok(server, 'DeleteItem', {
      TableName: 'Hash', Key: { pk: s(pk) }, ReturnConsumedCapacity: 'TOTAL',
    })).ConsumedCapacity;
    await put(sized('remove', 2049));
    assert.deepEqual(await remove('remove'), units(3));
    assert.deepEqual(await remove('remove'), units(1));
  });
});

describe('reads round up to 4 KiB, half when eventually consistent', () => {
  for (const [size, expected] of [[10, 1], [4096, 1], [4097, 2], [8192, 2], [40961, 11]]) {
    test(`a get of ${size} bytes costs ${expected}`, async () => {
      await put(sized('r', size));
      const get = async (members) => (await ok(server, 'GetItem', {
        TableName: 'Hash', Key: { pk: s('r') }, ReturnConsumedCapacity: 'TOTAL', ...members,
      })).ConsumedCapacity;
      assert.deepEqual(await get({ ConsistentRead: true }), units(expected));
      assert.deepEqual(await get({}), units(expected / 2));
      assert.deepEqual(await get({ ProjectionExpression: 'pk' }), units(expected / 2),
        'a projection saves nothing');
    });
  }

  test('a missing item costs the minimum', async () => {
    for (const [ConsistentRead, expected] of [[true, 1], [false, 0.5]]) {
      const { ConsumedCapacity } = await ok(server, 'GetItem', {
        TableName: 'Hash', Key: { pk: s('missing') }, ReturnConsumedCapacity: 'TOTAL',
        ConsistentRead,
      });
      assert.deepEqual(ConsumedCapacity, units(expected));
    }
  });

  test('a page is summed before it is rounded', async () => {
    // Ten items of 1000 bytes are 10000 bytes: 3 units, not 10.
    const base = 'pk'.length + 1 + 'sk'.length + 2 + 'v'.length;
    await putAll(server, 'Range', Array.from({ length: 10 }, (_, index) => (
      { pk: s('s'), sk: n(index + 1), v: s('x'.repeat(1000 - base)) })));
    const query = async (members) => (await ok(server, 'Query', {
      TableName: 'Range', KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': s('s') }, ReturnConsumedCapacity: 'TOTAL', ...members,
    })).ConsumedCapacity;
    assert.deepEqual(await query({ ConsistentRead: true }), units(3, 'Range'));
    assert.deepEqual(await query({}), units(1.5, 'Range'));
    assert.deepEqual(await query({ ConsistentRead: true, Select: 'COUNT' }), units(3, 'Range'));
    assert.deepEqual(await query({ ConsistentRead: true, Limit: 4 }), units(1, 'Range'));
    assert.deepEqual(await query({
      ConsistentRead: true, FilterExpression: 'v = :x',
      ExpressionAttributeValues: { ':p': s('s'), ':x': s('no') },
    }), units(3, 'Range'), 'a filter saves nothing');
    assert.deepEqual(await query({ ExpressionAttributeValues: { ':p': s('none') } }),
      units(0.5, 'Range'), 'an empty page');
  });

  test('Scan', async () => {
    const { ConsumedCapacity, ScannedCount } = await ok(server, 'Scan', {
      TableName: 'Range', ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true,
      FilterExpression: 'attribute_exists(v)',
    });
    assert.ok(ScannedCount >= 10);
    assert.equal(ConsumedCapacity.CapacityUnits, 3);
  });
});
