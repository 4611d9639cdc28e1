// Sizes: the largest item, the largest keys, and one byte more. A byte counted differently from
// the service is a write that works here and fails there.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, createTable, ok, useServer } from './harness.mjs';

const kItemMax = 409600;
const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:B', 'sk:B');
});

const s = (text) => ({ S: text });
const n = (text) => ({ N: text });
const put = (item) => call(server, 'PutItem', { TableName: 'Hash', Item: item });
const kTooLarge = 'Item size has exceeded the maximum allowed size';
const kTooLargeUpdate = 'Item size to update has exceeded the maximum allowed size';

/** The item of exactly `size` bytes that has the attributes given, beside key and filler. */
function itemOfSize(size, attributes, attributesSize) {
  const used = 'pk'.length + 'a'.length + 'v'.length + attributesSize;
  return { pk: s('a'), ...attributes, v: s('x'.repeat(size - used)) };
}

describe('PutItem', () => {
  // [value of an attribute named "w", its size without the name]
  for (const [name, value, size] of [
    ['S', s('abc'), 3], ['S in two bytes a letter', s('\u00e9\u00e9'), 4],
    ['S in four bytes', s('\u{1f600}'), 4], ['empty S', s(''), 0],
    ['B', { B: Buffer.from('abcd').toString('base64') }, 4],
    ['BOOL', { BOOL: true }, 1], ['NULL', { NULL: true }, 1],
    ['SS', { SS: ['ab', 'c', ''] }, 3], ['BS', { BS: ['AAAA', 'AQ=='] }, 4],
    ['NS', { NS: ['1', '22', '333'] }, 2 + 2 + 3],
    ['empty L', { L: [] }, 3], ['L', { L: [s('ab'), n('1')] }, 3 + 2 + 2 + 2],
    ['empty M', { M: {} }, 3],
    ['M', { M: { ab: s('cde'), f: n('1') } }, 3 + (2 + 1 + 3) + (1 + 1 + 2)],
    ['nested', { L: [{ M: { a: { L: [] } } }] }, 3 + 1 + (3 + 1 + 1 + 3)],
    ...[['0', 1], ['5', 2], ['42', 2], ['-42', 3], ['123', 3], ['1.5', 3], ['0.0000001', 2],
      ['1E125', 2], ['9'.repeat(38), 20], ['-1.25', 4], ['100', 2], ['0.1', 2], ['12345.678', 6],
    ].map(([text, size]) => [`N ${text}`, n(text), size]),
  ]) {
    test(`${name} is ${size} bytes`, async () => {
      const attributes = { w: value };
      const good = await put(itemOfSize(kItemMax, attributes, 1 + size));
      assert.equal(good.status, 200, `exactly the limit: ${good.text}`);
      const bad = await put(itemOfSize(kItemMax + 1, attributes, 1 + size));
      assert.equal(bad.status, 400, 'one byte more');
      assert.equal(bad.json.message, kTooLarge);
    });
  }

  test('names count, in bytes', async () => {
    const name = '\u00e9'.repeat(100);
    assert.equal((await put(itemOfSize(kItemMax, { [name]: s('') }, 200))).status, 200);
    assert.equal((await put(itemOfSize(kItemMax + 1, { [name]: s('') }, 200))).status, 400);
  });

  test('a refused put leaves the stored item alone', async () => {
    await put({ pk: s('kept'), v: s('old') });
    assert.equal((await put({ pk: s('kept'), v: s('x'.repeat(kItemMax)) })).status, 400);
    const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key: { pk: s('kept') } });
    assert.deepEqual(Item, { pk: s('kept'), v: s('old') });
  });

  test('the largest item comes back whole', async () => {
    const item = itemOfSize(kItemMax, {}, 0);
    assert.equal((await put(item)).status, 200);
    const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key: { pk: s('a') } });
    assert.deepEqual(Item, item);
  });
});

