// The parameters from before expressions still work: old applications and old object mappers send
// nothing else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, createTable, ok, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });

const kItem = {
  pk: s('item'), sk: n(1), txt: s('hello'), num: n(5), ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] }, lst: { L: [s('x')] }, nul: { NULL: true }, yes: { BOOL: true },
};
const kKey = { pk: s('item'), sk: n(1) };

const server = useServer({}, async (running) => {
  await createTable(running, 'Range', 'pk:S', 'sk:N');
  await createTable(running, 'Hash', 'pk:S');
  await ok(running, 'PutItem', { TableName: 'Range', Item: kItem });
});

const list = (operator, ...values) => (
  { ComparisonOperator: operator, ...(values.length > 0 ? { AttributeValueList: values } : {}) });

// [condition on one attribute, truth]
const kTruths = [
  [{ txt: list('EQ', s('hello')) }, true], [{ txt: list('EQ', s('x')) }, false],
  [{ num: list('EQ', n('5.0')) }, true], [{ ss: list('EQ', { SS: ['b', 'a'] }) }, true],
  [{ lst: list('EQ', { L: [s('x')] }) }, true], [{ yes: list('EQ', { BOOL: true }) }, true],
  [{ txt: list('NE', s('x')) }, true], [{ zz: list('NE', s('x')) }, true],
  [{ num: list('LT', n(6)) }, true], [{ num: list('LT', n(5)) }, false],
  [{ num: list('LE', n(5)) }, true], [{ num: list('GT', n(4)) }, true],
  [{ num: list('GE', n(5)) }, true], [{ num: list('GT', s('4')) }, false],
  [{ zz: list('GE', n(5)) }, false],
  [{ num: list('BETWEEN', n(5), n(6)) }, true], [{ num: list('BETWEEN', n(6), n(7)) }, false],
  [{ txt: list('IN', s('x'), s('hello')) }, true], [{ txt: list('IN', s('x')) }, false],
  [{ txt: list('BEGINS_WITH', s('he')) }, true], [{ txt: list('BEGINS_WITH', s('lo')) }, false],
  [{ txt: list('CONTAINS', s('ell')) }, true], [{ ss: list('CONTAINS', s('a')) }, true],
  [{ ns: list('CONTAINS', n('1.0')) }, true], [{ lst: list('CONTAINS', s('x')) }, true],
  [{ ss: list('CONTAINS', s('c')) }, false],
  [{ txt: list('NOT_CONTAINS', s('xyz')) }, true], [{ ss: list('NOT_CONTAINS', s('a')) }, false],
  [{ zz: list('NOT_CONTAINS', s('a')) }, false],
  [{ zz: list('NULL') }, true], [{ txt: list('NULL') }, false], [{ nul: list('NULL') }, false],
  [{ txt: list('NOT_NULL') }, true], [{ zz: list('NOT_NULL') }, false],
  [{ nul: list('NOT_NULL') }, true],
];

describe('operators, as ScanFilter, QueryFilter and Expected', () => {
  for (const [condition, truth] of kTruths) {
    test(`${JSON.stringify(condition)} is ${truth}`, async () => {
      const scanned = await ok(server, 'Scan', { TableName: 'Range', ScanFilter: condition });
      assert.equal(scanned.Count, truth ? 1 : 0, 'ScanFilter');
      const queried = await ok(server, 'Query', {
        TableName: 'Range', KeyConditions: { pk: list('EQ', s('item')) }, QueryFilter: condition,
      });
      assert.equal(queried.Count, truth ? 1 : 0, 'QueryFilter');
      assert.equal(queried.ScannedCount, 1);
      const answer = await call(server, 'UpdateItem', {
        TableName: 'Range', Key: kKey, Expected: condition,
      });
      assert.equal(answer.status, truth ? 200 : 400, `Expected: ${answer.text}`);
    });
  }
});

describe('Expected', () => {
  const attempt = async (Expected, members = {}) => (await call(server, 'UpdateItem', {
    TableName: 'Range', Key: kKey, Expected, ...members,
  })).status;

  test('Exists and Value', async () => {
    assert.equal(await attempt({ txt: { Value: s('hello') } }), 200);
    assert.equal(await attempt({ txt: { Exists: true, Value: s('hello') } }), 200);
    assert.equal(await attempt({ zz: { Exists: false } }), 200);
    assert.equal(await attempt({ txt: { Exists: false } }), 400);
    assert.equal(await attempt({ txt: { Value: s('x') } }), 400);
    assert.equal(await attempt({ num: { ComparisonOperator: 'GT', Value: n(4) } }), 200);
  });

  test('ConditionalOperator', async () => {
    const mixed = { txt: { Value: s('hello') }, num: { Value: n(9) } };
    assert.equal(await attempt(mixed), 400, 'AND is the default');
    assert.equal(await attempt(mixed, { ConditionalOperator: 'AND' }), 400);
    assert.equal(await attempt(mixed, { ConditionalOperator: 'OR' }), 200);
  });

  test('on put and delete', async () => {
    const Expected = { pk: { Exists: false } };
    const put = () => call(server, 'PutItem', {
      TableName: 'Hash', Item: { pk: s('once') }, Expected,
    });
    assert.equal((await put()).status, 200);
    const failed = await put();
    assert.equal(failed.json.__type,
      'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException');
    const remove = (value) => call(server, 'DeleteItem', {
      TableName: 'Hash', Key: { pk: s('once') }, Expected: { pk: { Value: s(value) } },
    });
    assert.equal((await remove('other')).status, 400);
    assert.equal((await remove('once')).status, 200);
  });
});

