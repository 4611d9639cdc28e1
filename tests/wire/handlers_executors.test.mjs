// Everything that runs handlers beside the built-in bootstraps: programs of the package, commands,
// servers that take events, processes that somebody else has started; and what cannot be run.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { CreateFunctionCommand, TagResourceCommand } from '@aws-sdk/client-lambda';
import { functionInput, kFunctionArn } from './functions_client.mjs';
import { eventually, exchange, startServer } from './harness.mjs';
import { useHandlers } from './invoke_client.mjs';
import { makeZip } from './zip.mjs';

const {
  server, send, refused, node, python, invoke, raw,
} = useHandlers();

/** Creates a function of a `provided` runtime whose package is a bootstrap. */
const provided = (name, bootstrap, rest = {}, mode = 0o100755) => (
  send(new CreateFunctionCommand(functionInput(name, {
    Runtime: 'provided.al2023', Handler: 'own.handler', Timeout: 10,
    Code: { ZipFile: makeZip({ bootstrap, 'greeting.txt': 'hello' }, {
      modes: { bootstrap: mode } }) },
    ...rest,
  }))));

const kLoop = `
set -eu
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
headers=$(mktemp)
while true; do
  event=$(curl -sS -D "$headers" "$api/invocation/next")
  id=$(sed -n 's/^lambda-runtime-aws-request-id: *\\([0-9a-f-]*\\).*/\\1/Ip' "$headers")
  echo "working at $id"
  case $event in
    *fail*)
      curl -sS -o /dev/null -d '{"errorType":"Shell.Error","errorMessage":"no"}' \\
        "$api/invocation/$id/error" ;;
    *) curl -sS -o /dev/null -d "[\\"$(cat greeting.txt)\\",\\"$_HANDLER\\",$$,$event]" \\
        "$api/invocation/$id/response" ;;
  esac
done
`;

const failureOf = async (name, event = {}) => {
  const reply = await invoke(name, event);
  assert.equal(reply.StatusCode, 200);
  assert.equal(reply.FunctionError, 'Unhandled', reply.body);
  return reply.json;
};

describe('provided runtimes', () => {
  test('a shell script with curl is a runtime', async () => {
    await provided('shell', `#!/bin/sh${kLoop}`);
    const first = await invoke('shell', { n: 1 }, { LogType: 'Tail' });
    assert.deepEqual(first.json.filter((_, index) => index !== 2),
      ['hello', 'own.handler', { n: 1 }]);
    const log = Buffer.from(first.LogResult, 'base64').toString('utf8');
    assert.match(log, new RegExp(`^working at ${first.$metadata.requestId}$`, 'm'));
    const document = await failureOf('shell', 'fail');
    assert.deepEqual(document, { errorType: 'Shell.Error', errorMessage: 'no' });
    // It serves more than one event. On a busy machine it may be slow to ask for the next one, and
    // somebody else is started meanwhile.
    const processes = new Set([first.json[2]]);
    await eventually(async () => {
      const process = (await invoke('shell', { n: 2 })).json[2];
      const known = processes.has(process);
      processes.add(process);
      return known;
    }, 'a process to be used again');
  });

  test('a bootstrap that ends at once', async () => {
    for (const [name, script, how] of [
      ['ends-0', 'exit 0', 'without providing a reason'],
      ['ends-3', 'echo some last words; exit 3', 'with error: exit status 3'],
      ['ends-killed', 'kill -9 $$', 'with error: signal: killed']]) {
      await provided(name, `#!/bin/sh\n${script}\n`);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const reply = await invoke(name, {}, { LogType: 'Tail' });
        assert.equal(reply.json.errorType, 'Runtime.ExitError');
        assert.match(reply.json.errorMessage,
          new RegExp(`^RequestId: [0-9a-f-]{36} Error: Runtime exited ${how}$`));
        const log = Buffer.from(reply.LogResult, 'base64').toString('utf8');
        assert.match(log, /^REPORT .*Status: error\tError Type: Runtime\.ExitError$/m);
      }
    }
  });

  test('bootstraps that cannot be run', async () => {
    await provided('not-executable', '#!/bin/sh\n', {}, 0o100644);
    await provided('no-interpreter', '#!/nonexistent/shell\n');
    await provided('no-format', 'this is no program\n\0\x01\x02');
    for (const name of ['not-executable', 'no-interpreter', 'no-format']) {
      const document = await failureOf(name);
      assert.equal(document.errorType, 'Runtime.InvalidEntrypoint');
      assert.match(document.errorMessage, /./);
    }
  });

  test('a bootstrap that never asks for work', async () => {
    const slow = await startServer({ flags: ['--functions_init_timeout=200ms'] });
    try {
      const input = functionInput('silent', { Runtime: 'provided.al2023', Timeout: 1 });
      const code = makeZip({ bootstrap: '#!/bin/sh\nexec sleep 1000\n' }, {
        modes: { bootstrap: 0o100755 } });
      input.Code = { ZipFile: code.toString('base64') };
      const post = (target, body) => exchange(slow, {
        path: `/2015-03-31/functions${target}`, body, headers: {} });
      assert.equal((await post('', JSON.stringify(input))).status, 201);
      const answer = await post('/silent/invocations', '{}');
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['x-amz-function-error'], 'Unhandled');
      assert.equal(answer.json.errorType, 'Sandbox.Timedout');
      const list = () => exchange(slow, {
        method: 'GET', path: '/_admin/functions/silent/environments' });
      await eventually(async () => (await list()).json.environments.length === 0,
        'the end of what was started');
    } finally {
      await slow.close();
    }
  });

  test('runtimes that nobody knows, and those that only AWS has', async () => {
    await refused(new CreateFunctionCommand(functionInput('unknown', { Runtime: 'cobol85' })),
      'InvalidParameterValueException', 400, /cobol85/);
    await send(new CreateFunctionCommand(functionInput('java', { Runtime: 'java21' })));
    const document = await failureOf('java');
    assert.equal(document.errorType, 'Runtime.InvalidRuntime');
    assert.match(document.errorMessage, /java21/);
  });
});

