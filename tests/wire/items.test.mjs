// Single items: put, get, delete; what each ReturnValues answers; what a read shows.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { call, createTable, ok, useServer } from './harness.mjs';

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
});

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const put = (item, members = {}) => ok(server, 'PutItem',
  { TableName: 'Hash', Item: item, ...members });
const get = async (pk, members = {}) => (await ok(server, 'GetItem',
  { TableName: 'Hash', Key: { pk: s(pk) }, ...members }));
const remove = (pk, members = {}) => ok(server, 'DeleteItem',
  { TableName: 'Hash', Key: { pk: s(pk) }, ...members });
const update = (pk, members = {}) => ok(server, 'UpdateItem',
  { TableName: 'Hash', Key: { pk: s(pk) }, ...members });

/** One attribute of every type, nested ones included. */
const kEverything = {
  string: s('text'), empty: s(''), number: n('-12.5'), binary: { B: 'AAEC/w==' },
  nothing: { B: '' }, yes: { BOOL: true }, no: { BOOL: false }, null: { NULL: true },
  strings: { SS: ['b', 'a', ''] }, numbers: { NS: ['3', '-1', '2.5'] },
  binaries: { BS: ['AQ==', 'AA==', ''] }, emptyList: { L: [] }, emptyMap: { M: {} },
  list: { L: [s('a'), n(1), { L: [{ NULL: true }] }, { M: { x: { BOOL: false } } }] },
  map: { M: { a: s('b'), 'dotted.name': { M: { deep: { L: [n(1)] } } }, '': s('empty name') } },
};

describe('PutItem and GetItem', () => {
  test('every type comes back as it was sent', async () => {
    await put({ pk: s('types'), ...kEverything });
    const { Item } = await get('types');
    for (const set of ['strings', 'numbers', 'binaries']) {
      for (const type of Object.keys(Item[set])) {
        Item[set][type].sort();
        kEverything[set][type].sort();
      }
    }
    assert.deepEqual(Item, { pk: s('types'), ...kEverything });
  });

  test('an absent item has no Item member', async () => {
    assert.deepEqual(await get('absent'), {});
    assert.deepEqual(await get('absent', { ConsistentRead: true }), {});
  });

  test('a put replaces the whole item', async () => {
    await put({ pk: s('whole'), a: n(1), b: n(2) });
    await put({ pk: s('whole'), b: n(3) });
    assert.deepEqual((await get('whole')).Item, { pk: s('whole'), b: n(3) });
  });

  test('ReturnValues of a put', async () => {
    assert.deepEqual(await put({ pk: s('returns'), a: n(1) }, { ReturnValues: 'ALL_OLD' }), {});
    assert.deepEqual(await put({ pk: s('returns'), a: n(2) }, { ReturnValues: 'ALL_OLD' }),
      { Attributes: { pk: s('returns'), a: n(1) } });
    assert.deepEqual(await put({ pk: s('returns'), a: n(3) }, { ReturnValues: 'NONE' }), {});
    assert.deepEqual(await put({ pk: s('returns'), a: n(4) }), {});
  });

  test('a write is visible to the next read, consistent or not', async () => {
    for (let round = 0; round < 20; round += 1) {
      await put({ pk: s('fresh'), a: n(round) });
      assert.deepEqual((await get('fresh', { ConsistentRead: round % 2 === 0 })).Item.a, n(round));
    }
  });

  test('items are told apart by the whole key', async () => {
    for (const [pk, sk] of [['a', 1], ['a', 2], ['b', 1]]) {
      await ok(server, 'PutItem', {
        TableName: 'Range', Item: { pk: s(pk), sk: n(sk), v: s(`${pk}${sk}`) },
      });
    }
    for (const [pk, sk] of [['a', '1.0'], ['a', '2'], ['b', '01']]) {
      const { Item } = await ok(server, 'GetItem', {
        TableName: 'Range', Key: { pk: s(pk), sk: n(sk) },
      });
      assert.equal(Item.v.S, `${pk}${Number(sk)}`);
    }
    const { Item } = await ok(server, 'GetItem', {
      TableName: 'Range', Key: { sk: n('2'), pk: s('a') },
    });
    assert.equal(Item.v.S, 'a2', 'the order of key members does not matter');
  });

  test('AttributesToGet takes top-level names literally', async () => {
    await put({ pk: s('names'), 'a.b': n(1), a: { M: { b: n(2) } }, c: n(3) });
    assert.deepEqual(await get('names', { AttributesToGet: ['a.b', 'c', 'zz'] }),
      { Item: { 'a.b': n(1), c: n(3) } });
    assert.deepEqual(await get('names', { AttributesToGet: ['zz'] }), { Item: {} });
    assert.deepEqual(await get('absent', { AttributesToGet: ['a'] }), {});
  });

  test('long attribute names', async () => {
    const name = 'n'.repeat(65535);
    await put({ pk: s('long'), [name]: n(1) });
    assert.deepEqual((await get('long')).Item, { pk: s('long'), [name]: n(1) });
  });

  test('the deepest legal value', async () => {
    let value = s('x');
    for (let level = 31; level > 0; level -= 1) value = { M: { a: value } };
    await put({ pk: s('deep'), v: value });
    assert.deepEqual((await get('deep')).Item.v, value);
  });

  test('hundreds of attributes', async () => {
    const item = { pk: s('wide') };
    for (let index = 0; index < 500; index += 1) item[`attribute${index}`] = n(index);
    await put(item);
    assert.deepEqual((await get('wide')).Item, item);
  });
});

