// Environments: which process an event meets, how many there are, and when they end.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import {
  CreateFunctionCommand, DeleteFunctionConcurrencyCommand, InvokeCommand, LambdaClient,
  PublishVersionCommand, PutFunctionConcurrencyCommand, UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { functionInput } from './functions_client.mjs';
import {
  eventually, exchange, removeDirectory, startServer, temporaryDirectory,
} from './harness.mjs';
import { textOf, useHandlers } from './invoke_client.mjs';
import { alive, gone } from './processes.mjs';
import { makeZip } from './zip.mjs';

const {
  server, send, node, python, invoke, raw,
} = useHandlers({ flags: ['--functions_running_max=16'] });

// Both say who they are; with a file in the event they then wait until there is one of that name.
// What makes no progress in an orderly way is left to `stuck`.
const kNode = `
const fs = require('fs');
let count = 0;
exports.handler = async ({ file, stuck, mark }) => {
  count += 1;
  if (mark) fs.writeFileSync(mark + '.' + process.pid, '');
  if (stuck) for (;;);
  while (file && !fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
  return [process.pid, count, VERSION];
};`;
const kPython = `
import os, signal, subprocess, time
count = 0
def handler(event, context):
    global count
    count += 1
    file, mark = event.get("file"), event.get("mark")
    if event.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mark:
        if event.get("child"):
            open(f"{mark}.{subprocess.Popen(['sleep', '1000']).pid}", "w").close()
        open(f"{mark}.{os.getpid()}", "w").close()
    while event.get("stuck"):
        pass
    while file and not os.path.exists(file):
        time.sleep(0.005)
    return [os.getpid(), count, VERSION]
`;
const codeOf = {
  node: (version) => kNode.replace('VERSION', version),
  python: (version) => kPython.replace('VERSION', version),
};
const zipOf = (language, version) => makeZip(
  language === 'node' ? { 'index.js': codeOf.node(version) }
    : { 'main.py': codeOf.python(version) });
const make = (language, name, rest = {}) => (
  language === 'node' ? node(name, { Timeout: 60, ...rest }, codeOf.node(1))
    : python(name, { Timeout: 60, ...rest }, codeOf.python(1)));

let fileCount = 0;
/** The path of a file that is not there yet, for handlers of this server. */
const newFile = (running = server) => {
  fileCount += 1;
  return path.join(running.dataDirectory, `test-${fileCount}`);
};
/** Waits until so many processes have left their mark; answers their ids. */
const marked = (mark, count) => eventually(() => {
  const { dir, base } = path.parse(mark);
  const ids = fs.readdirSync(dir).filter((name) => name.startsWith(`${base}.`))
    .map((name) => Number(name.slice(base.length + 1)));
  return ids.length >= count && ids;
}, `${count} handlers to run`);

describe('warm and cold', () => {
  for (const language of ['node', 'python']) {
    test(`${language}: new code runs in a new process, and the old one ends`, async () => {
      const name = `${language}-code`;
      await make(language, name);
      const [first, count, version] = (await invoke(name, {})).json;
      assert.deepEqual([count, version], [1, 1]);
      assert.deepEqual((await invoke(name, {})).json, [first, 2, 1]);
      await send(new UpdateFunctionCodeCommand({
        FunctionName: name, ZipFile: zipOf(language, 2),
      }));
      const [second, again, changed] = (await invoke(name, {})).json;
      assert.notEqual(second, first);
      assert.deepEqual([again, changed], [1, 2]);
      await gone([first]);
      assert.deepEqual((await invoke(name, {})).json, [second, 2, 2]);
    });

    test(`${language}: what runs while the code changes is finished by the old one`, async () => {
      const name = `${language}-change`;
      await make(language, name);
      const [file, mark] = [newFile(), newFile()];
      const running = invoke(name, { file, mark });
      const [old] = await marked(mark, 1);
      await send(new UpdateFunctionCodeCommand({
        FunctionName: name, ZipFile: zipOf(language, 2),
      }));
      const [other, , version] = (await invoke(name, {})).json;
      assert.notEqual(other, old);
      assert.equal(version, 2);
      fs.writeFileSync(file, '');
      assert.deepEqual((await running).json, [old, 1, 1]);
      await gone([old]);
    });

    test(`${language}: events at the same time have processes of their own`, async () => {
      const name = `${language}-parallel`;
      await make(language, name);
      const [file, mark] = [newFile(), newFile()];
      const running = Array.from({ length: 4 }, () => invoke(name, { file, mark }));
      const ids = await marked(mark, 4);
      fs.writeFileSync(file, '');
      const results = (await Promise.all(running)).map(({ json }) => json);
      assert.deepEqual(results.map(([pid]) => pid).sort(), ids.sort());
      assert.ok(results.every(([, count]) => count === 1));
      const [pid, count] = (await invoke(name, {})).json;
      assert.ok(ids.includes(pid), 'one of them is used again');
      assert.equal(count, 2);
    });
  }

  test('versions have environments of their own', async () => {
    await make('node', 'versions');
    await send(new PublishVersionCommand({ FunctionName: 'versions' }));
    const [latest] = (await invoke('versions', {})).json;
    const [published] = (await invoke('versions', {}, { Qualifier: '1' })).json;
    assert.notEqual(latest, published);
    assert.equal((await invoke('versions', {})).json[0], latest);
    assert.equal((await invoke('versions', {}, { Qualifier: '1' })).json[0], published);
  });
});

