// The changes of a table go to two functions while many connections write and the server is killed
// at random moments. One function notes what it gets: of every key it must get every change, in
// order, each for the first time right behind the one before it. The other counts into a table with
// the checkpoint token: its counts must be exact, whatever was delivered twice.
//
//   node delivery.mjs [--binary=PATH] [--runs=2] [--writes=20000] [--keys=1000] [--kills=4]
//                     [--connections=32] [--seed=NUMBER]
//
// Odd runs have one lane, even ones ten. The counting handler ends its process now and then right
// after its commit; the batch is finished all the same, because its token was committed. The last
// line is "N passed, N failed".

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createTable, ok, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { makeZip } from '../wire/zip.mjs';
import { ApiConnection } from './api_connection.mjs';
import { flag, generator } from './random.mjs';

const kRole = 'arn:aws:iam::000000000000:role/function';
const kBuckets = 16;
// A test fails when nothing at all has been delivered for so long.
const kPatienceMs = 60000;

const kNoteHandler = `
const fs = require('node:fs');
exports.handler = async (event) => {
  const lines = event.Records.map(({ dynamodb: { NewImage } }) => (
    NewImage.pk.S + ' ' + NewImage.number.N + '\\n'));
  fs.appendFileSync(process.env.NOTES, lines.join(''));
};
`;

const kCountHandler = `
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
function call(operation, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(process.env.AWS_ENDPOINT_URL, {
      method: 'POST', agent,
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'DynamoDB_20120810.' + operation,
        Authorization: 'AWS4-HMAC-SHA256 Credential=function/20260101/us-east-1/dynamodb/' +
          'aws4_request, SignedHeaders=host, Signature=' + '0'.repeat(64),
        'X-Amz-Date': '20260101T000000Z',
      },
    }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
exports.handler = async (event, context) => {
  const counts = new Map();
  for (const { dynamodb: { NewImage } } of event.Records) {
    const bucket = 'bucket ' + (Number(NewImage.pk.S.slice(1)) % ${kBuckets});
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const { status, text } = await call('TransactWriteItems', {
    ClientRequestToken: context.checkpointToken,
    TransactItems: [...counts].map(([pk, count]) => ({ Update: {
      TableName: 'Counts', Key: { pk: { S: pk } }, UpdateExpression: 'ADD records :n',
      ExpressionAttributeValues: { ':n': { N: String(count) } },
    } })),
  });
  // Somebody else has finished this batch.
  if (text.includes('CheckpointConflict')) return;
  if (status !== 200) throw new Error(text);
  if (Math.random() < 0.02) process.exit(3);
};
`;

