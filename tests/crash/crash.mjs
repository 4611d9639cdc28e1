// Kills the server in the middle of heavy writing and checks what it knows afterwards.
//
//   node crash.mjs [--binary=PATH] [--runs=5] [--seed=NUMBER] [--connections=64]
//
// Every connection owns the items of one partition and has one request in flight, so after the
// kill each item may have exactly two states: the last acknowledged one, or the one that was being
// written. Anything else is a lost or a torn write. All runs share one data directory: each run
// continues on what the previous crash left. The last line is "N passed, N failed".

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  binaryPath, createTable, ok, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { ApiConnection } from './api_connection.mjs';
import { flag, generator } from './random.mjs';

const kTable = 'Crash';
const kItemsPerPartition = 24;
const kCounters = 4;
const kWriteMsMax = 1500;

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const keyOf = (partition, row) => ({ pk: s(`partition${partition}`), sk: n(row) });

/** A digest over all parts of an item: it only fits if all of them are of one write. */
const digest = (...parts) => createHash('md5').update(JSON.stringify(parts)).digest('hex');

/** The attributes of version `version` of an item, digest included. */
function contents(key, version, random) {
  const left = 'l'.repeat(random(200)) + version;
  const right = 'r'.repeat(random(8) === 0 ? random(20000) : random(2000)) + version;
  return {
    version: n(version), left: s(left), right: { L: [s(right)] },
    digest: s(digest(key.pk.S, key.sk.N, version, left, right)),
  };
}

/** Checks that an item as read is one whole write. */
function assertWhole(item) {
  assert.equal(item.digest.S, digest(item.pk.S, item.sk.N, Number(item.version.N), item.left.S,
    item.right.L[0].S), `torn item ${item.pk.S}/${item.sk.N}`);
}

/** One item the test knows about: acknowledged version (undefined: none), and the one in flight. */
class Expected {
  constructor(key) {
    this.key = key;
    this.version = undefined;
    this.highest = 0;
    this.pending = undefined;
  }

  /** Versions that may be found after a crash. */
  allowed() {
    return this.pending === undefined ? [this.version] : [this.version, this.pending.version];
  }
}

/** A random write to an item: {operation, body, version afterwards, whether it must be refused}. */
function chooseWrite(expected, random) {
  const { key } = expected;
  const table = { TableName: kTable };
  expected.highest += 1;
  const version = expected.highest;
  const values = contents(key, version, random);
  const condition = expected.version === undefined
    ? { ConditionExpression: 'attribute_not_exists(pk)' }
    : {
      ConditionExpression: 'version = :old',
      ExpressionAttributeValues: { ':old': n(expected.version) },
    };
  const choice = random(10);
  if (choice < 3) {
    return { operation: 'PutItem', version, body: { ...table, Item: { ...key, ...values } } };
  }
  if (choice < 5) {
    return {
      operation: 'PutItem', version, body: { ...table, Item: { ...key, ...values }, ...condition },
    };
  }
  if (choice === 5) {
    return {
      operation: 'PutItem', version: expected.version, refused: true,
      body: {
        ...table, Item: { ...key, ...values }, ConditionExpression: 'version = :never',
        ExpressionAttributeValues: { ':never': n(-1) },
      },
    };
  }
  if (choice === 6) {
    return { operation: 'DeleteItem', version: undefined, body: { ...table, Key: key } };
  }
  return {
    operation: 'UpdateItem', version,
    body: {
      ...table, Key: key,
      UpdateExpression: 'SET version = :v, #l = :l, #r = :r, digest = :d',
      ExpressionAttributeNames: { '#l': 'left', '#r': 'right' },
      ExpressionAttributeValues: {
        ':v': values.version, ':l': values.left, ':r': values.right, ':d': values.digest,
      },
    },
  };
}

/** Everything the test knows, over all runs. */
class Model {
  constructor(connections) {
    this.partitions = Array.from({ length: connections }, (_, partition) => (
      Array.from({ length: kItemsPerPartition }, (_unused, row) => (
        new Expected(keyOf(partition, row))))));
    // Counters are shared by all connections: acknowledged and possible additions.
    this.counters = Array.from({ length: kCounters }, () => ({ low: 0, high: 0, seen: new Set() }));
    this.acknowledged = 0;
  }

  items() {
    return this.partitions.flat();
  }
}

async function addToCounter(connection, model, random) {
  const index = random(kCounters);
  const counter = model.counters[index];
  counter.high += 1;
  const { status, json } = await connection.call('UpdateItem', {
    TableName: kTable, Key: { pk: s('counter'), sk: n(index) }, UpdateExpression: 'ADD hits :one',
    ExpressionAttributeValues: { ':one': n(1) }, ReturnValues: 'UPDATED_NEW',
  });
  assert.equal(status, 200, JSON.stringify(json));
  counter.low += 1;
  const value = Number(json.Attributes.hits.N);
  assert.ok(!counter.seen.has(value), `counter ${index} was ${value} twice`);
  counter.seen.add(value);
}

