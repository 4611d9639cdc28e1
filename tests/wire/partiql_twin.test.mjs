// A property: a PartiQL statement and the item operation that means the same do the same, to two
// tables that began alike. Statements are made at random from a seed, in both forms at once;
// replies,
// errors and capacity are compared after every step, the whole contents now and then. Exists
// because
// the two ways share conditions, updates and pages but put them together differently.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, createTable, keySchema, ok, useServer } from './harness.mjs';
import {
  anyWrite, chance, key, kItems, kSeed, kStatements, Pair, pick, predicate, random,
} from './partiql_pairs.mjs';

const kSteps = 900;
const kSucceededMin = 10;  // of each kind, or the test looks at little but refusals

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });

const server = useServer({}, async (running) => {
  const projections = { byG: ['g:S', 'a1:N'], byA: ['pk:S', 'a1:N'] };
  const index = (IndexName, Projection) => ({
    IndexName, KeySchema: keySchema(...projections[IndexName]).KeySchema, Projection,
  });
  for (const name of [kStatements, kItems]) {
    await createTable(running, name, 'pk:S', 'sk:N', {
      AttributeDefinitions: [['pk', 'S'], ['sk', 'N'], ['g', 'S'], ['a1', 'N']].map(
        ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      GlobalSecondaryIndexes: [
        index('byG', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a2'] })],
      LocalSecondaryIndexes: [index('byA', { ProjectionType: 'ALL' })],
    });
  }
});

const kPutOrChange = ['Put', 'Put', 'Update', 'Update', 'Update', 'Delete'];
const kReturning = {
  Put: [['', 'NONE']],
  Update: [['', 'NONE'], ['ALL OLD', 'ALL_OLD'], ['ALL NEW', 'ALL_NEW'],
    ['MODIFIED OLD', 'UPDATED_OLD'], ['MODIFIED NEW', 'UPDATED_NEW']],
  Delete: [['', 'NONE'], ['ALL OLD', 'ALL_OLD']],
};

/** An answer with what the two forms name differently made equal. */
function plain(answer, kind) {
  const text = answer.text.replaceAll(kStatements, kItems)
    .replaceAll('1 validation error detected: ', '');
  const body = JSON.parse(text);
  const duplicate = kind === 'Put' && /#ConditionalCheckFailedException$/.test(body.__type);
  if (duplicate) {
    return { __type: body.__type.replace('ConditionalCheckFailed', 'DuplicateItem'),
      message: 'Duplicate primary key exists in table' };
  }
  return body;
}

async function compareWrite(step) {
  const { kind, statement, request } = anyWrite(kPutOrChange);
  const [clause, ReturnValues] = pick(kReturning[kind]);
  const members = { ReturnConsumedCapacity: 'INDEXES',
    ...(chance(50) && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }) };
  const Statement = statement.Statement + (clause && ` RETURNING ${clause} *`);
  const found = plain(await call(server, 'ExecuteStatement',
    { ...statement, Statement, ...members }));
  const twin = plain(await call(server, `${kind}Item`, { ...request, ReturnValues, ...members }),
    kind);
  if (clause !== '' && twin.__type === undefined) {
    twin.Items = twin.Attributes === undefined ? [] : [twin.Attributes];
    delete twin.Attributes;
  }
  assert.deepEqual(found, twin, `${step}: ${JSON.stringify({ ...statement, Statement })}`);
  return found.__type === undefined;
}

const distinctKeys = (count) => {
  const keys = new Map();
  while (keys.size < count) {
    const each = key();
    keys.set(JSON.stringify(each), each);
  }
  return [...keys.values()];
};

/** Of a cancelled INSERT the reason has another name. */
const plainReasons = (body, writes) => {
  if (body.CancellationReasons === undefined) return body;
  const CancellationReasons = body.CancellationReasons.map((reason, index) => (
    writes[index].kind === 'Put' && reason.Code === 'ConditionalCheckFailed'
      ? { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } : reason));
  return { ...body, CancellationReasons,
    Message: body.Message.replace(/\[.*/, `[${CancellationReasons.map(({ Code }) => Code)
      .join(', ')}]`) };
};

async function compareTransaction(step) {
  const writes = distinctKeys(1 + random(3)).map((Key) => (
    anyWrite([...kPutOrChange, 'ConditionCheck'], Key)));
  const members = { ReturnConsumedCapacity: 'INDEXES' };
  const old = chance(50) ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {};
  const found = plain(await call(server, 'ExecuteTransaction', { ...members,
    TransactStatements: writes.map(({ statement }) => ({ ...statement, ...old })) }));
  const twin = plainReasons(plain(await call(server, 'TransactWriteItems', { ...members,
    TransactItems: writes.map(({ kind, request }) => ({ [kind]: { ...request, ...old } })),
  })), writes);
  if (twin.__type === undefined) twin.Responses = writes.map(() => ({}));
  assert.deepEqual(found, twin, `${step}: ${JSON.stringify(writes)}`);
  return found.__type === undefined;
}

/** A batch against the single operations, one after the other. */
async function compareBatch(step) {
  const writes = distinctKeys(1 + random(3)).map((Key) => anyWrite(kPutOrChange, Key));
  const { Responses } = await ok(server, 'BatchExecuteStatement', {
    Statements: writes.map(({ statement }) => statement) });
  for (const [index, { kind, request }] of writes.entries()) {
    const twin = plain(await call(server, `${kind}Item`, request), kind);
    const { Error: error, TableName } = Responses[index];
    const where = `${step}: ${JSON.stringify(writes[index])}`;
    if (twin.__type === undefined) {
      assert.deepEqual(Responses[index], { TableName: kStatements }, where);
    } else {
      const [, name] = /#(.*)Exception$/.exec(twin.__type);
      const Code = name === 'Validation' ? 'ValidationError' : name;
      assert.deepEqual(error, { Code, Message: twin.message }, where);
      assert.equal(TableName === undefined || TableName === kStatements, true, where);
    }
  }
  return true;
}

/** The parts of a read: [WHERE text, KeyConditionExpression or undefined, FilterExpression]. */
function access(pair, IndexName) {
  // Parameters count from left to right, so the keys are made before the filter.
  const parts = [];
  const [partition, sort] = { byG: ['g', 'a1'], byA: ['pk', 'a1'] }[IndexName] ?? ['pk', 'sk'];
  if (!chance(25)) {
    const equal = pair.constant(partition === 'g' ? s(pick(['x', 'y'])) : key().pk);
    parts.push([`${partition} = ${equal[0]}`, `${partition} = ${equal[1]}`]);
    if (chance(50)) {
      const bound = pair.constant(n(random(4)));
      const operator = pick(['=', '<', '<=', '>', '>=']);
      parts.push([`${sort} ${operator} ${bound[0]}`, `${sort} ${operator} ${bound[1]}`]);
    }
  }
  const filter = chance(60) ? predicate(pair) : undefined;
  const where = [...parts.map(([text]) => text), ...(filter ? [filter[0]] : [])];
  return { where: where.join(' AND '), filter: filter?.[1], sort,
    keys: parts.length === 0 ? undefined : parts.map(([, text]) => text).join(' AND ') };
}

async function compareRead(step) {
  const pair = new Pair();
  const IndexName = pick([undefined, undefined, 'byG', 'byA']);
  const { where, keys, filter, sort } = access(pair, IndexName);
  const mentions = (names) => names.some((name) => filter?.includes(name));
  // Query refuses filters on keys, and a SELECT those on what an index lacks. What would be a
  // filter of Scan may make a SELECT a keyed read.
  const unfit = keys === undefined ? ['g'] : ['a1', 'g', 'a3'];
  if (IndexName !== undefined && mentions(unfit)) return false;
  const descending = keys !== undefined && chance(40);
  const Limit = chance(50) ? 1 + random(3) : undefined;
  const common = { ReturnConsumedCapacity: 'INDEXES', ...(Limit && { Limit }),
    ...(IndexName !== 'byG' && chance(50) && { ConsistentRead: true }) };
  const Statement = `SELECT * FROM ${kStatements}${IndexName ? `."${IndexName}"` : ''}` +
    `${where ? ` WHERE ${where}` : ''}${descending ? ` ORDER BY ${sort} DESC` : ''}`;
  const request = { TableName: kItems, ...pair.itemMembers(), ...common,
    ...(IndexName && { IndexName }), ...(filter && { FilterExpression: filter }),
    ...(keys && { KeyConditionExpression: keys, ScanIndexForward: !descending }) };
  for (let NextToken, ExclusiveStartKey; ;) {
    const found = plain(await call(server, 'ExecuteStatement', { Statement, ...common,
      ...pair.statementMembers(), ...(NextToken && { NextToken }) }));
    const twin = plain(await call(server, keys ? 'Query' : 'Scan', { ...request,
      ...(ExclusiveStartKey && { ExclusiveStartKey }) }));
    ({ NextToken } = found);
    ExclusiveStartKey = twin.LastEvaluatedKey;
    // One item by its key is a read without pages.
    const point = IndexName === undefined && / pk = .* AND sk = /.test(Statement);
    for (const member of ['NextToken', 'Count', 'ScannedCount',
      ...(point ? ['LastEvaluatedKey'] : [])]) {
      delete found[member];
      delete twin[member];
    }
    assert.deepEqual(found, twin, `${step}: ${Statement} ${JSON.stringify(request)}`);
    if (NextToken === undefined) return found.__type === undefined;
  }
}

async function contents(TableName) {
  const result = [];
  for (const IndexName of [undefined, 'byG', 'byA']) {
    const { Items } = await ok(server, 'Scan', { TableName, ...(IndexName && { IndexName }) });
    result.push(Items);
  }
  return result;
}

test(`statements and their twins, seed ${kSeed}`, async () => {
  const succeeded = { write: 0, transaction: 0, batch: 0, read: 0 };
  for (let step = 0; step < kSteps; step += 1) {
    const [name, compare] = pick([
      ['write', compareWrite], ['write', compareWrite], ['write', compareWrite],
      ['transaction', compareTransaction], ['batch', compareBatch], ['read', compareRead],
      ['read', compareRead]]);
    if (await compare(`step ${step}`)) succeeded[name] += 1;
    if (step % 20 === 19) {
      assert.deepEqual(await contents(kStatements), await contents(kItems), `after step ${step}`);
    }
  }
  for (const [name, count] of Object.entries(succeeded)) {
    assert.ok(count >= kSucceededMin, `${name}: only ${count} succeeded`);
  }
});