describe('commands', () => {
  test('a command of its own runs the function', async () => {
    await send(new CreateFunctionCommand(functionInput('command', {
      Code: { ZipFile: makeZip({ 'greeting.txt': 'hello', 'run.sh': kLoop }) }, Timeout: 10,
      Tags: { 'millrace:executor': 'command', 'millrace:command': 'sh run.sh' },
    })));
    const { json } = await invoke('command', { n: 1 });
    assert.deepEqual(json.filter((_, index) => index !== 2), ['hello', 'index.handler', { n: 1 }]);
  });

  test('a command that is not there', async () => {
    await send(new CreateFunctionCommand(functionInput('no-command', {
      Tags: { 'millrace:executor': 'command', 'millrace:command': '/nonexistent/program' },
    })));
    const document = await failureOf('no-command');
    assert.equal(document.errorType, 'Runtime.InvalidEntrypoint');
    assert.match(document.errorMessage, /nonexistent/);
  });
});

describe('interpreters that are not there', () => {
  test('are said, and the server goes on', async () => {
    const bare = await startServer({
      flags: ['--functions_python=/nonexistent', '--functions_node=/nonexistent/node'],
    });
    try {
      for (const Runtime of ['python3.12', 'nodejs20.x']) {
        const name = Runtime.slice(0, 4);
        const input = functionInput(name, { Runtime });
        input.Code = { ZipFile: input.Code.ZipFile.toString('base64') };
        const post = (target, body) => exchange(bare, {
          path: `/2015-03-31/functions${target}`, body });
        assert.equal((await post('', JSON.stringify(input))).status, 201);
        for (let attempt = 0; attempt < 2; attempt += 1) {
          const answer = await post(`/${name}/invocations`, '{}');
          assert.equal(answer.status, 200, answer.text);
          assert.equal(answer.headers['x-amz-function-error'], 'Unhandled');
          assert.equal(answer.json.errorType, 'Runtime.InvalidEntrypoint');
          assert.match(answer.json.errorMessage, /nonexistent/);
        }
      }
    } finally {
      assert.deepEqual(await bare.close(), { code: 0, signal: null });
    }
  });
});

