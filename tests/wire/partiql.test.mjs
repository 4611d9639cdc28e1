// ExecuteStatement: access paths, rows, pages, writes and what they return. Batches and
// transactions of statements are in partiql_batches.test.mjs, the error messages in
// messages/partiql.mjs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DuplicateItemException } from '@aws-sdk/client-dynamodb';
import { ExecuteStatementCommand } from '@aws-sdk/lib-dynamodb';
import { call, createTable, keySchema, ok, putAll, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const kInvalid = 'com.amazon.coral.validate#ValidationException';

const index = (IndexName, keys, Projection) => ({
  IndexName, KeySchema: keySchema(...keys).KeySchema, Projection,
});

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Range', 'pk:S', 'sk:N');
  await createTable(running, 'Other', 'pk:S', 'sk:N');
  await createTable(running, 'my.table-1', 'pk:S');
  await createTable(running, 'Indexed', 'pk:S', 'sk:N', {
    AttributeDefinitions: [['pk', 'S'], ['sk', 'N'], ['g', 'S'], ['h', 'N']].map(
      ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    GlobalSecondaryIndexes: [
      index('byG', ['g:S', 'h:N'], { ProjectionType: 'INCLUDE', NonKeyAttributes: ['v'] }),
    ],
    LocalSecondaryIndexes: [index('byH', ['pk:S', 'h:N'], { ProjectionType: 'KEYS_ONLY' })],
  });
});

const execute = (Statement, members = {}) => (
  ok(server, 'ExecuteStatement', { Statement, ...members }));
const rows = async (Statement, ...Parameters) => (
  await execute(Statement, Parameters.length === 0 ? {} : { Parameters })).Items;
const refused = async (Statement, members = {}) => (
  await call(server, 'ExecuteStatement', { Statement, ...members })).json;
const item = async (pk, TableName = 'Hash') => (
  await ok(server, 'GetItem', { TableName, Key: { pk: s(pk) } })).Item;
const capacity = async (Statement, members = {}) => (
  await execute(Statement, { ReturnConsumedCapacity: 'INDEXES', ...members })).ConsumedCapacity;

/** All pages of a statement, as lists of rows; every page but the last has a token. */
async function pages(Statement, members) {
  const result = [];
  for (let NextToken; ;) {
    const page = await execute(Statement, { ...members, ...(NextToken && { NextToken }) });
    result.push(page.Items);
    assert.equal(page.NextToken === undefined, page.LastEvaluatedKey === undefined);
    if (page.NextToken === undefined) return result;
    NextToken = page.NextToken;
  }
}