describe('DeleteItem', () => {
  test('deleting nothing succeeds', async () => {
    assert.deepEqual(await remove('absent'), {});
    assert.deepEqual(await remove('absent', { ReturnValues: 'ALL_OLD' }), {});
  });

  test('the old item is answered on request', async () => {
    await put({ pk: s('gone'), a: n(1) });
    assert.deepEqual(await remove('gone', { ReturnValues: 'ALL_OLD' }),
      { Attributes: { pk: s('gone'), a: n(1) } });
    assert.deepEqual(await get('gone'), {});
    await put({ pk: s('gone'), a: n(1) });
    assert.deepEqual(await remove('gone'), {});
    assert.deepEqual(await get('gone'), {});
  });

  test('only the named item goes', async () => {
    for (const sk of [1, 2]) {
      await ok(server, 'PutItem', { TableName: 'Range', Item: { pk: s('del'), sk: n(sk) } });
    }
    await ok(server, 'DeleteItem', { TableName: 'Range', Key: { pk: s('del'), sk: n(1) } });
    const { Items } = await ok(server, 'Query', {
      TableName: 'Range', KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': s('del') },
    });
    assert.deepEqual(Items, [{ pk: s('del'), sk: n(2) }]);
  });
});

describe('UpdateItem: existence and ReturnValues', () => {
  const kSet = {
    UpdateExpression: 'SET a = :a, m.x = :x REMOVE gone',
    ExpressionAttributeValues: { ':a': n(2), ':x': n(9) },
  };
  const kBefore = { a: n(1), b: n(5), m: { M: { x: n(8), y: n(7) } }, gone: s('g') };
  const kAfter = { a: n(2), b: n(5), m: { M: { x: n(9), y: n(7) } } };

  for (const [returnValues, expected] of [
    [undefined, undefined], ['NONE', undefined],
    ['ALL_OLD', { pk: s('rv'), ...kBefore }],
    ['ALL_NEW', { pk: s('rv'), ...kAfter }],
    ['UPDATED_OLD', { a: n(1), m: { M: { x: n(8) } }, gone: s('g') }],
    ['UPDATED_NEW', { a: n(2), m: { M: { x: n(9) } } }],
  ]) {
    test(`${returnValues ?? 'no'} ReturnValues`, async () => {
      await put({ pk: s('rv'), ...kBefore });
      const answer = await update('rv', { ...kSet, ReturnValues: returnValues });
      assert.deepEqual(answer, expected === undefined ? {} : { Attributes: expected });
      assert.deepEqual((await get('rv')).Item, { pk: s('rv'), ...kAfter });
    });
  }

  test('ReturnValues when the item is created', async () => {
    const create = { UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': n(1) } };
    for (const [returnValues, expected] of [
      ['ALL_OLD', {}], ['UPDATED_OLD', {}],
      ['ALL_NEW', { Attributes: { pk: s('made'), a: n(1) } }],
      ['UPDATED_NEW', { Attributes: { a: n(1) } }],
    ]) {
      await remove('made');
      assert.deepEqual(await update('made', { ...create, ReturnValues: returnValues }), expected);
    }
  });

  test('UPDATED values of list elements are dense', async () => {
    await put({ pk: s('dense'), l: { L: [n(0), n(1), n(2), n(3)] } });
    const change = {
      UpdateExpression: 'SET l[3] = :x, l[1] = :y',
      ExpressionAttributeValues: { ':x': s('x'), ':y': s('y') },
    };
    assert.deepEqual(await update('dense', { ...change, ReturnValues: 'UPDATED_OLD' }),
      { Attributes: { l: { L: [n(1), n(3)] } } });
    assert.deepEqual(await update('dense', { ...change, ReturnValues: 'UPDATED_NEW' }),
      { Attributes: { l: { L: [s('y'), s('x')] } } });
  });

  test('UPDATED values that resolve to nothing are omitted', async () => {
    await put({ pk: s('void'), a: n(1) });
    assert.deepEqual(await update('void',
      { UpdateExpression: 'REMOVE zz', ReturnValues: 'UPDATED_OLD' }), {});
    assert.deepEqual(await update('void',
      { UpdateExpression: 'REMOVE a', ReturnValues: 'UPDATED_NEW' }), {});
  });

  test('no update at all creates the bare item, or does nothing', async () => {
    await remove('bare');
    assert.deepEqual(await update('bare', { ReturnValues: 'ALL_NEW' }),
      { Attributes: { pk: s('bare') } });
    await put({ pk: s('bare'), a: n(1) });
    assert.deepEqual(await update('bare', { ReturnValues: 'ALL_NEW' }),
      { Attributes: { pk: s('bare'), a: n(1) } });
  });

  test('an update that fails leaves no item behind', async () => {
    await remove('fails');
    const answer = await call(server, 'UpdateItem', {
      TableName: 'Hash', Key: { pk: s('fails') }, UpdateExpression: 'SET a = zz',
    });
    assert.equal(answer.status, 400);
    assert.deepEqual(await get('fails'), {});
  });

  test('counters lose nothing when everybody adds at once', async () => {
    // Read, change and write must be one step.
    await put({ pk: s('counter'), c: n(0) });
    const add = () => update('counter', {
      UpdateExpression: 'SET c = c + :one', ExpressionAttributeValues: { ':one': n(1) },
      ReturnValues: 'UPDATED_NEW',
    });
    const answers = await Promise.all(Array.from({ length: 200 }, add));
    const seen = new Set(answers.map((answer) => answer.Attributes.c.N));
    assert.equal(seen.size, 200, 'every call saw its own value');
    assert.deepEqual((await get('counter')).Item.c, n(200));
  });
});

describe('stock SDK', () => {
  test('put, get, update, delete', async () => {
    const client = server.sdk();
    const Key = { pk: s('sdk') };
    await client.send(new PutItemCommand({
      TableName: 'Hash', Item: { ...Key, b: { B: new Uint8Array([0, 255]) } },
    }));
    const { Item } = await client.send(new GetItemCommand({ TableName: 'Hash', Key }));
    assert.deepEqual(Item.b.B, new Uint8Array([0, 255]));
    const { Attributes } = await client.send(new UpdateItemCommand({
      TableName: 'Hash', Key, UpdateExpression: 'ADD hits :one',
      ExpressionAttributeValues: { ':one': n(1) }, ReturnValues: 'ALL_NEW',
    }));
    assert.deepEqual(Attributes.hits, n(1));
    await client.send(new DeleteItemCommand({ TableName: 'Hash', Key }));
    const gone = await client.send(new GetItemCommand({ TableName: 'Hash', Key }));
    assert.equal(gone.Item, undefined);
  });

  test('errors become the SDK\'s own classes', async () => {
    await assert.rejects(
      server.sdk().send(new GetItemCommand({ TableName: 'Missing', Key: { pk: s('x') } })),
      { name: 'ResourceNotFoundException', message: 'Requested resource not found' });
  });
});
