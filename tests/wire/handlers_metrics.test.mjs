// The figures at /metrics against what the tests have counted themselves.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { useEvents } from './asynchronous_client.mjs';
import { eventually, exchange } from './harness.mjs';

const {
  delivery, send, configure, reserve, release, settled, discards,
} = useEvents(['--clock=virtual', '--async_retry_base=0s', '--mapping_retry_base=0s']);

const page = async () => (
  (await exchange(delivery.server, { method: 'GET', path: '/metrics' })).text);
/** The value of a metric with this label; undefined if there is none. */
async function figure(name, label) {
  const line = new RegExp(`^lambda_${name}(?:\\{([^}]*)\\})? (\\S+)$`, 'gm');
  for (const [, labels, value] of (await page()).matchAll(line)) {
    if (label === undefined || labels.includes(`"${label}"`)) return Number(value);
  }
  return undefined;
}
/** Waits until all the figures are these. */
async function figures(label, expected) {
  let now;
  const same = async () => {
    now = {};
    for (const name of Object.keys(expected)) now[name] = await figure(name, label);
    return Object.keys(expected).every((name) => now[name] === expected[name]);
  };
  await eventually(same, `the figures of ${label}`).catch(() => {});
  assert.deepEqual(now, expected);
}
const invoke = (FunctionName, event) => delivery.lambda(new InvokeCommand({
  FunctionName, Payload: JSON.stringify(event) }));

describe('functions', () => {
  test('invocations, errors, throttles, cold starts, durations', async () => {
    const handler = await delivery.handler(`
      if (event.act === 'fail') throw new Error('it went wrong');
      if (event.act === 'exit') process.exit(1);`);
    assert.equal(await figure('invocations_total', handler.name), undefined);
    for (const act of ['good', 'fail', 'good', 'exit', 'good']) await invoke(handler.name, { act });
    await invoke(handler.name, { act: 'good' });
    await reserve(handler.name, 0);
    for (let n = 0; n < 3; n += 1) {
      await assert.rejects(invoke(handler.name, {}), { name: 'TooManyRequestsException' });
    }
    assert.equal(handler.notes().length, 6);
    await figures(handler.name, {
      invocations_total: 6, errors_total: 2, throttles_total: 3, cold_starts_total: 2,
      concurrent_executions: 0, duration_seconds_count: 6,
    });
  });

  test('what runs now', async () => {
    const handler = await delivery.handler("await until('go');");
    const running = [invoke(handler.name, {}), invoke(handler.name, {})];
    await handler.events(2);
    // An invocation is counted with its outcome.
    await figures(handler.name, { concurrent_executions: 2, invocations_total: 0 });
    assert.equal(await figure('unreserved_concurrent_executions'), 2);
    handler.switchOn('go');
    await Promise.all(running);
    await figures(handler.name, {
      concurrent_executions: 0, invocations_total: 2, errors_total: 0, throttles_total: 0,
    });
    assert.equal(await figure('unreserved_concurrent_executions'), 0);
  });
});

describe('asynchronous events', () => {
  test('received, dropped, attempts, throttles', async () => {
    const handler = await delivery.handler("if (event.fail) throw new Error('it went wrong');");
    await configure(handler.name, { MaximumRetryAttempts: 1 });
    for (const fail of [true, false, true, false, false]) await send(handler.name, { fail });
    await discards(handler.name, 2);
    await settled(handler.name);
    assert.equal(handler.notes().length, 7);
    await figures(handler.name, {
      async_events_received_total: 5, async_events_dropped_total: 2, invocations_total: 7,
      errors_total: 4, throttles_total: 0, async_event_age_seconds_count: 7,
    });
    await reserve(handler.name, 0);
    await send(handler.name, { fail: false });
    await eventually(async () => await figure('throttles_total', handler.name) >= 1, 'a throttle');
    await release(handler.name);
    await delivery.advanceUntil(() => handler.notes().length === 8, 'the event to be run');
    await figures(handler.name, {
      async_events_received_total: 6, async_events_dropped_total: 2, invocations_total: 8,
    });
  });

  test('destinations and dead letters that cannot be reached', async () => {
    const nowhere = () => `arn:aws:sqs:us-east-1:000000000000:${delivery.next('nowhere')}`;
    const handler = await delivery.handler("throw new Error('it went wrong');", {
      DeadLetterConfig: { TargetArn: nowhere() } });
    await configure(handler.name, {
      MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: nowhere() } },
    });
    await send(handler.name, {});
    await figures(handler.name, {
      async_events_dropped_total: 1, dead_letter_errors_total: 1,
      destination_delivery_failures_total: 1,
    });
  });
});

describe('event source mappings', () => {
  test('of a stream: polled, filtered out, invoked, failed, dropped', async () => {
    const handler = await delivery.handler(
      "if (names.includes('bad')) throw new Error('it went wrong');");
    const table = await delivery.table();
    const names = Array.from({ length: 20 }, (_, n) => (n === 7 ? 'bad' : `k${n}`));
    for (const [n, name] of names.entries()) {
      await table.put(name, { kind: { S: n % 4 === 0 ? 'other' : 'wanted' } });
    }
    const uuid = await delivery.map(table, handler, {
      BatchSize: 1, MaximumRetryAttempts: 2,
      FilterCriteria: { Filters: [{ Pattern: JSON.stringify({
        dynamodb: { NewImage: { kind: { S: ['wanted'] } } } }) }] },
    });
    // 15 are wanted, and one of these is tried three times.
    await handler.events(17);
    await figures(uuid, {
      polled_events_total: 20, filtered_out_events_total: 5, invoked_events_total: 17,
      failed_invoke_events_total: 3, dropped_events_total: 1, trimmed_records_total: 0,
      lane_blocked_seconds: 0,
    });
    assert.equal(handler.notes().length, 17);
    await figures(handler.name, { invocations_total: 17, errors_total: 3 });
    const entry = await delivery.admin(`esm/${uuid}/discards`);
    assert.equal(entry.discards.length, 1);
  });

  test('of a queue: polled, filtered out, invoked, failed, deleted', async () => {
    const handler = await delivery.handler(
      "if (names.includes('bad') && !switched('well')) throw new Error('it went wrong');");
    const queue = await delivery.queue({ VisibilityTimeout: '30' });
    const bodies = ['a', 'bad', 'b', 'skip', 'c'];
    const uuid = await delivery.map(queue, handler, {
      BatchSize: 1,
      FilterCriteria: { Filters: [{ Pattern: '{"body":[{"anything-but":"skip"}]}' }] },
    });
    for (const MessageBody of bodies) {
      await delivery.queues(new SendMessageCommand({ QueueUrl: queue.url(), MessageBody }));
    }
    await handler.records(4);
    await figures(uuid, {
      polled_events_total: 5, filtered_out_events_total: 1, invoked_events_total: 4,
      failed_invoke_events_total: 1, deleted_events_total: 3,
    });
    handler.switchOn('well');
    await delivery.advanceUntil(() => handler.names().length === 5, 'the message to come back', 10);
    await figures(uuid, {
      polled_events_total: 6, filtered_out_events_total: 1, invoked_events_total: 5,
      failed_invoke_events_total: 1, deleted_events_total: 4,
    });
    assert.deepEqual(handler.names().sort(), ['a', 'b', 'bad', 'bad', 'c']);
    assert.deepEqual(await queue.sizes(), [0, 0]);
  });
});
