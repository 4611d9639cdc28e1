// Tumbling windows: what they sum up is what was written, window by window, across restarts and
// with a state that grows too large.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { useDelivery } from './delivery_client.mjs';
import { eventually } from './harness.mjs';

const delivery = useDelivery();

const kWindow = 60;
// Adds up the numbers of its records; a final event writes the sum of its window down.
const kSum = `
  const { state, window, isFinalInvokeForWindow: final } = event;
  let sum = state.sum ?? 0;
  for (const { dynamodb: { NewImage } } of event.Records) sum += Number(NewImage.n.N);
  if (final) {
    fs.appendFileSync(process.env.NOTES + '.sums', window.start + ' ' + sum + '\\n');
    return undefined;
  }`;
const kState = 'return { state: { sum } };';
const n = (number) => ({ n: { N: String(number) } });

/** The beginning of the window that the server's time is in, in milliseconds. */
const windowStart = (ms) => ms - (ms % (kWindow * 1000));
const isoTime = (ms) => new Date(ms).toISOString().replace('.000', '');

/** Lets time pass to the middle of the next window; answers its beginning. */
async function nextWindow() {
  const { now_ms: now } = await delivery.clock();
  const start = windowStart(now) + kWindow * 1000;
  await delivery.clock({ now_ms: start + 20000 });
  return start;
}

const windowed = (react, rest = {}) => {
  const { mapping = {}, ...more } = rest;
  return delivery.scene({
    react: kSum + react, mapping: { TumblingWindowInSeconds: kWindow, BatchSize: 7, ...mapping },
    ...more });
};

/** Waits for the final events of so many windows; answers [beginning, sum] of each. */
async function sums(handler, count) {
  const file = `${handler.file}.sums`;
  const lines = () => (fs.existsSync(file)
    ? fs.readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : []);
  await delivery.advanceUntil(() => lines().length >= count, `${count} windows`, 5);
  return lines().map((line) => line.split(' ')).map(([start, sum]) => [start, Number(sum)]);
}

test('an event says where it stands', async () => {
  const start = await nextWindow();
  const { handler, table } = await windowed(kState, { variables: { WHOLE: '1' } });
  await table.put('a', n(4));
  await handler.events(1);
  await table.put('b', n(5));
  await handler.events(2);
  await sums(handler, 1);
  const notes = handler.notes();
  assert.equal(notes.length, 3);
  const [{ event: { Records, shardId } }] = notes;
  assert.match(shardId, /^shardId-\d{20}-[0-9a-f]{8}$/);
  const rest = {
    window: { start: isoTime(start), end: isoTime(start + kWindow * 1000) },
    shardId, eventSourceARN: table.arn, isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
  };
  assert.deepEqual(notes.map((note) => note.rest), [
    { ...rest, state: {} }, { ...rest, state: { sum: 4 } },
    { ...rest, state: { sum: 9 }, isFinalInvokeForWindow: true },
  ]);
  assert.deepEqual(handler.batches(), [['a 4'], ['b 5'], []]);
  assert.equal(Records[0].eventSourceARN, table.arn);
});

