// Policies of users for everything but tables: streams, queues, logs, functions, and what is for
// operators.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateLogGroupCommand, DescribeLogGroupsCommand, ListTagsForResourceCommand,
  PutLogEventsCommand, UntagLogGroupCommand, UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import {
  CreateEventSourceMappingCommand, CreateFunctionCommand, CreateFunctionUrlConfigCommand,
  GetFunctionCommand, InvokeAsyncCommand, InvokeCommand, ListFunctionUrlConfigsCommand,
  ListFunctionsCommand, ListTagsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { functionInput } from './functions_client.mjs';
import { exchange } from './harness.mjs';
import {
  allow, denial, deny, kTableArn, policy, silence, usePolicies,
} from './policies_client.mjs';

const kFunctions = 'arn:aws:lambda:us-east-1:000000000000:function:';
const kQueues = 'arn:aws:sqs:us-east-1:000000000000:';
const kLogs = 'arn:aws:logs:us-east-1:000000000000:log-group:';

let streamArn;
let queueUrl;

const { state, as, refused, credentialsOf } = usePolicies({
  follower: [policy(allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords',
    'dynamodb:GetShardIterator'], `${kTableArn}orders/stream/*`))],
  finder: [policy(allow(['dynamodb:GetShardIterator', 'dynamodb:DescribeStream'], '*'))],
  sender: [policy(allow('sqs:SendMessage', `${kQueues}jobs`))],
  caller: [policy(allow('lambda:InvokeFunction', `${kFunctions}greet*`))],
  logger: [policy(allow(['logs:PutLogEvents', 'logs:CreateLogGroup'], `${kLogs}mine:*`))],
  mapper: [policy(allow('lambda:CreateEventSourceMapping', '*', {
    ArnEquals: { 'lambda:FunctionArn': `${kFunctions}greet` } }))],
  visitor: [policy(allow('lambda:InvokeFunctionUrl', `${kFunctions}greet`, {
    StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } }))],
  // Everything but these.
  careful: [policy(allow('*'),
    deny('lambda:*', `${kFunctions}greet`), deny('sqs:*', `${kQueues}jobs`),
    deny('logs:*', `${kLogs}mine:*`))],
  // Versions, layers, tags and paths are no way around what is denied.
  released: [policy(allow('*'),
    deny('lambda:InvokeFunction', `${kFunctions}greet:1`),
    deny('lambda:ListFunctionUrlConfigs', `${kFunctions}greet`), deny('lambda:ListLayers'),
    deny('millrace:*', 'arn:aws:millrace:us-east-1:000000000000:admin/functions/greet/*'),
    deny('logs:CreateLogGroup', '*', { StringEquals: { 'aws:RequestTag/Stage': 'live' } }),
    deny('logs:Untag*', '*', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'owner' } }))],
  watcher: [policy(allow('millrace:AdminRead',
    'arn:aws:millrace:us-east-1:000000000000:admin/*'))],
}, async (by) => {
  const table = await by('root').send(new CreateTableCommand({
    TableName: 'orders', BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }));
  streamArn = table.TableDescription.LatestStreamArn;
  queueUrl = (await by('root', 'queues').send(new CreateQueueCommand({ QueueName: 'jobs' })))
    .QueueUrl;
  await by('root', 'functions').send(new CreateFunctionCommand(functionInput('greet')));
});

test('streams', async () => {
  const streams = as('follower', 'streams');
  const { StreamDescription } = await streams.send(
    new DescribeStreamCommand({ StreamArn: streamArn }));
  const place = new GetShardIteratorCommand({ StreamArn: streamArn,
    ShardId: StreamDescription.Shards[0].ShardId, ShardIteratorType: 'TRIM_HORIZON' });
  const { ShardIterator } = await streams.send(place);
  assert.deepEqual((await streams.send(new GetRecordsCommand({ ShardIterator }))).Records, []);
  await refused('follower', new ListStreamsCommand({}),
    silence('follower', 'dynamodb:ListStreams', `${kTableArn}*/stream/*`), 'streams');
  // Whoever has an iterator may not use it for that alone.
  assert.ok((await as('finder', 'streams').send(place)).ShardIterator);
  await refused('finder', new GetRecordsCommand({ ShardIterator }),
    silence('finder', 'dynamodb:GetRecords', streamArn), 'streams');
  await refused('sender', new DescribeStreamCommand({ StreamArn: streamArn }),
    silence('sender', 'dynamodb:DescribeStream', streamArn), 'streams');
});

