// Pages for operators about functions that run. There is no such thing at AWS.

import assert from 'node:assert/strict';
import http from 'node:http';
import { before, describe, test } from 'node:test';
import { CreateFunctionCommand, TagResourceCommand } from '@aws-sdk/client-lambda';
import { functionInput, kFunctionArn } from './functions_client.mjs';
import { eventually, exchange } from './harness.mjs';
import { useHandlers } from './invoke_client.mjs';

const { server, send, invoke, prepare } = useHandlers();

const admin = (method, rest) => exchange(server, { method, path: `/_admin/functions/${rest}` });

describe('pages about functions', () => {
  before(prepare);

  test('environments are shown with what they have written', async () => {
    assert.deepEqual((await admin('GET', 'node/environments')).json, { environments: [] });
    await invoke('node', { act: 'print', lines: 3 });
    const { environments } = (await admin('GET', 'node/environments')).json;
    assert.equal(environments.length, 1);
    const [environment] = environments;
    assert.equal(environment.state, 'idle');
    assert.equal(environment.version, '$LATEST');
    assert.equal(environment.invocations, 1);
    assert.ok(environment.processId > 0);
    assert.equal(environment.logGroup, '/aws/lambda/node');
    assert.ok(environment.log.some(({ text }) => text.endsWith('\tline 2')));
  });

  test('invocations are shown, the newest first', async () => {
    await invoke('node', { act: 'echo', n: 1 });
    await invoke('node', { act: 'fail' });
    const { invocations } = (await admin('GET', 'node/invocations?limit=2')).json;
    assert.equal(invocations.length, 2);
    assert.equal(invocations[0].status, 'error');
    assert.equal(invocations[0].errorType, 'TypeError');
    assert.equal(invocations[1].status, 'success');
    assert.equal(invocations[1].payloadSample, '{"act":"echo","n":1}');
    assert.ok(invocations[1].durationMs >= 0);
    assert.match(invocations[1].id, /^[0-9a-f-]{36}$/);
  });

  test('recycling ends processes, and the next invocation starts another', async () => {
    const idOf = async () => (
      (await admin('GET', 'node/environments')).json.environments[0]?.processId);
    await invoke('node', {});
    const first = await idOf();
    assert.deepEqual((await admin('POST', 'node/recycle')).json, { environments: 1 });
    await eventually(async () => await idOf() === undefined, 'the process to end');
    await invoke('node', {});
    assert.notEqual(await idOf(), first);
  });

  test('a process that somebody starts gets the events of its function', async () => {
    await send(new CreateFunctionCommand(functionInput('attached', { Timeout: 10 })));
    assert.equal((await admin('POST', 'attached/attach')).status, 409);
    await send(new TagResourceCommand({
      Resource: `${kFunctionArn}attached`, Tags: { 'millrace:executor': 'attach' },
    }));
    const { runtimeApi, env } = (await admin('POST', 'attached/attach')).json;
    assert.equal(env.AWS_LAMBDA_FUNCTION_NAME, 'attached');
    const [, port] = runtimeApi.split(':');
    const ask = (method, path, body) => new Promise((resolve, reject) => {
      const request = http.request({ port, method, path }, (response) => {
        let text = '';
        response.on('data', (bytes) => { text += bytes; });
        response.on('end', () => resolve({ headers: response.headers, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
    const invoked = invoke('attached', { n: 1 });
    const { headers, text } = await ask('GET', '/2018-06-01/runtime/invocation/next');
    assert.equal(text, '{"n":1}');
    const id = headers['lambda-runtime-aws-request-id'];
    await ask('POST', `/2018-06-01/runtime/invocation/${id}/response`, '{"n":2}');
    assert.deepEqual((await invoked).json, { n: 2 });
  });

  test('what does not exist', async () => {
    assert.equal((await admin('GET', 'nobody/environments')).status, 404);
    assert.equal((await admin('GET', 'node/something')).status, 404);
    assert.equal((await admin('GET', 'node/recycle')).status, 405);
    assert.equal((await admin('GET', 'node/invocations?limit=0')).status, 400);
  });
});