describe('sums are those of a recount', () => {
  /** Writes into several windows, without waiting; answers [beginning, sum] of each. */
  async function write(table, windows) {
    const wanted = [];
    for (let window = 0; window < windows; window += 1) {
      const start = await nextWindow();
      let sum = 0;
      for (let record = 0; record < 11; record += 1) {
        const number = 100 * window + record;
        await table.put(`${window} ${record}`, n(number));
        sum += number;
      }
      wanted.push([isoTime(start), sum]);
    }
    return wanted;
  }

  test('when records are there as they come', async () => {
    const { handler, table } = await windowed(kState);
    const wanted = await write(table, 4);
    assert.deepEqual(await sums(handler, 4), wanted);
    // No event has records of two windows.
    for (const names of handler.batches()) {
      assert.ok(new Set(names.map((name) => name.split(' ')[0])).size <= 1, String(names));
    }
  });

  test('when all are there before', async () => {
    const { handler, table, uuid } = await windowed(kState, { mapping: { Enabled: false } });
    const wanted = await write(table, 3);
    await delivery.update(uuid, { Enabled: true });
    assert.deepEqual(await sums(handler, 3), wanted);
    assert.deepEqual(handler.batches().map((names) => names.length), [7, 4, 0, 7, 4, 0, 7, 4, 0]);
  });

  test('when handlers fail now and then', async () => {
    const { handler, table } = await windowed(`
      invoked.count = (invoked.count ?? 0) + 1;
      if (invoked.count % 3 === 1) throw new Error('now and then');
      ${kState}`);
    const wanted = await write(table, 3);
    assert.deepEqual(await sums(handler, 3), wanted);
  });

  test('when only part of a batch was done', async () => {
    // The sum is that of the records before the one that is reported.
    const { handler, table } = await windowed(`
      const { NewImage } = event.Records.at(-1).dynamodb;
      if (event.Records.length === 1) return { state: { sum } };
      return { state: { sum: sum - Number(NewImage.n.N) },
        batchItemFailures: [{ itemIdentifier: event.Records.at(-1).dynamodb.SequenceNumber }] };`,
    { mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } });
    const wanted = await write(table, 2);
    assert.deepEqual(await sums(handler, 2), wanted);
  });

  test('when the server is killed within a window', async () => {
    const { handler, table } = await windowed(
      `if (names[0] === 'c 4') await until('go'); ${kState}`);
    const start = await nextWindow();
    await table.put('a', n(1));
    await handler.records(1);
    await table.put('b', n(2));
    await handler.records(2);
    // The state is stored before the next batch begins.
    await table.put('c', n(4));
    await handler.records(3);
    await delivery.restart();
    handler.switchOn('go');
    await table.put('d', n(8));
    assert.deepEqual(await sums(handler, 1), [[isoTime(start), 15]]);
    assert.deepEqual(handler.names().slice(0, 4), ['a 1', 'b 2', 'c 4', 'c 4']);
  });

  test('when the state grows too large', async () => {
    // Beyond a mebibyte a window ends early, and what follows begins anew.
    const { handler, table } = await windowed(
      'return { state: { sum, text: "x".repeat(names[0] === "b 2" ? 1 << 20 : 0) } };',
      { mapping: { BatchSize: 1 } });
    const start = await nextWindow();
    await table.put('a', n(1));
    await table.put('b', n(2));
    await eventually(() => handler.notes().length >= 3, 'the early end');
    await table.put('c', n(4));
    assert.deepEqual(await sums(handler, 2), [[isoTime(start), 3], [isoTime(start), 4]]);
    const flags = handler.notes().map(({ names, rest }) => (
      [names.join(), rest.isFinalInvokeForWindow, rest.isWindowTerminatedEarly, rest.state.sum]));
    assert.deepEqual(flags, [
      ['a 1', false, false, undefined], ['b 2', false, false, 1], ['', true, true, 3],
      ['c 4', false, false, undefined], ['', true, false, 4],
    ]);
  });
});

describe('a response', () => {
  for (const answer of ['undefined', '{}', '{ state: 1 }', '{ state: [] }', '{ state: null }',
    '[]']) {
    test(`without a state is a failure: ${answer}`, async () => {
      const { handler, table, discards } = await windowed(`return ${answer};`,
        { mapping: { MaximumRetryAttempts: 1 } });
      await nextWindow();
      await table.put('a', n(1));
      const [discard] = await discards(1);
      assert.equal(discard.requestContext.approximateInvokeCount, 2);
      assert.deepEqual(handler.batches(), [['a 1'], ['a 1']]);
    });
  }
});

test('a window is not left before its final event has succeeded', async () => {
  const { handler, table } = await delivery.scene({
    react: `if (event.isFinalInvokeForWindow && !switched('good')) throw new Error('not yet');
      return { state: event.state };`,
    mapping: { TumblingWindowInSeconds: kWindow } });
  await nextWindow();
  await table.put('a', n(1));
  await handler.records(1);
  await nextWindow();
  await table.put('b', n(2));
  await handler.events(10);
  assert.deepEqual(handler.names(), ['a 1']);
  handler.switchOn('good');
  await handler.records(2);
  assert.equal(handler.notes().at(-1).rest.isFinalInvokeForWindow, false);
  assert.deepEqual(handler.names(), ['a 1', 'b 2']);
});
