// Random writes to five tables with local, global, sparse and multi-attribute indexes, against a
// model of the tables in memory; the server is killed in between. Every index query must equal the
// model, also of an index that is created and deleted meanwhile, and the offline check of the
// database must find nothing.
//
//   node index_model.mjs [--binary=PATH] [--runs=3] [--writes=NUMBER] [--seed=NUMBER]
//                        [--connections=16]
//
// Each connection owns some keys, so that the model knows every item but those whose write was
// under way at the kill; these are read afterwards and must be as before or as written. The program
// of the offline check is MILLRACE_VERIFY or stands beside the server's. The last line is
// "N passed, N failed".

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  binaryPath, createTable, eventually, ok, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { ApiConnection } from './api_connection.mjs';
import { flag, generator } from './random.mjs';

const kKeysPerConnection = 12;
const kTexts = ['a', 'ab', 'a\u0000b', 'b', '\u00e9', 'z'];
const kNumbers = ['-10', '-1.5', '0', '0.25', '3', '1000'];

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const types = {
  pk: 'S', sk: 'N', g: 'S', h: 'S', n: 'N', t: 'S',
};
const index = (name, hash, range = [], projection = 'ALL', included = []) => ({
  name, hash, range, projection, included,
});

// What is tested: table key, then indexes. Sparse because every attribute is often absent.
const kTables = {
  Local: {
    key: ['pk', 'sk'],
    local: [index('LocalKeys', ['pk'], ['n'], 'KEYS_ONLY'), index('LocalAll', ['pk'], ['t'])],
    global: [index('Global', ['g'])],
  },
  Plain: { key: ['pk'], local: [], global: [index('Hash', ['g']), index('Sorted', ['g'], ['n'])] },
  Include: {
    key: ['pk', 'sk'], local: [],
    global: [index('Include', ['h'], ['t'], 'INCLUDE', ['v']),
      index('Keys', ['n'], [], 'KEYS_ONLY')],
  },
  Many: {
    key: ['pk', 'sk'], local: [],
    global: [index('Four', ['g', 'h'], ['n', 't']), index('Three', ['n', 'g', 'h'])],
  },
  Changing: { key: ['pk'], local: [], global: [index('Always', ['h'], ['n'])] },
};
const kExtra = index('Extra', ['g'], ['t', 'n'], 'INCLUDE', ['v']);

const keyOf = (table, item) => Object.fromEntries(
  kTables[table].key.map((name) => [name, item[name]]));
const textOf = (key) => JSON.stringify(Object.entries(key).sort());

const definitionOf = ({
  name, hash, range, projection, included,
}) => ({
  IndexName: name,
  KeySchema: [...hash.map((each) => ({ AttributeName: each, KeyType: 'HASH' })),
    ...range.map((each) => ({ AttributeName: each, KeyType: 'RANGE' }))],
  Projection: {
    ProjectionType: projection, ...(included.length > 0 ? { NonKeyAttributes: included } : {}),
  },
});
const attributesOf = (names) => [...new Set(names)].map(
  (name) => ({ AttributeName: name, AttributeType: types[name] }));

async function createTables(server) {
  for (const [name, { key, local, global }] of Object.entries(kTables)) {
    await createTable(server, name, 'pk:S', key.length > 1 ? 'sk:N' : undefined, {
      AttributeDefinitions: attributesOf(
        [...key, ...[...local, ...global].flatMap(({ hash, range }) => [...hash, ...range])]),
      ...(local.length > 0 ? { LocalSecondaryIndexes: local.map(definitionOf) } : {}),
      GlobalSecondaryIndexes: global.map(definitionOf),
    });
  }
}

/** One connection's keys and what it knows of their items. */
class Writer {
  constructor(number, random) {
    this.random = random;
    this.items = new Map(); // table + key text -> item; absent: no item
    this.pending = []; // [table, key, item or undefined] of the write under way
    this.keys = Object.entries(kTables).flatMap(([table, { key }]) => (
      Array.from({ length: kKeysPerConnection }, (_, at) => [table, key.length > 1
        ? { pk: s(`w${number}-${at % 3}`), sk: n(at) } : { pk: s(`w${number}-${at}`) }])));
  }

  pick(list) { return list[this.random(list.length)]; }

  newItem(key) {
    const item = { ...key, v: s(`v${this.random(1000)}`) };
    if (this.random(10) < 7) item.g = s(this.pick(kTexts));
    if (this.random(10) < 7) item.h = s(this.pick(kTexts));
    if (this.random(10) < 7) item.n = n(this.pick(kNumbers));
    if (this.random(10) < 7) item.t = s(this.pick(kTexts));
    if (this.random(10) === 0) item.pad = s('x'.repeat(this.random(3000)));
    return item;
  }

  itemOf(table, key) { return this.items.get(table + textOf(key)); }

  set(table, key, item) {
    if (item === undefined) this.items.delete(table + textOf(key));
    else this.items.set(table + textOf(key), item);
  }

