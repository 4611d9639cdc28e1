// BatchExecuteStatement and ExecuteTransaction: outcomes of members, all or nothing, capacity and
// tokens. The errors of whole requests are in messages/partiql.mjs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BatchExecuteStatementCommand, ExecuteTransactionCommand,
} from '@aws-sdk/lib-dynamodb';
import { call, createTable, keySchema, ok, putAll, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const kDuplicate = 'Duplicate primary key exists in table';
const kRefused = 'The conditional request failed';

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
  await createTable(running, 'Indexed', 'pk:S', undefined, {
    AttributeDefinitions: ['pk', 'g'].map((AttributeName) => (
      { AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [{
      IndexName: 'byG', KeySchema: keySchema('g:S').KeySchema,
      Projection: { ProjectionType: 'ALL' },
    }],
  });
});

const statements = (list) => list.map((each) => (
  typeof each === 'string' ? { Statement: each } : each));
const batch = (list, members = {}) => (
  ok(server, 'BatchExecuteStatement', { Statements: statements(list), ...members }));
const transact = (list, members = {}) => (
  ok(server, 'ExecuteTransaction', { TransactStatements: statements(list), ...members }));
const tryTransact = async (list, members = {}) => (await call(server, 'ExecuteTransaction', {
  TransactStatements: statements(list), ...members })).json;
const item = async (pk) => (
  await ok(server, 'GetItem', { TableName: 'Hash', Key: { pk: s(pk) } })).Item;
const failure = (Code, Message, TableName) => (
  { Error: { Code, Message }, ...(TableName && { TableName }) });
const sized = (pk, size) => ({ pk: s(pk), v: s('x'.repeat(size - 3 - pk.length)) });

describe('BatchExecuteStatement', () => {
  test('reads', async () => {
    await putAll(server, 'Hash', [{ pk: s('a1'), v: n(1), w: n(2) }]);
    await putAll(server, 'Range', [{ pk: s('a1'), sk: n(1) }]);
    const { Responses } = await batch([
      "SELECT w, nothing FROM Hash WHERE pk = 'a1'",
      { Statement: 'SELECT * FROM "Range" WHERE sk = ? AND pk = ?', Parameters: [n(1), s('a1')] },
      "SELECT * FROM Hash WHERE pk = 'a2'",
      "SELECT * FROM \"Range\" WHERE pk = 'a1'",
      "SELECT * FROM Indexed.byG WHERE g = 'a'",
      "SELECT * FROM Nowhere WHERE pk = 'a'",
      'SELECT *',
      "SELECT * FROM Hash WHERE pk = 'a3' AND v = 2",
      "SELECT * FROM Hash WHERE pk = ''",
    ]);
    const noKey = failure('ValidationError', 'Select statements within BatchExecuteStatement ' +
      'must specify the primary key in the where clause.');
    assert.deepEqual(Responses.slice(0, 8), [
      { TableName: 'Hash', Item: { w: n(2) } },
      { TableName: 'Range', Item: { pk: s('a1'), sk: n(1) } },
      { TableName: 'Hash' }, noKey, noKey,
      failure('ResourceNotFound', 'Requested resource not found', 'Nowhere'),
      failure('ValidationError',
        "Statement wasn't well formed, can't be processed: Unexpected token"),
      { TableName: 'Hash' },
    ]);
    assert.equal(Responses[8].Error.Code, 'ValidationError');
    assert.match(Responses[8].Error.Message, /cannot contain an empty string value\. Key: pk$/);
  });

  test('a filter on an item that is there', async () => {
    await putAll(server, 'Hash', [{ pk: s('b1'), v: n(1) }]);
    assert.deepEqual((await batch(["SELECT * FROM Hash WHERE pk = 'b1' AND v = 2"])).Responses,
      [{ TableName: 'Hash' }]);
    assert.deepEqual((await batch(["SELECT v FROM Hash WHERE pk = 'b1' AND v = 1"])).Responses,
      [{ TableName: 'Hash', Item: { v: n(1) } }]);
  });

  test('writes, each on its own', async () => {
    await putAll(server, 'Hash', ['c1', 'c2', 'c3', 'c4', 'c5'].map((pk) => (
      { pk: s(pk), v: n(1), t: s('text') })));
    const { Responses } = await batch([
      "INSERT INTO Hash VALUE {'pk': 'c0', 'v': 0}",
      "INSERT INTO Hash VALUE {'pk': 'c1'}",
      "UPDATE Hash SET v = v + 1 WHERE pk = 'c2' RETURNING MODIFIED NEW *",
      { Statement: "UPDATE Hash SET v = 0 WHERE pk = 'c3' AND v = 2",
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      "DELETE FROM Hash WHERE pk = 'c4' RETURNING ALL OLD *",
      "DELETE FROM Hash WHERE pk = 'c6' RETURNING ALL OLD *",
      "UPDATE Hash SET v = t + 1 WHERE pk = 'c5'",
      'DELETE FROM "Range" WHERE v = 1',
      "DELETE FROM Nowhere WHERE pk = 'a'",
      'DELETE',
    ]);
    assert.deepEqual(Responses, [
      { TableName: 'Hash' },
      failure('DuplicateItem', kDuplicate, 'Hash'),
      { TableName: 'Hash', Item: { v: n(2) } },
      failure('ConditionalCheckFailed', kRefused, 'Hash'),
      { TableName: 'Hash', Item: { pk: s('c4'), v: n(1), t: s('text') } },
      { TableName: 'Hash' },
      failure('ValidationError', 'An operand in the update expression has an incorrect data type',
        'Hash'),
      failure('ValidationError',
        'Where clause does not contain a mandatory equality on all key attributes'),
      failure('ResourceNotFound', 'Requested resource not found', 'Nowhere'),
      failure('ValidationError',
        "Statement wasn't well formed, can't be processed: Unexpected token"),
    ]);
    assert.deepEqual(await item('c0'), { pk: s('c0'), v: n(0) });
    assert.deepEqual((await item('c2')).v, n(2));
    assert.deepEqual((await item('c3')).v, n(1));
    assert.equal(await item('c4'), undefined);
  });

  test('nothing but failures', async () => {
    assert.deepEqual(await batch(['x'], { ReturnConsumedCapacity: 'TOTAL' }), {
      Responses: [failure('ValidationError',
        "Statement wasn't well formed, can't be processed: Expected data manipulation")],
    });
    assert.deepEqual(await batch(["UPDATE Hash SET v = 1 WHERE pk = 'nobody'", 'DELETE FROM Hash'],
      { ReturnConsumedCapacity: 'TOTAL' }), { Responses: [
      failure('ConditionalCheckFailed', kRefused, 'Hash'),
      failure('ValidationError',
        'Where clause does not contain a mandatory equality on all key attributes'),
    ] });
  });

  test('capacity', async () => {
    await putAll(server, 'Hash', [sized('d1', 5000), sized('d2', 2500)]);
    const total = async (list) => (
      await batch(list, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity;
    const figure = (TableName, CapacityUnits) => ({ TableName, CapacityUnits });
    assert.deepEqual(await total(["SELECT * FROM Hash WHERE pk = 'd1'",
      { Statement: "SELECT * FROM Hash WHERE pk = 'd2'", ConsistentRead: true },
      "SELECT * FROM \"Range\" WHERE pk = 'd' AND sk = 1", 'SELECT * FROM "Range"']),
    [figure('Hash', 2), figure('Range', 0.5)]);
    // A failed write is charged for what it tried, unless nothing of its table succeeded.
    assert.deepEqual(await total(["UPDATE Hash SET a = 1 WHERE pk = 'd1' AND a = 1",
      "DELETE FROM Hash WHERE pk = 'd2'", "INSERT INTO Hash VALUE {'pk': 'd3'}",
      "UPDATE \"Range\" SET a = 1 WHERE pk = 'd' AND sk = 1"]), [figure('Hash', 5 + 3 + 1)]);
    assert.deepEqual((await batch(["INSERT INTO Indexed VALUE {'pk': 'd', 'g': 'x'}"],
      { ReturnConsumedCapacity: 'INDEXES' })).ConsumedCapacity, [{
      ...figure('Indexed', 2), Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 1 } },
    }]);
  });

  test('25 statements', async () => {
    const pks = Array.from({ length: 25 }, (_, index) => `e${index}`);
    await batch(pks.map((pk) => `INSERT INTO Hash VALUE {'pk': '${pk}', 'v': 1}`));
    const { Responses } = await batch(pks.map((pk) => `SELECT pk FROM Hash WHERE pk = '${pk}'`));
    assert.deepEqual(Responses, pks.map((pk) => ({ TableName: 'Hash', Item: { pk: s(pk) } })));
  });
});

describe('ExecuteTransaction', () => {
  test('writes', async () => {
    await putAll(server, 'Hash', ['f1', 'f2', 'f3'].map((pk) => ({ pk: s(pk), v: n(1) })));
    assert.deepEqual(await transact([
      "INSERT INTO Hash VALUE {'pk': 'f0'}",
      { Statement: 'UPDATE Hash SET v = v + ? WHERE pk = ?', Parameters: [n(1), s('f1')] },
      "DELETE FROM Hash WHERE pk = 'f2' AND v = 1",
      "EXISTS(SELECT * FROM Hash WHERE pk = 'f3' AND v = 1)",
      "DELETE FROM Hash WHERE pk = 'f4'",
      "INSERT INTO \"Range\" VALUE {'pk': 'f', 'sk': 1}",
    ]), { Responses: [{}, {}, {}, {}, {}, {}] });
    assert.deepEqual(await item('f0'), { pk: s('f0') });
    assert.deepEqual((await item('f1')).v, n(2));
    assert.equal(await item('f2'), undefined);
    assert.deepEqual((await item('f3')).v, n(1));
  });

  test('all or nothing', async () => {
    await putAll(server, 'Hash', ['g1', 'g2'].map((pk) => ({ pk: s(pk), v: n(1) })));
    for (const [statement, reason] of [
      ["INSERT INTO Hash VALUE {'pk': 'g1'}", { Code: 'DuplicateItem', Message: kDuplicate }],
      ["UPDATE Hash SET v = 2 WHERE pk = 'g3'",
        { Code: 'ConditionalCheckFailed', Message: kRefused }],
      ["EXISTS(SELECT * FROM Hash WHERE pk = 'g1' AND v = 2)",
        { Code: 'ConditionalCheckFailed', Message: kRefused }],
      ["EXISTS(SELECT * FROM Hash WHERE pk = 'g3' AND v IS MISSING)",
        { Code: 'ConditionalCheckFailed', Message: kRefused }],
      ['DELETE FROM Hash', { Code: 'ValidationError',
        Message: 'Where clause does not contain a mandatory equality on all key attributes' }],
    ]) {
      const answer = await tryTransact([
        "INSERT INTO Hash VALUE {'pk': 'g0'}", statement, "DELETE FROM Hash WHERE pk = 'g2'"]);
      assert.deepEqual(answer.CancellationReasons, [{ Code: 'None' }, reason, { Code: 'None' }]);
      assert.equal(await item('g0'), undefined);
      assert.deepEqual((await item('g2')).v, n(1));
    }
  });

  test('reads', async () => {
    await putAll(server, 'Hash', [{ pk: s('h1'), v: n(1) }]);
    assert.deepEqual(await transact([
      "SELECT * FROM Hash WHERE pk = 'h1'",
      "SELECT * FROM Hash WHERE pk = 'h2'",
      "SELECT * FROM \"Range\" WHERE pk = 'h1' AND sk = 1",
    ]), { Responses: [{ Item: { pk: s('h1'), v: n(1) } }, {}, {}] });
    assert.deepEqual(await transact(["SELECT v FROM Hash WHERE pk = 'h1' AND v > 0"]),
      { Responses: [{ Item: { v: n(1) } }] });
    assert.deepEqual(await transact(["SELECT v FROM Hash WHERE pk = 'h1' AND v > 1"]),
      { Responses: [{}] });
    assert.deepEqual(await transact(["SELECT w FROM Hash WHERE pk = 'h1'"]), { Responses: [{}] });
  });

  test('100 statements', async () => {
    const pks = Array.from({ length: 100 }, (_, index) => `i${index}`);
    await transact(pks.map((pk) => `INSERT INTO Hash VALUE {'pk': '${pk}', 'v': 1}`));
    const { Responses } = await transact(pks.map((pk) => `SELECT pk FROM Hash WHERE pk = '${pk}'`));
    assert.deepEqual(Responses, pks.map((pk) => ({ Item: { pk: s(pk) } })));
  });

  test('capacity counts double, on the axis of the transaction', async () => {
    await putAll(server, 'Hash', [sized('j1', 5000)]);
    const total = async (list) => (
      await transact(list, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity;
    assert.deepEqual(await total(["SELECT * FROM Hash WHERE pk = 'j1'",
      "SELECT * FROM Hash WHERE pk = 'j2'"]), [
      { TableName: 'Hash', CapacityUnits: 6, ReadCapacityUnits: 6 }]);
    assert.deepEqual(await total(["UPDATE Hash SET a = 1 WHERE pk = 'j1'",
      "INSERT INTO Hash VALUE {'pk': 'j2'}"]), [
      { TableName: 'Hash', CapacityUnits: 12, WriteCapacityUnits: 12 }]);
  });

  test('a token makes a call happen once, in a space of its own', async () => {
    await putAll(server, 'Hash', [{ pk: s('k1'), v: n(1) }]);
    const add = (amount) => [
      { Statement: "UPDATE Hash SET v = v + ? WHERE pk = 'k1'", Parameters: [n(amount)] },
      "INSERT INTO Hash VALUE {'pk': 'k2'}"];
    const token = { ClientRequestToken: 'k', ReturnConsumedCapacity: 'TOTAL' };
    assert.deepEqual(await transact(add('1'), token), {
      Responses: [{}, {}],
      ConsumedCapacity: [{ TableName: 'Hash', CapacityUnits: 4, WriteCapacityUnits: 4 }],
    });
    assert.deepEqual(await transact(add('1.0'), token), {
      Responses: [{}, {}],
      ConsumedCapacity: [{ TableName: 'Hash', CapacityUnits: 4, ReadCapacityUnits: 4 }],
    });
    assert.match((await tryTransact(add('2'), token)).__type,
      /#IdempotentParameterMismatchException$/);
    assert.deepEqual((await item('k1')).v, n(2));
    await ok(server, 'TransactWriteItems', { ClientRequestToken: 'k',
      TransactItems: [{ Delete: { TableName: 'Hash', Key: { pk: s('k2') } } }] });
    assert.equal(await item('k2'), undefined);
    // One that was cancelled is not remembered.
    const failing = ["UPDATE Hash SET v = 0 WHERE pk = 'k3'"];
    assert.match((await tryTransact(failing, { ClientRequestToken: 'k3' })).__type,
      /#TransactionCanceledException$/);
    await putAll(server, 'Hash', [{ pk: s('k3') }]);
    await transact(failing, { ClientRequestToken: 'k3' });
    assert.deepEqual((await item('k3')).v, n(0));
  });
});

test('document client', async () => {
  const client = server.documents();
  await client.send(new ExecuteTransactionCommand({ TransactStatements: [
    { Statement: "INSERT INTO Hash VALUE {'pk': ?, 'v': ?}", Parameters: ['sdk1', [1, 'x']] },
    { Statement: "INSERT INTO Hash VALUE {'pk': 'sdk2'}" },
  ] }));
  const { Responses } = await client.send(new BatchExecuteStatementCommand({ Statements: [
    { Statement: 'SELECT * FROM Hash WHERE pk = ?', Parameters: ['sdk1'] },
    { Statement: "SELECT * FROM Hash WHERE pk = 'sdk3'" },
  ] }));
  assert.deepEqual(Responses, [
    { TableName: 'Hash', Item: { pk: 'sdk1', v: [1, 'x'] } }, { TableName: 'Hash' }]);
});
