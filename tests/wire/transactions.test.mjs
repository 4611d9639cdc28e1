// TransactGetItems and TransactWriteItems: all or nothing over tables, conditions, capacity and
// tokens. The error messages of requests are in messages/transactions.mjs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  TransactGetItemsCommand, TransactionCanceledException, TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { call, createTable, ok, putAll, startServer, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const key = (text) => ({ pk: s(text) });

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
});

const get = (text, members = {}) => ({ Get: { TableName: 'Hash', Key: key(text), ...members } });
const put = (item, members = {}) => ({ Put: { TableName: 'Hash', Item: item, ...members } });
const remove = (text, members = {}) => (
  { Delete: { TableName: 'Hash', Key: key(text), ...members } });
const update = (text, UpdateExpression, members = {}) => (
  { Update: { TableName: 'Hash', Key: key(text), UpdateExpression, ...members } });
const check = (text, ConditionExpression, members = {}) => (
  { ConditionCheck: { TableName: 'Hash', Key: key(text), ConditionExpression, ...members } });
const write = (TransactItems, members = {}) => (
  ok(server, 'TransactWriteItems', { TransactItems, ...members }));
const tryWrite = async (TransactItems, members = {}) => (
  await call(server, 'TransactWriteItems', { TransactItems, ...members })).json;
const read = (TransactItems, members = {}) => (
  ok(server, 'TransactGetItems', { TransactItems, ...members }));
const item = async (text) => (
  await ok(server, 'GetItem', { TableName: 'Hash', Key: key(text) })).Item;
const sized = (pk, size) => ({ pk: s(pk), v: s('x'.repeat(size - 3 - pk.length)) });
const add = (text, amount) => update(text, 'ADD hits :n', {
  ExpressionAttributeValues: { ':n': n(amount) },
});

