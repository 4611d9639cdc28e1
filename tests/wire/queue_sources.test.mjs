// Queues as event sources, from SendMessage to the lines that the handler prints: what handlers
// see, what comes back, and what is refused.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventSourceMappingCommand, CreateFunctionCommand, DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageBatchCommand,
  SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import { functionInput, useFunctions } from './functions_client.mjs';
import { eventually, exchange } from './harness.mjs';
import { makeZip } from './zip.mjs';

const { server, send, refused } = useFunctions({ flags: ['--clock=virtual'] });

// Made by the first who needs them, when the server is there.
const clients = new Map();
const clientOf = (Client) => {
  if (!clients.has(Client)) {
    clients.set(Client, new Client({
      endpoint: server.endpoint, region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }));
  }
  return clients.get(Client);
};
const queues = { send: (command) => clientOf(SQSClient).send(command) };
const logs = { send: (command) => clientOf(CloudWatchLogsClient).send(command) };
after(() => clients.forEach((client) => client.destroy()));

const kArn = 'arn:aws:sqs:us-east-1:000000000000:';

// Prints what it gets, and fails as the bodies say.
const kHandler = `
exports.handler = async ({ Records }) => {
  console.log('GOT ' + JSON.stringify(Records.map(({ body }) => body)));
  console.log('RECORD ' + JSON.stringify(Records[0]));
  if (Records.some(({ body }) => body.startsWith('fail'))) throw new Error('it went wrong');
  const bad = Records.filter(({ body }) => body.startsWith('bad'));
  return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
`;

async function createFunction(name, rest = {}) {
  await send(new CreateFunctionCommand(functionInput(name, {
    Code: { ZipFile: makeZip({ 'index.js': kHandler }) }, Timeout: 10, ...rest,
  })));
}
async function createQueue(QueueName, Attributes = {}) {
  return (await queues.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
}
async function map(queue, FunctionName, rest = {}) {
  const { UUID } = await send(new CreateEventSourceMappingCommand({
    EventSourceArn: kArn + queue, FunctionName, ...rest,
  }));
  return UUID;
}
const put = (QueueUrl, MessageBody, rest = {}) => (
  queues.send(new SendMessageCommand({ QueueUrl, MessageBody, ...rest })));
const advance = (seconds) => exchange(server, {
  method: 'POST', path: '/_admin/clock', body: JSON.stringify({ advance_ms: seconds * 1000 }),
});

/** The lines that the function has printed, of which those that begin with `start`. */
async function lines(name, start = '') {
  try {
    const { events } = await logs.send(new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/${name}`,
    }));
    return events.map(({ message }) => message)
      .filter((message) => message.includes(start))
      .map((message) => message.slice(message.indexOf(start) + start.length).trimEnd());
  } catch (error) {
    assert.equal(error.name, 'ResourceNotFoundException');
    return [];
  }
}
/** Waits until the function has been given so many batches; answers their bodies. */
const batches = (name, count) => eventually(async () => {
  const seen = await lines(name, 'GOT ');
  return seen.length >= count && seen.map((line) => JSON.parse(line));
}, `${count} batches of ${name}`);
const counts = async (QueueUrl) => {
  const { Attributes } = await queues.send(new GetQueueAttributesCommand({
    QueueUrl, AttributeNames: ['All'],
  }));
  return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible]
    .map(Number);
};
const empty = (QueueUrl) => eventually(
  async () => (await counts(QueueUrl)).join() === '0,0', 'an empty queue');

describe('delivery', () => {
  test('a message is a record, and is deleted when it is done', async () => {
    await createFunction('records');
    const url = await createQueue('records');
    await map('records', 'records');
    const sent = await put(url, 'hello', {
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' } },
    });
    await batches('records', 1);
    await empty(url);
    const [line] = await lines('records', 'RECORD ');
    const { receiptHandle, attributes, ...record } = JSON.parse(line);
    assert.ok(receiptHandle.length > 10);
    assert.equal(attributes.ApproximateReceiveCount, '1');
    assert.match(attributes.SentTimestamp, /^\d{13}$/);
    assert.deepEqual(record, {
      messageId: sent.MessageId, body: 'hello', md5OfBody: sent.MD5OfMessageBody,
      messageAttributes: {
        kind: {
          stringValue: 'greeting', stringListValues: [], binaryListValues: [], dataType: 'String',
        },
      },
      eventSource: 'aws:sqs', eventSourceARN: `${kArn}records`, awsRegion: 'us-east-1',
    });
    // The invocation stands in the log as the service writes it.
    const log = await eventually(async () => {
      const all = await lines('records');
      return all.some((each) => each.startsWith('REPORT RequestId: ')) && all;
    }, 'a report');
    assert.ok(log.some((each) => /^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/.test(each)));
    assert.ok(log.some((each) => /^END RequestId: [0-9a-f-]{36}$/.test(each)));
  });

  test('what fails comes back, and goes to the dead letters in the end', async () => {
    await createFunction('failing');
    const dead = await createQueue('dead');
    const url = await createQueue('failing', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${kArn}dead`, maxReceiveCount: 2 }),
    });
    const UUID = await map('failing', 'failing');
    await put(url, 'fail');
    await batches('failing', 1);
    await eventually(async () => (await send(new GetEventSourceMappingCommand({ UUID })))
      .LastProcessingResult === 'PROBLEM: Function call failed', 'the failure');
    assert.deepEqual(await counts(url), [0, 1]);
    await advance(31);
    await batches('failing', 2);
    await advance(31);
    await empty(url);
    const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl: dead }));
    assert.equal(Messages[0].Body, 'fail');
    assert.equal((await lines('failing', 'GOT ')).length, 2);
  });

  test('a report keeps back the messages that it names', async () => {
    await createFunction('reports');
    const url = await createQueue('reports');
    await queues.send(new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: ['good', 'bad', 'fine'].map((MessageBody, n) => ({ Id: `${n}`, MessageBody })),
    }));
    await map('reports', 'reports', { FunctionResponseTypes: ['ReportBatchItemFailures'] });
    assert.deepEqual(await batches('reports', 1), [['good', 'bad', 'fine']]);
    await eventually(async () => (await counts(url)).join() === '0,1', 'the others to be deleted');
    await advance(31);
    assert.deepEqual((await batches('reports', 2))[1], ['bad']);
  });

  test('groups of a FIFO queue keep their order', async () => {
    await createFunction('ordered');
    const url = await createQueue('ordered.fifo', {
      FifoQueue: 'true', ContentBasedDeduplication: 'true',
    });
    await map('ordered.fifo', 'ordered', { BatchSize: 4 });
    for (let n = 0; n < 40; n += 10) {
      await queues.send(new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [...Array(10).keys()].map((index) => ({
          Id: `${index}`, MessageBody: `${n + index}`, MessageGroupId: `${index % 3}`,
        })),
      }));
    }
    await empty(url);
    const seen = await eventually(async () => {
      const all = (await lines('ordered', 'GOT ')).flatMap((line) => JSON.parse(line)).map(Number);
      return all.length >= 40 && all;
    }, 'all messages');
    assert.equal(new Set(seen).size, 40);
    for (const group of [0, 1, 2]) {
      const own = seen.filter((each) => (each % 10) % 3 === group);
      assert.deepEqual(own, [...own].sort((a, b) => a - b));
    }
  });

  test('filters see the body as JSON; the rest is deleted', async () => {
    await createFunction('filtered');
    const url = await createQueue('filtered');
    await map('filtered', 'filtered', {
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["wanted"]}}' }] },
    });
    for (const body of ['{"kind":"other"}', 'text', '{"kind":"wanted"}']) await put(url, body);
    await empty(url);
    assert.deepEqual(await batches('filtered', 1), [['{"kind":"wanted"}']]);
  });

  test('a mapping that is disabled or deleted takes nothing', async () => {
    await createFunction('changed');
    const url = await createQueue('changed');
    const UUID = await map('changed', 'changed');
    const state = (wanted) => eventually(async () => (
      await send(new GetEventSourceMappingCommand({ UUID }))).State === wanted, wanted);
    await state('Enabled');
    await send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await state('Disabled');
    await put(url, 'waits');
    assert.deepEqual(await counts(url), [1, 0]);
    await send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    assert.deepEqual(await batches('changed', 1), [['waits']]);
    await empty(url);
    await state('Enabled');
    await send(new DeleteEventSourceMappingCommand({ UUID }));
    await eventually(async () => {
      try {
        await send(new GetEventSourceMappingCommand({ UUID }));
        return false;
      } catch (error) {
        return error.name === 'ResourceNotFoundException';
      }
    }, 'the end of the mapping');
    await put(url, 'stays');
    const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl: url }));
    assert.equal(Messages[0].Body, 'stays');
  });
});

