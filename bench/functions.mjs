// Measures functions and mappings on the built server: how soon a write reaches a warm handler, how
// many records a second are delivered, what idle mappings cost, and how long a cold start takes.
//
//   node bench/functions.mjs [--binary=PATH] [--writes=500] [--records=200000] [--mappings=200]
//                            [--cold_starts=15]
//
// Times of different processes are compared by the system's monotonic clock. Run it on an idle
// machine; server CPU is from /proc.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiConnection } from '../tests/crash/api_connection.mjs';
import { flag } from '../tests/crash/random.mjs';
import { createTable, eventually, ok, startServer } from '../tests/wire/harness.mjs';
import { makeZip } from '../tests/wire/zip.mjs';

const kRole = 'arn:aws:iam::000000000000:role/bench';
const kTicksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));
const kNoteHandler = `
const fs = require('node:fs');
const file = fs.openSync(process.env.NOTES, 'a');
exports.handler = async (event) => {
  const now = process.hrtime.bigint();
  fs.writeSync(file, event.Records.map((record) => (
    now + ' ' + record.dynamodb.Keys.pk.S + '\\n')).join(''));
};
`;
const kIdleHandler = 'exports.handler = async () => {};\n';
const kPythonHandler = 'def handler(event, context):\n    return event\n';

async function api(server, method, target, body) {
  const answer = await fetch(server.endpoint + target, {
    method, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

const createFunction = (server, name, files, more = {}) => (
  api(server, 'POST', '/2015-03-31/functions', {
    FunctionName: name, Role: kRole, Runtime: 'nodejs20.x', Handler: 'index.handler', Timeout: 30,
    Code: { ZipFile: makeZip(files).toString('base64') }, ...more,
  }));

const createMapping = (server, streamArn, name, more = {}) => (
  api(server, 'POST', '/2015-03-31/event-source-mappings', {
    EventSourceArn: streamArn, FunctionName: name, StartingPosition: 'LATEST', ...more }));

async function streamedTable(server, name) {
  await createTable(server, name, 'pk:S', undefined, {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } });
  return (await ok(server, 'DescribeTable', { TableName: name })).Table.LatestStreamArn;
}

/** Seconds of CPU that the server itself has used. */
function cpuSeconds(server) {
  const text = fs.readFileSync(`/proc/${server.child.pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kTicksPerSecond;
}

/** The sum of a metric over all its labels. */
async function metric(server, name) {
  const text = await (await fetch(`${server.endpoint}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'gm'))]
    .reduce((sum, match) => sum + Number(match[1]), 0);
}

const percentile = (sorted, share) => (
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);

/** From the acknowledgement of a write to the first line of a warm handler. */
async function latency(server) {
  const notes = path.join(server.dataDirectory, 'notes');
  fs.writeFileSync(notes, '');
  const arn = await streamedTable(server, 'Latency');
  await createFunction(server, 'note', { 'index.js': kNoteHandler },
    { Environment: { Variables: { NOTES: notes } } });
  await createMapping(server, arn, 'note');
  const connection = await ApiConnection.open(server.port);
  const acknowledged = new Map();
  const writes = flag('writes', 500);
  const lines = () => fs.readFileSync(notes, 'utf8').split('\n').filter(Boolean);
  for (let number = -5; number < writes; number += 1) {
    const pk = `k${number}`;
    await connection.call('PutItem', { TableName: 'Latency',
      Item: { pk: { S: pk }, text: { S: 'x'.repeat(180) } } });
    acknowledged.set(pk, process.hrtime.bigint());
    // The first ones only warm the handler up.
    if (number < 0) await eventually(() => lines().length === number + 6, 'a warm handler');
    else await wait(2);
  }
  connection.close();
  await eventually(() => lines().length >= writes + 5, 'the last record');
  const times = lines().slice(5).map((line) => {
    const [time, pk] = line.split(' ');
    return Number(BigInt(time) - acknowledged.get(pk)) / 1e6;
  }).sort((a, b) => a - b);
  console.log(`write to handler, ${times.length} writes: median ` +
    `${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms`);
}

/** How fast records that are there already are delivered. */
async function throughput(server) {
  const records = flag('records', 200000);
  const arn = await streamedTable(server, 'Throughput');
  await createFunction(server, 'idle', { 'index.js': kIdleHandler });
  const mapping = await createMapping(server, arn, 'idle', {
    StartingPosition: 'TRIM_HORIZON', BatchSize: 100, ParallelizationFactor: 4, Enabled: false });
  const perBatch = 25;
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    const connection = await ApiConnection.open(server.port);
    while (next < records) {
      const first = next;
      next += perBatch;
      await connection.call('BatchWriteItem', { RequestItems: { Throughput: Array.from(
        { length: perBatch }, (_, index) => ({ PutRequest: { Item: {
          pk: { S: `k${first + index}` }, text: { S: 'x'.repeat(180) } } } })) } });
    }
    connection.close();
  }));
  const cpu = cpuSeconds(server);
  const start = process.hrtime.bigint();
  await api(server, 'PUT', `/2015-03-31/event-source-mappings/${mapping.UUID}`, { Enabled: true });
  const labels = `lambda_invoked_events_total`;
  const before = await metric(server, labels);
  await eventually(async () => {
    await wait(20);
    return await metric(server, labels) - before >= next;
  }, 'all records', 120000);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.log(`delivery, BatchSize 100, factor 4: ${Math.round(next / seconds)} records/s, ` +
    `${((cpuSeconds(server) - cpu) / next * 1e6).toFixed(2)} us of server CPU per record, ` +
    `${((cpuSeconds(server) - cpu) / seconds * 100).toFixed(0)} % of a core`);
}

/** What mappings without work cost. */
async function idleMappings(server) {
  const count = flag('mappings', 200);
  const arn = await streamedTable(server, 'Idle');
  for (let number = 0; number < count; number += 1) {
    await createFunction(server, `idle-${number}`, { 'index.js': kIdleHandler });
    await createMapping(server, arn, `idle-${number}`);
  }
  await wait(1000);
  const cpu = cpuSeconds(server);
  const seconds = 10;
  await wait(seconds * 1000);
  console.log(`${count} idle mappings: ` +
    `${((cpuSeconds(server) - cpu) / seconds * 100).toFixed(2)} % of a core`);
}

/** Cold starts of a Python handler against python itself. */
async function coldStarts(server) {
  const count = flag('cold_starts', 15);
  await createFunction(server, 'python', { 'handler.py': kPythonHandler },
    { Runtime: 'python3.11', Handler: 'handler.handler' });
  const imports = 'import json, http.client, importlib, traceback, os, sys, time';
  const cold = [];
  const bare = [];
  for (let number = 0; number < count; number += 1) {
    await api(server, 'PUT', '/2015-03-31/functions/python/configuration',
      { Description: `number ${number}` });
    let start = process.hrtime.bigint();
    await api(server, 'POST', '/2015-03-31/functions/python/invocations', {});
    cold.push(Number(process.hrtime.bigint() - start) / 1e6);
    start = process.hrtime.bigint();
    execFileSync('python3', ['-c', imports]);
    bare.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  const median = (times) => percentile(times.sort((a, b) => a - b), 0.5);
  console.log(`cold start of a Python handler: median ${median(cold).toFixed(1)} ms; python3 ` +
    `with the imports alone ${median(bare).toFixed(1)} ms`);
}

const server = await startServer({ flags: ['--functions_environments_max=300'] });
try {
  await latency(server);
  await throughput(server);
  await coldStarts(server);
  await idleMappings(server);
} finally {
  await server.close();
}
