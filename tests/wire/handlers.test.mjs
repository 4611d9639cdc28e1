// Handlers that misbehave, in Python and in Node: whatever they do, the caller gets an answer that
// says what happened, nothing of them is left behind, and the next event finds a working handler.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';
import { exchange } from './harness.mjs';
import { useHandlers } from './invoke_client.mjs';
import { alive, gone } from './processes.mjs';

const {
  server, node, python, invoke,
} = useHandlers();

const kPython = `
# -*- coding: utf-8 -*-
import os, subprocess, sys, time

def leave(event):
    child = subprocess.Popen(["sleep", "1000"])
    return [os.getpid(), child.pid]

def loop(event):
    with open(event["file"], "w") as file:
        file.write(f"{os.getpid()} {subprocess.Popen(['sleep', '1000']).pid}")
    while True:
        pass

def hog(event):
    held = b"x" * (event["megabytes"] << 20)
    time.sleep(60)

class Odd(Exception):
    pass

def odd(event):
    raise Odd("na\u00efve \\U0001F600")

ACTS = {
    "pid": lambda event: os.getpid(),
    "leave": leave, "loop": loop, "hog": hog, "odd": odd,
    "large": lambda event: "x" * event["size"],
    "exit": lambda event: sys.exit(event.get("code")),
    "halt": lambda event: os._exit(event["code"]),
    "abort": lambda event: os.abort(),
    "set": lambda event: {1, 2},
    "close": lambda event: os.close(1),
    "greet": lambda event: "gr\u00fc\u00df dich \u4e16\u754c " + event["name"],
}

def handler(event, context):
    return ACTS[event["act"]](event)
`;
const kNode = `
const fs = require('fs');
const { spawn } = require('child_process');
const start = () => spawn('sleep', ['1000'], { stdio: 'ignore' }).pid;
const acts = {
  pid: () => process.pid,
  leave: () => [process.pid, start()],
  loop: (event) => {
    fs.writeFileSync(event.file, process.pid + ' ' + start());
    for (;;);
  },
  hog: (event) => {
    const held = Buffer.alloc(event.megabytes << 20, 1);
    return new Promise((resolve) => setTimeout(() => resolve(held.length), 60000));
  },
  odd: () => { throw Object.assign(new Error('na\u00efve \\u{1F600}'), { name: 'Odd' }); },
  large: (event) => 'x'.repeat(event.size),
  abort: () => process.abort(),
  later: () => { setImmediate(() => { throw new Error('nobody caught it'); });
    return new Promise(() => {}); },
  rejected: () => { Promise.reject(new Error('nobody awaited it'));
    return new Promise(() => {}); },
  bigint: () => 1n,
  dry: () => new Promise(() => {}),
  greet: (event) => 'gr\u00fc\u00df dich \u4e16\u754c ' + event.name,
};
exports.handler = async (event) => acts[event.act](event);
`;

const makers = {
  python: (name, rest) => python(name, rest, kPython),
  node: (name, rest) => node(name, rest, kNode),
};
const kUuidText = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Invokes, and answers the failure document that must come. */
async function failure(name, event) {
  const reply = await invoke(name, event);
  assert.equal(reply.StatusCode, 200);
  assert.equal(reply.FunctionError, 'Unhandled', reply.body);
  return reply.json;
}
const exited = async (name, event, how, type = 'Runtime.ExitError') => {
  const document = await failure(name, event);
  assert.equal(document.errorType, type, JSON.stringify(document));
  assert.match(document.errorMessage, new RegExp(`^RequestId: ${kUuidText} Error: ${how}$`));
};

for (const [language, make] of Object.entries(makers)) {
  describe(language, () => {
    before(() => make(language, { Timeout: 20 }));
    const works = async (name = language) => {
      const { json } = await invoke(name, { act: 'pid' });
      assert.ok(alive(json), 'a working handler');
      return json;
    };

    test('an endless loop is ended with what it has started', async () => {
      const name = `${language}-loop`;
      await make(name, { Timeout: 2 });
      const file = `${server.dataDirectory}/${name}`;
      const document = await failure(name, { act: 'loop', file });
      assert.equal(document.errorType, 'Sandbox.Timedout');
      assert.match(document.errorMessage, /Error: Task timed out after 2\.00 seconds$/);
      const pids = fs.readFileSync(file, 'utf8').split(' ').map(Number);
      assert.equal(pids.length, 2);
      await gone(pids);
      assert.ok(!pids.includes(await works(name)));
    });

    test('a child that is left behind lives as long as its environment', async () => {
      const name = `${language}-leave`;
      await make(name);
      const { json: pids } = await invoke(name, { act: 'leave' });
      assert.equal(await works(name), pids[0], 'still the same environment');
      assert.ok(alive(pids[1]), 'processes in the background may go on');
      const answer = await exchange(server, { path: `/_admin/functions/${name}/recycle` });
      assert.deepEqual(answer.json, { environments: 1 });
      await gone(pids);
    });

    test('too much memory is the end of the process, not of the server', async () => {
      const name = `${language}-hog`;
      await make(name, { MemorySize: 128, Timeout: 20 });
      await exited(name, { act: 'hog', megabytes: 400 },
        'Runtime exited with error: signal: killed', 'Runtime.OutOfMemory');
      await works(name);
    });

    test('a response of 7 MB', async () => {
      const before = await works();
      const document = await failure(language, { act: 'large', size: 7000000 });
      assert.equal(document.errorType, 'Function.ResponseSizeTooLarge');
      assert.equal(await works(), before, 'the process goes on');
    });

    test('text of every kind', async () => {
      const name = '\u0416\u{1F680}\u2028';
      assert.equal((await invoke(language, { act: 'greet', name })).json,
        `gr\u00fc\u00df dich \u4e16\u754c ${name}`);
      const document = await failure(language, { act: 'odd' });
      assert.equal(document.errorType, 'Odd');
      assert.equal(document.errorMessage, 'na\u00efve \u{1F600}');
    });

    test('results that are no JSON', async () => {
      const act = language === 'python' ? 'set' : 'bigint';
      assert.equal((await failure(language, { act })).errorType, 'Runtime.MarshalError');
      await works();
    });

    test('a process that aborts', async () => {
      await exited(language, { act: 'abort' }, 'Runtime exited with error: signal: aborted');
      await works();
    });
  });
}

