// What becomes known of asynchronous events: records for queues and functions, dead letters, when
// the next attempt is made, and where chains of functions end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { useEvents } from './asynchronous_client.mjs';
import { kFunctionArn } from './functions_client.mjs';
import { eventually, exchange } from './harness.mjs';

const {
  delivery, send, configure, reserve, pending, settled, ledger, discards,
} = useEvents(['--clock=virtual']);

const kFail = "throw new RangeError('it went wrong');";
const kIsoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A function that tells of its success or failure, with the attempts that are left to it. */
async function telling(react, { success, failure, retries = 0, ...rest } = {}) {
  const handler = await delivery.handler(react, rest);
  await configure(handler.name, {
    MaximumRetryAttempts: retries,
    DestinationConfig: {
      ...(success && { OnSuccess: { Destination: success.arn } }),
      ...(failure && { OnFailure: { Destination: failure.arn } }),
    },
  });
  return handler;
}
const recordOf = async (queue) => JSON.parse((await queue.take(1))[0].Body);
/** The record without its time and the failure's trace, which are checked here. */
function checked(record) {
  const { timestamp, ...rest } = record;
  assert.match(timestamp, kIsoTime);
  if (Array.isArray(rest.responsePayload?.trace)) {
    assert.match(rest.responsePayload.trace[0], /it went wrong/);
    delete rest.responsePayload.trace;
  }
  return rest;
}
const successOf = (handler, requestId, requestPayload, responsePayload) => ({
  version: '1.0',
  requestContext: {
    requestId, functionArn: `${kFunctionArn}${handler.name}:$LATEST`, condition: 'Success',
    approximateInvokeCount: 1,
  },
  requestPayload,
  responseContext: { statusCode: 200, executedVersion: '$LATEST' },
  responsePayload,
});
const failureOf = (handler, requestId, requestPayload, count) => ({
  version: '1.0',
  requestContext: {
    requestId, functionArn: `${kFunctionArn}${handler.name}:$LATEST`,
    condition: 'RetriesExhausted', approximateInvokeCount: count,
  },
  requestPayload,
  responseContext: {
    statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled',
  },
  responsePayload: { errorType: 'RangeError', errorMessage: 'it went wrong' },
});

describe('destinations', () => {
  test('a queue hears of success, and only of that', async () => {
    const [success, failure] = [await delivery.queue(), await delivery.queue()];
    const handler = await telling('return { answer: 42 };', { success, failure });
    const id = await send(handler.name, { n: 1 });
    const record = await recordOf(success);
    assert.deepEqual(checked(record), successOf(handler, id, { n: 1 }, { answer: 42 }));
    assert.deepEqual(await failure.sizes(), [0, 0]);
  });

  test('a queue hears of failure, and only of that', async () => {
    const [success, failure] = [await delivery.queue(), await delivery.queue()];
    const handler = await telling(kFail, { success, failure });
    const id = await send(handler.name, { n: 1 });
    const record = await recordOf(failure);
    assert.deepEqual(checked(record), failureOf(handler, id, { n: 1 }, 1));
    assert.deepEqual(await success.sizes(), [0, 0]);
  });

  test('a function hears of both', async () => {
    const listener = await delivery.handler();
    const good = await telling('return [1];', { success: listener });
    const bad = await telling(kFail, { failure: listener });
    const [first] = [await send(good.name, { n: 1 }), await listener.events(1)];
    const second = await send(bad.name, { n: 2 });
    await listener.events(2);
    const records = listener.notes().map(({ rest }) => checked(rest));
    assert.deepEqual(records, [
      successOf(good, first, { n: 1 }, [1]), failureOf(bad, second, { n: 2 }, 1)]);
  });

  test('what was never run has no response', async () => {
    const failure = await delivery.queue();
    const handler = await telling('', { failure });
    await configure(handler.name, {
      MaximumEventAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination: failure.arn } },
    });
    await reserve(handler.name, 0);
    const id = await send(handler.name, { n: 1 });
    await eventually(async () => (await pending(handler.name))?.heldUntilMs > 0, 'a delay');
    await delivery.advance(61);
    assert.deepEqual(checked(await recordOf(failure)), {
      version: '1.0',
      requestContext: {
        requestId: id, functionArn: `${kFunctionArn}${handler.name}:$LATEST`,
        condition: 'EventAgeExceeded', approximateInvokeCount: 0,
      },
      requestPayload: { n: 1 },
    });
  });

  test('a queue that comes later hears of everything, across a kill', async () => {
    const queue = delivery.next('queue');
    const handler = await telling('return event.n;', {
      success: { arn: `arn:aws:sqs:us-east-1:000000000000:${queue}` } });
    for (let n = 1; n <= 3; n += 1) {
      await send(handler.name, { n });
      await settled(handler.name);
    }
    const waiting = async () => (await delivery.admin('outgoing')).messages
      .find(({ targetArn }) => targetArn.endsWith(`:${queue}`));
    assert.ok(await eventually(async () => (await waiting())?.problem, 'a problem to be shown'));
    await delivery.restart();
    assert.equal((await waiting()).count, 3);
    const made = await delivery.queue({}, queue);
    await delivery.advanceUntil(async () => await waiting() === undefined, 'delivery', 10);
    const bodies = (await made.take(3)).map(({ Body }) => JSON.parse(Body));
    assert.deepEqual(bodies.map(({ responsePayload }) => responsePayload).sort(), [1, 2, 3]);
  });
});

