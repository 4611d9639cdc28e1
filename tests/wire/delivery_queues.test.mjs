// Queues as event sources, beyond a single message: reports, order within groups, filters, how many
// batches run at a time, windows, and functions that may not run.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { useDelivery } from './delivery_client.mjs';
import { eventually } from './harness.mjs';

const delivery = useDelivery([
  '--clock=virtual', '--mapping_retry_base=0s', '--functions_running_max=32',
]);

const kReports = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
const kFifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };

/** Sends up to ten messages at once: texts, or [group, text]. */
async function send(queue, bodies) {
  await delivery.queues(new SendMessageBatchCommand({
    QueueUrl: queue.url(),
    Entries: bodies.map((body, index) => ({
      Id: String(index),
      ...(Array.isArray(body) ? { MessageGroupId: body[0], MessageBody: body[1] }
        : { MessageBody: body }),
    })),
  }));
}

const empty = (queue) => eventually(
  async () => (await queue.sizes()).join() === '0,0', 'an empty queue');

/** A queue with messages in it, a handler, and a mapping between them: {queue, handler, uuid}. */
async function scene({ react, bodies = [], attributes = {}, mapping = {}, ...rest } = {}) {
  const queue = await delivery.queue(attributes,
    attributes.FifoQueue ? `${delivery.next('queue')}.fifo` : undefined);
  const handler = await delivery.handler(react, rest);
  if (bodies.length > 0) await send(queue, bodies);
  const uuid = await delivery.map(queue, handler, mapping);
  return { queue, handler, uuid };
}

describe('reports', () => {
  const kAll = 'of everything';
  // What the first answer is, and which messages come back.
  const cases = {
    'of the first': ['failing(0)', ['a']],
    'of several': ['failing(2, 1)', ['b', 'c']],
    'of an unknown message': ['{ batchItemFailures: [{ itemIdentifier: "x" }] }', kAll],
    'of an unknown message among others':
      ['{ batchItemFailures: [...failing(1).batchItemFailures, { itemIdentifier: "x" }] }', kAll],
    'with an empty entry': ['{ batchItemFailures: [{}] }', kAll],
    'with an empty name': ['{ batchItemFailures: [{ itemIdentifier: "" }] }', kAll],
    'that are no list': ['{ batchItemFailures: "a" }', kAll],
  };
  for (const [name, [answer, back]] of Object.entries(cases)) {
    test(name, async () => {
      const { queue, handler } = await scene({
        react: `
          const failing = (...which) => ({ batchItemFailures: which.map((index) => (
            { itemIdentifier: event.Records[index].messageId })) });
          if (!switched('good')) return ${answer};`,
        bodies: ['a', 'b', 'c'], mapping: kReports, variables: { WHOLE: '1' } });
      const wanted = back === kAll ? ['a', 'b', 'c'] : back;
      await handler.events(1);
      await eventually(async () => (await queue.sizes()).join() === `0,${wanted.length}`,
        'the others to be deleted');
      handler.switchOn('good');
      await delivery.advance(30);
      await handler.records(3 + wanted.length);
      assert.deepEqual(handler.names().slice(3).sort(), wanted);
      for (const { event } of handler.notes().slice(1)) {
        for (const { attributes } of event.Records) {
          assert.equal(attributes.ApproximateReceiveCount, '2');
        }
      }
      await empty(queue);
    });
  }
  for (const answer of ['undefined', 'null', '{}', '{ batchItemFailures: null }',
    '{ batchItemFailures: [] }']) {
    test(`that say nothing: ${answer}`, async () => {
      const { queue, handler } = await scene({
        react: `return ${answer};`, bodies: ['a', 'b'], mapping: kReports });
      await handler.events(1);
      await empty(queue);
      assert.deepEqual(handler.batches(), [['a', 'b']]);
    });
  }
});

