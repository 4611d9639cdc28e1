// Policies of resources: how they are kept, and what they say together with those of users.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand, DeleteResourcePolicyCommand, DeleteTableCommand, GetItemCommand,
  GetResourcePolicyCommand, PutItemCommand, PutResourcePolicyCommand, QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams';
import {
  AddPermissionCommand, CreateFunctionCommand, GetFunctionCommand, InvokeCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { functionInput } from './functions_client.mjs';
import { removeDirectory, startServer, temporaryDirectory } from './harness.mjs';
import {
  allow, denial, deny, kTableArn, policy, silence, usePolicies,
} from './policies_client.mjs';

const kOrders = `${kTableArn}orders`;
const kUser = (name) => `arn:aws:iam::000000000000:user/${name}`;

/** The statement for whoever is named. */
const to = (principal, statement) => ({ ...statement, Principal: principal });
const text = (...statements) => JSON.stringify(policy(...statements));

let streamArn;
let queueUrl;

const tableInput = (TableName, rest = {}) => ({
  TableName, BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'state'].map(
    (AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [{ IndexName: 'by-state', Projection: { ProjectionType: 'ALL' },
    KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }] }],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' }, ...rest });

const { as, refused } = usePolicies({
  guest: [],
  writer: [policy(allow('dynamodb:*'))],
  maker: [policy(allow('dynamodb:CreateTable'))],
}, async (by) => {
  const made = await by('root').send(new CreateTableCommand(tableInput('orders')));
  streamArn = made.TableDescription.LatestStreamArn;
  queueUrl = (await by('root', 'queues').send(new CreateQueueCommand({ QueueName: 'jobs' })))
    .QueueUrl;
  await by('root', 'functions').send(new CreateFunctionCommand(functionInput('greet')));
});

const put = (ResourceArn, Policy, rest = {}) => as('root').send(
  new PutResourcePolicyCommand({ ResourceArn, Policy, ...rest }));
const get = (ResourceArn) => as('root').send(new GetResourcePolicyCommand({ ResourceArn }));
const remove = (ResourceArn, rest = {}) => as('root').send(
  new DeleteResourcePolicyCommand({ ResourceArn, ...rest }));
const missing = (ResourceArn) => ({ name: 'PolicyNotFoundException',
  message: `Resource-based policy not found for the provided ResourceArn: ${ResourceArn}` });
const getItem = new GetItemCommand({ TableName: 'orders', Key: { id: { S: '1' } } });
const putItem = new PutItemCommand({
  TableName: 'orders', Item: { id: { S: '1' }, state: { S: 'open' } } });

test('put, get and delete', async () => {
  for (const arn of [kOrders, streamArn]) {
    await assert.rejects(get(arn), missing(arn));
    assert.equal((await remove(arn)).RevisionId, undefined);
    const first = text(to('*', allow('dynamodb:GetItem', arn)));
    const { RevisionId } = await put(arn, first, { ExpectedRevisionId: 'NO_POLICY' });
    assert.match(RevisionId, /^\d+$/);
    const { $metadata, ...kept } = await get(arn);
    assert.deepEqual(kept, { Policy: first, RevisionId });
    // The same again is no change.
    assert.equal((await put(arn, first)).RevisionId, RevisionId);
    const second = text(to('*', deny('dynamodb:DeleteItem', arn)));
    await assert.rejects(put(arn, second, { ExpectedRevisionId: 'NO_POLICY' }), missing(arn));
    await assert.rejects(put(arn, second, { ExpectedRevisionId: '1' }), missing(arn));
    const changed = await put(arn, second, { ExpectedRevisionId: RevisionId });
    assert.notEqual(changed.RevisionId, RevisionId);
    await assert.rejects(remove(arn, { ExpectedRevisionId: RevisionId }), missing(arn));
    assert.equal((await remove(arn)).RevisionId, changed.RevisionId);
    await assert.rejects(get(arn), missing(arn));
  }
});

test('what is no policy, and what has none', async () => {
  for (const bad of ['x', '[]', '{}', '{"Statement": {"Effect": "Allow"}}',
    text(allow('*')), ' '.repeat(20481)]) {
    await assert.rejects(put(kOrders, bad), { name: 'ValidationException' }, bad);
  }
  const good = text(to('*', allow('*')));
  for (const arn of [`${kTableArn}nosuch`, `${kOrders}/stream/2020-01-01T00:00:00.000`,
    kOrders.replace('us-east-1', 'eu-west-1')]) {
    await assert.rejects(put(arn, good), { name: 'ResourceNotFoundException' }, arn);
    await assert.rejects(get(arn), { name: 'ResourceNotFoundException' }, arn);
  }
  for (const arn of [`${kOrders}/index/by-state`, 'orders']) {
    await assert.rejects(put(arn, good), { name: 'ValidationException' }, arn);
  }
});

test('what a table allows, users need not be allowed', async () => {
  await as('root').send(putItem);
  await refused('guest', getItem, silence('guest', 'dynamodb:GetItem', kOrders));
  await put(kOrders, text(
    to({ AWS: kUser('guest') }, allow(['dynamodb:GetItem', 'dynamodb:Query'],
      [kOrders, `${kOrders}/index/*`])),
    to('*', deny('dynamodb:DeleteTable', kOrders)),
    // An account leaves it to its users' policies.
    to({ AWS: '000000000000' }, allow('dynamodb:PutItem', kOrders))));
  assert.ok((await as('guest').send(getItem)).Item);
  assert.equal((await as('guest').send(new QueryCommand({
    TableName: 'orders', IndexName: 'by-state', KeyConditionExpression: '#s = :v',
    ExpressionAttributeNames: { '#s': 'state' },
    ExpressionAttributeValues: { ':v': { S: 'open' } } }))).Count, 1);
  await refused('guest', putItem, silence('guest', 'dynamodb:PutItem', kOrders));
  await as('writer').send(putItem);
  await refused('writer', new DeleteTableCommand({ TableName: 'orders' }),
    denial('writer', 'dynamodb:DeleteTable', kOrders, 'a resource-based'));
  await refused('root', new DeleteTableCommand({ TableName: 'orders' }),
    denial('root', 'dynamodb:DeleteTable', kOrders, 'a resource-based'));
  await remove(kOrders);
  await refused('guest', getItem, silence('guest', 'dynamodb:GetItem', kOrders));
});

test('streams have policies of their own', async () => {
  const describe = new DescribeStreamCommand({ StreamArn: streamArn });
  await put(kOrders, text(to('*', allow('*'))));
  await refused('guest', describe,
    silence('guest', 'dynamodb:DescribeStream', streamArn), 'streams');
  await put(streamArn, text(to({ AWS: kUser('guest') }, allow('dynamodb:DescribeStream'))));
  assert.ok((await as('guest', 'streams').send(describe)).StreamDescription);
  await remove(kOrders);
  await remove(streamArn);
});

test('a table may be made with a policy, by those who may attach one', async () => {
  const withPolicy = new CreateTableCommand(tableInput('policed', {
    ResourcePolicy: text(to('*', allow('dynamodb:GetItem'))) }));
  await refused('maker', withPolicy,
    silence('maker', 'dynamodb:PutResourcePolicy', `${kTableArn}policed`));
  await as('root').send(withPolicy);
  assert.ok((await get(`${kTableArn}policed`)).RevisionId);
  assert.equal((await as('guest').send(new GetItemCommand({
    TableName: 'policed', Key: { id: { S: '1' } } }))).Item, undefined);
  await as('maker').send(new CreateTableCommand(tableInput('plain')));
});

test('functions', async () => {
  const invoke = new InvokeCommand({ FunctionName: 'greet', InvocationType: 'DryRun' });
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:greet';
  await refused('guest', invoke, silence('guest', 'lambda:InvokeFunction', arn), 'functions', 403);
  await as('root', 'functions').send(new AddPermissionCommand({
    FunctionName: 'greet', StatementId: 'guest', Action: 'lambda:InvokeFunction',
    Principal: kUser('guest') }));
  assert.equal((await as('guest', 'functions').send(invoke)).StatusCode, 204);
  await refused('guest', new GetFunctionCommand({ FunctionName: 'greet' }),
    silence('guest', 'lambda:GetFunction', arn), 'functions', 403);
});

test('queues', async () => {
  const send = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' });
  const arn = 'arn:aws:sqs:us-east-1:000000000000:jobs';
  const set = (Policy) => as('root', 'queues').send(
    new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy } }));
  await refused('guest', send, silence('guest', 'sqs:sendmessage', arn), 'queues', 403);
  await set(text(to({ AWS: kUser('guest') }, allow('sqs:SendMessage', arn))));
  await as('guest', 'queues').send(send);
  await refused('guest', new ReceiveMessageCommand({ QueueUrl: queueUrl }),
    silence('guest', 'sqs:receivemessage', arn), 'queues', 403);
  await set('');
  await refused('guest', send, silence('guest', 'sqs:sendmessage', arn), 'queues', 403);
});

test('policies are kept, also where nobody enforces them', async () => {
  const dataDirectory = temporaryDirectory();
  const document = text(to('*', deny('dynamodb:*')));
  let server = await startServer({ dataDirectory });
  const made = await server.sdk().send(new CreateTableCommand(tableInput('orders')));
  const arns = [kOrders, made.TableDescription.LatestStreamArn];
  for (const ResourceArn of arns) {
    await server.sdk().send(new PutResourcePolicyCommand({ ResourceArn, Policy: document }));
  }
  await server.end('SIGKILL');
  server = await startServer({ dataDirectory });
  for (const ResourceArn of arns) {
    const kept = await server.sdk().send(new GetResourcePolicyCommand({ ResourceArn }));
    assert.equal(kept.Policy, document);
  }
  await server.sdk().send(putItem);
  await server.close();
  removeDirectory(dataDirectory);
});