describe('dead letters', () => {
  test('are the event itself, with what went wrong beside it', async () => {
    const letters = await delivery.queue();
    const handler = await delivery.handler(kFail, { DeadLetterConfig: { TargetArn: letters.arn } });
    await configure(handler.name, { MaximumRetryAttempts: 0 });
    const id = await send(handler.name, { text: 'caf\u00e9' });
    const [letter] = await letters.take(1);
    assert.equal(letter.Body, '{"text":"caf\u00e9"}');
    const attribute = (name) => [letter.MessageAttributes[name].DataType,
      letter.MessageAttributes[name].StringValue];
    assert.deepEqual(Object.keys(letter.MessageAttributes).sort(),
      ['ErrorCode', 'ErrorMessage', 'RequestID']);
    assert.deepEqual(attribute('RequestID'), ['String', id]);
    assert.deepEqual(attribute('ErrorCode'), ['Number', '200']);
    assert.deepEqual(attribute('ErrorMessage'), ['String', 'it went wrong']);
  });

  test('long messages are cut, and a destination is told as well', async () => {
    const [letters, failure] = [await delivery.queue(), await delivery.queue()];
    const handler = await telling("throw new Error('\u00e9'.repeat(1000));", {
      failure, DeadLetterConfig: { TargetArn: letters.arn } });
    await send(handler.name, {});
    const [letter] = await letters.take(1);
    assert.equal(letter.MessageAttributes.ErrorMessage.StringValue, '\u00e9'.repeat(512));
    assert.equal((await recordOf(failure)).responsePayload.errorMessage, '\u00e9'.repeat(1000));
  });

  test('of events that were never run', async () => {
    const letters = await delivery.queue();
    const handler = await delivery.handler('', { DeadLetterConfig: { TargetArn: letters.arn } });
    await configure(handler.name, { MaximumEventAgeInSeconds: 60 });
    await reserve(handler.name, 0);
    await send(handler.name, {});
    await eventually(async () => (await pending(handler.name))?.heldUntilMs > 0, 'a delay');
    await delivery.advance(61);
    const [letter] = await letters.take(1);
    assert.equal(letter.MessageAttributes.ErrorCode.StringValue, '429');
  });

  test('can be switched on and off', async () => {
    const letters = await delivery.queue();
    const handler = await delivery.handler(kFail, { DeadLetterConfig: { TargetArn: letters.arn } });
    await configure(handler.name, { MaximumRetryAttempts: 0 });
    await delivery.lambda(new UpdateFunctionConfigurationCommand({
      FunctionName: handler.name, DeadLetterConfig: { TargetArn: '' } }));
    await send(handler.name, {});
    await discards(handler.name, 1);
    await settled(handler.name);
    assert.deepEqual(await letters.sizes(), [0, 0]);
  });
});

describe('times', () => {
  test('the second attempt is a minute later, the third two more', async () => {
    const failure = await delivery.queue();
    const handler = await telling(kFail, { failure, retries: 2 });
    const { now_ms: began } = await delivery.clock();
    await send(handler.name, {});
    const waits = (attempt, whenMs) => eventually(async () => {
      const state = await pending(handler.name);
      return state?.running === 0 && handler.notes().length === attempt
        && state.nextTryMs === whenMs;
    }, `attempt ${attempt} to be over`);
    await waits(1, began + 60000);
    await delivery.clock({ advance_ms: 59999 });
    await waits(1, began + 60000);
    await delivery.clock({ advance_ms: 1 });
    await waits(2, began + 180000);
    await delivery.restart();
    await waits(2, began + 180000);
    await delivery.clock({ now_ms: began + 180000 });
    await handler.events(3);
    const record = await recordOf(failure);
    assert.equal(record.requestContext.approximateInvokeCount, 3);
    assert.equal(handler.notes().length, 3);
  });

  test('no attempt is made for which it would be too late', async () => {
    const failure = await delivery.queue();
    const handler = await delivery.handler(kFail);
    await configure(handler.name, {
      MaximumEventAgeInSeconds: 90, DestinationConfig: { OnFailure: { Destination: failure.arn } },
    });
    const { now_ms: began } = await delivery.clock();
    await send(handler.name, {});
    await eventually(async () => (await pending(handler.name))?.nextTryMs === began + 60000,
      'the first attempt to be over');
    await delivery.advance(60);
    const { requestContext, responseContext } = await recordOf(failure);
    assert.equal(requestContext.condition, 'EventAgeExceeded');
    assert.equal(requestContext.approximateInvokeCount, 2);
    assert.equal(responseContext.functionError, 'Unhandled');
    assert.equal(handler.notes().length, 2);
  });
});

describe('chains', () => {
  test('two functions that tell one another are stopped', async () => {
    const names = [delivery.next('circle'), delivery.next('circle')];
    const tell = (name, other) => telling('return 1;', {
      name, success: { arn: kFunctionArn + other } });
    const second = await delivery.handler('', { name: names[1] });
    const first = await tell(names[0], names[1]);
    await configure(names[1], {
      DestinationConfig: { OnSuccess: { Destination: first.arn } } });
    const id = await send(names[0], { n: 1 });
    const [entry] = await discards(names[0], 1);
    await settled(names[0]);
    await settled(names[1]);
    assert.deepEqual([first.notes().length, second.notes().length], [8, 8]);
    assert.equal(first.notes()[0].id, id);
    assert.equal(entry.condition, 'RecursiveInvocation');
    assert.equal(entry.attempts, 0);
    const { text } = await exchange(delivery.server, { method: 'GET', path: '/metrics' });
    assert.match(text, new RegExp(
      `^lambda_recursive_invocations_dropped_total\\{source="${names[0]}"\\} 1$`, 'm'));
    assert.deepEqual(await ledger(names[1]), []);
  });
});