test('queues', async () => {
  const message = { QueueUrl: queueUrl, MessageBody: 'x' };
  await as('sender', 'queues').send(new SendMessageCommand(message));
  await as('sender', 'queues').send(new SendMessageBatchCommand({
    QueueUrl: queueUrl, Entries: [{ Id: '1', MessageBody: 'x' }] }));
  // Actions of this service are in lower case where it says no.
  await refused('sender', new ReceiveMessageCommand({ QueueUrl: queueUrl }),
    silence('sender', 'sqs:receivemessage', `${kQueues}jobs`), 'queues', 403);
  await refused('caller', new SendMessageCommand(message),
    silence('caller', 'sqs:sendmessage', `${kQueues}jobs`), 'queues', 403);
  await refused('sender', new CreateQueueCommand({ QueueName: 'more' }),
    silence('sender', 'sqs:createqueue', `${kQueues}more`), 'queues', 403);
  await refused('sender', new ListQueuesCommand({}),
    silence('sender', 'sqs:listqueues', `${kQueues}*`), 'queues', 403);
  assert.deepEqual((await as('root', 'queues').send(new ListQueuesCommand({}))).QueueUrls,
    [queueUrl]);
});

test('logs', async () => {
  await as('logger', 'logs').send(new CreateLogGroupCommand({ logGroupName: 'mine' }));
  await refused('logger', new CreateLogGroupCommand({ logGroupName: 'yours' }),
    silence('logger', 'logs:CreateLogGroup', `${kLogs}yours:log-stream:`), 'logs');
  await refused('sender', new PutLogEventsCommand({
    logGroupName: 'mine', logStreamName: 'a', logEvents: [{ timestamp: 1, message: 'm' }] }),
  silence('sender', 'logs:PutLogEvents', `${kLogs}mine:log-stream:a`), 'logs');
  const { logGroups } = await as('root', 'logs').send(new DescribeLogGroupsCommand({}));
  assert.ok(!logGroups.some(({ logGroupName }) => logGroupName === 'yours'));
});

test('functions', async () => {
  const invoke = (FunctionName, Qualifier) => new InvokeCommand({
    FunctionName, Qualifier, InvocationType: 'DryRun' });
  const caller = as('caller', 'functions');
  assert.equal((await caller.send(invoke('greet'))).StatusCode, 204);
  assert.equal((await caller.send(invoke(`${kFunctions}greet:$LATEST`))).StatusCode, 204);
  await refused('caller', new GetFunctionCommand({ FunctionName: 'greet' }),
    silence('caller', 'lambda:GetFunction', `${kFunctions}greet`), 'functions', 403);
  await refused('caller', new ListFunctionsCommand({}),
    silence('caller', 'lambda:ListFunctions', '*'), 'functions', 403);
  await refused('caller', invoke('other', '7'),
    silence('caller', 'lambda:InvokeFunction', `${kFunctions}other:7`), 'functions', 403);
  await refused('caller', new CreateFunctionCommand(functionInput('greet2')),
    silence('caller', 'lambda:CreateFunction', `${kFunctions}greet2`), 'functions', 403);
  await refused('sender', invoke('greet'),
    silence('sender', 'lambda:InvokeFunction', `${kFunctions}greet`), 'functions', 403);
});

test('mappings, of one function only', async () => {
  const map = (FunctionName) => new CreateEventSourceMappingCommand({
    FunctionName, EventSourceArn: streamArn, StartingPosition: 'LATEST', Enabled: false });
  await refused('mapper', map('other'),
    silence('mapper', 'lambda:CreateEventSourceMapping', '*'), 'functions', 403);
  assert.ok((await as('mapper', 'functions').send(map('greet'))).UUID);
});

test('another way to name a thing is no way around its policies', async () => {
  const address = `${queueUrl}?/other`;
  await refused('careful', new ReceiveMessageCommand({ QueueUrl: address }),
    denial('careful', 'sqs:receivemessage', `${kQueues}jobs`), 'queues', 403);
  await refused('careful', new UpdateFunctionConfigurationCommand({
    FunctionName: `${kFunctions}greet:other`, Timeout: 9 }),
  denial('careful', 'lambda:UpdateFunctionConfiguration', `${kFunctions}greet`), 'functions', 403);
  await refused('careful', new ListTagsCommand({ Resource: `${kFunctions}greet` }),
    denial('careful', 'lambda:ListTags', `${kFunctions}greet`), 'functions', 403);
  for (const resourceArn of [`${kLogs}mine`, `${kLogs}mine:*`]) {
    await refused('careful', new ListTagsForResourceCommand({ resourceArn }),
      denial('careful', 'logs:ListTagsForResource', `${kLogs}mine:log-stream:`), 'logs');
  }
});