  /** An UpdateItem and the item that it makes. */
  update(table, key) {
    const name = this.pick(['g', 'h', 'n', 't', 'v']);
    const item = { ...(this.itemOf(table, key) ?? key) };
    const request = { TableName: table, Key: key, ExpressionAttributeNames: { '#a': name } };
    if (this.random(3) === 0) {
      delete item[name];
      return [{ ...request, UpdateExpression: 'REMOVE #a' }, item];
    }
    item[name] = name === 'n' ? n(this.pick(kNumbers)) : s(this.pick(kTexts));
    return [{
      ...request, UpdateExpression: 'SET #a = :v', ExpressionAttributeValues: { ':v': item[name] },
    }, item];
  }

  /** The next write: operation and request; `pending` says what it does. */
  next() {
    const choice = this.random(20);
    const [table, key] = this.pick(this.keys);
    if (choice < 9) {
      const item = this.newItem(key);
      this.pending = [[table, key, item]];
      return ['PutItem', { TableName: table, Item: item }];
    }
    if (choice < 13) {
      const [request, item] = this.update(table, key);
      this.pending = [[table, key, item]];
      return ['UpdateItem', request];
    }
    if (choice < 17) {
      this.pending = [[table, key, undefined]];
      return ['DeleteItem', { TableName: table, Key: key }];
    }
    const at = this.random(this.keys.length);
    const chosen = Array.from({ length: 3 }, (_, step) => (
      this.keys[(at + step * 7) % this.keys.length]));
    this.pending = chosen.map(([each, itsKey], step) => (
      [each, itsKey, step === 2 ? undefined : this.newItem(itsKey)]));
    if (choice === 17) {
      return ['TransactWriteItems', {
        TransactItems: this.pending.map(([each, itsKey, item]) => (item === undefined
          ? { Delete: { TableName: each, Key: itsKey } }
          : { Put: { TableName: each, Item: item } })),
      }];
    }
    const RequestItems = {};
    for (const [each, itsKey, item] of this.pending) {
      (RequestItems[each] ??= []).push(item === undefined
        ? { DeleteRequest: { Key: itsKey } } : { PutRequest: { Item: item } });
    }
    return ['BatchWriteItem', { RequestItems }];
  }

  book() {
    for (const each of this.pending) this.set(...each);
    this.pending = [];
  }

  /** After a kill: finds out what became of the write under way. */
  async settle(server) {
    for (const [table, key, item] of this.pending) {
      const { Item } = await ok(server, 'GetItem',
        { TableName: table, Key: key, ConsistentRead: true });
      const before = this.itemOf(table, key);
      assert.ok([before, item].some((each) => same(each, Item)),
        `an item is neither as before nor as written: ${JSON.stringify(Item)}`);
      this.set(table, key, Item);
    }
    this.pending = [];
  }
}

const sorted = (item) => Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
const same = (a, b) => (a === undefined || b === undefined ? a === b
  : JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));

/** Writes until the server dies. */
async function write(server, writer, counts) {
  const connection = await ApiConnection.open(server.port);
  try {
    for (;;) {
      const [operation, request] = writer.next();
      const { status, json } = await connection.call(operation, request);
      assert.equal(status, 200, JSON.stringify(json));
      writer.book();
      counts.writes += 1;
    }
  } catch (error) {
    if (!error.connectionLost) throw error;
  } finally {
    connection.close();
  }
}

const extraOf = async (server) => (await ok(server, 'DescribeTable', { TableName: 'Changing' }))
  .Table.GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === kExtra.name);

/** Creates and deletes the extra index again and again. */
async function changeIndexes(server, random, counts) {
  try {
    for (;;) {
      const found = await extraOf(server);
      if (found === undefined) {
        await ok(server, 'UpdateTable', {
          TableName: 'Changing', AttributeDefinitions: attributesOf(['g', 't', 'n']),
          GlobalSecondaryIndexUpdates: [{ Create: definitionOf(kExtra) }],
        });
        counts.created += 1;
      } else if (found.IndexStatus === 'ACTIVE') {
        await wait(random(40));
        await ok(server, 'UpdateTable', {
          TableName: 'Changing',
          GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: kExtra.name } }],
        });
      }
      await wait(random(10));
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

const compare = (a, b) => (a.N !== undefined ? Number(a.N) - Number(b.N)
  : Buffer.compare(Buffer.from(a.S), Buffer.from(b.S)));

/** What an index has of the items, by partition. */
function expectedEntries(table, { hash, range, projection, included }, items) {
  const kept = new Set([...kTables[table].key, ...hash, ...range, ...included]);
  const groups = new Map();
  for (const item of items) {
    if (![...hash, ...range].every((name) => item[name] !== undefined)) continue;
    const entry = projection === 'ALL' ? item : Object.fromEntries(
      Object.entries(item).filter(([name]) => kept.has(name)));
    const group = JSON.stringify(hash.map((name) => item[name]));
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(entry);
  }
  return groups;
}

