// What is delivered while everything around it changes: mappings that begin, pause, or get more
// and fewer lanes while many write, functions that go, come back or may not run, and tables that
// are deleted.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateEventSourceMappingCommand, DeleteFunctionCommand, PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { kFunctionError, useDelivery } from './delivery_client.mjs';
import { eventually, ok, waitGone } from './harness.mjs';

const delivery = useDelivery([
  '--clock=virtual', '--functions_running_max=32', '--stream_retention=48h',
]);

const kWriters = 8;
const kKeysOfEach = 4;

/** Writers that raise numbers, each those of keys of its own, until they are told to end. */
class Load {
  constructor(table) {
    this.table = table;
    this.running = true;
    this.acknowledged = new Map();  // the highest number of each key
    this.marked = new Map();        // the lowest acknowledged after `mark`
    this.isMarked = false;
    this.count = 0;
    this.writers = Promise.all(Array.from({ length: kWriters }, (_, n) => this.write(n)));
  }

  async write(writer) {
    for (let round = 1; this.running; round += 1) {
      for (let key = 0; key < kKeysOfEach; key += 1) {
        const name = `w${writer}k${key}`;
        await this.table.put(name, { n: { N: String(round) } });
        this.acknowledged.set(name, round);
        if (this.isMarked && !this.marked.has(name)) this.marked.set(name, round);
        this.count += 1;
      }
    }
  }

  /** From now on it is noted what is acknowledged first. */
  mark() { this.isMarked = true; }

  /** Waits for so many writes more. */
  further(count) {
    const wanted = this.count + count;
    return eventually(() => this.count >= wanted, `${count} writes`);
  }

  async end() {
    this.running = false;
    await this.writers;
  }
}

/** The numbers of each key in the order in which they were delivered. */
function numbersOf(handler) {
  const numbers = new Map();
  for (const name of handler.names()) {
    const [key, number] = name.split(' ');
    if (!numbers.has(key)) numbers.set(key, []);
    numbers.get(key).push(Number(number));
  }
  return numbers;
}

/** Waits until the last number of each key is there. Time goes on for lanes that were refused. */
const complete = (handler, load) => delivery.advanceUntil(() => {
  const numbers = numbersOf(handler);
  return [...load.acknowledged].every(([key, last]) => numbers.get(key)?.at(-1) === last);
}, 'the last write of each key', 0.1);

/** From the first to the last, none twice, none missing. */
function assertRun(numbers, first, last, key) {
  assert.deepEqual(numbers, Array.from({ length: last - first + 1 }, (_, n) => first + n), key);
}

describe('under load', () => {
  test('LATEST begins before its answer', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler();
    const load = new Load(table);
    await load.further(200);
    await delivery.lambda(new CreateEventSourceMappingCommand({
      EventSourceArn: table.arn, FunctionName: handler.name, StartingPosition: 'LATEST' }));
    load.mark();
    await load.further(200);
    await load.end();
    await complete(handler, load);
    assert.equal(load.marked.size, kWriters * kKeysOfEach);
    for (const [key, numbers] of numbersOf(handler)) {
      assert.ok(numbers[0] <= load.marked.get(key),
        `${key} begins with ${numbers[0]}, not ${load.marked.get(key)}`);
      assert.ok(numbers[0] > 1, 'what was written long before is not delivered');
      assertRun(numbers, numbers[0], load.acknowledged.get(key), key);
    }
  });

  test('one lane, ten lanes, three lanes', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler();
    const load = new Load(table);
    const uuid = await delivery.map(table, handler, { BatchSize: 10 });
    for (const ParallelizationFactor of [10, 3]) {
      await load.further(200);
      await delivery.update(uuid, { ParallelizationFactor });
    }
    await load.further(200);
    await load.end();
    await complete(handler, load);
    for (const [key, last] of load.acknowledged) {
      assertRun(numbersOf(handler).get(key), 1, last, key);
    }
  });

  test('other functions, batch sizes and filters', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler();
    const load = new Load(table);
    const uuid = await delivery.map(table, handler, { BatchSize: 1, ParallelizationFactor: 2 });
    for (const change of [{ BatchSize: 100 }, { MaximumRetryAttempts: 3 }, { Enabled: false },
      { FilterCriteria: { Filters: [{ Pattern: '{"eventSource":["aws:dynamodb"]}' }] } },
      { Enabled: true }, { FilterCriteria: {} }]) {
      await load.further(60);
      await delivery.update(uuid, change);
    }
    await load.end();
    await complete(handler, load);
    for (const [key, last] of load.acknowledged) {
      assertRun(numbersOf(handler).get(key), 1, last, key);
    }
  });
});

test('what is written while a mapping is disabled is delivered afterwards', async () => {
  const { handler, table, uuid } = await delivery.scene();
  await table.put('before');
  await handler.events(1);
  assert.equal((await delivery.update(uuid, { Enabled: false })).State, 'Disabled');
  await table.putAll(['a', 'b', 'c']);
  await delivery.restart();
  await table.put('d');
  assert.equal((await delivery.get(uuid)).State, 'Disabled');
  assert.deepEqual(handler.names(), ['before']);
  await delivery.update(uuid, { Enabled: true });
  await handler.records(5);
  assert.deepEqual(handler.names(), ['before', 'a', 'b', 'c', 'd']);
});

