// Numbers: every spelling that is accepted, the one form that comes back, and exact arithmetic.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, createTable, ok, useServer } from './harness.mjs';

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'NumberHash', 'pk:N');
});

const s = (text) => ({ S: text });
const n = (text) => ({ N: text });
const kNines = '9'.repeat(38);

// [as sent, as stored]
const kSpellings = [
  ['5', '5'], ['+5', '5'], ['-7', '-7'], ['5.', '5'], ['.5', '0.5'], ['+.5', '0.5'],
  ['-.5', '-0.5'], ['00042', '42'], ['+42', '42'], ['4.2e1', '42'], ['1e+2', '100'],
  ['1.5E+3', '1500'], ['1.200', '1.2'], ['-0', '0'], ['0.000', '0'], ['0e5', '0'], ['-0e-7', '0'],
  ['+0', '0'], ['0e999999999999', '0'], ['1e3', '1000'], ['1E-5', '0.00001'], ['100', '100'],
  ['1.0', '1'], ['0.10', '0.1'], ['10.010', '10.01'], ['123e-2', '1.23'], ['-123e-4', '-0.0123'],
  ['1e00000000000000000002', '100'], ['0'.repeat(500) + '7', '7'], ['7.' + '0'.repeat(500), '7'],
  ['1E125', `1${'0'.repeat(125)}`], ['-1E125', `-1${'0'.repeat(125)}`],
  ['9.9999999999999999999999999999999999999E125', `${kNines}${'0'.repeat(88)}`],
  ['0.00001E130', `1${'0'.repeat(125)}`],
  ['1E-130', `0.${'0'.repeat(129)}1`], ['-1E-130', `-0.${'0'.repeat(129)}1`],
  ['10E-131', `0.${'0'.repeat(129)}1`],
  [kNines, kNines], [`-${kNines}`, `-${kNines}`], [`0.${kNines}`, `0.${kNines}`],
  [`${'9'.repeat(19)}.${'9'.repeat(19)}`, `${'9'.repeat(19)}.${'9'.repeat(19)}`],
  [`000${kNines}.000`, kNines], [`${kNines}00`, `${kNines}00`],
];

const short = (text) => (text.length > 30 ? `${text.slice(0, 24)}.. (${text.length})` : text);

describe('canonical form', () => {
  for (const [sent, stored] of kSpellings) {
    test(short(sent), async () => {
      const { Attributes } = await ok(server, 'UpdateItem', {
        TableName: 'Hash', Key: { pk: s('spelling') },
        UpdateExpression: 'SET n = :n, l = :l, s = :s',
        ExpressionAttributeValues: { ':n': n(sent), ':l': { L: [n(sent)] }, ':s': { NS: [sent] } },
        ReturnValues: 'ALL_NEW',
      });
      assert.deepEqual(Attributes,
        { pk: s('spelling'), n: n(stored), l: { L: [n(stored)] }, s: { NS: [stored] } });
      await ok(server, 'PutItem', {
        TableName: 'Hash', Item: { pk: s('put'), n: n(sent), m: { M: { n: n(sent) } } },
      });
      const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key: { pk: s('put') } });
      assert.deepEqual(Item, { pk: s('put'), n: n(stored), m: { M: { n: n(stored) } } });
    });
  }

  test('a key is one key in every spelling', async () => {
    for (const [sent, stored] of kSpellings) {
      await ok(server, 'PutItem', { TableName: 'NumberHash', Item: { pk: n(sent) } });
      const { Item } = await ok(server, 'GetItem', {
        TableName: 'NumberHash', Key: { pk: n(stored) },
      });
      assert.deepEqual(Item, { pk: n(stored) });
    }
    const { Count } = await ok(server, 'Scan', { TableName: 'NumberHash' });
    assert.equal(Count, new Set(kSpellings.map(([, stored]) => stored)).size);
  });
});

describe('arithmetic', () => {
  for (const [left, operator, right, result] of [
    ['0.1', '+', '0.2', '0.3'], ['1', '-', '1', '0'], ['-1', '+', '0.5', '-0.5'],
    ['0.5', '-', '1', '-0.5'], ['99', '+', '1', '100'], ['1000', '-', '0.001', '999.999'],
    [kNines, '-', '1', `${'9'.repeat(37)}8`], ['9'.repeat(37), '+', '1', `1${'0'.repeat(37)}`],
    ['1e125', '+', '8e125', `9${'0'.repeat(125)}`], ['1e125', '-', '1e125', '0'],
    ['1e-130', '+', '1e-130', `0.${'0'.repeat(129)}2`], ['5', '+', '-5', '0'],
    ['12345678901234567890', '+', '98765432109876543210', '111111111011111111100'],
    [kNines, '+', '1', `1${'0'.repeat(38)}`],
  ]) {
    test(`${short(left)} ${operator} ${short(right)}`, async () => {
      const Key = { pk: s('sum') };
      await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n(left) } });
      const { Attributes } = await ok(server, 'UpdateItem', {
        TableName: 'Hash', Key, UpdateExpression: `SET a = a ${operator} :r`,
        ExpressionAttributeValues: { ':r': n(right) }, ReturnValues: 'UPDATED_NEW',
      });
      assert.deepEqual(Attributes, { a: n(result) });
      if (operator !== '+') return;
      await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n(left) } });
      const added = await ok(server, 'UpdateItem', {
        TableName: 'Hash', Key, UpdateExpression: 'ADD a :r',
        ExpressionAttributeValues: { ':r': n(right) }, ReturnValues: 'UPDATED_NEW',
      });
      assert.deepEqual(added.Attributes, { a: n(result) }, 'ADD');
    });
  }

  test('what cannot be exact is refused, not rounded', async () => {
    const Key = { pk: s('exact') };
    for (const [left, right, message] of [
      [kNines, '0.1', 'Attempting to store more than 38 significant digits in a Number'],
      ['1e125', '1', 'Attempting to store more than 38 significant digits in a Number'],
      ['9e125', '9e125', 'Number overflow. Attempting to store a number with magnitude larger ' +
        'than supported range'],
    ]) {
      await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n(left) } });
      const answer = await call(server, 'UpdateItem', {
        TableName: 'Hash', Key, UpdateExpression: 'ADD a :r',
        ExpressionAttributeValues: { ':r': n(right) },
      });
      assert.equal(answer.status, 400);
      assert.equal(answer.json.message, message);
    }
  });

  test('a thousand steps of 0.1 are exactly 100', async () => {
    const Key = { pk: s('steps') };
    await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n('0') } });
    await Promise.all(Array.from({ length: 1000 }, () => ok(server, 'UpdateItem', {
      TableName: 'Hash', Key, UpdateExpression: 'ADD a :r',
      ExpressionAttributeValues: { ':r': n('0.1') },
    })));
    const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key });
    assert.deepEqual(Item.a, n('100'));
  });
});