describe('TransactWriteItems', () => {
  test('all four actions over two tables', async () => {
    await putAll(server, 'Hash', [{ ...key('a1'), v: n(1) }, { ...key('a2'), v: n(2) }, key('a3')]);
    assert.deepEqual(await write([
      put({ ...key('a0'), v: n(0) }),
      update('a1', 'SET v = v + :n REMOVE absent', { ExpressionAttributeValues: { ':n': n(10) } }),
      remove('a2'),
      check('a3', 'attribute_exists(pk)'),
      { Put: { TableName: 'Range', Item: { pk: s('a'), sk: n(1) } } },
      update('a4', 'SET v = :n', { ExpressionAttributeValues: { ':n': n(4) } }),
    ]), {});
    assert.deepEqual(await item('a0'), { ...key('a0'), v: n(0) });
    assert.deepEqual(await item('a1'), { ...key('a1'), v: n(11) });
    assert.equal(await item('a2'), undefined);
    assert.deepEqual(await item('a3'), key('a3'));
    assert.deepEqual(await item('a4'), { ...key('a4'), v: n(4) });
    const { Item } = await ok(server, 'GetItem', {
      TableName: 'Range', Key: { pk: s('a'), sk: n(1) },
    });
    assert.deepEqual(Item, { pk: s('a'), sk: n(1) });
  });

  test('one failed condition and nothing is written', async () => {
    await putAll(server, 'Hash', [{ ...key('b1'), v: n(1) }]);
    const answer = await tryWrite([
      put(key('b0')), remove('b1'), { Put: { TableName: 'Range', Item: { pk: s('b'), sk: n(1) } } },
      check('b2', 'attribute_exists(pk)'),
    ]);
    assert.deepEqual(answer.CancellationReasons.map((reason) => reason.Code),
      ['None', 'None', 'None', 'ConditionalCheckFailed']);
    assert.equal(await item('b0'), undefined);
    assert.deepEqual(await item('b1'), { ...key('b1'), v: n(1) });
    const { Count } = await ok(server, 'Query', {
      TableName: 'Range', KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': s('b') },
    });
    assert.equal(Count, 0);
  });

  test('every reason is reported, with the item where it was asked for', async () => {
    const stored = { ...key('c1'), v: n(1), w: s('text') };
    await putAll(server, 'Hash', [stored]);
    const never = { ConditionExpression: 'v = :n', ExpressionAttributeValues: { ':n': n(9) } };
    const old = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    const failed = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    for (const [action, reason] of [
      [put(key('c1'), { ...never, ...old }), { ...failed, Item: stored }],
      [remove('c1', { ...never, ...old }), { ...failed, Item: stored }],
      [update('c1', 'REMOVE w', { ...never, ...old }), { ...failed, Item: stored }],
      [check('c1', 'attribute_not_exists(pk)', old), { ...failed, Item: stored }],
      [check('c1', 'attribute_not_exists(pk)'), failed],
      [put({ pk: n(1) }), {
        Code: 'ValidationError',
        Message: 'One or more parameter values were invalid: Type mismatch for key pk expected: ' +
          'S actual: N',
      }],
    ]) {
      const answer = await tryWrite([put(key('c0')), action, remove('c2')]);
      assert.match(answer.__type, /#TransactionCanceledException$/);
      assert.deepEqual(answer.CancellationReasons, [{ Code: 'None' }, reason, { Code: 'None' }]);
      assert.equal(answer.Message, 'Transaction cancelled, please refer cancellation reasons for ' +
        `specific reasons [None, ${reason.Code}, None]`);
    }
    assert.equal(await item('c0'), undefined);
    assert.deepEqual(await item('c1'), stored);
  });

  test('conditions see the state before the transaction', async () => {
    await putAll(server, 'Hash', [{ ...key('d1'), v: n(1) }]);
    await write([
      remove('d1', {
        ConditionExpression: 'v = :n', ExpressionAttributeValues: { ':n': n(1) },
      }),
      put(key('d2'), { ConditionExpression: 'attribute_not_exists(pk)' }),
    ]);
    assert.equal(await item('d1'), undefined);
    assert.deepEqual(await item('d2'), key('d2'));
  });

  test('100 actions', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `e${index}`);
    await write(names.map((text) => put(key(text))));
    const { Responses } = await read(names.map((text) => get(text)));
    assert.deepEqual(Responses, names.map((text) => ({ Item: key(text) })));
  });

  test('capacity: twice the larger image of each action', async () => {
    await putAll(server, 'Hash', [sized('f1', 3000), sized('f2', 1500)]);
    const { ConsumedCapacity } = await write([
      remove('f1'), check('f2', 'attribute_exists(pk)'), put(sized('f3', 1025)), remove('f4'),
      { Put: { TableName: 'Range', Item: { pk: s('f'), sk: n(1) } } },
    ], { ReturnConsumedCapacity: 'INDEXES' });
    const units = (count) => ({ CapacityUnits: count, WriteCapacityUnits: count });
    assert.deepEqual(ConsumedCapacity, [
      { TableName: 'Hash', ...units(16), Table: units(16) },
      { TableName: 'Range', ...units(2), Table: units(2) },
    ]);
    assert.deepEqual(await write([remove('f4')], { ReturnItemCollectionMetrics: 'SIZE' }), {});
    assert.deepEqual((await write([remove('f4')], { ReturnConsumedCapacity: 'TOTAL' }))
      .ConsumedCapacity, [{ TableName: 'Hash', ...units(2) }]);
  });

  test('concurrent increments of two items stay equal', async () => {
    await Promise.all(Array.from({ length: 200 }, () => write([add('g1', 1), add('g2', 1)])));
    assert.deepEqual((await item('g1')).hits, n(200));
    assert.deepEqual((await item('g2')).hits, n(200));
  });
});

