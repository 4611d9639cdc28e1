// Invoking functions: what handlers get, and what callers get from handlers that succeed and fail.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  CreateAliasCommand, InvokeCommand, InvokeWithResponseStreamCommand, PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { kFunctionArn } from './functions_client.mjs';
import { useHandlers } from './invoke_client.mjs';
import { kUuid } from './mappings_client.mjs';

const {
  refused, send, node, python, invoke, raw, prepare,
} = useHandlers();

const kSyncMax = 6291456;

describe('success', () => {
  before(prepare);

  for (const name of ['node', 'python']) {
    test(`${name}: the event comes back`, async () => {
      const event = { text: 'caf\u00e9 \u{1F600} "quoted"\n', number: 1.5, list: [1, null, {}] };
      const reply = await invoke(name, event);
      assert.equal(reply.StatusCode, 200);
      assert.equal(reply.ExecutedVersion, '$LATEST');
      assert.equal(reply.FunctionError, undefined);
      assert.equal(reply.LogResult, undefined);
      assert.deepEqual(reply.json, event);
    });

    test(`${name}: nothing to send is an empty object`, async () => {
      assert.deepEqual((await invoke(name)).json, {});
    });

    test(`${name}: the context`, async () => {
      const client = { custom: { who: 'test' } };
      const reply = await invoke(name, { act: 'context' }, {
        ClientContext: Buffer.from(JSON.stringify(client)).toString('base64'),
      });
      assert.match(reply.json.id, kUuid);
      assert.equal(reply.$metadata.requestId, reply.json.id, 'the id of the reply is the call\'s');
      assert.equal(reply.json.arn, `${kFunctionArn}${name}`);
      assert.deepEqual(reply.json.client.custom ?? reply.json.client, client.custom);
    });
  }

  test('nothing returned is null', async () => {
    assert.equal((await invoke('node', { act: 'nothing' })).body, 'null');
  });

  test('the whole context, and the trace header', async () => {
    const trace = 'Root=1-65a5b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1';
    const answer = await raw('node', {
      headers: { 'X-Amzn-Trace-Id': trace }, body: '{"act":"context"}',
    });
    assert.equal(answer.json.version, '$LATEST');
    assert.equal(answer.json.name, 'node');
    assert.equal(Number(answer.json.memory), 128);
    assert.equal(answer.json.group, '/aws/lambda/node');
    assert.ok(answer.json.left > 5000 && answer.json.left <= 10000);
    assert.match(answer.json.trace, /Root=1-65a5b2c3-0123456789abcdef01234567/);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers['x-amz-executed-version'], '$LATEST');
  });

  test('versions and aliases, in the name and beside it', async () => {
    await node('versions');
    await send(new PublishVersionCommand({ FunctionName: 'versions' }));
    await send(new CreateAliasCommand({
      FunctionName: 'versions', Name: 'live', FunctionVersion: '1',
    }));
    for (const [FunctionName, Qualifier, version, arn] of [
      ['versions', '1', '1', ':1'], ['versions:1', undefined, '1', ':1'],
      ['versions:live', undefined, '1', ':live'], ['versions', 'live', '1', ':live'],
      [`${kFunctionArn}versions:live`, 'live', '1', ':live'],
      ['000000000000:function:versions', '$LATEST', '$LATEST', ':$LATEST'],
    ]) {
      const reply = await invoke(FunctionName, { act: 'context' }, { Qualifier });
      assert.equal(reply.ExecutedVersion, version);
      assert.equal(reply.json.version, version);
      assert.equal(reply.json.arn, `${kFunctionArn}versions${arn}`);
    }
    await refused(new InvokeCommand({ FunctionName: 'versions:1', Qualifier: 'live' }),
      'InvalidParameterValueException', 400);
  });

  test('events and responses of the greatest size', async () => {
    const event = `"${'x'.repeat(kSyncMax - 2)}"`;
    const answer = await raw('node', { body: event });
    assert.equal(answer.status, 200);
    assert.equal(answer.text.length, kSyncMax);
  });
});