describe('SELECT', () => {
  const kKeys = [['a', 1], ['a', 2], ['a', 3], ['b', 1], ['b', 2], ['c', 1]];
  const row = (pk, sk) => ({ pk: s(pk), sk: n(sk), v: n(sk * 10), t: s(`${pk}${sk}`) });
  const load = () => putAll(server, 'Range', kKeys.map(([pk, sk]) => row(pk, sk)));

  test('full keys, partitions, ranges, lists and scans', async () => {
    await load();
    for (const [where, expected] of [
      ["pk = 'a' AND sk = 2", [['a', 2]]],
      ["pk = 'a' AND sk = 2 AND v = 20", [['a', 2]]],
      ["pk = 'a' AND sk = 2 AND v = 21", []],
      ["pk = 'a' AND sk = 9", []],
      ["'a' = pk", [['a', 1], ['a', 2], ['a', 3]]],
      ["pk = 'a' AND sk > 1", [['a', 2], ['a', 3]]],
      ["pk = 'a' AND sk >= 2 AND sk < 3", [['a', 2]]],
      ["pk = 'a' AND sk BETWEEN 1 AND 2", [['a', 1], ['a', 2]]],
      ["pk = 'a' AND sk IN [1, 3]", [['a', 1], ['a', 3]]],
      ["pk = 'a' AND NOT sk = 1", [['a', 2], ['a', 3]]],
      ["pk = 'a' AND (sk = 1 OR v = 30)", [['a', 1], ['a', 3]]],
      ["pk IN ('b', 'a', 'b') AND sk = 1", [['b', 1], ['a', 1]]],
      ["pk = 'a' AND pk = 'b'", []],
      ["pk = 'a' AND sk > 2 AND sk < 1", []],
      ["pk = 'a' ORDER BY sk DESC", [['a', 3], ['a', 2], ['a', 1]]],
      ["pk IN ['b', 'a'] ORDER BY pk, sk DESC", [['a', 3], ['a', 2], ['a', 1], ['b', 2], ['b', 1]]],
    ]) {
      const found = await rows(`SELECT pk, sk FROM "Range" WHERE ${where}`);
      assert.deepEqual(found, expected.map(([pk, sk]) => ({ pk: s(pk), sk: n(sk) })), where);
    }
    const sorted = (list) => list.map((each) => JSON.stringify(each)).sort();
    assert.deepEqual(sorted(await rows('SELECT * FROM "Range"')),
      sorted(kKeys.map(([pk, sk]) => row(pk, sk))));
    assert.deepEqual(sorted(await rows('SELECT * FROM "Range" WHERE v = 10')),
      sorted([row('a', 1), row('b', 1), row('c', 1)]));
    assert.deepEqual(sorted(await rows("SELECT t FROM \"Range\" WHERE pk = 'b' OR t = 'a1'")),
      sorted([{ t: s('a1') }, { t: s('b1') }, { t: s('b2') }]));
  });

  test('columns', async () => {
    await putAll(server, 'Hash', [{
      pk: s('columns'), l: { L: [n(7)] },
      m: { M: { x: { M: { y: n(1) } }, l: { L: [n(5), n(6)] } } },
    }]);
    const select = (columns) => rows(`SELECT ${columns} FROM Hash WHERE pk = 'columns'`);
    assert.deepEqual(await select('m.x.y, l[0], m.l[1]'), [
      { y: n(1), 'l[0]': n(7), 'l[1]': n(6) }]);
    assert.deepEqual(await select('pk, absent, m.x'), [
      { pk: s('columns'), x: { M: { y: n(1) } } }]);
    assert.deepEqual(await select('absent, m.absent'), [{}]);
  });

  test('quoted names and parameters', async () => {
    assert.deepEqual(await execute(
      'INSERT INTO "my.table-1" VALUE {\'pk\': ?, \'value\': [?, ?]}',
      { Parameters: [s('it\'s'), n('1.50'), { B: 'AQI=' }] }), {});
    assert.deepEqual(await rows(
      'select "value"[0] from "my.table-1" where "pk" = \'it\'\'s\' and "value"[1] = ?',
      { B: 'AQI=' }), [{ 'value[0]': n('1.5') }]);
  });

  test('a limit counts rows that are read, and tokens lead through all of them', async () => {
    await load();
    for (const [statement, limit, sizes] of [
      ["SELECT * FROM \"Range\" WHERE pk = 'a'", 2, [2, 1]],
      ["SELECT * FROM \"Range\" WHERE pk = 'a' AND v > 25", 2, [0, 1]],
      ["SELECT * FROM \"Range\" WHERE pk IN ['a', 'b', 'nobody', 'c']", 2, [2, 2, 2, 0]],
      ["SELECT * FROM \"Range\" WHERE pk IN ['a', 'b', 'c'] ORDER BY pk DESC, sk DESC", 5, [5, 1]],
      ["SELECT * FROM \"Range\" WHERE pk = 'a' AND sk = 1", 1, [1]],
      ["SELECT * FROM \"Range\" WHERE pk = 'a' AND sk > 2 AND sk < 1", 1, [0]],
    ]) {
      const found = await pages(statement, { Limit: limit });
      assert.deepEqual(found.map((page) => page.length), sizes, statement);
      assert.deepEqual(found.flat(), await rows(statement), statement);
    }
    const scanned = await pages('SELECT * FROM "Range"', { Limit: 4 });
    assert.deepEqual(scanned.flat(), await rows('SELECT * FROM "Range"'));
  });

  test('pages end at 1 MiB, across partitions and threads', async () => {
    const big = (pk, sk) => ({ pk: s(pk), sk: n(sk), v: s('x'.repeat(90000)) });
    const keys = ['p', 'q', 'r'].flatMap((pk) => [0, 1, 2, 3, 4, 5, 6].map((sk) => [pk, sk]));
    await putAll(server, 'Other', keys.map(([pk, sk]) => big(pk, sk)));
    const statement = "SELECT pk, sk FROM Other WHERE pk IN ['p', 'q', 'r']";
    const found = await pages(statement, {});
    assert.deepEqual(found.flat(), keys.map(([pk, sk]) => ({ pk: s(pk), sk: n(sk) })));
    assert.deepEqual(found.map((page) => page.length), [11, 10]);
    assert.deepEqual((await pages(statement, { Limit: 9 })).map((page) => page.length), [9, 9, 3]);
  });

  test('a token belongs to a statement, its parameters and its table', async () => {
    await load();
    const statement = 'SELECT * FROM "Range" WHERE pk = ?';
    const { NextToken } = await execute(statement, { Parameters: [s('a')], Limit: 1 });
    for (const [text, pk] of [
      [statement, 'b'], [`${statement} AND sk > 0`, 'a'],
      [statement.replace('Range', 'Other'), 'a'],
      ['DELETE FROM "Range" WHERE pk = ? AND sk = 1', 'a'],
    ]) {
      assert.deepEqual(await refused(text, { Parameters: [s(pk)], NextToken }), {
        __type: kInvalid, message: 'NextToken does not match request',
      }, text);
    }
    for (const token of ['x', `${NextToken}AAAA`, NextToken.slice(4)]) {
      const answer = await refused(statement, { Parameters: [s('a')], NextToken: token });
      assert.deepEqual(answer, { __type: kInvalid, message: 'Invalid NextToken' }, token);
    }
  });

  test('predicates on what is missing', async () => {
    await putAll(server, 'Hash', [
      { pk: s('m1'), kind: s('missing'), v: n(1) }, { pk: s('m2'), kind: s('missing') },
      { pk: s('m3'), kind: s('missing'), v: { NULL: true } },
    ]);
    for (const [where, expected] of [
      ['v IS MISSING', ['m2']],
      ['v IS NOT MISSING', ['m1', 'm3']],
      ['v IS NULL', ['m3']],
      ['v <> 2', ['m1', 'm3']],
      ['NOT v = 1', ['m2', 'm3']],
      ['NOT (v <> 1)', ['m1', 'm2']],
      ['v > 0', ['m1']],
      ['NOT v > 0', ['m2', 'm3']],
      ["attribute_type(v, 'N')", ['m1']],
      ['v = w', []],
    ]) {
      const found = await rows(`SELECT pk FROM Hash WHERE kind = 'missing' AND (${where})`);
      assert.deepEqual(found.map((each) => each.pk.S).sort(), expected, where);
    }
  });
});

