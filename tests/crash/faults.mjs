// The whole server on a disk that fails: power cuts at every moment at which something is synced, a
// full disk, reads that fail, damaged files and their repair.
//
//   node faults.mjs [--binary=PATH] [--runs=12] [--seed=NUMBER]
//
// `runs` is how many power cuts are tried; 0: one at every sync point of the script. The server is
// `millrace_faulty` beside the binary (or MILLRACE_FAULTY): the same program with --fault_plan. The
// last line is "N passed, N failed".

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {
  binaryPath, call, createTable, eventually, exchange, ok, removeDirectory, runToExit, startServer,
  temporaryDirectory,
} from '../wire/harness.mjs';
import { flag, generator } from './random.mjs';

const kSteps = 60;
const kExitPowerCut = 86;
const kTable = 'Faults';
const kIndex = 'by_group';

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const beside = (name, variable) => process.env[variable]
  ?? path.join(path.dirname(binaryPath()), name);
const kFaulty = beside('millrace_faulty', 'MILLRACE_FAULTY');

/** A folder with a plan of faults beside it. */
class Machine {
  constructor() {
    this.root = temporaryDirectory();
    this.data = path.join(this.root, 'data');
    this.plan = path.join(this.root, 'plan');
  }

  /** From now on these faults. In one step, because the server looks at any time. */
  setFaults(text) {
    fs.writeFileSync(`${this.plan}.new`, `${text}\n`);
    fs.renameSync(`${this.plan}.new`, this.plan);
  }

  start(binary = kFaulty) {
    return startServer({
      binary, dataDirectory: this.data,
      flags: binary === kFaulty ? [`--fault_plan=${this.plan}`] : [],
    });
  }

  files(pattern) {
    return fs.readdirSync(this.data).filter((name) => pattern.test(name)).sort()
      .map((name) => path.join(this.data, name));
  }

  remove() {
    removeDirectory(this.root);
  }
}

const groupOf = (step) => s(`group${step % 5}`);
const contents = (step) => s(`${step}-`.repeat(200));

/** One write of the script: an item, or a transaction of two. Each changes index and stream. */
function request(step) {
  const item = (key) => ({
    pk: s(`key${key}`), step: n(step), group: groupOf(step), contents: contents(step),
  });
  if (step % 4 === 3) {
    return ['TransactWriteItems', {
      ClientRequestToken: `step${step}`,
      TransactItems: [step % 10, 10 + (step % 10)].map((key) => (
        { Put: { TableName: kTable, Item: item(key) } })),
    }];
  }
  if (step % 7 === 6) {
    return ['DeleteItem', { TableName: kTable, Key: { pk: s(`key${step % 10}`) } }];
  }
  return ['PutItem', { TableName: kTable, Item: item(step % 10) }];
}

/** What the table holds after so many steps: key to step. */
function after(steps) {
  const held = new Map();
  for (let step = 1; step <= steps; step += 1) {
    const [operation] = request(step);
    if (operation === 'DeleteItem') held.delete(`key${step % 10}`);
    else held.set(`key${step % 10}`, step);
    if (operation === 'TransactWriteItems') held.set(`key${10 + (step % 10)}`, step);
  }
  return held;
}