describe('UpdateItem', () => {
  // The measure is item - key attributes + cost: 3 for the update, 19 per SET or ADD, 2 per REMOVE
  // or DELETE, 1 more through a list index, 50 more for arithmetic.
  const kKeySize = 'pk'.length + 'u'.length;
  const Key = { pk: s('u') };

  /** Tries an update whose resulting item has `size` bytes; `rest` is the size beside v. */
  async function attempt(size, before, text, values, rest) {
    await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, ...before } });
    return call(server, 'UpdateItem', {
      TableName: 'Hash', Key, UpdateExpression: text,
      ExpressionAttributeValues: {
        ':v': s('x'.repeat(size - kKeySize - 'v'.length - rest)), ...values,
      },
    });
  }

  for (const [name, before, text, values, rest, cost] of [
    ['one SET', {}, 'SET v = :v', {}, 0, 3 + 19],
    ['two SETs', {}, 'SET v = :v, w = :w', { ':w': s('') }, 1, 3 + 38],
    ['SET and ADD', {}, 'SET v = :v ADD w :w', { ':w': n('5') }, 1 + 2, 3 + 38],
    ['SET and REMOVE', { w: s('') }, 'SET v = :v REMOVE w', {}, 0, 3 + 19 + 2],
    ['SET and DELETE', { w: { SS: ['a', 'b'] } }, 'SET v = :v DELETE w :w',
      { ':w': { SS: ['b'] } }, 1 + 1, 3 + 19 + 2],
    ['SET through an index', { w: { L: [s('')] } }, 'SET v = :v, w[0] = :w', { ':w': s('') },
      1 + 3 + 1, 3 + 38 + 1],
    ['SET with arithmetic', { w: n('1') }, 'SET v = :v, w = w + :w', { ':w': n('1') }, 1 + 2,
      3 + 38 + 50],
  ]) {
    test(`${name} costs ${cost}`, async () => {
      const limit = kItemMax + kKeySize - cost;
      const good = await attempt(limit, before, text, values, rest);
      assert.equal(good.status, 200, `exactly the limit: ${good.text}`);
      const bad = await attempt(limit + 1, before, text, values, rest);
      assert.equal(bad.status, 400, 'one byte more');
      assert.equal(bad.json.message, kTooLargeUpdate);
    });
  }

  test('a refused update leaves the stored item alone', async () => {
    const answer = await attempt(kItemMax + 1, { w: s('old') }, 'SET v = :v, w = :w',
      { ':w': s('new') }, 1 + 3);
    assert.equal(answer.status, 400);
    const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key });
    assert.deepEqual(Item, { ...Key, w: s('old') });
  });
});

describe('keys', () => {
  const bytes = (size) => ({ B: Buffer.alloc(size, 0).toString('base64') });

  test('the longest keys, worst bytes included', async () => {
    // Zero bytes are what an order-preserving encoding has to escape.
    for (const fill of [0, 255]) {
      const Key = {
        pk: { B: Buffer.alloc(2048, fill).toString('base64') },
        sk: { B: Buffer.alloc(1024, fill).toString('base64') },
      };
      await ok(server, 'PutItem', { TableName: 'Range', Item: { ...Key, v: n('1') } });
      const { Item } = await ok(server, 'GetItem', { TableName: 'Range', Key });
      assert.deepEqual(Item, { ...Key, v: n('1') });
    }
  });

  test('keys that are prefixes of each other are different keys', async () => {
    for (let size = 1; size <= 5; size += 1) {
      await ok(server, 'PutItem', {
        TableName: 'Range', Item: { pk: bytes(1), sk: bytes(size), v: n(String(size)) },
      });
      await ok(server, 'PutItem', {
        TableName: 'Range', Item: { pk: bytes(size + 1), sk: bytes(1), v: n(String(-size)) },
      });
    }
    for (let size = 1; size <= 5; size += 1) {
      const { Item } = await ok(server, 'GetItem', {
        TableName: 'Range', Key: { pk: bytes(1), sk: bytes(size) },
      });
      assert.deepEqual(Item.v, n(String(size)));
    }
  });
});