describe('SELECT on an index', () => {
  const kItems = [1, 2, 3, 4].map((sk) => ({
    pk: s('a'), sk: n(sk), g: s(sk % 2 === 0 ? 'even' : 'odd'), h: n(10 - sk), v: n(sk), w: n(-sk),
  }));
  const entry = ({ w, ...rest }) => rest;

  test('entries, order, filters, capacity', async () => {
    await putAll(server, 'Indexed', [...kItems, { pk: s('a'), sk: n(9) }]);
    assert.deepEqual(await rows("SELECT * FROM Indexed.byG WHERE g = 'even'"),
      [entry(kItems[3]), entry(kItems[1])].map(({ pk, sk, g, h, v }) => ({ pk, sk, g, h, v })));
    assert.deepEqual(await rows("SELECT v FROM Indexed.byG WHERE g = 'odd' AND h > 7"),
      [{ v: n(1) }]);
    assert.deepEqual((await rows('SELECT sk FROM "Indexed"."byG"')).length, 4);
    assert.deepEqual(await rows('SELECT sk FROM Indexed.byG WHERE w = -1'), []);
    assert.deepEqual(await rows("SELECT sk FROM Indexed.byG WHERE g = 'odd' AND (w = -1 OR v = 3)"),
      [{ sk: n(3) }]);
    assert.deepEqual(await capacity("SELECT * FROM Indexed.byG WHERE g = 'odd'"), {
      TableName: 'Indexed', CapacityUnits: 0.5, Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 0.5 } },
    });
  });

  test('a local index fetches columns, but filters its own entries', async () => {
    assert.deepEqual(await rows("SELECT sk, w FROM Indexed.byH WHERE pk = 'a' AND h < 8"),
      [4, 3].map((sk) => ({ sk: n(sk), w: n(-sk) })));
    assert.deepEqual(await rows("SELECT * FROM Indexed.byH WHERE pk = 'a' AND h = 8"),
      [{ pk: s('a'), h: n(8), sk: n(2) }]);
    assert.deepEqual(await rows('SELECT w FROM Indexed.byH WHERE w = -1'), []);
    assert.deepEqual((await rows('SELECT w FROM Indexed.byH WHERE w IS MISSING')).length, 4);
    assert.deepEqual(await capacity("SELECT w FROM Indexed.byH WHERE pk = 'a'",
      { ConsistentRead: true }), {
      TableName: 'Indexed', CapacityUnits: 5, Table: { CapacityUnits: 4 },
      LocalSecondaryIndexes: { byH: { CapacityUnits: 1 } },
    });
  });

  test('pages', async () => {
    for (const statement of ["SELECT sk FROM Indexed.byG WHERE g IN ['even', 'odd']",
      'SELECT sk FROM Indexed.byG',
      "SELECT sk, w FROM Indexed.byH WHERE pk = 'a' ORDER BY h DESC"]) {
      const found = await pages(statement, { Limit: 1 });
      assert.deepEqual(found.flat(), await rows(statement), statement);
      assert.equal(found.flat().length, 4, statement);
    }
  });
});