describe('ClientRequestToken', () => {
  const hits = async (text) => Number((await item(text)).hits.N);

  test('a repeated call is not carried out again', async () => {
    const token = { ClientRequestToken: 'token-1', ReturnConsumedCapacity: 'TOTAL' };
    const first = await write([add('t1', 1), put(sized('t1 big', 5000))], token);
    assert.deepEqual(first.ConsumedCapacity,
      [{ TableName: 'Hash', CapacityUnits: 12, WriteCapacityUnits: 12 }]);
    // Charged as reading what the first call wrote.
    const second = await write([add('t1', 1), put(sized('t1 big', 5000))], token);
    assert.deepEqual(second.ConsumedCapacity,
      [{ TableName: 'Hash', CapacityUnits: 6, ReadCapacityUnits: 6 }]);
    assert.equal(await hits('t1'), 1);
    // Without it, it is another call; and what the answer is to contain does not matter.
    assert.deepEqual(await write([add('t1', 1), put(sized('t1 big', 5000))],
      { ClientRequestToken: 'token-1', ReturnItemCollectionMetrics: 'SIZE' }), {});
    assert.equal(await hits('t1'), 1);
    await write([add('t1', 1), put(sized('t1 big', 5000))]);
    assert.equal(await hits('t1'), 2);
  });

  test('order of members and spelling do not make another call', async () => {
    await write([{ Update: {
      TableName: 'Hash', Key: key('t2'), UpdateExpression: 'ADD #a :n, b :m',
      ExpressionAttributeNames: { '#a': 'hits' },
      ExpressionAttributeValues: { ':n': n(1), ':m': { NS: ['1', '2'] } },
    } }], { ClientRequestToken: 'token-2' });
    const text = '{"ClientRequestToken":"token-2","TransactItems":[{"Put":null,"Update":' +
      '{"ExpressionAttributeValues":{":m":{"NS":["2.0","1"]},":n":{"N":"1.0"}},' +
      '"UpdateExpression":"ADD #a :n, b :m","Unknown":1,"ExpressionAttributeNames":' +
      '{"#a":"hits"},"Key":{"pk":{"S":"\\u00742"}},"TableName":"Hash"}}]}';
    assert.deepEqual(await ok(server, 'TransactWriteItems', text), {});
    assert.equal(await hits('t2'), 1);
  });

  test('other parameters', async () => {
    await write([add('t3', 1)], { ClientRequestToken: 'token-3' });
    for (const actions of [[add('t3', 2)], [add('t3x', 1)], [add('t3', 1), add('t3x', 1)],
      [check('t3', 'attribute_not_exists(pk)')]]) {
      assert.deepEqual(await tryWrite(actions, { ClientRequestToken: 'token-3' }), {
        __type: 'com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException',
        Message: 'The provided client token has already been used with a different set of ' +
          'parameters.',
      });
    }
    assert.equal(await hits('t3'), 1);
    assert.equal(await item('t3x'), undefined);
  });

  test('a cancelled call is not remembered', async () => {
    const token = { ClientRequestToken: 'token-4' };
    const actions = [add('t4', 1), check('t4 gate', 'attribute_exists(pk)')];
    assert.match((await tryWrite(actions, token)).__type, /TransactionCanceled/);
    await putAll(server, 'Hash', [key('t4 gate')]);
    await write(actions, token);
    await write(actions, token);
    assert.equal(await hits('t4'), 1);
  });

  test('many calls with one token at once', async () => {
    const token = { ClientRequestToken: 'token-5' };
    const answers = await Promise.all(Array.from({ length: 64 }, () => (
      write([add('t5', 1)], token))));
    assert.equal(answers.length, 64);
    assert.equal(await hits('t5'), 1);
  });

  test('a transaction of checks alone is remembered as well', async () => {
    const token = { ClientRequestToken: 'token-6' };
    await putAll(server, 'Hash', [key('t6')]);
    await write([check('t6', 'attribute_exists(pk)')], token);
    await ok(server, 'DeleteItem', { TableName: 'Hash', Key: key('t6') });
    assert.deepEqual(await write([check('t6', 'attribute_exists(pk)')], token), {});
  });

  test('tokens outlive a kill', async () => {
    const first = await startServer();
    try {
      await createTable(first, 'Kept', 'pk:S');
      const request = {
        TransactItems: [{ Update: {
          TableName: 'Kept', Key: key('k'), UpdateExpression: 'ADD hits :n',
          ExpressionAttributeValues: { ':n': n(1) },
        } }],
        ClientRequestToken: 'kept',
      };
      await ok(first, 'TransactWriteItems', request);
      await first.end('SIGKILL');
      const second = await startServer({ dataDirectory: first.dataDirectory });
      try {
        assert.deepEqual(await ok(second, 'TransactWriteItems', request), {});
        const { Item } = await ok(second, 'GetItem', { TableName: 'Kept', Key: key('k') });
        assert.deepEqual(Item.hits, n(1));
        const other = await call(second, 'TransactWriteItems', {
          TransactItems: [{ Delete: { TableName: 'Kept', Key: key('k') } }],
          ClientRequestToken: 'kept',
        });
        assert.match(other.json.__type, /IdempotentParameterMismatch/);
      } finally {
        await second.end('SIGKILL');
      }
    } finally {
      await first.close();
    }
  });
});

