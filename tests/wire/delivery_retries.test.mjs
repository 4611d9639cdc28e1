// What becomes of batches that fail: how often they are tried, how they are halved, what reports
// of single failures mean, and when records are given up.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kFunctionError, useDelivery } from './delivery_client.mjs';
import { eventually } from './harness.mjs';

const delivery = useDelivery();

const letters = (count) => Array.from({ length: count }, (_, n) => String(n));
// Fails whenever a record is there that it cannot bear.
const kPoisoned = 'if (names.some((name) => process.env.POISON.split(",").includes(name))) ' +
  'throw new Error("poison");';
const kReports = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

/** What is said of records that were given up: how many, why, after how many attempts. */
const summary = ({ DDBStreamBatchInfo: info, requestContext: context }) => (
  [info.batchSize, context.condition, context.approximateInvokeCount]);

describe('attempts', () => {
  for (const attempts of [0, 1, 4]) {
    test(`MaximumRetryAttempts ${attempts}`, async () => {
      const { handler, table, uuid, discards } = await delivery.scene({
        react: 'if (names[0] !== "good") throw new Error("bad");',
        records: ['a', 'b', 'c'], mapping: { MaximumRetryAttempts: attempts, BatchSize: 3 } });
      const [discard] = await discards(1);
      assert.deepEqual(summary(discard), [3, 'RetryAttemptsExhausted', attempts + 1]);
      await table.put('good');
      const batches = await handler.events(attempts + 2);
      assert.deepEqual(batches,
        [...Array(attempts + 1).fill(['a', 'b', 'c']), ['good']]);
      assert.equal(await delivery.counted('dropped_events', uuid), 3);
    });
  }

  test('MaximumRetryAttempts -1 never gives up', async () => {
    const { handler, table, failures, uuid, result } = await delivery.scene({
      react: 'if (!switched("good")) throw new Error("bad");', records: ['a'],
      mapping: { MaximumRetryAttempts: -1 } });
    await handler.events(60);
    await result(kFunctionError);
    handler.switchOn('good');
    await result('OK');
    await table.put('b');
    await eventually(() => handler.names().includes('b'), 'the next record');
    const names = handler.names();
    assert.equal(names.indexOf('b'), names.length - 1);
    assert.ok(names.slice(0, -1).every((name) => name === 'a'));
    assert.deepEqual(await failures.sizes(), [0, 0]);
    assert.equal(await delivery.counted('dropped_events', uuid), 0);
  });
});

describe('age', () => {
  test('what was too old before the first attempt', async () => {
    const { handler, table, uuid, discards } = await delivery.scene({
      mapping: { MaximumRecordAgeInSeconds: 60, Enabled: false } });
    await table.putAll(['a', 'b']);
    await delivery.advance(30);
    await table.putAll(['c']);
    await delivery.advance(30.001);
    await delivery.update(uuid, { Enabled: true });
    assert.deepEqual(await handler.events(1), [['c']]);
    const [discard] = await discards(1);
    assert.deepEqual(summary(discard), [2, 'RecordAgeExceeded', 0]);
    assert.equal(discard.responseContext, undefined);
    assert.equal(discard.requestContext.functionArn, handler.arn);
    assert.equal(await delivery.counted('dropped_events', uuid), 2);
  });

  test('exactly as old as is allowed is not too old', async () => {
    const { handler, table, uuid } = await delivery.scene({
      mapping: { MaximumRecordAgeInSeconds: 60, Enabled: false } });
    await table.put('a');
    await delivery.advance(60);
    await delivery.update(uuid, { Enabled: true });
    assert.deepEqual(await handler.events(1), [['a']]);
  });

  test('what becomes too old while it is tried', async () => {
    const { handler, table, discards } = await delivery.scene({
      react: 'if (!names.includes("good")) throw new Error("bad");', records: ['a'],
      mapping: { MaximumRecordAgeInSeconds: 60, BatchSize: 1 } });
    await handler.events(1);
    await delivery.advance(40);
    await table.put('b');
    await handler.events(handler.notes().length + 2);
    await delivery.advance(20.001);
    await table.put('good');
    const [first] = await discards(1);
    const [size, condition, count] = summary(first);
    assert.deepEqual([size, condition], [1, 'RecordAgeExceeded']);
    const tries = (name) => handler.names().filter((each) => each === name).length;
    assert.ok(count >= 2);
    assert.equal(count, tries('a'));
    assert.equal(first.responseContext.functionError, 'Unhandled');
    await eventually(() => handler.names().includes('b'), 'the second record');
    await delivery.advance(40);
    await eventually(() => handler.names().includes('good'), 'the last record');
    const [second] = await discards(1);
    assert.deepEqual(summary(second), [1, 'RecordAgeExceeded', tries('b')]);
    const names = handler.names();
    assert.ok(names.indexOf('b') > names.lastIndexOf('a'));
    assert.equal(names.indexOf('good'), names.length - 1);
  });
});

