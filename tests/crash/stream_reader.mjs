// A reader follows a table's stream from its beginning, as the Streams API tells it to, while many
// connections write, shards roll over every second and the server is killed every few seconds. It
// must see every change exactly once and the changes of each item in order, and what it rebuilds
// must be the table.
//
//   node stream_reader.mjs [--binary=PATH] [--runs=2] [--seconds=8] [--seed=NUMBER]
//                          [--connections=64] [--stream_shards=2]
//
// Every write puts a number into its item that no other write has. So each record's old image must
// be what the record before it left, and the number of every acknowledged write must turn up. The
// last line is "N passed, N failed".

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  createTable, ok, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { ApiConnection } from './api_connection.mjs';
import { flag, generator } from './random.mjs';

const kPartitions = 60;
const kSortKeys = 8;
const kRecordsPerRead = 1000;
const kKillAfterMs = { least: 1500, spread: 2500 };

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const nameOf = (keys) => `${keys.pk.S}/${keys.sk.N}`;

/** What the writers have been promised. */
class Promises {
  constructor() {
    this.serial = 0;
    this.acknowledged = [];
    this.deletes = 0;
  }

  next() {
    this.serial += 1;
    return this.serial;
  }
}

/** One write: its request, and the number by which it can be recognised (none for a delete). */
function newWrite(table, random, promises) {
  const Key = { pk: s(`p${random(kPartitions)}`), sk: n(random(kSortKeys)) };
  const number = promises.next();
  const choice = random(10);
  if (choice < 5) {
    const Item = { ...Key, number: n(number), text: s('x'.repeat(random(200))) };
    return { operation: 'PutItem', number, body: { TableName: table, Item } };
  }
  if (choice < 8) {
    return {
      operation: 'UpdateItem', number,
      body: {
        TableName: table, Key, UpdateExpression: 'SET #n = :n ADD updates :one',
        ExpressionAttributeNames: { '#n': 'number' },
        ExpressionAttributeValues: { ':n': n(number), ':one': n(1) },
      },
    };
  }
  return { operation: 'DeleteItem', body: { TableName: table, Key } };
}

/** Writes over one connection until it breaks or `state.stopped` is set. */
async function work(server, table, random, promises, state) {
  const connection = await ApiConnection.open(server.port);
  try {
    while (!state.stopped) {
      const write = newWrite(table, random, promises);
      const { status, json } = await connection.call(write.operation, write.body);
      assert.equal(status, 200, JSON.stringify(json));
      if (write.number === undefined) promises.deletes += 1;
      else promises.acknowledged.push(write.number);
    }
  } catch (error) {
    if (!error.connectionLost) throw error;
  } finally {
    connection.close();
  }
}

/** Follows one stream; what it knows outlives the server's process. Each round over all shards
 *  begins `pauseMs` after the one before it. */
export class Reader {
  constructor(streamArn, pauseMs = 0) {
    this.streamArn = streamArn;
    this.pauseMs = pauseMs;
    this.shards = new Map(); // id -> {parent, closed, iterator, last, finished, records}
    this.items = new Map(); // what the records so far make of the table
    this.sequences = new Set();
    this.lastOfItem = new Map();
    this.numbers = new Set();
    this.reads = 0;
  }

  /** Reads until the stream is closed and read to its end; survives the server's ends. */
  async follow(currentServer) {
    while (!this.done) {
      const connection = await ApiConnection.open((await currentServer()).port);
      try {
        while (!this.done) {
          await this.#round(connection);
          if (this.pauseMs > 0) await wait(this.pauseMs);
        }
      } catch (error) {
        if (!error.connectionLost) throw error;
        // Iterators may be gone with the process; positions are not.
        for (const shard of this.shards.values()) shard.iterator = undefined;
      } finally {
        connection.close();
      }
    }
  }

  async #call(connection, operation, body) {
    const { status, json } = await connection.call(operation, body);
    assert.equal(status, 200, `${operation}: ${JSON.stringify(json)}`);
    return json;
  }

  async #round(connection) {
    const closed = await this.#discover(connection);
    const ready = [...this.shards.entries()].filter(([, shard]) => (
      !shard.finished && (this.shards.get(shard.parent)?.finished ?? true)));
    for (const [id, shard] of ready) await this.#read(connection, id, shard);
    this.done = closed && [...this.shards.values()].every((shard) => shard.finished);
  }

  /** Takes note of the shards; true when none is open any more. */
  async #discover(connection) {
    let start;
    let status;
    let open = 0;
    do {
      const { StreamDescription: stream } = await this.#call(connection, 'DescribeStream', {
        StreamArn: this.streamArn, ExclusiveStartShardId: start, Limit: 50,
      });
      status = stream.StreamStatus;
      for (const shard of stream.Shards) {
        if (shard.SequenceNumberRange.EndingSequenceNumber === undefined) open += 1;
        if (!this.shards.has(shard.ShardId)) {
          this.shards.set(shard.ShardId, {
            parent: shard.ParentShardId, finished: false, records: 0,
          });
        }
      }
      start = stream.LastEvaluatedShardId;
    } while (start !== undefined);
    return status === 'DISABLED' && open === 0;
  }

  /** Reads what a shard has at this moment, at most a few pages. */
  async #read(connection, id, shard) {
    shard.iterator ??= (await this.#call(connection, 'GetShardIterator', {
      StreamArn: this.streamArn, ShardId: id,
      ...(shard.last === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: shard.last }),
    })).ShardIterator;
    for (let page = 0; page < 4; page += 1) {
      const { Records, NextShardIterator } = await this.#call(connection, 'GetRecords', {
        ShardIterator: shard.iterator, Limit: kRecordsPerRead,
      });
      this.reads += 1;
      for (const record of Records) this.take(record, shard);
      shard.iterator = NextShardIterator;
      if (NextShardIterator === undefined) {
        shard.finished = true;
        return;
      }
      if (Records.length === 0) return;
    }
  }

  /** Checks a record and takes note of it. */
  take({ eventName, dynamodb }, shard) {
    const { Keys, NewImage, OldImage, SequenceNumber } = dynamodb;
    const name = nameOf(Keys);
    assert.ok(!this.sequences.has(SequenceNumber), `${SequenceNumber} came twice`);
    this.sequences.add(SequenceNumber);
    assert.ok(shard.last === undefined || SequenceNumber > shard.last, 'order in the shard');
    assert.ok(SequenceNumber > (this.lastOfItem.get(name) ?? ''), `order of ${name}`);
    this.lastOfItem.set(name, SequenceNumber);
    shard.last = SequenceNumber;
    shard.records += 1;
    assert.deepEqual(OldImage, this.items.get(name), `${SequenceNumber}: what was before`);
    assert.equal(eventName,
      NewImage === undefined ? 'REMOVE' : OldImage === undefined ? 'INSERT' : 'MODIFY');
    if (NewImage === undefined) {
      this.items.delete(name);
    } else {
      this.items.set(name, NewImage);
      this.numbers.add(Number(NewImage.number.N));
    }
  }
}

