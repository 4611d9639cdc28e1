// Queues through the stock client, which checks the digests of what it sends and receives.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  ChangeMessageVisibilityBatchCommand, ChangeMessageVisibilityCommand, CreateQueueCommand,
  DeleteMessageBatchCommand, DeleteMessageCommand, DeleteQueueCommand,
  GetQueueAttributesCommand, GetQueueUrlCommand, ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand, ListQueueTagsCommand, PurgeQueueCommand, ReceiveMessageCommand,
  SendMessageBatchCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient,
  TagQueueCommand, UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { eventually, exchange, startServer, useServer } from './harness.mjs';

let client;

const newClient = (endpoint) => new SQSClient({
  endpoint, region: 'us-east-1', maxAttempts: 1,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

const server = useServer({ flags: ['--clock=virtual'] }, async (running) => {
  client = newClient(running.endpoint);
});
after(() => client.destroy());

const send = (command) => client.send(command);
const advance = async (seconds) => {
  const answer = await exchange(server, {
    method: 'POST', path: '/_admin/clock', body: JSON.stringify({ advance_ms: seconds * 1000 }),
  });
  assert.equal(answer.status, 200);
};

async function create(QueueName, Attributes) {
  return (await send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
}
const put = (QueueUrl, MessageBody, rest = {}) => (
  send(new SendMessageCommand({ QueueUrl, MessageBody, ...rest })));
async function take(QueueUrl, rest = {}) {
  const { Messages } = await send(new ReceiveMessageCommand({
    QueueUrl, MaxNumberOfMessages: 10, ...rest,
  }));
  return Messages ?? [];
}
const bodies = (messages) => messages.map(({ Body }) => Body);
async function attributes(QueueUrl, AttributeNames = ['All']) {
  return (await send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
}
const refused = (command, name, message) => assert.rejects(send(command), (error) => {
  assert.equal(error.name, name);
  if (message !== undefined) assert.match(error.message, message);
  return true;
});

describe('queues', () => {
  test('creating is repeatable for the same attributes only', async () => {
    const url = await create('created', { VisibilityTimeout: '10' });
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/000000000000\/created$/);
    assert.equal(await create('created', { VisibilityTimeout: '10' }), url);
    assert.equal(await create('created'), url);
    await refused(new CreateQueueCommand({
      QueueName: 'created', Attributes: { VisibilityTimeout: '11' },
    }), 'QueueNameExists');
    const { QueueUrl } = await send(new GetQueueUrlCommand({ QueueName: 'created' }));
    assert.equal(QueueUrl, url);
    await refused(new GetQueueUrlCommand({ QueueName: 'missing' }), 'QueueDoesNotExist');
    for (const QueueName of ['', 'a b', 'x'.repeat(81), 'a.fifo.fifo']) {
      await refused(new CreateQueueCommand({ QueueName }), 'InvalidParameterValue');
    }
  });

  test('attributes have defaults, ranges and names', async () => {
    const url = await create('attributes');
    const all = await attributes(url);
    assert.equal(all.QueueArn, 'arn:aws:sqs:us-east-1:000000000000:attributes');
    assert.equal(all.VisibilityTimeout, '30');
    assert.equal(all.MessageRetentionPeriod, '345600');
    assert.equal(all.MaximumMessageSize, '1048576');
    assert.equal(all.ApproximateNumberOfMessages, '0');
    assert.equal(all.FifoQueue, undefined);
    await send(new SetQueueAttributesCommand({
      QueueUrl: url, Attributes: { DelaySeconds: '5', Policy: '{}' },
    }));
    assert.deepEqual(await attributes(url, ['DelaySeconds', 'Policy']),
      { DelaySeconds: '5', Policy: '{}' });
    for (const [name, value] of [['DelaySeconds', '901'], ['VisibilityTimeout', 'x'],
      ['MessageRetentionPeriod', '59'], ['RedrivePolicy', '{}']]) {
      await refused(new SetQueueAttributesCommand({
        QueueUrl: url, Attributes: { [name]: value },
      }), 'InvalidAttributeValue');
    }
    await refused(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Nope: '1' } }),
      'InvalidAttributeName');
    await refused(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['Nope'] }),
      'InvalidAttributeName');
  });

  test('lists by prefix and in pages', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await create(name);
    const first = await send(new ListQueuesCommand({ QueueNamePrefix: 'list-', MaxResults: 2 }));
    assert.equal(first.QueueUrls.length, 2);
    const second = await send(new ListQueuesCommand({
      QueueNamePrefix: 'list-', MaxResults: 2, NextToken: first.NextToken,
    }));
    assert.match(second.QueueUrls[0], /list-c$/);
    assert.equal(second.NextToken, undefined);
    assert.equal((await send(new ListQueuesCommand({ QueueNamePrefix: 'none' }))).QueueUrls,
      undefined);
  });

  test('tags', async () => {
    const QueueUrl = await create('tagged');
    await send(new TagQueueCommand({ QueueUrl, Tags: { a: '1', b: '2' } }));
    await send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'absent'] }));
    assert.deepEqual((await send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { b: '2' });
  });

  test('deleted queues are gone', async () => {
    const QueueUrl = await create('deleted');
    await put(QueueUrl, 'a');
    await send(new DeleteQueueCommand({ QueueUrl }));
    await refused(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }), 'QueueDoesNotExist');
    await create('deleted');
    assert.deepEqual(await take(QueueUrl), []);
  });
});