describe('halving', () => {
  // Batches in the order in which they come; what fails alone is given up at once.
  const cases = {
    'the first record': [8, ['0'], ['01234567', '0123', '01', '0', '1', '23', '4567']],
    'a record in the middle': [8, ['4'],
      ['01234567', '0123', '4567', '45', '4', '5', '67']],
    'the last record': [8, ['7'],
      ['01234567', '0123', '4567', '45', '67', '6', '7']],
    'two records': [8, ['1', '6'],
      ['01234567', '0123', '01', '0', '1', '23', '4567', '45', '67', '6', '7']],
    'neighbours': [4, ['1', '2'], ['0123', '01', '0', '1', '23', '2', '3']],
    'an odd number of records': [5, ['4'], ['01234', '012', '34', '3', '4']],
    'all records': [3, ['0', '1', '2'], ['012', '01', '0', '1', '2']],
  };
  for (const [name, [count, poison, wanted]] of Object.entries(cases)) {
    test(`finds ${name}`, async () => {
      const { handler, table, discards, failures } = await delivery.scene({
        react: kPoisoned, variables: { POISON: poison.join() }, records: letters(count),
        mapping: { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, BatchSize: count },
      });
      const given = await discards(poison.length);
      assert.deepEqual(given.map(summary), poison.map(() => [1, 'RetryAttemptsExhausted', 1]));
      await table.put('end');
      await handler.events(wanted.length + 1);
      assert.deepEqual(handler.batches().map((names) => names.join('')), [...wanted, 'end']);
      assert.deepEqual(await failures.sizes(), [0, 0]);
    });
  }

  test('costs no attempts', async () => {
    const { handler, table, discards } = await delivery.scene({
      react: kPoisoned, variables: { POISON: '2' }, records: letters(4),
      mapping: { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2, BatchSize: 4 } });
    assert.deepEqual(summary((await discards(1))[0]), [1, 'RetryAttemptsExhausted', 3]);
    await table.put('end');
    await handler.events(8);
    assert.deepEqual(handler.batches().map((names) => names.join('')),
      ['0123', '01', '23', '2', '2', '2', '3', 'end']);
  });
});

/** A scene whose handler answers its first event with `answer`, and all others with nothing. */
const answering = (answer, mapping = {}) => delivery.scene({
  react: `
    invoked.before = (invoked.before ?? 0) + 1;
    const ids = event.Records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const failing = (...which) => (
      { batchItemFailures: which.map((index) => ({ itemIdentifier: ids[index] })) });
    if (invoked.before === 1) return ${answer};`,
  records: letters(6), mapping: { BatchSize: 6, ...kReports, ...mapping },
});
const shown = (handler) => handler.batches().map((names) => names.join(''));