describe('FIFO queues', () => {
  test('show what a message has', async () => {
    const { handler, queue } = await scene({
      attributes: kFifo, variables: { WHOLE: '1' }, bodies: [['group', 'a']] });
    await handler.events(1);
    const [{ attributes }] = handler.notes()[0].event.Records;
    assert.equal(attributes.MessageGroupId, 'group');
    assert.match(attributes.MessageDeduplicationId, /^[0-9a-f]{64}$/);
    assert.match(attributes.SequenceNumber, /^\d{20}$/);
    await empty(queue);
  });

  test('take a message back with all later ones of its group', async () => {
    const { handler, queue, uuid } = await scene({
      attributes: kFifo, mapping: kReports,
      bodies: [['a', 'a1'], ['b', 'b1'], ['a', 'a2'], ['b', 'b2'], ['a', 'a3']],
      react: `if (switched('good')) return {};
        const { messageId } = event.Records.find(({ body }) => body === 'a2') ?? {};
        return messageId && { batchItemFailures: [{ itemIdentifier: messageId }] };` });
    await handler.records(5);
    await eventually(async () => (await queue.sizes()).join() === '0,2', 'what is done to go');
    // Its group waits for it; others do not.
    await send(queue, [['a', 'a4'], ['b', 'b3']]);
    await handler.records(6);
    assert.deepEqual(handler.names().slice(5), ['b3']);
    await delivery.counts('deleted_events', uuid, 4);
    handler.switchOn('good');
    await delivery.advance(30);
    await empty(queue);
    assert.deepEqual(handler.names().slice(6), ['a2', 'a3', 'a4']);
  });

  test('have one batch of a group at a time', async () => {
    const { handler, queue } = await scene({
      attributes: kFifo, bodies: [['a', 'a1']],
      react: 'if (names[0] === "a1") await until("go");' });
    await handler.events(1);
    await send(queue, [['a', 'a2'], ['b', 'b1'], ['a', 'a3'], ['b', 'b2']]);
    await handler.records(3);
    assert.deepEqual(handler.names(), ['a1', 'b1', 'b2']);
    handler.switchOn('go');
    await empty(queue);
    assert.deepEqual(handler.names(), ['a1', 'b1', 'b2', 'a2', 'a3']);
  });

  test('keep the order of a group that fails', async () => {
    const { handler, queue, uuid } = await scene({
      attributes: kFifo, mapping: { BatchSize: 2 },
      bodies: [['a', '1'], ['a', '2'], ['a', '3'], ['a', '4']],
      react: 'if (!switched("good")) throw new Error("bad");' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await delivery.counts('failed_invoke_events', uuid, 2 * attempt);
      if (attempt === 3) handler.switchOn('good');
      await delivery.advance(30);
    }
    await empty(queue);
    assert.deepEqual(handler.names(), ['1', '2', '1', '2', '1', '2', '1', '2', '3', '4']);
  });
});

describe('filters', () => {
  /** Which bodies a filter lets through, in order. */
  async function passing(patterns, bodies) {
    const { handler, queue, uuid } = await scene({ mapping: { FilterCriteria: {
      Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) } } });
    await send(queue, bodies);
    await empty(queue);
    const names = handler.names().sort();
    assert.equal(await delivery.counted('filtered_out_events', uuid), bodies.length - names.length);
    return names;
  }
  const kBodies = ['plain', 'plan', '{"kind":"a"}', '{"kind":"b","n":2}', '[1]', '{"kind":7}'];
  const cases = {
    'a body as text': [[{ body: ['plain', '[1]'] }], ['[1]', 'plain']],
    'a body by its beginning': [[{ body: [{ prefix: 'pla' }] }], ['plain', 'plan']],
    'a JSON body as text': [[{ body: ['{"kind":"a"}'] }], ['{"kind":"a"}']],
    'members of a JSON body': [[{ body: { kind: [{ 'anything-but': 'a' }] } }],
      ['{"kind":"b","n":2}', '{"kind":7}']],
    'numbers in a JSON body': [[{ body: { n: [{ numeric: ['>', 1, '<=', 2] }] } }],
      ['{"kind":"b","n":2}']],
    'what a JSON body lacks': [[{ body: { n: [{ exists: false }] } }],
      ['[1]', '{"kind":"a"}', '{"kind":7}']],
    'either way': [[{ body: ['plan'] }, { body: { kind: ['a'] } }], ['plan', '{"kind":"a"}']],
    'other members': [[{ eventSource: ['aws:sqs'], awsRegion: ['us-east-1'] }],
      [...kBodies].sort()],
    'nothing at all': [[{ awsRegion: ['nowhere'] }], []],
  };
  for (const [name, [patterns, wanted]] of Object.entries(cases)) {
    test(name, async () => assert.deepEqual(await passing(patterns, kBodies), wanted));
  }

  test('attributes of a message', async () => {
    const { handler, queue } = await scene({ mapping: { FilterCriteria: { Filters: [{
      Pattern: '{"messageAttributes":{"kind":{"stringValue":["wanted"]}}}' }] } } });
    for (const StringValue of ['other', 'wanted']) {
      await delivery.queues(new SendMessageCommand({
        QueueUrl: queue.url(), MessageBody: StringValue,
        MessageAttributes: { kind: { DataType: 'String', StringValue } } }));
    }
    await empty(queue);
    assert.deepEqual(handler.names(), ['wanted']);
  });
});