describe('messages', () => {
  test('are received with what they were sent with', async () => {
    const QueueUrl = await create('rich');
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'v\u00e9' },
      number: { DataType: 'Number.int', StringValue: '12' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const sent = await put(QueueUrl, 'h\u00e9llo "x"\n', { MessageAttributes });
    const [message] = await take(QueueUrl, {
      MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'],
    });
    assert.equal(message.MessageId, sent.MessageId);
    assert.equal(message.Body, 'h\u00e9llo "x"\n');
    assert.deepEqual(message.MessageAttributes.bytes.BinaryValue, new Uint8Array([0, 255]));
    assert.equal(message.MessageAttributes.number.DataType, 'Number.int');
    assert.equal(message.Attributes.ApproximateReceiveCount, '1');
    assert.equal(message.Attributes.SenderId, 'local');
    await send(new ChangeMessageVisibilityCommand({
      QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0,
    }));
    const [again] = await take(QueueUrl, { MessageAttributeNames: ['te.*', 'absent'] });
    assert.deepEqual(Object.keys(again.MessageAttributes), ['text']);
    assert.equal(again.Attributes, undefined);
  });

  test('are hidden, come back, and go when deleted', async () => {
    const QueueUrl = await create('hidden', { VisibilityTimeout: '10' });
    await put(QueueUrl, 'a');
    const [first] = await take(QueueUrl);
    assert.deepEqual(await take(QueueUrl), []);
    assert.equal((await attributes(QueueUrl)).ApproximateNumberOfMessagesNotVisible, '1');
    await advance(10);
    await refused(new ChangeMessageVisibilityCommand({
      QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 5,
    }), 'MessageNotInflight');
    const [second] = await take(QueueUrl);
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second.ReceiptHandle }));
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second.ReceiptHandle }));
    await advance(10);
    assert.deepEqual(await take(QueueUrl), []);
    await refused(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'x' }),
      'ReceiptHandleIsInvalid');
  });

  test('can be delayed', async () => {
    const QueueUrl = await create('delayed');
    await put(QueueUrl, 'later', { DelaySeconds: 30 });
    await put(QueueUrl, 'now');
    assert.deepEqual(bodies(await take(QueueUrl)), ['now']);
    assert.equal((await attributes(QueueUrl)).ApproximateNumberOfMessagesDelayed, '1');
    await advance(30);
    assert.ok(bodies(await take(QueueUrl)).includes('later'));
  });

  test('travel in batches, of which a part may fail', async () => {
    const QueueUrl = await create('batches');
    const sent = await send(new SendMessageBatchCommand({
      QueueUrl,
      Entries: [{ Id: 'a', MessageBody: '1' }, { Id: 'b', MessageBody: '\u0001' },
        { Id: 'c', MessageBody: '3' }],
    }));
    assert.deepEqual(sent.Successful.map(({ Id }) => Id), ['a', 'c']);
    assert.deepEqual(sent.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
      [['b', 'InvalidMessageContents', true]]);
    const messages = await take(QueueUrl);
    assert.deepEqual(bodies(messages), ['1', '3']);
    const entries = messages.map(({ ReceiptHandle }, index) => (
      { Id: `m${index}`, ReceiptHandle }));
    await send(new ChangeMessageVisibilityBatchCommand({
      QueueUrl, Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 100 })),
    }));
    const deleted = await send(new DeleteMessageBatchCommand({
      QueueUrl, Entries: [...entries, { Id: 'bad', ReceiptHandle: 'x' }],
    }));
    assert.equal(deleted.Successful.length, 2);
    assert.equal(deleted.Failed[0].Code, 'ReceiptHandleIsInvalid');
    const batch = (Entries) => new SendMessageBatchCommand({ QueueUrl, Entries });
    await refused(batch([]), 'EmptyBatchRequest');
    await refused(batch(Array.from({ length: 11 }, (_, index) => (
      { Id: `e${index}`, MessageBody: 'x' }))), 'TooManyEntriesInBatchRequest');
    await refused(batch([{ Id: 'a', MessageBody: 'x' }, { Id: 'a', MessageBody: 'y' }]),
      'BatchEntryIdsNotDistinct');
    await refused(batch([{ Id: 'a b', MessageBody: 'x' }]), 'InvalidBatchEntryId');
    await refused(batch([{ Id: 'a', MessageBody: 'x'.repeat(600000) },
      { Id: 'b', MessageBody: 'x'.repeat(600000) }]), 'BatchRequestTooLong');
  });

  test('bad ones are refused', async () => {
    const QueueUrl = await create('bad', { MaximumMessageSize: '1024' });
    const message = (rest) => new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...rest });
    await refused(message({ MessageBody: 'x'.repeat(1025) }), 'InvalidParameterValue');
    await refused(message({ MessageBody: '\u0000' }), 'InvalidMessageContents');
    await refused(message({ MessageBody: '' }), 'MissingParameter');
    await refused(message({ DelaySeconds: 901 }), 'InvalidParameterValue');
    await refused(message({ MessageDeduplicationId: 'd' }), 'InvalidParameterValue');
    await refused(message({ MessageAttributes: { a: { DataType: 'Nope', StringValue: 'x' } } }),
      'InvalidParameterValue');
    await refused(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }),
      'InvalidParameterValue');
    await refused(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 21 }),
      'InvalidParameterValue');
  });

  test('a purge removes them all, once a minute', async () => {
    const QueueUrl = await create('purged');
    await put(QueueUrl, 'a');
    await send(new PurgeQueueCommand({ QueueUrl }));
    assert.deepEqual(await take(QueueUrl), []);
    await refused(new PurgeQueueCommand({ QueueUrl }), 'PurgeQueueInProgress');
    await put(QueueUrl, 'b');
    assert.deepEqual(bodies(await take(QueueUrl)), ['b']);
    await advance(60);
    await send(new PurgeQueueCommand({ QueueUrl }));
  });
});

