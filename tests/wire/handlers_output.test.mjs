// What handlers print: floods are bounded and counted, odd bytes become text, and lines are there
// while their handler still runs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import {
  CloudWatchLogsClient, DescribeLogStreamsCommand, FilterLogEventsCommand, GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { eventually } from './harness.mjs';
import { useHandlers } from './invoke_client.mjs';

const { server, node, python, invoke } = useHandlers();

let client;
/** A call of the logs; the client is made when the server is there. */
const logs = (command) => {
  client ??= new CloudWatchLogsClient({
    endpoint: server.endpoint, region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return client.send(command);
};
after(() => client.destroy());

/** Every line of a function's only log stream. */
async function linesOf(name) {
  const logGroupName = `/aws/lambda/${name}`;
  const { logStreams } = await logs(new DescribeLogStreamsCommand({ logGroupName }));
  assert.equal(logStreams.length, 1);
  const lines = [];
  for (let nextToken; ;) {
    const page = await logs(new GetLogEventsCommand({
      logGroupName, logStreamName: logStreams[0].logStreamName, startFromHead: true, nextToken,
    }));
    lines.push(...page.events.map(({ message }) => message));
    if (page.nextForwardToken === nextToken) return lines;
    nextToken = page.nextForwardToken;
  }
}
/** The lines of a function that has been invoked so often. */
const written = (name, invocations = 1) => eventually(async () => {
  const lines = await linesOf(name).catch(() => []);
  return lines.filter((line) => line.startsWith('REPORT ')).length >= invocations && lines;
}, `the log of ${name}`);
/** How many lines the log says were dropped. */
const droppedOf = (lines) => lines
  .map((line) => Number(/^(\d+) lines were dropped/.exec(line)?.[1] ?? 0))
  .reduce((sum, count) => sum + count, 0);
/** The most memory that the server has used so far, in bytes. */
const peakMemory = () => 1024 * Number(
  /VmHWM:\s*(\d+)/.exec(fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);

// Writes blocks without any ceremony, as fast as a process can.
const kFlood = `
import os
def handler(event, context):
    block = event["block"].encode() * event["times"]
    for _ in range(event["blocks"]):
        data = block
        while data:
            data = data[os.write(1, data):]
    return "done"
`;

// Sanitizers keep what was freed for a while.
const kMemoryMax = /san$/.test(process.env.MILLRACE_PRESET ?? '') ? 1000e6 : 300e6;

describe('floods', () => {
  test('of lines: the invocation succeeds, and every line is kept or counted', async () => {
    await python('flood', { Timeout: 60 }, kFlood);
    const before = peakMemory();
    let sent = 0;
    for (const [block, times, blocks] of [
      [`${'x'.repeat(999)}\n`, 64, 1000], ['xxxxxxxxx\n', 6400, 100]]) {
      const reply = await invoke('flood', { block, times, blocks }, { LogType: 'Tail' });
      assert.equal(reply.json, 'done', reply.body);
      sent += times * blocks;
      const tail = Buffer.from(reply.LogResult, 'base64').toString('utf8');
      assert.ok(tail.length <= 4096);
      assert.match(tail, /\nREPORT RequestId: .*\n$/);
    }
    const lines = await written('flood', 2);
    const kept = lines.filter((line) => /^x+$/.test(line)).length;
    assert.equal(kept + droppedOf(lines), sent);
    assert.ok(kept > 0);
    for (const start of ['START', 'END', 'REPORT']) {
      assert.equal(lines.filter((line) => line.startsWith(`${start} RequestId: `)).length, 2);
    }
    assert.ok(peakMemory() - before < kMemoryMax, `${peakMemory() - before} bytes more`);
  });

  test('without a line break: cut into lines of 256 KiB', async () => {
    await python('endless', { Timeout: 60 }, kFlood);
    const reply = await invoke('endless', { block: 'x', times: 65536, blocks: 81 });
    assert.equal(reply.json, 'done', reply.body);
    const lines = await written('endless');
    const kept = lines.filter((line) => /^x+$/.test(line));
    const whole = kept.filter((line) => line.length === 256 * 1024);
    assert.equal(whole.length + droppedOf(lines), 20, 'whole lines');
    assert.deepEqual(kept.filter((line) => !whole.includes(line)).map(({ length }) => length),
      [65536], 'and the rest');
  });

  test('of prints, in the language\'s own way', async () => {
    await python('prints', { Timeout: 60 }, `
def handler(event, context):
    for number in range(event["lines"]):
        print("line", number)
    return event["lines"]
`);
    await node('logs', { Timeout: 60 }, `
exports.handler = async (event) => {
  for (let number = 0; number < event.lines; number += 1) console.log('line', number);
  return event.lines;
};`);
    for (const [name, pattern] of [['prints', /^line (\d+)$/], ['logs', /\tINFO\tline (\d+)$/]]) {
      const reply = await invoke(name, { lines: 20000 });
      assert.equal(reply.json, 20000);
      const lines = await written(name);
      const numbers = lines.map((line) => pattern.exec(line)?.[1]).filter(Boolean).map(Number);
      assert.equal(numbers.length + droppedOf(lines), 20000);
      assert.ok(numbers.every((number, at) => at === 0 || number > numbers[at - 1]), 'in order');
    }
  });
});

describe('odd output', () => {
  test('text of every kind, empty lines, and bytes that are no text', async () => {
    await python('odd', {}, `
import os, sys
def handler(event, context):
    os.write(1, "caf\\u00e9 \\U0001F600\\n\\nbroken \\xff\\xfe".encode("latin-1", "ignore"))
    os.write(2, "\\n\\u4e16\\u754c\\r\\nno end".encode())
`);
    await invoke('odd', {});
    const lines = (await written('odd')).filter((line) => !/^(INIT|START|END|REPORT)/.test(line));
    assert.deepEqual(lines, ['caf? ', '', 'broken ??', '\u4e16\u754c\r', 'no end']);
  });

  test('what is printed before and between invocations is kept, too', async () => {
    await python('between', {}, `
import os, threading, time
print("while loading", flush=True)
def later(file):
    while not os.path.exists(file):
        time.sleep(0.005)
    print("in the background", flush=True)
def handler(event, context):
    threading.Thread(target=later, args=(event["file"],), daemon=True).start()
    print("in the handler")
`);
    const file = path.join(server.dataDirectory, 'between');
    await invoke('between', { file });
    fs.writeFileSync(file, '');
    const lines = await eventually(async () => {
      const now = await linesOf('between').catch(() => []);
      return now.includes('in the background') && now;
    }, 'the line of the thread');
    const kinds = lines.map((line) => line.split(' RequestId')[0].replace(/^INIT.*/, 'INIT'));
    assert.deepEqual(kinds, ['INIT', 'while loading', 'START', 'in the handler', 'END', 'REPORT',
      'in the background']);
  });
});

describe('lines of a handler that runs', () => {
  for (const [name, make, text] of [
    ['slow-python', python, `
import os, time
def handler(event, context):
    while not os.path.exists(event["file"]):
        print("now", int(time.time() * 1000))
        time.sleep(0.2)
`],
    ['slow-node', node, `
const fs = require('fs');
exports.handler = async (event) => {
  while (!fs.existsSync(event.file)) {
    console.log('now', Date.now());
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};`]]) {
    test(`${name}: are there within a second`, async () => {
      await make(name, { Timeout: 60 }, text);
      const file = path.join(server.dataDirectory, name);
      const running = invoke(name, { file });
      // On a busy machine not every line is; that one is shows that nothing holds them back.
      await eventually(async () => {
        const page = await logs(new FilterLogEventsCommand({
          logGroupName: `/aws/lambda/${name}`, filterPattern: 'now',
        })).catch(() => ({ events: [] }));
        const last = /now (\d+)/.exec(page.events.at(-1)?.message ?? '');
        return last !== null && Date.now() - Number(last[1]) < 1000;
      }, 'a line to be there within a second');
      fs.writeFileSync(file, '');
      assert.equal((await running).FunctionError, undefined);
    });
  }
});