describe('TransactGetItems', () => {
  test('items in the order of the request, projections', async () => {
    await putAll(server, 'Hash', [{ ...key('r1'), v: n(1), doc: { M: { a: n(1), b: n(2) } } }]);
    await putAll(server, 'Range', [{ pk: s('r'), sk: n(1) }]);
    const { Responses } = await read([
      { Get: { TableName: 'Range', Key: { pk: s('r'), sk: n(1) } } },
      get('r2'),
      get('r1', { ProjectionExpression: 'doc.#b', ExpressionAttributeNames: { '#b': 'b' } }),
      { Get: { TableName: 'Range', Key: { pk: s('r'), sk: n(2) } } },
    ]);
    assert.deepEqual(Responses, [
      { Item: { pk: s('r'), sk: n(1) } }, {}, { Item: { doc: { M: { b: n(2) } } } }, {},
    ]);
    // A projection of nothing looks like no item at all.
    assert.deepEqual((await read([get('r1', { ProjectionExpression: 'absent' })])).Responses, [{}]);
  });

  test('capacity', async () => {
    await putAll(server, 'Hash', [sized('u1', 4097)]);
    const units = (count) => ({ CapacityUnits: count, ReadCapacityUnits: count });
    const actions = [get('u1'), get('u2'),
      { Get: { TableName: 'Range', Key: { pk: s('u'), sk: n(1) } } }];
    assert.deepEqual((await read(actions, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity,
      [{ TableName: 'Hash', ...units(6) }, { TableName: 'Range', ...units(2) }]);
    assert.deepEqual((await read(actions, { ReturnConsumedCapacity: 'INDEXES' })).ConsumedCapacity,
      [{ TableName: 'Hash', ...units(6), Table: units(6) },
        { TableName: 'Range', ...units(2), Table: units(2) }]);
  });

  test('never sees half of a transaction', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `v${index}`);
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 100; round += 1) {
        await write(names.map((text) => put({ ...key(text), round: n(round) })));
      }
      writing = false;
    })();
    while (writing) {
      // Both ways of reading: on the I/O thread and by a worker.
      for (const some of [names.slice(0, 5), names]) {
        const { Responses } = await read(some.map((text) => get(text)));
        assert.equal(new Set(Responses.map(({ Item }) => Item?.round.N)).size, 1);
      }
    }
    await writer;
  });
});

test('the stock SDK sends tokens, and gets its reasons', async () => {
  const client = server.sdk();
  await client.send(new TransactWriteItemsCommand({ TransactItems: [put(key('sdk'))] }));
  const { Responses } = await client.send(new TransactGetItemsCommand({
    TransactItems: [get('sdk'), get('no sdk')],
  }));
  assert.deepEqual(Responses, [{ Item: key('sdk') }, {}]);
  await assert.rejects(client.send(new TransactWriteItemsCommand({
    TransactItems: [check('sdk', 'attribute_not_exists(pk)',
      { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), remove('sdk too')],
  })), (error) => {
    assert.ok(error instanceof TransactionCanceledException);
    assert.deepEqual(error.CancellationReasons, [
      {
        Code: 'ConditionalCheckFailed', Message: 'The conditional request failed',
        Item: key('sdk'),
      },
      { Code: 'None' },
    ]);
    return true;
  });
});