async function contents(server, table) {
  const items = new Map();
  let ExclusiveStartKey;
  do {
    const page = await ok(server, 'Scan', { TableName: table, ExclusiveStartKey });
    for (const item of page.Items) items.set(nameOf(item), item);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** Keeps a server running, killing it now and then, until the time is over. */
async function writeAndKill(servers, table, random, settings, promises) {
  const endMs = Date.now() + settings.seconds * 1000;
  let kills = 0;
  while (Date.now() < endMs) {
    const state = { stopped: false };
    const all = Promise.all(Array.from({ length: settings.connections }, () => (
      work(servers.current, table, generator(random(2 ** 31)), promises, state))));
    const leftMs = endMs - Date.now();
    const killAfterMs = kKillAfterMs.least + random(kKillAfterMs.spread);
    await Promise.race([all, wait(Math.min(leftMs, killAfterMs))]);
    if (leftMs > killAfterMs) {
      kills += 1;
      await servers.replace('SIGKILL');
    } else {
      state.stopped = true;
    }
    await all;
  }
  return kills;
}

/** The server of the moment, and waiting for the next one while there is none. */
class Servers {
  constructor(dataDirectory, flags) {
    this.options = { dataDirectory, flags };
  }

  async start() {
    this.starting = startServer(this.options);
    this.current = await this.starting;
  }

  async replace(signal) {
    const old = this.current;
    let started;
    this.starting = new Promise((resolve) => { started = resolve; });
    await old.end(signal);
    this.current = await startServer(this.options);
    started(this.current);
  }
}

async function run(random, settings) {
  const dataDirectory = temporaryDirectory();
  const servers = new Servers(dataDirectory, [
    '--shard_rollover=1s', `--stream_shards=${settings.streamShards}`]);
  await servers.start();
  try {
    const table = 'Streamed';
    await createTable(servers.current, table, 'pk:S', 'sk:N', {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    const { Table } = await ok(servers.current, 'DescribeTable', { TableName: table });
    const reader = new Reader(Table.LatestStreamArn);
    const promises = new Promises();
    const following = reader.follow(() => servers.starting);
    const kills = await Promise.race([
      writeAndKill(servers, table, random, settings, promises),
      following.then(() => assert.fail('the reader ended early'))]);
    // Closes every shard, so that the reader knows when it has seen all.
    await ok(servers.current, 'UpdateTable', {
      TableName: table, StreamSpecification: { StreamEnabled: false },
    });
    await following;
    assert.deepEqual(reader.items, await contents(servers.current, table), 'the rebuilt table');
    for (const number of promises.acknowledged) {
      assert.ok(reader.numbers.has(number), `acknowledged write ${number} has no record`);
    }
    const shards = reader.shards.size;
    assert.ok(shards > settings.streamShards, 'shards were rolled over');
    removeDirectory(dataDirectory);
    return `${reader.sequences.size} records in ${shards} shards, `
      + `${promises.acknowledged.length + promises.deletes} writes, ${kills} kills`;
  } catch (error) {
    console.log(`kept for inspection: ${dataDirectory}`);
    throw error;
  } finally {
    await servers.current.end('SIGKILL');
  }
}

async function main() {
  const settings = {
    seconds: flag('seconds', 8),
    connections: flag('connections', 64),
    streamShards: flag('stream_shards', 2),
  };
  const runs = flag('runs', 2);
  const seed = flag('seed', Date.now() % 2 ** 31);
  const random = generator(seed);
  console.log(`seed ${seed}`);
  let passed = 0;
  try {
    for (let index = 0; index < runs; index += 1) {
      const what = await run(random, settings);
      passed += 1;
      console.log(`ok ${index + 1} - ${what}`);
    }
  } catch (error) {
    console.log(`not ok ${passed + 1} - ${error.stack}`);
  }
  const failed = passed === runs ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