describe('how many at a time', () => {
  const numbers = (count) => Array.from({ length: count }, (_, n) => String(n));

  test('as many as there are messages', async () => {
    const { handler, queue } = await scene({
      react: 'await until("go");', bodies: numbers(6), mapping: { BatchSize: 1 } });
    await handler.events(6);
    handler.switchOn('go');
    await empty(queue);
    assert.deepEqual(handler.names().sort(), numbers(6));
  });

  test('no more than MaximumConcurrency', async () => {
    const { handler, queue } = await scene({
      react: "await until('go' + names[0]);",
      bodies: numbers(6), mapping: { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } } });
    // Of each message that is let go one more begins, and another mapping of the same thread gets
    // a message through in between: there is nothing more to come.
    const other = await scene();
    for (let begun = 2; begun <= 6; begun += 1) {
      await handler.events(begun);
      await send(other.queue, [String(begun)]);
      await other.handler.events(begun - 1);
      assert.equal(handler.notes().length, begun);
      handler.switchOn(`go${handler.names()[begun - 2]}`);
    }
    handler.switchOn(`go${handler.names()[5]}`);
    await empty(queue);
    assert.deepEqual(handler.names().sort(), numbers(6));
  });
});

test('a window gathers, up to BatchSize', async () => {
  const { handler, queue, uuid } = await scene({
    mapping: { BatchSize: 4, MaximumBatchingWindowInSeconds: 10 } });
  await send(queue, ['a', 'b']);
  await delivery.counts('polled_events', uuid, 2);
  await delivery.advance(9);
  await send(queue, ['c']);
  await delivery.counts('polled_events', uuid, 3);
  await delivery.advance(1);
  assert.deepEqual((await handler.events(1)).map((names) => names.sort()), [['a', 'b', 'c']]);
  // Time stands still: only the count can end this one.
  await send(queue, ['d', 'e', 'f', 'g']);
  assert.deepEqual((await handler.events(2))[1].sort(), ['d', 'e', 'f', 'g']);
  await empty(queue);
});

test('a batch that a kill interrupts comes again', async () => {
  const { handler, queue } = await scene({
    react: 'await until("go");', bodies: ['a', 'b'] });
  await handler.events(1);
  await delivery.restart();
  assert.deepEqual(await queue.sizes(), [0, 2]);
  handler.switchOn('go');
  await delivery.advance(30);
  await handler.events(2);
  assert.deepEqual(handler.batches().map((names) => names.sort()), [['a', 'b'], ['a', 'b']]);
  await empty(queue);
});

test('a function that may not run gets everything once it may', async () => {
  const { handler, queue, uuid } = await scene();
  const reserve = (ReservedConcurrentExecutions) => delivery.lambda(
    new PutFunctionConcurrencyCommand({
      FunctionName: handler.name, ReservedConcurrentExecutions }));
  await reserve(0);
  await send(queue, ['a', 'b', 'c']);
  await eventually(async () => (
    (await delivery.get(uuid)).LastProcessingResult === 'PROBLEM: Throttled'), 'the result');
  await reserve(1);
  await delivery.advanceUntil(
    async () => (await queue.sizes()).join() === '0,0', 'an empty queue', 5);
  assert.deepEqual([...new Set(handler.names())].sort(), ['a', 'b', 'c']);
  assert.equal(await delivery.counted('failed_invoke_events', uuid), 0);
});