describe('AttributeUpdates', () => {
  // [name, before, updates, after]
  for (const [name, before, updates, after] of [
    ['PUT', { a: n(1) }, { a: { Action: 'PUT', Value: s('x') } }, { a: s('x') }],
    ['PUT is the default', {}, { a: { Value: n(1) } }, { a: n(1) }],
    ['ADD to a number', { a: n(1) }, { a: { Action: 'ADD', Value: n(2) } }, { a: n(3) }],
    ['ADD to nothing', {}, { a: { Action: 'ADD', Value: n(2) } }, { a: n(2) }],
    ['ADD to a set', { a: { SS: ['x'] } }, { a: { Action: 'ADD', Value: { SS: ['y'] } } },
      { a: { SS: ['x', 'y'] } }],
    ['ADD to a list', { a: { L: [n(1)] } }, { a: { Action: 'ADD', Value: { L: [n(2)] } } },
      { a: { L: [n(1), n(2)] } }],
    ['DELETE', { a: n(1), b: n(2) }, { a: { Action: 'DELETE' } }, { b: n(2) }],
    ['DELETE from a set', { a: { SS: ['x', 'y'] } },
      { a: { Action: 'DELETE', Value: { SS: ['x'] } } }, { a: { SS: ['y'] } }],
    ['DELETE of the last member', { a: { SS: ['x'] } },
      { a: { Action: 'DELETE', Value: { SS: ['x'] } } }, {}],
    ['dots are part of the name', {}, { 'a.b': { Value: n(1) } }, { 'a.b': n(1) }],
    ['several', { a: n(1), b: n(2) }, { a: { Action: 'DELETE' }, c: { Value: n(3) } },
      { b: n(2), c: n(3) }],
    ['none', { a: n(1) }, {}, { a: n(1) }],
  ]) {
    test(name, async () => {
      const Key = { pk: s(`update ${name}`) };
      await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, ...before } });
      const { Attributes } = await ok(server, 'UpdateItem', {
        TableName: 'Hash', Key, AttributeUpdates: updates, ReturnValues: 'ALL_NEW',
      });
      Attributes.a?.SS?.sort();
      assert.deepEqual(Attributes, { ...Key, ...after });
    });
  }

  test('ReturnValues are whole attributes', async () => {
    const Key = { pk: s('returns') };
    await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n(1), b: n(2) } });
    const change = async (ReturnValues, value) => ok(server, 'UpdateItem', {
      TableName: 'Hash', Key, AttributeUpdates: { a: { Action: 'ADD', Value: n(value) } },
      ReturnValues,
    });
    assert.deepEqual(await change('UPDATED_OLD', 1), { Attributes: { a: n(1) } });
    assert.deepEqual(await change('UPDATED_NEW', 1), { Attributes: { a: n(3) } });
  });
});

describe('KeyConditions', () => {
  test('every operator of a sort key', async () => {
    for (const sk of [2, 3, 10]) {
      await ok(server, 'PutItem', { TableName: 'Range', Item: { pk: s('keys'), sk: n(sk) } });
    }
    for (const [condition, expected] of [
      [undefined, ['2', '3', '10']], [list('EQ', n(3)), ['3']], [list('LT', n(3)), ['2']],
      [list('LE', n(3)), ['2', '3']], [list('GT', n(3)), ['10']], [list('GE', n(3)), ['3', '10']],
      [list('BETWEEN', n(3), n(10)), ['3', '10']],
    ]) {
      const { Items } = await ok(server, 'Query', {
        TableName: 'Range',
        KeyConditions: {
          pk: list('EQ', s('keys')), ...(condition === undefined ? {} : { sk: condition }),
        },
      });
      assert.deepEqual(Items.map((item) => item.sk.N), expected);
    }
  });

  test('with QueryFilter, ConditionalOperator and AttributesToGet', async () => {
    const { Items } = await ok(server, 'Query', {
      TableName: 'Range', KeyConditions: { pk: list('EQ', s('item')) },
      QueryFilter: { num: list('EQ', n(5)), txt: list('EQ', s('zz')) }, ConditionalOperator: 'OR',
      AttributesToGet: ['txt', 'sk'],
    });
    assert.deepEqual(Items, [{ txt: s('hello'), sk: n(1) }]);
  });
});

test('ScanFilter with ConditionalOperator', async () => {
  const filter = { num: list('EQ', n(5)), txt: list('EQ', s('zz')) };
  const count = async (ConditionalOperator) => (await ok(server, 'Scan',
    { TableName: 'Range', ScanFilter: filter, ConditionalOperator })).Count;
  assert.equal(await count('AND'), 0);
  assert.equal(await count('OR'), 1);
});