describe('servers that take events', () => {
  const requests = [];
  let answerWith;
  const listener = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      requests.push({ method: request.method, url: request.url, headers: request.headers, text });
      answerWith(response, text);
    });
  });
  const reply = (status, body, headers = {}) => (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
  const create = (name, rest = {}, url = `http://127.0.0.1:${listener.address().port}`) => (
    send(new CreateFunctionCommand(functionInput(name, {
      Timeout: 5, Tags: { 'millrace:executor': 'http', 'millrace:url': url }, ...rest,
    }))));

  before(async () => {
    await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
    await create('posted');
  });
  after(() => {
    listener.closeAllConnections();
    listener.close();
  });

  test('events are posted as the emulator takes them', async () => {
    answerWith = (response, text) => reply(200, `{"got":${text}}`)(response);
    const client = { custom: { who: 'test' } };
    const { json } = await invoke('posted', { text: 'caf\u00e9' }, {
      ClientContext: Buffer.from(JSON.stringify(client)).toString('base64'),
    });
    assert.deepEqual(json, { got: { text: 'caf\u00e9' } });
    const request = requests.at(-1);
    assert.equal(request.method, 'POST');
    assert.equal(request.url, '/2015-03-31/functions/function/invocations');
    assert.match(request.headers['x-amzn-trace-id'], /^Root=1-/);
    assert.deepEqual(
      JSON.parse(Buffer.from(request.headers['x-amz-client-context'], 'base64')), client);
  });

  test('failures, by the header or by what they look like', async () => {
    const document = { errorType: 'Other', errorMessage: 'went wrong' };
    for (const headers of [{ 'X-Amz-Function-Error': 'Unhandled' }, {}]) {
      answerWith = reply(200, JSON.stringify(document), headers);
      assert.deepEqual(await failureOf('posted'), document);
    }
  });

  test('what is busy throttles, what is broken is the server\'s fault', async () => {
    answerWith = reply(429, 'busy');
    const busy = await raw('posted');
    assert.equal(busy.status, 429);
    assert.equal(busy.headers['x-amzn-errortype'], 'TooManyRequestsException');
    for (const broken of [reply(500, 'broken'), (response) => response.destroy()]) {
      answerWith = broken;
      const answer = await raw('posted');
      assert.equal(answer.status, 500, answer.text);
      assert.equal(answer.headers['x-amzn-errortype'], 'ServiceException');
    }
    await create('nowhere', {}, 'http://127.0.0.1:1/');
    assert.equal((await raw('nowhere')).status, 500);
    answerWith = reply(200, 'true');
    assert.equal((await invoke('posted', {})).json, true, 'and goes on when that is over');
  });

  test('no answer in time', async () => {
    await create('slow', { Timeout: 1 });
    answerWith = () => {};
    const document = await failureOf('slow');
    assert.equal(document.errorType, 'Sandbox.Timedout');
    assert.match(document.errorMessage, /timed out after 1\.00 seconds$/);
  });
});

describe('processes that somebody has attached', () => {
  const agent = new http.Agent({ keepAlive: true });
  after(() => agent.destroy());

  test('get one event after the other, and answer or fail', async () => {
    await send(new CreateFunctionCommand(functionInput('attached', {
      Timeout: 10, Tags: { 'millrace:executor': 'attach' },
    })));
    const unattached = await raw('attached');
    assert.equal(unattached.status, 429, 'nobody is there to run it');
    const { runtimeApi } = (await exchange(server, {
      path: '/_admin/functions/attached/attach' })).json;
    const call = (method, target, body) => new Promise((resolve, reject) => {
      const request = http.request(`http://${runtimeApi}/2018-06-01/runtime${target}`, {
        method, agent }, (response) => {
        let text = '';
        response.on('data', (bytes) => { text += bytes; });
        response.on('end', () => (
          resolve({ status: response.statusCode, headers: response.headers, text })));
      });
      request.on('error', reject);
      request.end(body);
    });
    const runtime = async () => {
      for (;;) {
        const { headers, text } = await call('GET', '/invocation/next');
        const id = headers['lambda-runtime-aws-request-id'];
        const event = JSON.parse(text);
        if (event.stop) {
          await call('POST', `/invocation/${id}/response`, '"stopped"');
          return;
        }
        const failed = event.fail && JSON.stringify({ errorType: 'A', errorMessage: event.fail });
        const early = await call('POST', '/invocation/00000000/response', '1');
        assert.equal(early.status, 400);
        assert.equal(JSON.parse(early.text).errorType, 'InvalidRequestID');
        const answer = await call('POST', `/invocation/${id}/${failed ? 'error' : 'response'}`,
          failed || String(event.n * 2));
        assert.equal(answer.status, 202);
        const twice = await call('POST', `/invocation/${id}/response`, '1');
        assert.equal(twice.status, 400);
        assert.equal(JSON.parse(twice.text).errorType, 'InvalidStateTransition');
      }
    };
    const running = runtime();
    for (let n = 1; n <= 3; n += 1) assert.equal((await invoke('attached', { n })).json, n * 2);
    assert.equal((await failureOf('attached', { fail: 'no' })).errorMessage, 'no');
    assert.equal((await invoke('attached', { stop: true })).json, 'stopped');
    await running;
  });

  test('the tag decides, and may change', async () => {
    await node('tagged', {}, 'exports.handler = async () => "own process";');
    assert.equal((await invoke('tagged', {})).json, 'own process');
    await send(new TagResourceCommand({
      Resource: `${kFunctionArn}tagged`, Tags: { 'millrace:executor': 'attach' },
    }));
    assert.equal((await raw('tagged')).status, 429);
    await python('other', {}, 'def handler(event, context): return 1\n');
    assert.equal((await invoke('other', {})).json, 1);
  });
});