describe('python alone', () => {
  before(() => makers.python('python-exits', { Timeout: 20 }));

  test('every way to exit', async () => {
    for (const [event, how] of [
      [{ act: 'exit' }, 'Runtime exited without providing a reason'],
      [{ act: 'exit', code: 0 }, 'Runtime exited without providing a reason'],
      [{ act: 'exit', code: 7 }, 'Runtime exited with error: exit status 7'],
      [{ act: 'exit', code: 'a text' }, 'Runtime exited with error: exit status 1'],
      [{ act: 'halt', code: 9 }, 'Runtime exited with error: exit status 9'],
    ]) {
      await exited('python-exits', event, how);
    }
  });

  test('a handler that closes its output', async () => {
    assert.equal((await invoke('python-exits', { act: 'close' })).json, null);
    await invoke('python-exits', { act: 'pid' });
  });

  test('code that cannot be loaded', async () => {
    for (const [text, Handler, type, message] of [
      ['import nothing_like_this\n', undefined, 'Runtime.ImportModuleError',
        /^Unable to import module 'main': No module named 'nothing_like_this'$/],
      ['def handler(event, context:\n', undefined, 'Runtime.UserCodeSyntaxError',
        /^Syntax error in module 'main': /],
      ['def other(event, context): pass\n', undefined, 'Runtime.HandlerNotFound',
        /^Handler 'handler' missing on module 'main'$/],
      ['raise KeyError("while loading")\n', undefined, 'KeyError', /while loading/],
      ['\n', 'elsewhere.handler', 'Runtime.ImportModuleError', /No module named 'elsewhere'/],
      ['\n', 'main', 'Runtime.MalformedHandlerName', /^Bad handler 'main'/],
    ]) {
      const name = `python-load-${type.replace('.', '-')}-${Handler === undefined ? 1 : 2}`;
      await python(name, Handler === undefined ? {} : { Handler }, text);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const document = await failure(name, {});
        assert.equal(document.errorType, type);
        assert.match(document.errorMessage, message);
      }
    }
  });

  test('a module that exits while it is loaded', async () => {
    await python('python-load-exit', {}, 'import sys\nsys.exit(5)\n');
    await exited('python-load-exit', {}, 'Runtime exited with error: exit status 5');
  });
});

describe('node alone', () => {
  before(() => makers.node('node-odd', { Timeout: 20 }));

  test('errors that nobody catches', async () => {
    for (const [act, type, message] of [
      ['later', 'Runtime.UncaughtException', 'nobody caught it'],
      ['rejected', 'Runtime.UnhandledPromiseRejection', 'nobody awaited it'],
    ]) {
      const document = await failure('node-odd', { act });
      assert.equal(document.errorType, type);
      assert.match(document.errorMessage, new RegExp(message));
    }
  });

  test('a promise that nothing is left to fulfil', async () => {
    const document = await failure('node-odd', { act: 'dry' });
    assert.match(document.errorType, /^Runtime\./);
    assert.ok((await invoke('node-odd', { act: 'pid' })).json > 0);
  });

  test('code that cannot be loaded', async () => {
    for (const [text, Handler, type, message] of [
      ["require('nothing-like-this');", undefined, 'Runtime.ImportModuleError',
        /nothing-like-this/],
      ['exports.handler = (', undefined, 'Runtime.UserCodeSyntaxError', /SyntaxError/],
      ['exports.other = 1;', undefined, 'Runtime.HandlerNotFound',
        /^index\.handler is undefined or not exported$/],
      ['exports.handler = 1;', 'index.handler', 'Runtime.HandlerNotFound', /not a function$/],
      ['throw new RangeError("while loading");', undefined, 'RangeError', /^while loading$/],
      ['', 'elsewhere.handler', 'Runtime.ImportModuleError', /elsewhere/],
      ['', 'index', 'Runtime.MalformedHandlerName', /index/],
    ]) {
      const name = `node-load-${type.replace('.', '-')}-${Handler === undefined ? 1 : 2}`;
      await node(name, Handler === undefined ? {} : { Handler }, text);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const document = await failure(name, {});
        assert.equal(document.errorType, type);
        assert.match(document.errorMessage, message);
      }
    }
  });
});