async function prepare(server) {
  await createTable(server, kTable, 'pk:S', undefined, {
    AttributeDefinitions: ['pk', 'group'].map((name) => (
      { AttributeName: name, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [{
      IndexName: kIndex, KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
}

/** Does the steps from `done` on until one is not acknowledged; answers the last that was. */
async function work(server, done, last = kSteps) {
  for (let step = done + 1; step <= last; step += 1) {
    const answer = await call(server, ...request(step)).catch(() => undefined);
    if (answer?.status !== 200) return step - 1;
  }
  return last;
}

/** All items by key, from the table or from its index. */
async function contentsOf(server, IndexName) {
  const { Items } = await ok(server, 'Scan', { TableName: kTable, IndexName });
  const held = new Map();
  for (const item of Items) {
    const step = Number(item.step.N);
    assert.deepEqual(item.contents, contents(step), 'a whole item');
    assert.deepEqual(item.group, groupOf(step));
    held.set(item.pk.S, step);
  }
  return held;
}

const sorted = (map) => [...map].sort(([left], [right]) => (left < right ? -1 : 1));

/** Which step was the last: everything must be as after it, in the index as well. */
async function check(server, acknowledged, highest) {
  const table = sorted(await contentsOf(server));
  assert.deepEqual(sorted(await contentsOf(server, kIndex)), table, 'the index');
  for (let steps = acknowledged; steps <= highest; steps += 1) {
    if (JSON.stringify(sorted(after(steps))) === JSON.stringify(table)) return steps;
  }
  throw new Error(`not what step ${acknowledged} left: ${JSON.stringify(table)}`);
}

/** The offline check, which compares items, index entries, counters and records. */
function verify(machine) {
  const run = spawnSync(beside('millrace_verify', 'MILLRACE_VERIFY'),
    [`--data_dir=${machine.data}`], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}

/** The power fails at the given sync point; answers false if there are not so many. */
async function powerCut(point, seed) {
  const machine = new Machine();
  machine.setFaults(`power_cut first=${point} torn_seed=${seed}`);
  let acknowledged = 0;
  let exit;
  try {
    const server = await machine.start();
    await prepare(server).catch(() => {});
    acknowledged = await work(server, 0);
    exit = await server.end('SIGTERM');
  } catch (error) {
    if (error.code !== kExitPowerCut) throw error;
    exit = { code: kExitPowerCut };  // cut while it started
  }
  const cut = exit.code === kExitPowerCut;
  if (!cut) assert.equal(acknowledged, kSteps);
  machine.setFaults('');
  const server = await machine.start(binaryPath());
  const { json } = await call(server, 'DescribeTable', { TableName: kTable });
  if (json.Table !== undefined) {
    await eventually(async () => (
      (await ok(server, 'DescribeTable', { TableName: kTable })).Table.TableStatus === 'ACTIVE'
    ), 'the table');
    const last = await check(server, acknowledged, acknowledged + 1);
    assert.equal(await work(server, last, last + 1), last + 1, 'it can be written to');
  } else {
    assert.equal(acknowledged, 0, 'the table is gone');
  }
  await server.end('SIGTERM');
  verify(machine);
  machine.remove();
  return cut;
}

async function powerCuts(runs, random) {
  let cuts = 0;
  if (runs === 0) {
    while (await powerCut(cuts + 1, cuts % 2 === 0 ? 0 : cuts)) cuts += 1;
  }
  while (cuts < runs) {
    // The script has at least a sync for each step.
    assert.ok(await powerCut(1 + random(kSteps), random(2) === 0 ? 0 : 1 + random(1000)));
    cuts += 1;
  }
  return `${cuts} power cuts`;
}

/** While the disk is full: reads, refusals that say why; then writes again, without a restart. */
async function fullDisk(plan) {
  const machine = new Machine();
  machine.setFaults('');
  const server = await machine.start();
  await prepare(server);
  let done = await work(server, 0, 20);
  machine.setFaults(plan);
  // A flush comes with the end of enough bytes, so there is more to write than the script has.
  let count = 0;
  const filler = () => {
    count += 1;  // the same item again would not be written
    return { pk: s('filler'), contents: s('f'.repeat(350000)), step: n(count), group: s('-') };
  };
  let answer;
  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => (
      call(server, 'PutItem', { TableName: kTable, Item: filler() }))));
    answer = answers.find(({ status }) => status !== 200);
    return answer !== undefined;
  }, 'the disk to be full', 120000);
  assert.equal(answer.status, 500, answer.text);
  assert.match(answer.json.__type, /InternalServerError$/);
  machine.setFaults('no_space count=0\nno_space sync count=0');
  await eventually(async () => (
    (await call(server, 'PutItem', { TableName: kTable, Item: filler() })).status === 500
    && (await exchange(server, { method: 'GET', path: '/_health/ready' })).status === 503
  ), 'writes to stop');
  const health = await exchange(server, { method: 'GET', path: '/_health/ready' });
  assert.match(health.text, /No space left.*when there is space again/s);
  const metrics = await exchange(server, { method: 'GET', path: '/metrics' });
  assert.match(metrics.text, /^millrace_writable 0$/m);
  assert.equal((await ok(server, 'GetItem', { TableName: kTable, Key: { pk: s('key1') } }))
    .Item.pk.S, 'key1');
  machine.setFaults('');
  await eventually(async () => (
    (await exchange(server, { method: 'GET', path: '/_health/ready' })).status === 200
  ), 'writes to go on');
  await ok(server, 'DeleteItem', { TableName: kTable, Key: { pk: s('filler') } });
  done = await work(server, done);
  assert.equal(done, kSteps);
  await check(server, kSteps, kSteps);
  await server.end('SIGTERM');
  const again = await machine.start(binaryPath());
  await check(again, kSteps, kSteps);
  await again.end('SIGTERM');
  verify(machine);
  machine.remove();
  return 'writes went on';
}

/** A table whose items are in table files, and no longer in memory. */
async function writtenMachine() {
  const machine = new Machine();
  machine.setFaults('');
  let server = await machine.start();
  await prepare(server);
  assert.equal(await work(server, 0), kSteps);
  await server.end('SIGKILL');
  server = await machine.start();  // what was in the log is in files now
  await server.end('SIGKILL');
  return machine;
}

/** Reads that fail are errors, never absent items, and harm nothing. */
async function failingReads() {
  const machine = await writtenMachine();
  const server = await machine.start();
  for (const plan of ['fail read file=.sst count=0', 'flip file=.sst count=0']) {
    machine.setFaults(plan);
    let errors = 0;
    for (const [key] of after(kSteps)) {
      const answer = await call(server, 'GetItem', { TableName: kTable, Key: { pk: s(key) } });
      if (answer.status === 200) assert.equal(answer.json.Item.pk.S, key);
      else errors += 1;
    }
    assert.ok(errors > 0, `no read met ${plan}`);
  }
  machine.setFaults('');
  await check(server, kSteps, kSteps);
  await server.end('SIGTERM');
  verify(machine);
  machine.remove();
  return 'errors only';
}

function flipByte(file, place) {
  const bytes = fs.readFileSync(file);
  bytes[Math.floor(bytes.length * place)] ^= 1;
  fs.writeFileSync(file, bytes);
}

const repair = (machine, ...flags) => spawnSync(beside('millrace_repair', 'MILLRACE_REPAIR'),
  [`--data_dir=${machine.data}`, ...flags], { encoding: 'utf8' });

/** Damage to a file: a start that is refused with the way out (or reads that are), then repair. */
async function damaged(pattern, place, opens) {
  const machine = opens ? await writtenMachine() : new Machine();
  if (!opens) {
    machine.setFaults('');
    const server = await machine.start();
    await prepare(server);
    assert.equal(await work(server, 0), kSteps);
    await server.end('SIGKILL');
  }
  // Of the table files only the second, which has the items: without a catalog nothing is left.
  const files = machine.files(pattern);
  for (const file of opens ? files.slice(1, 2) : files) flipByte(file, place);
  if (!opens) {
    const refused = await runToExit([`--data_dir=${machine.data}`, '--port=0']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /damaged.*tools\/repair/s);
  }
  const dry = repair(machine);
  if (pattern.test('MANIFEST')) {
    assert.equal(dry.status, 2);
    assert.match(dry.stderr, /restore a backup/);
    machine.remove();
    return 'the start is refused, a backup is asked for';
  }
  assert.equal(dry.status, 1, dry.stdout + dry.stderr);
  assert.match(dry.stdout, opens ? /space items.*lost.*nothing was changed/s
    : /lost.*nothing was changed/s);
  const mended = repair(machine, '--yes');
  assert.match(mended.stdout, /before_repair_1.*mended/s, mended.stdout + mended.stderr);
  assert.ok(mended.status === 0 || mended.status === 1, mended.stdout + mended.stderr);
  assert.ok(fs.existsSync(`${machine.data}.before_repair_1`));
  const server = await machine.start(binaryPath());
  if (!opens) await check(server, 0, kSteps);  // what is there is what some step left
  await call(server, 'PutItem', { TableName: kTable, Item: { pk: s('new') } });
  await server.end('SIGTERM');
  machine.remove();
  return mended.stdout.trim().split('\n').at(-1);
}

/** The end of the log is missing: a write that was never acknowledged. */
async function tornTail() {
  const machine = new Machine();
  machine.setFaults('');
  const server = await machine.start();
  await prepare(server);
  await work(server, 0);
  await server.end('SIGKILL');
  const log = machine.files(/\.log$/).at(-1);
  fs.truncateSync(log, fs.statSync(log).size - 5);
  const again = await machine.start(binaryPath());
  await check(again, kSteps - 1, kSteps - 1);
  await again.end('SIGTERM');
  verify(machine);
  machine.remove();
  return 'the last write is gone, no other';
}

async function main() {
  const random = generator(flag('seed', Date.now() % 2 ** 31));
  const scenarios = {
    'power cuts': () => powerCuts(flag('runs', 12), random),
    'a full disk, in the log': () => fullDisk('no_space file=.log bytes=500000'),
    'a full disk, in a flush': () => fullDisk('no_space file=.sst count=0'),
    'a full disk, where a log begins': () => fullDisk('no_space create file=.log count=0'),
    'reads that fail': failingReads,
    'a torn end of the log': tornTail,
    'damage in the middle of the log': () => damaged(/\.log$/, 0.5, false),
    'a damaged list of files': () => damaged(/^MANIFEST/, 0.4, false),
    'damaged table files': () => damaged(/\.sst$/, 0.1, true),
  };
  let passed = 0;
  let failed = 0;
  for (const [name, run] of Object.entries(scenarios)) {
    try {
      console.log(`ok ${passed + 1} - ${name}: ${await run()}`);
      passed += 1;
    } catch (error) {
      failed += 1;
      console.log(`not ok - ${name}: ${error.stack}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