test('a batch under way ends before its mapping shows Disabled', async () => {
  const { handler, table, uuid } = await delivery.scene({ react: 'await until("go");' });
  await table.put('a');
  await handler.events(1);
  const { State } = await delivery.lambda(new UpdateEventSourceMappingCommand({
    UUID: uuid, Enabled: false }));
  assert.equal(State, 'Disabling');
  assert.equal((await delivery.get(uuid)).State, 'Disabling');
  handler.switchOn('go');
  await delivery.settled(uuid);
  await delivery.update(uuid, { Enabled: true });
  await table.put('b');
  await handler.events(2);
  assert.deepEqual(handler.names(), ['a', 'b']);
});

test('mappings do not affect each other', async () => {
  const { handler, table, result } = await delivery.scene({
    react: 'throw new Error();', mapping: { BatchSize: 1 } });
  const other = await delivery.handler();
  await delivery.map(table, other, { BatchSize: 1 });
  await table.putAll(['a', 'b', 'c']);
  await result(kFunctionError);
  assert.deepEqual(await other.events(3), [['a'], ['b'], ['c']]);
  assert.ok(handler.names().every((name) => name === 'a'));
});

describe('a function', () => {
  test('that is deleted and made anew', async () => {
    const { handler, table, result, failures } = await delivery.scene({
      mapping: { MaximumRetryAttempts: 0 } });
    await table.put('a');
    await handler.events(1);
    await delivery.lambda(new DeleteFunctionCommand({ FunctionName: handler.name }));
    await table.putAll(['b', 'c']);
    await result('PROBLEM: Function not found');
    await delivery.advance(3600);
    await delivery.createFunction(handler, '');
    await delivery.advanceUntil(() => handler.names().length >= 3, 'the records');
    assert.deepEqual(handler.names(), ['a', 'b', 'c']);
    await result('OK');
    assert.deepEqual(await failures.sizes(), [0, 0]);
  });

  test('that may not run costs no attempts', async () => {
    const { handler, table, uuid, result, failures } = await delivery.scene({
      mapping: { MaximumRetryAttempts: 0, MaximumRecordAgeInSeconds: 604800 } });
    const reserve = (ReservedConcurrentExecutions) => delivery.lambda(
      new PutFunctionConcurrencyCommand({
        FunctionName: handler.name, ReservedConcurrentExecutions }));
    await reserve(0);
    await table.putAll(['a', 'b']);
    await result('PROBLEM: Throttled');
    // A day of being refused.
    await aDay(() => throttles(handler));
    assert.deepEqual(handler.names(), []);
    await reserve(1);
    await delivery.advanceUntil(() => handler.names().length >= 2, 'the records');
    assert.deepEqual(handler.names(), ['a', 'b']);
    await result('OK');
    assert.equal(await delivery.counted('failed_invoke_events', uuid), 0);
    assert.deepEqual(await failures.sizes(), [0, 0]);
  });
});

/** How often the function was not run for want of concurrency. */
async function throttles(handler) {
  const text = await (await fetch(`${delivery.server.endpoint}/metrics`)).text();
  return Number(new RegExp(`^lambda_throttles_total\\{function="${handler.name}"\\} (\\d+)$`, 'm')
    .exec(text)?.[1] ?? 0);
}

/** Lets a day go by in which something goes on being counted. */
async function aDay(count) {
  const { now_ms: start } = await delivery.clock();
  while ((await delivery.clock()).now_ms < start + 24 * 3600000) {
    const before = await count();
    await delivery.advanceUntil(async () => await count() > before, 'one more', 900);
  }
}

test('a day of retries', async () => {
  const { handler, table, uuid } = await delivery.scene({
    react: 'if (!switched("good")) throw new Error("not yet");',
    mapping: { MaximumRetryAttempts: -1 } });
  await table.put('a');
  await handler.events(1);
  // The waits are doubled until they are a minute, and shortened at random by up to a half.
  for (let attempt = 1; attempt <= 12; attempt += 1) {
    await delivery.counts('failed_invoke_events', uuid, attempt);
    const full = Math.min(60000, 500 * 2 ** (attempt - 1));
    const before = (await delivery.clock()).now_ms;
    await delivery.advanceUntil(
      () => handler.notes().length > attempt, 'the next attempt', full / 8000);
    const waited = (await delivery.clock()).now_ms - before;
    assert.ok(waited >= full / 2 && waited <= full * 1.5, `${attempt}: ${waited}`);
  }
  await aDay(() => handler.notes().length);
  handler.switchOn('good');
  await delivery.advanceUntil(async () => (
    (await delivery.get(uuid)).LastProcessingResult === 'OK'), 'the result', 60);
  await table.put('b');
  await eventually(() => handler.names().at(-1) === 'b', 'the next record');
});

test('a table that is deleted is delivered to its end', async () => {
  const { handler, table, uuid, result } = await delivery.scene({ react: 'await until("go");' });
  await table.put('a');
  await handler.events(1);
  await table.putAll(['b', 'c']);
  await ok(delivery.server, 'DeleteTable', { TableName: table.name });
  await waitGone(delivery.server, table.name);
  handler.switchOn('go');
  await handler.records(3);
  assert.deepEqual(handler.names(), ['a', 'b', 'c']);
  await result('OK');
  // Later the stream has gone as well.
  await delivery.advance(49 * 3600);
  await delivery.advanceUntil(async () => (
    (await delivery.get(uuid)).LastProcessingResult === 'PROBLEM: Stream not found'),
  'the end of the stream', 600);
});