describe('reserved concurrency', () => {
  before(async () => {
    await make('node', 'reserved');
    await send(new PublishVersionCommand({ FunctionName: 'reserved' }));
  });
  const reserve = (ReservedConcurrentExecutions) => send(new PutFunctionConcurrencyCommand({
    FunctionName: 'reserved', ReservedConcurrentExecutions,
  }));
  const throttled = async (name = 'reserved') => {
    const answer = await raw(name);
    assert.equal(answer.status, 429, answer.text);
    assert.equal(answer.json.Reason, 'ReservedFunctionConcurrentInvocationLimitExceeded');
  };

  test('0: nothing runs', async () => {
    await reserve(0);
    await throttled();
    await throttled('reserved:1');
  });

  for (const limit of [1, 2]) {
    test(`${limit}: so many at a time, of all versions together`, async () => {
      await reserve(limit);
      const [file, mark] = [newFile(), newFile()];
      const running = Array.from({ length: limit }, (_, index) => (
        invoke(index === 0 ? 'reserved' : 'reserved:1', { file, mark })));
      await marked(mark, limit);
      await throttled();
      await throttled('reserved:1');
      fs.writeFileSync(file, '');
      const results = await Promise.all(running);
      assert.ok(results.every((reply) => reply.FunctionError === undefined));
      assert.ok((await invoke('reserved', {})).json[0] > 0, 'there is room again');
    });
  }

  test('a lower limit ends nothing that runs', async () => {
    await reserve(2);
    const [file, mark] = [newFile(), newFile()];
    const running = invoke('reserved', { file, mark });
    await marked(mark, 1);
    await reserve(0);
    fs.writeFileSync(file, '');
    assert.equal((await running).FunctionError, undefined);
    await throttled();
    await send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'reserved' }));
    assert.ok((await invoke('reserved', {})).json[0] > 0);
  });
});

/** Starts a server of its own with functions `node` and `python`, and calls `use` with it. */
async function withServer(flags, use) {
  const dataDirectory = temporaryDirectory();
  const running = await startServer({ flags, dataDirectory });
  const client = new LambdaClient({
    endpoint: running.endpoint, region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  running.clients.push(client);
  for (const language of ['node', 'python']) {
    await client.send(new CreateFunctionCommand(functionInput(language, {
      Code: { ZipFile: zipOf(language, 1) }, Timeout: 60,
      ...(language === 'python' ? { Runtime: 'python3.12', Handler: 'main.handler' } : {}),
    })));
  }
  const call = async (FunctionName, event) => {
    const reply = await client.send(new InvokeCommand({
      FunctionName, Payload: JSON.stringify(event),
    }));
    return { error: reply.FunctionError, json: JSON.parse(textOf(reply.Payload)) };
  };
  try {
    await use(running, call);
  } finally {
    if (running.child.exitCode === null && running.child.signalCode === null) {
      await running.end('SIGKILL');
    }
    removeDirectory(dataDirectory);
  }
}

describe('ends', () => {
  test('of environments that nobody needs', async () => {
    await withServer(['--functions_idle_timeout=300ms'], async (running, call) => {
      const ids = [];
      for (const language of ['node', 'python']) ids.push((await call(language, {})).json[0]);
      await gone(ids);
      const list = await exchange(running, {
        method: 'GET', path: '/_admin/functions/node/environments',
      });
      assert.deepEqual(list.json, { environments: [] });
      assert.ok(!ids.includes((await call('node', {})).json[0]));
    });
  });

  test('of the server: what runs is finished within the drain', async () => {
    await withServer(['--functions_drain=20s'], async (running, call) => {
      const idle = (await call('node', {})).json[0];
      const [file, mark] = [newFile(running), newFile(running)];
      const under = call('python', { file, mark });
      const [busy] = await marked(mark, 1);
      running.child.kill('SIGTERM');
      await gone([idle]);
      assert.ok(alive(busy));
      fs.writeFileSync(file, '');
      assert.deepEqual((await under).json, [busy, 1, 1]);
      assert.deepEqual(await running.exited, { code: 0, signal: null });
      assert.ok(!alive(busy));
    });
  });

  test('of the server: what does not finish is ended behind the drain', async () => {
    await withServer(['--functions_drain=100ms'], async (running, call) => {
      const mark = newFile(running);
      const lost = [call('node', { stuck: true, mark }).catch((error) => error),
        call('python', { deaf: true, stuck: true, mark }).catch((error) => error)];
      const ids = await marked(mark, 2);
      const began = Date.now();
      running.child.kill('SIGTERM');
      assert.deepEqual(await running.exited, { code: 0, signal: null });
      assert.ok(Date.now() - began < 10000, 'the timeout of the handlers is a minute');
      assert.ok(!ids.some(alive), 'nothing outlives the server');
      for (const result of await Promise.all(lost)) assert.ok(result instanceof Error);
    });
  });

  test('of the server by a kill: no handler is left, busy or idle', async () => {
    await withServer([], async (running, call) => {
      const ids = [];
      for (const language of ['node', 'python']) ids.push((await call(language, {})).json[0]);
      const mark = newFile(running);
      const lost = [call('node', { stuck: true, mark }).catch((error) => error),
        call('python', { deaf: true, stuck: true, mark, child: true }).catch((error) => error)];
      ids.push(...await marked(mark, 3));
      assert.ok(ids.every(alive));
      await running.end('SIGKILL');
      try {
        await gone(ids);
      } finally {
        // They would use up the machine for ever.
        for (const id of ids.filter(alive)) process.kill(id, 'SIGKILL');
      }
      for (const result of await Promise.all(lost)) assert.ok(result instanceof Error);
    });
  });
});
