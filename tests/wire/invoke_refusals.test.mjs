// Invocations that nobody waits for, that only look, and that are refused.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  InvokeAsyncCommand, InvokeCommand, PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { functionInput, kFunctionArn } from './functions_client.mjs';
import {
  eventually, exchange, removeDirectory, startServer, temporaryDirectory,
} from './harness.mjs';
import { textOf, useHandlers } from './invoke_client.mjs';
import { kUuid } from './mappings_client.mjs';

const {
  server, refused, send, node, invoke, raw, prepare,
} = useHandlers();

const kSyncMax = 6291456;
const kEventMax = 1048576;

describe('events that nobody waits for', () => {
  before(prepare);

  let directory;
  before(() => { directory = temporaryDirectory(); });
  after(() => removeDirectory(directory));
  const written = (file) => eventually(
    () => fs.existsSync(file) && fs.readFileSync(file, 'utf8'), 'an event to be handled');

  test('Event answers at once, and the handler runs', async () => {
    const file = path.join(directory, 'event');
    const reply = await invoke('node', { act: 'write', file }, { InvocationType: 'Event' });
    assert.equal(reply.StatusCode, 202);
    assert.equal(reply.body, '');
    assert.equal(reply.ExecutedVersion, undefined);
    assert.match(reply.$metadata.requestId, kUuid);
    assert.deepEqual(JSON.parse(await written(file)), { act: 'write', file });
  });

  test('the old form', async () => {
    const file = path.join(directory, 'async');
    const reply = await send(new InvokeAsyncCommand({
      FunctionName: 'node', InvokeArgs: JSON.stringify({ act: 'write', file }),
    }));
    assert.equal(reply.Status, 202);
    await written(file);
    const answer = await exchange(server, {
      method: 'POST', path: '/2014-11-13/functions/node/invoke-async/', body: '{}',
    });
    assert.equal(answer.status, 202);
    assert.deepEqual(answer.json, { Status: 202 });
    await refused(new InvokeAsyncCommand({ FunctionName: 'nobody', InvokeArgs: '{}' }),
      'ResourceNotFoundException', 404);
    await refused(new InvokeAsyncCommand({ FunctionName: 'node', InvokeArgs: 'x' }),
      'InvalidRequestContentException', 400);
  });

  test('what is wrong is said before anything is stored', async () => {
    const event = (FunctionName, Payload) => (
      new InvokeCommand({ FunctionName, Payload, InvocationType: 'Event' }));
    await refused(event('nobody', '{}'), 'ResourceNotFoundException', 404,
      /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody$/);
    await refused(event('node:7', '{}'), 'ResourceNotFoundException', 404, /function:node:7$/);
    await refused(event('node', '{'), 'InvalidRequestContentException', 400,
      /^Could not parse request body into json: /);
  });
});

describe('DryRun', () => {
  before(prepare);

  test('only looks', async () => {
    const dry = (FunctionName) => new InvokeCommand({ FunctionName, InvocationType: 'DryRun' });
    const reply = await send(dry('node'));
    assert.equal(reply.StatusCode, 204);
    assert.equal(textOf(reply.Payload), '');
    await refused(dry('nobody'), 'ResourceNotFoundException', 404);
    await refused(dry('node:live'), 'ResourceNotFoundException', 404,
      /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:node:live$/);
  });
});

describe('refusals', () => {
  before(prepare);

  test('unknown functions and qualifiers', async () => {
    for (const [FunctionName, end] of [['nobody', 'nobody'], ['node:7', 'node:7'],
      ['node:live', 'node:live']]) {
      await refused(new InvokeCommand({ FunctionName }), 'ResourceNotFoundException', 404,
        new RegExp(`^Function not found: ${kFunctionArn}${end}$`));
    }
    await refused(new InvokeCommand({
      FunctionName: 'arn:aws:lambda:eu-west-1:000000000000:function:node',
    }), 'ResourceNotFoundException', 404);
    assert.equal((await raw('a%20b')).headers['x-amzn-errortype'], 'ValidationException');
  });

  test('bodies that are not JSON', async () => {
    for (const body of ['x', '{', '{"a":1', "{'a':1}", '{}{}', Buffer.from([0x22, 0xff, 0x22])]) {
      const answer = await raw('node', { body });
      assert.equal(answer.status, 400);
      assert.equal(answer.headers['x-amzn-errortype'], 'InvalidRequestContentException');
      assert.equal(answer.json.Type, 'User');
      assert.match(answer.json.message, /^Could not parse request body into json: /);
      assert.match(answer.headers['x-amzn-requestid'], kUuid);
    }
  });

  test('events that are too large', async () => {
    for (const [size, headers] of [[kSyncMax + 1, {}],
      [kEventMax + 1, { 'X-Amz-Invocation-Type': 'Event' }]]) {
      const answer = await raw('node', { body: `"${'x'.repeat(size - 2)}"`, headers });
      assert.equal(answer.status, 413);
      assert.equal(answer.headers['x-amzn-errortype'], 'RequestTooLargeException');
      assert.match(answer.json.message, new RegExp(String(size - 1)));
    }
    const fits = await raw('node', {
      body: `"${'x'.repeat(kEventMax - 2)}"`, headers: { 'X-Amz-Invocation-Type': 'Event' },
    });
    assert.equal(fits.status, 202);
  });

  test('headers', async () => {
    for (const [headers, message] of [
      [{ 'X-Amz-Invocation-Type': 'Later' }, /'Later' at 'invocationType'/],
      [{ 'X-Amz-Log-Type': 'Head' }, /'Head' at 'logType'/]]) {
      const answer = await raw('node', { headers });
      assert.equal(answer.status, 400);
      assert.equal(answer.headers['x-amzn-errortype'], 'ValidationException');
      assert.match(answer.json.message, message);
    }
    const answer = await raw('node', { headers: { 'X-Amz-Client-Context': '{}' } });
    assert.equal(answer.headers['x-amzn-errortype'], 'InvalidRequestContentException');
  });

  test('no capacity', async () => {
    await node('reserved');
    await send(new PutFunctionConcurrencyCommand({
      FunctionName: 'reserved', ReservedConcurrentExecutions: 0,
    }));
    const answer = await raw('reserved');
    assert.equal(answer.status, 429);
    assert.equal(answer.headers['x-amzn-errortype'], 'TooManyRequestsException');
    assert.ok(Number(answer.headers['retry-after']) >= 0);
    assert.deepEqual(answer.json, {
      Type: 'User', message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
  });

  test('a function that is being created', async () => {
    const waiting = await startServer({ flags: ['--functions_create_delay=1h'] });
    try {
      const request = (method, target, body, headers = {}) => exchange(waiting, {
        method, path: `/2015-03-31/functions${target}`, body, headers,
      });
      const input = functionInput('pending');
      input.Code.ZipFile = input.Code.ZipFile.toString('base64');
      const created = await request('POST', '', JSON.stringify(input));
      assert.equal(created.json.State, 'Pending');
      for (const type of ['RequestResponse', 'Event', 'DryRun']) {
        const answer = await request('POST', '/pending/invocations', '{}',
          { 'X-Amz-Invocation-Type': type });
        assert.equal(answer.status, 409, type);
        assert.equal(answer.headers['x-amzn-errortype'], 'ResourceConflictException');
        assert.match(answer.json.message, /Pending$/);
      }
    } finally {
      await waiting.close();
    }
  });
});