/** One call of the functions' API. */
async function functionsApi(server, method, target, body) {
  const answer = await fetch(server.endpoint + target, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${target}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function createFunction(server, name, source, variables) {
  await functionsApi(server, 'POST', '/2015-03-31/functions', {
    FunctionName: name, Role: kRole, Runtime: 'nodejs20.x', Handler: 'index.handler', Timeout: 30,
    Code: { ZipFile: makeZip({ 'index.js': source }).toString('base64') },
    Environment: { Variables: variables },
  });
}

function createMapping(server, streamArn, name, factor) {
  return functionsApi(server, 'POST', '/2015-03-31/event-source-mappings', {
    EventSourceArn: streamArn, FunctionName: name, StartingPosition: 'TRIM_HORIZON',
    BatchSize: 50, ParallelizationFactor: factor,
  });
}

/** What there is to write: a counter for each key, each raised by one writer at a time. */
class Work {
  constructor(keys, writes, random) {
    this.numbers = new Array(keys).fill(0);
    this.busy = new Set();
    this.left = writes;
    this.random = random;
  }

  /** A key that nobody else is writing, and its next number; undefined when all is written. */
  take() {
    if (this.left === 0) return undefined;
    this.left -= 1;
    let key = this.random(this.numbers.length);
    while (this.busy.has(key)) key = (key + 1) % this.numbers.length;
    this.busy.add(key);
    this.numbers[key] += 1;
    return { key, number: this.numbers[key] };
  }

  done({ key }) {
    this.busy.delete(key);
  }
}

/** Writes until all is written. A write whose outcome a kill hides is repeated: the same item again
 *  is no change. */
async function write(currentServer, work) {
  let next;
  for (;;) {
    const connection = await ApiConnection.open((await currentServer()).port);
    try {
      for (;;) {
        next ??= work.take();
        if (next === undefined) return;
        const { status, json } = await connection.call('PutItem', {
          TableName: 'Source',
          Item: { pk: { S: `k${next.key}` }, number: { N: String(next.number) } },
        });
        assert.equal(status, 200, JSON.stringify(json));
        work.done(next);
        next = undefined;
      }
    } catch (error) {
      if (!error.connectionLost) throw error;
    } finally {
      connection.close();
    }
  }
}

/** Reads what the noting function has written down, checking the order as it comes. */
class Notes {
  constructor(file) {
    this.file = file;
    this.offset = 0;
    this.rest = '';
    this.highest = new Map();
    this.firsts = 0;
    this.repeats = 0;
  }

  read() {
    const size = fs.statSync(this.file).size;
    if (size === this.offset) return;
    const bytes = Buffer.alloc(size - this.offset);
    const descriptor = fs.openSync(this.file, 'r');
    const count = fs.readSync(descriptor, bytes, 0, bytes.length, this.offset);
    fs.closeSync(descriptor);
    this.offset += count;
    const lines = (this.rest + bytes.toString('utf8', 0, count)).split('\n');
    this.rest = lines.pop();
    for (const line of lines) {
      const [key, text] = line.split(' ');
      const number = Number(text);
      const highest = this.highest.get(key) ?? 0;
      assert.ok(number <= highest + 1, `${key}: ${number} came right behind ${highest}`);
      if (number === highest + 1) {
        this.highest.set(key, number);
        this.firsts += 1;
      } else {
        this.repeats += 1;
      }
    }
  }
}

/** The sum of the counts, as far as counting has come. */
async function counted(currentServer) {
  const { Items } = await ok(await currentServer(), 'Scan', {
    TableName: 'Counts', ConsistentRead: true });
  return Items.reduce((sum, item) => sum + Number(item.records.N), 0);
}

/** Waits until both functions have had everything, or have stood still for too long. */
async function settle(currentServer, notes, writes) {
  let last;
  let lastMs = Date.now();
  for (;;) {
    notes.read();
    const count = await counted(currentServer);
    if (notes.firsts === writes && count >= writes) return count;
    const progress = `${notes.firsts + notes.repeats} ${count}`;
    if (progress !== last) {
      last = progress;
      lastMs = Date.now();
    }
    assert.ok(Date.now() - lastMs < kPatienceMs,
      `nothing moves any more at ${notes.firsts} noted and ${count} counted of ${writes}`);
    await wait(50);
  }
}

async function run(random, settings, factor) {
  const dataDirectory = temporaryDirectory();
  const notesFile = path.join(dataDirectory, 'notes');
  fs.writeFileSync(notesFile, '');
  const flags = ['--mapping_retry_base=20ms', '--mapping_retry_max=200ms',
    '--functions_running_max=32'];
  const options = { dataDirectory: path.join(dataDirectory, 'data'), flags };
  let starting = startServer(options);
  const currentServer = () => starting;
  try {
    const server = await starting;
    await createTable(server, 'Source', 'pk:S', undefined, {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    await createTable(server, 'Counts', 'pk:S');
    const { Table } = await ok(server, 'DescribeTable', { TableName: 'Source' });
    await createFunction(server, 'note', kNoteHandler, { NOTES: notesFile });
    await createFunction(server, 'count', kCountHandler, {});
    for (const name of ['note', 'count']) {
      await createMapping(server, Table.LatestStreamArn, name, factor);
    }

    const work = new Work(settings.keys, settings.writes, random);
    const all = Promise.all(Array.from({ length: settings.connections }, () => (
      write(currentServer, work))));
    const notes = new Notes(notesFile);
    // Kills come while there is work: each when a random number of writes is left to do.
    const killPoints = Array.from({ length: settings.kills }, () => random(settings.writes));
    for (const left of killPoints.sort((a, b) => b - a)) {
      while (work.left > left) await Promise.race([all, wait(1)]);
      await wait(random(30));
      notes.read();
      const old = await starting;
      starting = old.end('SIGKILL').then(() => startServer(options));
      await starting;
    }
    await all;
    const count = await settle(currentServer, notes, settings.writes);
    work.numbers.forEach((number, key) => {
      assert.equal(notes.highest.get(`k${key}`) ?? 0, number, `the last change of k${key}`);
    });
    assert.equal(count, settings.writes, 'counts with checkpoint tokens');
    // Nothing may come after that either.
    await (await starting).end('SIGTERM');
    notes.read();
    return `${settings.writes} writes, factor ${factor}, ${settings.kills} kills, ` +
      `${notes.repeats} delivered again`;
  } catch (error) {
    error.message += `\n${(await starting.catch(() => undefined))?.stderr ?? ''}`;
    throw error;
  } finally {
    await starting.then((server) => server.end('SIGKILL'), () => {});
    removeDirectory(dataDirectory);
  }
}

const seed = flag('seed', Date.now() >>> 0);
const runs = flag('runs', 2);
const settings = {
  writes: flag('writes', 20000), keys: flag('keys', 1000), kills: flag('kills', 4),
  connections: flag('connections', 32),
};
const random = generator(seed);
console.log(`seed ${seed}`);
let passed = 0;
let failed = 0;
for (let number = 1; number <= runs; number += 1) {
  try {
    console.log(`ok ${number} - ${await run(random, settings, number % 2 === 1 ? 1 : 10)}`);
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`not ok ${number} - ${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