describe('writes', () => {
  test('INSERT', async () => {
    assert.deepEqual(await execute(
      "INSERT INTO Hash VALUE {'pk':'i1','tags':<<'x','y'>>,'n':1.50,'m':{'l':[true,NULL]}}"), {});
    assert.deepEqual(await item('i1'), {
      pk: s('i1'), tags: { SS: ['x', 'y'] }, n: n('1.5'),
      m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } },
    });
    assert.match((await refused("INSERT INTO Hash VALUE {'pk':'i1'}")).__type,
      /#DuplicateItemException$/);
    assert.deepEqual((await item('i1')).n, n('1.5'));
  });

  test('UPDATE changes the item that is there', async () => {
    const before = {
      pk: s('u1'), v: n(3), l: { L: [n(1), n(2)] }, old: s('x'), tags: { NS: ['1'] }, m: { M: {} },
    };
    await putAll(server, 'Hash', [before]);
    assert.deepEqual(await execute("UPDATE Hash SET v = v + 1 SET l[7] = 3, m.x = old REMOVE old " +
      "SET tags = set_add(tags, <<2>>), w = list_append(l, [9]) WHERE pk = 'u1' AND v = 3"), {});
    assert.deepEqual(await item('u1'), {
      pk: s('u1'), v: n(4), l: { L: [n(1), n(2), n(3)] }, tags: { NS: ['1', '2'] },
      m: { M: { x: s('x') } }, w: { L: [n(1), n(2), n(9)] },
    });
    assert.match((await refused("UPDATE Hash SET v = 1 WHERE pk = 'u1' AND v = 3")).__type,
      /#ConditionalCheckFailedException$/);
    assert.match((await refused("UPDATE Hash SET v = 1 WHERE pk = 'u0'")).__type,
      /#ConditionalCheckFailedException$/);
    assert.match((await refused("UPDATE Hash SET v = 1 WHERE pk = 'u0' AND v IS MISSING")).__type,
      /#ConditionalCheckFailedException$/);
    assert.equal(await item('u0'), undefined);
  });

  test('DELETE', async () => {
    await putAll(server, 'Hash', [{ pk: s('d1'), v: n(1) }]);
    assert.match((await refused("DELETE FROM Hash WHERE pk = 'd1' AND v = 2")).__type,
      /#ConditionalCheckFailedException$/);
    assert.deepEqual(await execute("DELETE FROM Hash WHERE pk = 'd1' AND v = 1"), {});
    assert.equal(await item('d1'), undefined);
    assert.deepEqual(await execute("DELETE FROM Hash WHERE pk = 'd1' AND v = 1"), {});
  });

  test('RETURNING', async () => {
    const before = { pk: s('r1'), v: n(1), l: { L: [n(1), n(2), n(3)] }, w: s('w') };
    const after = { ...before, v: n(2), l: { L: [n(9), n(2), n(7)] } };
    for (const [clause, expected] of [
      ['ALL OLD', [before]], ['ALL NEW', [after]],
      ['MODIFIED OLD', [{ v: n(1), l: { L: [n(1), n(3)] } }]],
      ['MODIFIED NEW', [{ v: n(2), l: { L: [n(9), n(7)] } }]],
    ]) {
      await putAll(server, 'Hash', [before]);
      assert.deepEqual(await rows('UPDATE Hash SET v = 2, l[2] = 7, l[0] = 9 ' +
        `WHERE pk = 'r1' RETURNING ${clause} *`), expected, clause);
    }
    assert.deepEqual(await rows(
      "UPDATE Hash SET fresh = 1 WHERE pk = 'r1' RETURNING MODIFIED OLD *"), []);
    assert.deepEqual(await rows(
      "UPDATE Hash REMOVE fresh WHERE pk = 'r1' RETURNING MODIFIED NEW *"), []);
    assert.deepEqual(await rows("DELETE FROM Hash WHERE pk = 'r1' RETURNING ALL OLD *"), [after]);
    assert.deepEqual(await rows("DELETE FROM Hash WHERE pk = 'r1' RETURNING ALL OLD *"), []);
  });

  test('indexes follow, and are charged', async () => {
    const key = "pk = 'x' AND sk = 1";
    const both = { CapacityUnits: 3, Table: { CapacityUnits: 1 } };
    const insert = "INSERT INTO Indexed VALUE {'pk':'x','sk':1,'g':'new','h':1}";
    assert.deepEqual(await capacity(insert), {
      TableName: 'Indexed', ...both, LocalSecondaryIndexes: { byH: { CapacityUnits: 1 } },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 1 } },
    });
    await execute(`UPDATE Indexed SET g = 'newer' WHERE ${key}`);
    assert.deepEqual(await rows("SELECT pk FROM Indexed.byG WHERE g = 'new'"), []);
    assert.deepEqual(await rows("SELECT pk FROM Indexed.byG WHERE g = 'newer'"), [{ pk: s('x') }]);
    await execute(`DELETE FROM Indexed WHERE ${key}`);
    assert.deepEqual(await rows("SELECT pk FROM Indexed.byG WHERE g = 'newer'"), []);
  });

  test('capacity follows the larger image', async () => {
    await execute("INSERT INTO Hash VALUE {'pk': 'c1', 'v': ?}",
      { Parameters: [s('x'.repeat(3000))] });
    assert.equal((await capacity("UPDATE Hash REMOVE v WHERE pk = 'c1'")).CapacityUnits, 3);
    assert.equal((await capacity("DELETE FROM Hash WHERE pk = 'c1'")).CapacityUnits, 1);
    assert.equal((await capacity("DELETE FROM Hash WHERE pk = 'c1'")).CapacityUnits, 1);
  });
});

describe('document client', () => {
  const documents = () => server.documents();

  test('values in and out', async () => {
    const client = documents();
    await client.send(new ExecuteStatementCommand({
      Statement: "INSERT INTO Hash VALUE {'pk': ?, 'v': ?}", Parameters: ['sdk', { a: [1, 'x'] }],
    }));
    const { Items } = await client.send(new ExecuteStatementCommand({
      Statement: 'SELECT * FROM Hash WHERE pk = ?', Parameters: ['sdk'],
    }));
    assert.deepEqual(Items, [{ pk: 'sdk', v: { a: [1, 'x'] } }]);
    await assert.rejects(client.send(new ExecuteStatementCommand({
      Statement: "INSERT INTO Hash VALUE {'pk': 'sdk'}",
    })), DuplicateItemException);
  });
});
