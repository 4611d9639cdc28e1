// The audit log: what is recorded of whom, and what never is.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { CreateTableCommand, DeleteTableCommand, GetItemCommand, PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateFunctionCommand, GetFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { functionInput } from './functions_client.mjs';
import { eventually, exchange, runToExit } from './harness.mjs';
import { allow, kTableArn, policy, usePolicies } from './policies_client.mjs';

const { state, as } = usePolicies(
  { reader: [policy(allow('dynamodb:GetItem'))] }, undefined, ['--audit_log=DIRECTORY/audit']);

const file = () => path.join(state.directory, 'audit');
const lines = (from = file()) => fs.readFileSync(from, 'utf8').split('\n').slice(0, -1).map(
  (line) => JSON.parse(line));

/** The line that `matches`, once it is there. */
const recorded = (matches, what) => eventually(() => lines().find(matches), what);

const create = (TableName) => new CreateTableCommand({
  TableName, BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] });

test('changes are recorded with who made them, and how they ended', async () => {
  const before = Date.now();
  const made = await as('root').send(create('orders'));
  const line = await recorded(({ resource }) => resource === 'orders', 'the new table');
  const { time, ...rest } = line;
  assert.ok(Date.parse(time) >= before - 1000 && Date.parse(time) <= Date.now() + 1000);
  assert.deepEqual(rest, {
    access_key: 'AK-root', user: 'root', source: '127.0.0.1', service: 'dynamodb',
    action: 'dynamodb:CreateTable', resource: 'orders', outcome: 'success', status: 200,
    request_id: made.$metadata.requestId });
  await assert.rejects(as('root').send(create('orders')));
  const failure = await recorded(({ outcome }) => outcome === 'failure', 'the failure');
  assert.equal(failure.error, 'ResourceInUseException');
  assert.equal(failure.status, 400);
});

test('other services', async () => {
  const { QueueUrl } = await as('root', 'queues').send(
    new CreateQueueCommand({ QueueName: 'jobs' }));
  await as('root', 'queues').send(new SendMessageCommand({ QueueUrl, MessageBody: 'hush' }));
  await as('root', 'functions').send(new CreateFunctionCommand(functionInput('greet')));
  const queue = await recorded(({ action }) => action === 'sqs:CreateQueue', 'the queue');
  assert.equal(queue.resource, 'jobs');
  const made = await recorded(({ action }) => action === 'lambda:CreateFunction', 'the function');
  assert.equal(made.resource, '/2015-03-31/functions');
  assert.equal(made.status, 201);
});

test('whoever is not let in is recorded, whatever was wanted', async () => {
  const get = new GetItemCommand({ TableName: 'orders', Key: { id: { S: 'secret-key' } } });
  await as('reader').send(get);
  await assert.rejects(as('reader').send(new DeleteTableCommand({ TableName: 'orders' })));
  const { time, request_id: id, ...rest } = await recorded(
    ({ user, outcome }) => user === 'reader' && outcome === 'denied', 'the denial');
  assert.ok(time && id);
  assert.deepEqual(rest, {
    access_key: 'AK-reader', user: 'reader', source: '127.0.0.1', service: 'dynamodb',
    action: 'dynamodb:DeleteTable', resource: `${kTableArn}orders`, outcome: 'denied',
    error: 'AccessDeniedException', status: 400 });
  await assert.rejects(as('reader', 'functions').send(
    new GetFunctionCommand({ FunctionName: 'greet' })));
  const other = await recorded(({ action }) => action === 'lambda:GetFunction', 'the other one');
  assert.equal(other.status, 403);
  assert.equal(other.error, 'AccessDeniedException');

  await assert.rejects(state.server.sdk({ credentials: {
    accessKeyId: 'AK-guess', secretAccessKey: 'x' } }).send(get));
  const guess = await recorded(
    (line) => line.claimed_access_key === 'AK-guess', 'the unknown key');
  assert.equal(guess.action, 'dynamodb:GetItem');
  assert.equal(guess.error, 'UnrecognizedClientException');
  assert.equal(guess.access_key, undefined);
  await exchange(state.server, { method: 'GET', path: '/_admin/clock?token=hush' });
  const operator = await recorded(({ service }) => service === 'millrace', 'the operator');
  assert.equal(operator.resource, '/_admin/clock');
  assert.equal(operator.outcome, 'denied');
});

test('data and secrets are not recorded', async () => {
  await as('root').send(new PutItemCommand({
    TableName: 'orders', Item: { id: { S: 'secret-key' }, text: { S: 'hush' } } }));
  await as('root').send(create('last'));
  await recorded(({ resource }) => resource === 'last', 'the last line');
  const text = fs.readFileSync(file(), 'utf8');
  assert.doesNotMatch(text, /hush|secret-key|Signature|s-root|PutItem|SendMessage"/);
});

test('the file may be taken away', async () => {
  fs.renameSync(file(), `${file()}.1`);
  const count = lines(`${file()}.1`).length;
  await as('root').send(create('rotated'));
  await eventually(() => fs.existsSync(file()) && lines().length === 1, 'the new file');
  assert.equal(lines()[0].resource, 'rotated');
  assert.equal(lines(`${file()}.1`).length, count);
});

test('a file that cannot be opened', async () => {
  const { code, stderr } = await runToExit(
    ['--in_memory', '--port=0', `--audit_log=${state.directory}/none/audit`]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot open the audit log/);
});

test('a client that is gone at once is recorded with its address as well', async () => {
  const count = 30;
  const mine = () => lines().filter(({ claimed_access_key: key }) => key === 'AKGONE');
  const body = '{}';
  for (let index = 0; index < count; index += 1) {
    await new Promise((resolve, reject) => {
      const socket = net.connect(state.server.port, '127.0.0.1', () => {
        socket.write('POST / HTTP/1.1\r\nHost: x\r\n' +
          'X-Amz-Target: DynamoDB_20120810.ListTables\r\n' +
          'Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20200101T000000Z\r\n' +
          'Authorization: AWS4-HMAC-SHA256 ' +
          'Credential=AKGONE/20200101/us-east-1/dynamodb/aws4_request, ' +
          'SignedHeaders=host;x-amz-date;x-amz-target, Signature=00\r\n' +
          `Content-Length: ${body.length}\r\n\r\n${body}`, () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
      socket.on('error', reject);
    });
  }
  await eventually(() => mine().length > 0, 'a denial');
  for (const { source } of mine()) assert.equal(source, '127.0.0.1');
});