test('nor are versions, layers, tags and paths', async () => {
  const no = (command, action, resource, service = 'functions', status = 403) => (
    refused('released', command, denial('released', action, resource), service, status));
  await no(new InvokeAsyncCommand({ FunctionName: 'greet:1', InvokeArgs: '{}' }),
    'lambda:InvokeFunction', `${kFunctions}greet:1`);
  await no(new ListFunctionUrlConfigsCommand({ FunctionName: 'greet:$LATEST' }),
    'lambda:ListFunctionUrlConfigs', `${kFunctions}greet`);
  await as('root', 'logs').send(new CreateLogGroupCommand({ logGroupName: 'tagged' }));
  for (const command of [
    new UntagResourceCommand({ resourceArn: `${kLogs}tagged`, tagKeys: ['team', 'owner'] }),
    new UntagLogGroupCommand({ logGroupName: 'tagged', tags: ['owner'] }),
  ]) {
    const name = command.constructor.name.replace('Command', '');
    await no(command, `logs:${name}`, `${kLogs}tagged:log-stream:`, 'logs', 400);
  }
  await as('released', 'logs').send(
    new UntagResourceCommand({ resourceArn: `${kLogs}tagged`, tagKeys: ['team'] }));
  await no(new CreateLogGroupCommand({ logGroupName: 'live', tags: { stage: 'live' } }),
    'logs:CreateLogGroup', `${kLogs}live:log-stream:`, 'logs', 400);
  const layers = await operate('released', 'GET', '/2018-10-31/layers', 'lambda',
    { Arn: 'arn:aws:lambda:us-east-1:000000000000:layer:any:1' });
  assert.equal(layers.status, 403, layers.text);
  for (const name of ['greet', 'greet:x', '000000000000:function:greet', `${kFunctions}greet`]) {
    const answer = await operate('released', 'POST',
      `/_admin/functions/${encodeURIComponent(name)}/attach`);
    assert.equal(answer.status, 403, `${name}: ${answer.text}`);
  }
});

test('members that an operation does not look at do not name its resource', async () => {
  const send = async (service, target, type, body) => {
    const { headers } = await signerOf('careful', service).sign({
      method: 'POST', protocol: 'http:', hostname: '127.0.0.1', path: '/', query: {},
      body: JSON.stringify(body),
      headers: { host: `127.0.0.1:${state.server.port}`, 'x-amz-target': target,
        'content-type': `application/x-amz-json-${type}` } });
    return exchange(state.server, { headers, body: JSON.stringify(body) });
  };
  const queue = await send('sqs', 'AmazonSQS.GetQueueUrl', '1.0', {
    QueueName: 'jobs', QueueUrl: 'http://x/000000000000/other' });
  assert.equal(queue.status, 403, queue.text);
  const group = await send('logs', 'Logs_20140328.DeleteLogGroup', '1.1', {
    logGroupName: 'mine', logGroupIdentifier: 'other', resourceArn: `${kLogs}other` });
  assert.match(group.text, /AccessDeniedException/);
});

test('function URLs that want signatures', async () => {
  const { FunctionUrl } = await as('root', 'functions').send(
    new CreateFunctionUrlConfigCommand({ FunctionName: 'greet', AuthType: 'AWS_IAM' }));
  const path = `/_url/${new URL(FunctionUrl).host.split('.')[0]}/there`;
  assert.equal((await operate('visitor', 'GET', path, 'lambda')).status, 200);
  for (const name of ['caller', 'nobody']) {
    assert.equal((await operate(name, 'GET', path, 'lambda')).status, 403, name);
  }
  assert.equal((await exchange(state.server, { method: 'GET', path })).status, 403);
});

/** SHA-256 as the signer wants it. */
class Sha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data) {
    this.hash.update(data);
  }

  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

const signerOf = (name, service) => new SignatureV4({
  service, region: 'us-east-1', credentials: credentialsOf(name), sha256: Sha256 });

/** A call without a body, signed as `name`. */
async function operate(name, method, path, service = 'dynamodb', query = {}) {
  const { headers } = await signerOf(name, service).sign({
    method, protocol: 'http:', hostname: '127.0.0.1', path, query,
    headers: { host: `127.0.0.1:${state.server.port}` } });
  const text = new URLSearchParams(query).toString();
  return exchange(state.server, {
    method, path: text === '' ? path : `${path}?${text}`, headers });
}

test('what is for operators has actions of its own', async () => {
  const arn = 'arn:aws:millrace:us-east-1:000000000000:admin/';
  assert.equal((await operate('watcher', 'GET', '/_admin/clock')).status, 200);
  for (const [name, method, action] of [
    ['watcher', 'POST', 'millrace:AdminWrite'], ['sender', 'GET', 'millrace:AdminRead']]) {
    const answer = await operate(name, method, '/_admin/clock');
    assert.equal(answer.status, 403);
    assert.equal(answer.json.error, silence(name, action, `${arn}clock`));
  }
});