test('what does not go together is refused', async () => {
  await createFunction('strict', { Timeout: 40 });
  await createQueue('short');
  await createQueue('long', { VisibilityTimeout: '40' });
  await createQueue('long.fifo', { FifoQueue: 'true', VisibilityTimeout: '40' });
  const create = (queue, rest = {}) => new CreateEventSourceMappingCommand({
    EventSourceArn: kArn + queue, FunctionName: 'strict', ...rest,
  });
  const name = 'InvalidParameterValueException';
  await refused(create('short'), name, 400, /visibility timeout/i);
  await refused(create('missing'), name, 400);
  await refused(create('long', { ParallelizationFactor: 2 }), name, 400);
  await refused(create('long', { StartingPosition: 'LATEST' }), name, 400);
  await refused(create('long', { BatchSize: 11 }), name, 400);
  await refused(create('long.fifo', {
    BatchSize: 11, MaximumBatchingWindowInSeconds: 1,
  }), name, 400);
  await refused(create('long.fifo', { MaximumBatchingWindowInSeconds: 1 }), name, 400);
  await refused(create('long', { ScalingConfig: { MaximumConcurrency: 1 } }),
    'ValidationException', 400);
  const mapping = await send(create('long', {
    BatchSize: 11, MaximumBatchingWindowInSeconds: 1, ScalingConfig: { MaximumConcurrency: 2 },
  }));
  assert.deepEqual(mapping.ScalingConfig, { MaximumConcurrency: 2 });
  assert.equal(mapping.BatchSize, 11);
  assert.equal(mapping.StartingPosition, undefined);
});