describe('reports', () => {
  const whole = '012345';
  const cases = {
    'of the first record': ['failing(0)', whole],
    'of one in the middle': ['failing(3)', '345'],
    'of the last': ['failing(5)', '5'],
    'of several': ['failing(4, 2, 5)', '2345'],
    'of all': ['failing(5, 4, 3, 2, 1, 0)', whole],
    'of an unknown record': ['{ batchItemFailures: [{ itemIdentifier: "12345" }] }', whole],
    'of an unknown record among others':
      ['{ batchItemFailures: [...failing(3).batchItemFailures, { itemIdentifier: "x" }] }', whole],
    'with an empty entry': ['{ batchItemFailures: [{}] }', whole],
    'with no entry': ['{ batchItemFailures: [null] }', whole],
    'with an empty name': ['{ batchItemFailures: [{ itemIdentifier: "" }] }', whole],
    'with null for a name': ['{ batchItemFailures: [{ itemIdentifier: null }] }', whole],
    'with a number for a name': ['{ batchItemFailures: [{ itemIdentifier: 1 }] }', whole],
    'under another name': ['{ batchItemFailures: [{ itemIdentifer: ids[3] }] }', whole],
    'that are no list': ['{ batchItemFailures: { itemIdentifier: ids[3] } }', whole],
    'that are a text': ['{ batchItemFailures: "none" }', whole],
  };
  for (const [name, [answer, second]] of Object.entries(cases)) {
    test(name, async () => {
      const { handler, table } = await answering(answer);
      await handler.events(2);
      await table.put('end');
      await handler.events(3);
      assert.deepEqual(shown(handler), [whole, second, 'end']);
    });
  }
  for (const answer of ['undefined', 'null', '{}', '{ batchItemFailures: null }',
    '{ batchItemFailures: [] }', '{ state: {} }', '[]']) {
    test(`that say nothing: ${answer}`, async () => {
      const { handler, table } = await answering(answer);
      await handler.events(1);
      await table.put('end');
      await handler.events(2);
      assert.deepEqual(shown(handler), [whole, 'end']);
    });
  }

  test('mean nothing if nobody asked for them', async () => {
    const { handler, table } = await answering('failing(0)', { FunctionResponseTypes: [] });
    await handler.events(1);
    await table.put('end');
    await handler.events(2);
    assert.deepEqual(shown(handler), [whole, 'end']);
  });

  test('cost an attempt only if nothing was done', async () => {
    // Each time one record more is done; the last one never is.
    const { handler, table, discards } = await delivery.scene({
      react: `if (names[0] === 'end') return {};
        const { SequenceNumber } = event.Records[names.length > 1 ? 1 : 0].dynamodb;
        return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };`,
      records: letters(4), mapping: { BatchSize: 4, MaximumRetryAttempts: 1, ...kReports } });
    assert.deepEqual(summary((await discards(1))[0]), [1, 'RetryAttemptsExhausted', 2]);
    await table.put('end');
    await handler.events(6);
    assert.deepEqual(shown(handler), ['0123', '123', '23', '3', '3', 'end']);
  });

  test('of the first record, as often as is allowed', async () => {
    const { handler, table, discards } = await delivery.scene({
      react: `if (names[0] === 'end') return {};
        return { batchItemFailures: [{ itemIdentifier: event.Records[0].dynamodb.SequenceNumber }]
        };`,
      records: letters(3), mapping: { BatchSize: 3, MaximumRetryAttempts: 2, ...kReports } });
    const [discard] = await discards(1);
    assert.deepEqual(summary(discard), [3, 'RetryAttemptsExhausted', 3]);
    await table.put('end');
    await handler.events(4);
    assert.deepEqual(shown(handler), ['012', '012', '012', 'end']);
  });

  test('split where they say; what then fails as a whole is halved', async () => {
    const { handler, table, discards } = await delivery.scene({
      react: `invoked.before = (invoked.before ?? 0) + 1;
        if (invoked.before === 1) {
          return { batchItemFailures: [{ itemIdentifier: event.Records[2].dynamodb.SequenceNumber }]
          };
        }
        ${kPoisoned}`,
      variables: { POISON: '5' }, records: letters(6), mapping: {
        BatchSize: 6, MaximumRetryAttempts: 0, BisectBatchOnFunctionError: true, ...kReports } });
    assert.deepEqual(summary((await discards(1))[0]), [1, 'RetryAttemptsExhausted', 1]);
    await table.put('end');
    await handler.events(7);
    assert.deepEqual(shown(handler), ['012345', '2345', '23', '45', '4', '5', 'end']);
  });
});

test('a lane that fails holds up no other', async () => {
  const { handler } = await delivery.scene({
    react: 'if (!switched("good") && names[0] === "0") throw new Error("poison");',
    records: letters(40), mapping: { ParallelizationFactor: 10, BatchSize: 1 } });
  // Of the other nine lanes everything comes, of this one nothing behind the record that fails.
  const others = () => new Set(handler.names().filter((name) => name !== '0'));
  // Time goes on for lanes that find all places to run taken.
  await delivery.advanceUntil(() => others().size >= 25, 'the records of the other lanes');
  const tries = () => handler.names().filter((name) => name === '0').length;
  const before = tries();
  await delivery.advanceUntil(() => tries() >= before + 3, 'further attempts');
  assert.ok(others().size < 39);
  handler.switchOn('good');
  await delivery.advanceUntil(() => others().size === 39, 'the records behind it');
});