describe('handlers that fail', () => {
  before(prepare);

  const failed = async (name, event, rest) => {
    const reply = await invoke(name, event, rest);
    assert.equal(reply.StatusCode, 200);
    assert.equal(reply.FunctionError, 'Unhandled');
    assert.equal(reply.ExecutedVersion, '$LATEST');
    return reply.json;
  };

  test('exceptions', async () => {
    const ofNode = await failed('node', { act: 'fail' });
    assert.equal(ofNode.errorType, 'TypeError');
    assert.equal(ofNode.errorMessage, 'it went wrong');
    assert.ok(Array.isArray(ofNode.trace));
    const ofPython = await failed('python', { act: 'fail' });
    assert.equal(ofPython.errorType, 'ValueError');
    assert.equal(ofPython.errorMessage, 'it went wrong');
    assert.ok(Array.isArray(ofPython.stackTrace));
  });

  test('a handler that takes too long', async () => {
    await node('slow', { Timeout: 1 });
    const failure = await failed('slow', { act: 'hang' });
    assert.equal(failure.errorType, 'Sandbox.Timedout');
    assert.match(failure.errorMessage,
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/);
    assert.deepEqual((await invoke('slow', { a: 1 })).json, { a: 1 }, 'the next one is fine');
  });

  test('processes that end', async () => {
    for (const [name, event, message] of [
      ['node', { act: 'exit', code: 3 }, 'Runtime exited with error: exit status 3'],
      ['python', { act: 'exit', code: 4 }, 'Runtime exited with error: exit status 4'],
      ['node', { act: 'exit', code: 0 }, 'Runtime exited without providing a reason'],
      ['node', { act: 'kill' }, 'Runtime exited with error: signal: killed'],
    ]) {
      const failure = await failed(name, event);
      assert.equal(failure.errorType, 'Runtime.ExitError');
      assert.match(failure.errorMessage,
        new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${message}$`));
    }
    assert.deepEqual((await invoke('node', { a: 1 })).json, { a: 1 });
  });

  test('responses that are too large', async () => {
    const failure = await failed('node', { act: 'large', size: 7000000 });
    assert.equal(failure.errorType, 'Function.ResponseSizeTooLarge');
    assert.equal(failure.errorMessage,
      'Response payload size exceeded maximum allowed payload size (6291556 bytes).');
  });

  test('code that cannot be loaded', async () => {
    await python('no-import', {}, 'import nothing_like_this\n');
    const failure = await failed('no-import', {});
    assert.equal(failure.errorType, 'Runtime.ImportModuleError');
    await node('no-handler', { Handler: 'index.other' });
    assert.equal((await failed('no-handler', {})).errorType, 'Runtime.HandlerNotFound');
    await node('no-bootstrap', { Runtime: 'provided.al2023' });
    const entry = await failed('no-bootstrap', {});
    assert.equal(entry.errorType, 'Runtime.InvalidEntrypoint');
  });
});

describe('log tails', () => {
  before(prepare);

  test('the lines of the invocation, in base64', async () => {
    const reply = await invoke('node', { act: 'print', lines: 2 }, { LogType: 'Tail' });
    const log = Buffer.from(reply.LogResult, 'base64').toString('utf8');
    const id = reply.$metadata.requestId;
    assert.match(log, new RegExp(`^START RequestId: ${id} Version: \\$LATEST\n`));
    assert.match(log, /line 0\n(.*\n)*.*line 1\n/);
    assert.match(log, new RegExp(`END RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: `));
  });

  test('no more than 4 KiB', async () => {
    const reply = await invoke('node', { act: 'print', lines: 1000 }, { LogType: 'Tail' });
    const log = Buffer.from(reply.LogResult, 'base64').toString('utf8');
    assert.ok(log.length <= 4096 && log.length > 3000, String(log.length));
    assert.match(log, /line 999\n/);
    assert.ok(!log.includes('line 0\n'));
  });

  test('none unless asked for', async () => {
    const reply = await invoke('node', { act: 'print', lines: 2 }, { LogType: 'None' });
    assert.equal(reply.LogResult, undefined);
  });
});

describe('environments', () => {
  before(prepare);

  test('are warm the second time, and new after a change', async () => {
    await node('warm', {}, `
      let count = 0;
      exports.handler = async () => { count += 1; return [process.pid, count]; };`);
    const first = (await invoke('warm', {})).json;
    assert.equal(first[1], 1);
    assert.deepEqual((await invoke('warm', {})).json, [first[0], 2]);
    await send(new UpdateFunctionConfigurationCommand({ FunctionName: 'warm', Timeout: 11 }));
    const other = (await invoke('warm', {})).json;
    assert.notEqual(other[0], first[0]);
    assert.equal(other[1], 1);
  });
});

describe('response streams', () => {
  before(prepare);

  /** The pieces of the response put together, and what was said at its end. */
  async function stream(FunctionName, event, rest = {}) {
    const reply = await send(new InvokeWithResponseStreamCommand({
      FunctionName, Payload: JSON.stringify(event), ...rest,
    }));
    const chunks = [];
    let end;
    for await (const part of reply.EventStream ?? []) {
      assert.equal(end, undefined, 'nothing comes behind the end');
      if (part.PayloadChunk) chunks.push(part.PayloadChunk.Payload);
      end = part.InvokeComplete;
    }
    return { ...reply, body: Buffer.concat(chunks).toString('utf8'), count: chunks.length, end };
  }

  test('the response in pieces', async () => {
    const reply = await stream('node', { act: 'large', size: 1000000 }, { LogType: 'Tail' });
    assert.equal(reply.StatusCode, 200);
    assert.equal(reply.ExecutedVersion, '$LATEST');
    assert.equal(reply.ResponseStreamContentType, 'application/vnd.amazon.eventstream');
    assert.equal(reply.body, `"${'x'.repeat(1000000)}"`);
    assert.ok(reply.count > 1);
    assert.equal(reply.end.ErrorCode, undefined);
    const log = Buffer.from(reply.end.LogResult, 'base64').toString('utf8');
    assert.match(log, /^START RequestId: /);
  });

  test('handlers that stream', async () => {
    await node('streaming', {}, `
      exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        stream.write('one ');
        stream.write('two');
        stream.end();
      });`);
    assert.equal((await stream('streaming', {})).body, 'one two');
  });

  test('errors', async () => {
    const { body, end } = await stream('node', { act: 'fail' });
    assert.equal(body, '');
    assert.equal(end.ErrorCode, 'Unhandled');
    assert.equal(JSON.parse(end.ErrorDetails).errorMessage, 'it went wrong');
    assert.equal(end.LogResult, undefined);
    await refused(new InvokeWithResponseStreamCommand({ FunctionName: 'nobody' }),
      'ResourceNotFoundException', 404);
    await refused(new InvokeWithResponseStreamCommand({
      FunctionName: 'node', InvocationType: 'Event',
    }), 'ValidationException', 400, /\[RequestResponse, DryRun\]/);
  });
});