async function readAll(server, operation, request) {
  const items = [];
  let ExclusiveStartKey;
  do {
    const page = await ok(server, operation,
      { ...request, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    items.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

const contents = (items) => items.map((item) => JSON.stringify(sorted(item))).sort();

async function checkIndex(server, table, tested, items, random) {
  const what = `${table}.${tested.name}`;
  const groups = expectedEntries(table, tested, items);
  const scanned = await readAll(server, 'Scan',
    { TableName: table, IndexName: tested.name, Limit: 1 + random(200) });
  assert.deepEqual(contents(scanned), contents([...groups.values()].flat()), `scan of ${what}`);
  for (const [group, entries] of groups) {
    const values = JSON.parse(group);
    const request = {
      TableName: table, IndexName: tested.name, Limit: 1 + random(20),
      KeyConditionExpression: values.map((_, at) => `#k${at} = :v${at}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(
        tested.hash.map((name, at) => [`#k${at}`, name])),
      ExpressionAttributeValues: Object.fromEntries(values.map((value, at) => [`:v${at}`, value])),
    };
    const forward = await readAll(server, 'Query', request);
    assert.deepEqual(contents(forward), contents(entries), `query of ${what} ${group}`);
    for (let at = 1; at < forward.length; at += 1) {
      const order = tested.range.map((name) => compare(forward[at - 1][name], forward[at][name]))
        .find((each) => each !== 0) ?? 0;
      assert.ok(order <= 0, `order of ${what} ${group}`);
    }
    const backward = await readAll(server, 'Query', { ...request, ScanIndexForward: false });
    assert.deepEqual(backward.reverse(), forward, `backward query of ${what} ${group}`);
  }
}

/** Compares tables, indexes and counts with the model. */
async function check(server, writers, random) {
  const settled = await eventually(async () => {
    const found = await extraOf(server);
    return found === undefined || found.IndexStatus === 'ACTIVE' ? { found } : undefined;
  }, 'the extra index to be active or gone', 60000);
  for (const [table, { local, global }] of Object.entries(kTables)) {
    const items = writers.flatMap((writer) => [...writer.items]
      .filter(([key]) => key.startsWith(`${table}[`)).map(([, item]) => item));
    assert.deepEqual(contents(await readAll(server, 'Scan', { TableName: table })),
      contents(items), `scan of ${table}`);
    const extra = table === 'Changing' && settled.found !== undefined ? [kExtra] : [];
    for (const tested of [...local, ...global, ...extra]) {
      await checkIndex(server, table, tested, items, random);
    }
  }
}

/** The offline check. */
function verify(dataDirectory) {
  const program = process.env.MILLRACE_VERIFY ??
    path.join(path.dirname(binaryPath()), 'millrace_verify');
  const { status, stdout, stderr } = spawnSync(program, [`--data_dir=${dataDirectory}`],
    { encoding: 'utf8' });
  assert.equal(status, 0, `${program}: ${stdout}${stderr}`);
}

/** One life of the server: writes until it is killed, then everything is compared. */
async function run(dataDirectory, writers, random, writes) {
  let server = await startServer({ dataDirectory });
  const counts = { writes: 0, created: 0 };
  const target = Math.ceil(writes * (80 + random(20)) / 100);
  const working = [...writers.map((writer) => write(server, writer, counts)),
    changeIndexes(server, random, counts)];
  const failed = Promise.all(working);
  failed.catch(() => {});
  while (counts.writes < target) {
    await Promise.race([wait(2), failed]);
  }
  await server.end('SIGKILL');
  await failed;
  verify(dataDirectory);
  server = await startServer({ dataDirectory });
  for (const writer of writers) await writer.settle(server);
  await check(server, writers, random);
  await server.end('SIGTERM');
  verify(dataDirectory);
  return counts;
}

async function main() {
  const seed = flag('seed', Date.now() % 2 ** 31);
  const runs = flag('runs', 3);
  const writes = flag('writes', runs < 30 ? runs * 1500 : 100000);
  const random = generator(seed);
  const writers = Array.from({ length: flag('connections', 16) }, (_, number) => (
    new Writer(number, generator(random(2 ** 31)))));
  const dataDirectory = temporaryDirectory();
  let passed = 0;
  let created = 0;
  let total = 0;
  console.log(`seed ${seed}, data in ${dataDirectory}`);
  try {
    const server = await startServer({ dataDirectory });
    await createTables(server);
    await server.end('SIGTERM');
    for (let at = 0; at < runs; at += 1) {
      const counts = await run(dataDirectory, writers, random, Math.ceil(writes / runs * 1.15));
      passed += 1;
      created += counts.created;
      total += counts.writes;
      console.log(`ok ${at + 1} - ${counts.writes} writes, ${counts.created} indexes created`);
    }
    assert.ok(created > 0, 'indexes were created meanwhile');
    console.log(`${total} writes, ${created} indexes created`);
  } catch (error) {
    console.log(`not ok ${passed + 1} - ${error.stack}`);
    console.log(`kept for inspection: ${dataDirectory}`);
    passed = Math.min(passed, runs - 1);
  }
  const failed = passed === runs ? 0 : 1;
  if (failed === 0) removeDirectory(dataDirectory);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed;
}

await main();