async function writeItem(connection, model, partition, random) {
  const expected = model.partitions[partition][random(kItemsPerPartition)];
  const write = chooseWrite(expected, random);
  expected.pending = write;
  const { status, json } = await connection.call(write.operation, write.body);
  if (write.refused) {
    assert.equal(status, 400, 'a condition that cannot hold');
    assert.match(json.__type, /#ConditionalCheckFailedException$/);
  } else {
    assert.equal(status, 200, `${write.operation}: ${JSON.stringify(json)}`);
  }
  expected.pending = undefined;
  expected.version = write.version;
}

/** Writes on one connection until the server dies. */
async function work(server, model, partition, random) {
  const connection = await ApiConnection.open(server.port);
  try {
    for (;;) {
      if (random(10) === 0) await addToCounter(connection, model, random);
      else await writeItem(connection, model, partition, random);
      model.acknowledged += 1;
    }
  } catch (error) {
    if (!error.connectionLost) throw error;
  } finally {
    connection.close();
  }
}

/** Reads the whole table by Scan. */
async function readAll(server) {
  const items = [];
  let start;
  do {
    const page = await ok(server, 'Scan', {
      TableName: kTable, ConsistentRead: true, ExclusiveStartKey: start,
    });
    items.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

function checkCounters(model, found) {
  for (const [index, counter] of model.counters.entries()) {
    const value = Number(found.get(`counter/${index}`)?.hits.N ?? 0);
    assert.ok(value >= counter.low && value <= counter.high,
      `counter ${index} is ${value}, acknowledged ${counter.low}, attempted ${counter.high}`);
    for (const seen of counter.seen) assert.ok(seen <= value, 'an acknowledged value is gone');
    Object.assign(counter, { low: value, high: value });
  }
}

/** Compares the server's state with the model, then makes that state the model's. */
async function verify(server, model) {
  const items = await readAll(server);
  const found = new Map(items.map((item) => [`${item.pk.S}/${item.sk.N}`, item]));
  assert.equal(found.size, items.length, 'no item twice');
  checkCounters(model, found);
  let rows = model.counters.filter((counter) => counter.low > 0).length;
  for (const expected of model.items()) {
    const name = `${expected.key.pk.S}/${expected.key.sk.N}`;
    const item = found.get(name);
    const version = item === undefined ? undefined : Number(item.version.N);
    assert.ok(expected.allowed().includes(version),
      `${name} has version ${version}, allowed: ${expected.allowed().join(' or ')}`);
    if (item !== undefined) {
      assertWhole(item);
      rows += 1;
    }
    expected.version = version;
    expected.pending = undefined;
  }
  assert.equal(items.length, rows, 'nothing else is there');
  // Other ways to the same rows: by key, and by count.
  await Promise.all(model.items().slice(0, 200).map(async ({ key, version }) => {
    const { Item } = await ok(server, 'GetItem', { TableName: kTable, Key: key });
    assert.equal(Item?.version.N, version === undefined ? undefined : String(version));
  }));
  const { Table } = await ok(server, 'DescribeTable', { TableName: kTable });
  assert.equal(Table.ItemCount, rows, 'ItemCount');
}

/** Kills a starting server, so that recovery itself is interrupted. */
async function crashWhileStarting(dataDirectory, delayMs) {
  const child = spawn(binaryPath(), [`--data_dir=${dataDirectory}`, '--port=0'],
    { stdio: 'ignore' });
  await wait(delayMs);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function run(dataDirectory, model, random) {
  let server = await startServer({ dataDirectory });
  try {
    const before = model.acknowledged;
    const workers = model.partitions.map((_, partition) => (
      work(server, model, partition, generator(random(2 ** 31)))));
    const all = Promise.all(workers);
    const writeMs = 100 + random(kWriteMsMax);
    // A worker that fails ends the run at once.
    await Promise.race([all, wait(writeMs)]);
    await server.end('SIGKILL');
    await all;
    if (random(3) === 0) await crashWhileStarting(dataDirectory, random(60));
    server = await startServer({ dataDirectory });
    await verify(server, model);
    return `${model.acknowledged - before} writes in ${writeMs} ms`;
  } finally {
    await server.end('SIGKILL');
  }
}

async function main() {
  const runs = flag('runs', 5);
  const seed = flag('seed', Date.now() % 2 ** 31);
  const random = generator(seed);
  const model = new Model(flag('connections', 64));
  const dataDirectory = temporaryDirectory();
  let passed = 0;
  console.log(`seed ${seed}, data in ${dataDirectory}`);
  try {
    const server = await startServer({ dataDirectory });
    await createTable(server, kTable, 'pk:S', 'sk:N');
    await server.end('SIGTERM');
    for (let index = 0; index < runs; index += 1) {
      const what = await run(dataDirectory, model, random);
      passed += 1;
      console.log(`ok ${index + 1} - ${what}`);
    }
  } catch (error) {
    console.log(`not ok ${passed + 1} - ${error.stack}`);
    console.log(`kept for inspection: ${dataDirectory}`);
  }
  const failed = passed === runs ? 0 : 1;
  if (failed === 0) removeDirectory(dataDirectory);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed;
}

await main();
