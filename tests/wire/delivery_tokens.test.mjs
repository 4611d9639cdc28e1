// Checkpoint tokens: a handler has its own transaction finish the batch, so that what it counts is
// exact, whatever happens to it afterwards.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDelivery } from './delivery_client.mjs';
import { call, createTable, eventually, ok } from './harness.mjs';

const delivery = useDelivery();

// Adds up what it gets, in one transaction with the position of the lane.
const kCommit = `
  const commit = (token, headers = {}, more = '') => call('TransactWriteItems', {
    ...(token === undefined ? {} : { ClientRequestToken: token }),
    TransactItems: [{ Update: {
      TableName: process.env.COUNTS, Key: { pk: { S: 'all' + more } },
      UpdateExpression: 'ADD records :n',
      ExpressionAttributeValues: { ':n': { N: String(names.length) } },
    } }],
  }, headers);
  const { checkpointToken: token } = context;`;
const kDone = `
  const { status, text } = await commit(token);
  if (status !== 200) throw new Error(text);`;

/** A scene whose handler counts in a table of its own. */
async function counting(react, { records = 20, ...mapping } = {}) {
  const counts = delivery.next('counts');
  await createTable(delivery.server, counts, 'pk:S');
  const names = Array.from({ length: records }, (_, n) => String(n));
  const scene = await delivery.scene({
    react: kCommit + react, variables: { COUNTS: counts }, records: names,
    mapping: { BatchSize: 5, MaximumRetryAttempts: 0, ...mapping } });
  const counted = async (pk = 'all') => {
    const { Item } = await ok(delivery.server, 'GetItem', {
      TableName: counts, Key: { pk: { S: pk } }, ConsistentRead: true });
    return Number(Item?.records.N ?? 0);
  };
  /** A transaction with a token of a batch, by somebody else. */
  const add = (token, headers = {}) => call(delivery.server, 'TransactWriteItems', {
    ...(token === undefined ? {} : { ClientRequestToken: token }),
    TransactItems: [
      { Put: { TableName: counts, Item: { pk: { S: 'late' } } } },
      { Put: { TableName: counts, Item: { pk: { S: 'later' } } } },
    ],
  }, headers);
  return { ...scene, counts, counted, add, names };
}

/** Nothing was delivered twice, and nothing was given up. */
async function exact({ handler, failures, counted, names, table }) {
  await eventually(async () => await counted() === names.length, 'all records to be counted');
  await table.put('end');
  await eventually(() => handler.names().includes('end'), 'the last record');
  assert.deepEqual(handler.names(), [...names, 'end']);
  assert.deepEqual(await failures.sizes(), [0, 0]);
}