describe('long polls', () => {
  test('end with the first message', async () => {
    const QueueUrl = await create('polled');
    const polled = take(QueueUrl, { WaitTimeSeconds: 20 });
    await put(QueueUrl, 'a');
    assert.deepEqual(bodies(await polled), ['a']);
  });

  test('end empty in time', async () => {
    const QueueUrl = await create('silent');
    const began = performance.now();
    assert.deepEqual(await take(QueueUrl, { WaitTimeSeconds: 1 }), []);
    assert.ok(performance.now() - began >= 990);
  });

  test('do not keep a server from stopping', async () => {
    const other = await startServer();
    const otherClient = newClient(other.endpoint);
    const { QueueUrl } = await otherClient.send(new CreateQueueCommand({ QueueName: 'q' }));
    const polled = otherClient.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    await otherClient.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}`, MessageBody: 'x' }));
    await polled;
    const waiting = otherClient.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      .catch(() => ({}));
    const began = performance.now();
    assert.equal((await other.close()).code, 0);
    assert.ok(performance.now() - began < 5000);
    assert.equal((await waiting).Messages, undefined);
    otherClient.destroy();
  });
});

describe('dead letters', () => {
  test('go to their queue after too many receives', async () => {
    const dead = await create('dead');
    const QueueUrl = await create('source', {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead', maxReceiveCount: 2,
      }),
    });
    const { MessageId } = await put(QueueUrl, 'poison');
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(bodies(await take(QueueUrl)), ['poison']);
      await advance(30);
    }
    assert.deepEqual(await take(QueueUrl), []);
    const [letter] = await take(dead, { MessageSystemAttributeNames: ['All'] });
    assert.equal(letter.MessageId, MessageId);
    assert.match(letter.Attributes.DeadLetterQueueSourceArn, /:source$/);
    const { queueUrls } = await send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    assert.deepEqual(queueUrls, [QueueUrl]);
  });

  test('of a queue do not go to itself', async () => {
    const QueueUrl = await create('itself');
    await refused(new SetQueueAttributesCommand({
      QueueUrl, Attributes: {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:itself', maxReceiveCount: 2,
        }),
      },
    }), 'InvalidAttributeValue');
  });
});

describe('FIFO queues', () => {
  test('keep the order of each group', async () => {
    const QueueUrl = await create('order.fifo', {
      FifoQueue: 'true', ContentBasedDeduplication: 'true',
    });
    const numbers = [];
    for (const [body, MessageGroupId] of [['a1', 'a'], ['b1', 'b'], ['a2', 'a']]) {
      numbers.push((await put(QueueUrl, body, { MessageGroupId })).SequenceNumber);
    }
    assert.deepEqual([...numbers].sort(), numbers);
    const [first] = await take(QueueUrl, { MaxNumberOfMessages: 1 });
    assert.equal(first.Body, 'a1');
    assert.deepEqual(bodies(await take(QueueUrl)), ['b1']);
    await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first.ReceiptHandle }));
    assert.deepEqual(bodies(await take(QueueUrl)), ['a2']);
  });

  test('take a message once in five minutes', async () => {
    const QueueUrl = await create('once.fifo', { FifoQueue: 'true' });
    const once = () => put(QueueUrl, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    const first = await once();
    assert.equal((await once()).MessageId, first.MessageId);
    await advance(300);
    assert.notEqual((await once()).MessageId, first.MessageId);
  });

  test('ask for what they need', async () => {
    const QueueUrl = await create('strict.fifo', { FifoQueue: 'true' });
    const message = (rest) => new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...rest });
    await refused(message({}), 'MissingParameter');
    await refused(message({ MessageGroupId: 'g' }), 'InvalidParameterValue', /Deduplication/);
    await refused(message({
      MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 1,
    }), 'InvalidParameterValue');
    await refused(new CreateQueueCommand({
      QueueName: 'plain', Attributes: { FifoQueue: 'true' },
    }), 'InvalidAttributeValue');
  });
});

test('messages survive a kill', async () => {
  const first = await startServer();
  const url = async (running) => {
    const own = newClient(running.endpoint);
    const { QueueUrl } = await own.send(new CreateQueueCommand({ QueueName: 'kept' }));
    return [own, QueueUrl];
  };
  const [own, QueueUrl] = await url(first);
  await own.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  await first.end('SIGKILL');
  own.destroy();
  const second = await startServer({ dataDirectory: first.dataDirectory });
  const [again, sameQueue] = await url(second);
  await eventually(async () => {
    const { Messages } = await again.send(new ReceiveMessageCommand({ QueueUrl: sameQueue }));
    return Messages?.[0].Body === 'a';
  }, 'the message');
  again.destroy();
  second.ownsDirectory = true;
  await second.close();
});