/** The transaction was refused for its token, and did nothing. */
function assertConflict(answer, actions) {
  assert.equal(answer.status, 400, answer.text);
  assert.match(answer.json.__type, /#TransactionCanceledException$/);
  const codes = Array(actions).fill('CheckpointConflict');
  assert.ok(answer.json.Message.includes(`[${codes.join(', ')}]`), answer.text);
  assert.deepEqual(answer.json.CancellationReasons.map(({ Code }) => Code), codes);
}

describe('a batch is finished by its transaction', () => {
  test('whatever the handler returns', async () => {
    const scene = await counting(`${kDone} throw new Error('afterwards');`);
    await exact(scene);
    assert.ok(scene.handler.notes().every(({ token }) => token.length === 36));
  });

  test('when the process ends right after it', async () => {
    await exact(await counting(`${kDone} if (names.length > 1) process.exit(3);`));
  });

  test('when the server is killed right after it', async () => {
    const scene = await counting(`${kDone} if (!switched('go')) await until('never');`);
    await eventually(async () => await scene.counted() === 5, 'the first batch');
    await delivery.restart();
    scene.handler.switchOn('go');
    await exact(scene);
  });

  test('with the token in a header', async () => {
    const scene = await counting(`
      const { status, text } = await commit('mine ' + names[0], { 'x-checkpoint-token': token });
      if (status !== 200) throw new Error(text);
      process.exit(1);`, { records: 5 });
    await eventually(async () => await scene.counted() === 5, 'the batch');
    await scene.table.put('end');
    await scene.handler.events(2);
    assert.deepEqual(scene.handler.batches(), [scene.names, ['end']]);
  });

  test('with a report that says otherwise', async () => {
    await exact(await counting(`${kDone}
      return { batchItemFailures: event.Records.map(({ dynamodb: { SequenceNumber } }) => (
        { itemIdentifier: SequenceNumber })) };`,
    { FunctionResponseTypes: ['ReportBatchItemFailures'] }));
  });
});

describe('a token', () => {
  test('is good for one transaction', async () => {
    const scene = await counting(`${kDone}
      const again = await commit(token, {}, ' again');
      const header = await commit(undefined, { 'x-checkpoint-token': token }, ' again');
      await call('PutItem', { TableName: process.env.COUNTS, Item: {
        pk: { S: 'answers' }, answers: { SS: [again.text, 'header ' + header.text] } } });`,
    { records: 5 });
    await exact(scene);
    const { Item } = await ok(delivery.server, 'GetItem', {
      TableName: scene.counts, Key: { pk: { S: 'answers' } } });
    assert.equal(Item.answers.SS.length, 2);
    for (const text of Item.answers.SS) assert.match(text, /CheckpointConflict/);
    assert.equal(await scene.counted('all again'), 0);
    const [{ token }] = scene.handler.notes();
    assertConflict(await scene.add(token), 2);
    assertConflict(await scene.add(undefined, { 'x-checkpoint-token': token }), 2);
    assertConflict(await scene.add('mine', { 'x-checkpoint-token': token }), 2);
    assert.equal(await scene.counted('late'), 0);
  });

  test('of a batch that somebody else finished is refused', async () => {
    // The first attempt fails without having used its token.
    const scene = await counting(`
      if (!switched('go')) throw new Error('not yet');
      ${kDone}`, { records: 3, MaximumRetryAttempts: -1 });
    await scene.handler.events(2);
    const [{ token }] = scene.handler.notes();
    assertConflict(await scene.add(token), 2);
    scene.handler.switchOn('go');
    await eventually(async () => await scene.counted() === 3, 'the batch');
    assertConflict(await scene.add(token), 2);
  });

  test('of before a restart is refused', async () => {
    const scene = await counting(`if (!switched('go')) await until('never'); ${kDone}`,
      { records: 3, MaximumRetryAttempts: -1 });
    await scene.handler.events(1);
    const [{ token }] = scene.handler.notes();
    await delivery.restart();
    assertConflict(await scene.add(token), 2);
    scene.handler.switchOn('go');
    await eventually(async () => await scene.counted() === 3, 'the batch');
  });

  test('of a batch under way can be used by anybody', async () => {
    const scene = await counting('await until("go"); throw new Error("too late");', { records: 3 });
    await scene.handler.events(1);
    const [{ token }] = scene.handler.notes();
    const answer = await scene.add(token);
    assert.equal(answer.status, 200, answer.text);
    scene.handler.switchOn('go');
    await scene.table.put('end');
    await scene.handler.events(2);
    assert.deepEqual(scene.handler.batches(), [['0', '1', '2'], ['end']]);
  });

  test('that is none, in the header, is refused', async () => {
    const { add } = await counting('', { records: 0 });
    assertConflict(await add(undefined, { 'x-checkpoint-token': 'no token' }), 2);
    assertConflict(await add('mine', { 'x-checkpoint-token': 'no token' }), 2);
  });

  test('of a request is still what it always was', async () => {
    const { add, counted } = await counting('', { records: 0 });
    assert.equal((await add('an ordinary request token')).status, 200);
    assert.equal((await add('an ordinary request token')).status, 200);
    assert.equal(await counted(), 0);
  });
});
