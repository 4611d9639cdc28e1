// What the scenarios share: servers with their memory, tables, latencies, and loops that many
// connections run.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiConnection } from '../crash/api_connection.mjs';
import {
  call, createTable, eventually, exchange, requestBytes, startServer,
} from '../wire/harness.mjs';

export const kTable = 'Overload';
export const keyOf = (number) => ({ pk: { S: `k${number}` } });

/** Runs `scenario` with a server that has the table, and ends both. */
export async function withServer(flags, scenario) {
  const server = await startServer({ flags });
  try {
    await createTable(server, kTable, 'pk:S');
    return await scenario(server);
  } catch (error) {
    error.message += `\n${server.stderr.slice(-3000)}`;
    throw error;
  } finally {
    const { code } = await server.close();
    assert.equal(code, 0, 'an orderly end');
  }
}

/** Memory of the server's process in MiB: {now, peak} since its start. */
export function memory(server) {
  const status = fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1024;
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

/** A figure of the metrics page. */
export async function metric(server, name) {
  const { text } = await exchange(server, { method: 'GET', path: '/metrics' });
  return Number(new RegExp(`^millrace_${name} (\\S+)$`, 'm').exec(text)[1]);
}

/** Waits until the server has nothing to do but this question. */
export const quiet = (server, deadlineMs) => eventually(async () => (
  await metric(server, 'http_in_flight_requests') <= 1 &&
  await metric(server, 'http_in_flight_bytes') === 0), 'the server to be quiet', deadlineMs);

/** How many sockets this process may open, some left for other things. */
export function socketsMax(wanted) {
  const limits = fs.readFileSync('/proc/self/limits', 'utf8');
  const [, soft] = /^Max open files\s+(\d+)/m.exec(limits);
  return Math.min(wanted, Number(soft) - 200);
}

/** Opens connections, a bounded number at a time. */
export async function openMany(server, count) {
  const connections = [];
  while (connections.length < count) {
    const some = Math.min(200, count - connections.length);
    connections.push(...await Promise.all(Array.from({ length: some }, () => (
      ApiConnection.open(server.port)))));
  }
  return connections;
}

/** Counts answers and keeps their latencies. */
export class Answers {
  constructor() {
    this.byStatus = new Map();
    this.latenciesMs = [];
  }

  add(status, latencyMs) {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    if (status === 200) this.latenciesMs.push(latencyMs);
  }

  count(status) { return this.byStatus.get(status) ?? 0; }

  /** A quantile of the latencies of successes, in milliseconds. */
  quantile(part) {
    const sorted = Float64Array.from(this.latenciesMs).sort();
    return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1,
      Math.floor(sorted.length * part))];
  }

  toString() {
    const counts = [...this.byStatus].map(([status, count]) => `${count} x ${status}`).join(', ');
    return `${counts}, p50 ${this.quantile(0.5).toFixed(1)} ms, ` +
      `p99 ${this.quantile(0.99).toFixed(1)} ms`;
  }
}

/** One call after the other until `state.stopped`; any answer but success and a refusal that
 *  clients repeat is a failure. Returns the number of successes. */
export async function callUntilStopped(connection, state, answers, nextCall) {
  let successes = 0;
  while (!state.stopped) {
    const [operation, body] = nextCall();
    const beganMs = performance.now();
    const { status, json } = await connection.call(operation, body);
    answers.add(status, performance.now() - beganMs);
    assert.ok(status === 200 ||
      (status === 503 && /#ServiceUnavailable$/.test(json.__type)), JSON.stringify(json));
    if (status === 200) successes += 1;
  }
  return successes;
}

export const newPut = (number, size = 100) => ['PutItem', {
  TableName: kTable, Item: { ...keyOf(number), text: { S: 'x'.repeat(size) } } }];
export const newGet = (number) => ['GetItem', { TableName: kTable, Key: keyOf(number) }];

/** Ordinary clients while `during` runs: their answers. None of them may be refused. */
export async function servedDuring(server, during, clients = 4) {
  const answers = new Answers();
  const state = { stopped: false };
  const connections = await openMany(server, clients);
  let number = 0;
  const nextCall = () => {
    number += 1;
    return number % 2 === 0 ? newGet(number % 100) : newPut(number % 100);
  };
  const calling = Promise.all(connections.map((connection) => (
    callUntilStopped(connection, state, answers, nextCall))));
  try {
    await Promise.race([during(), calling]);
  } finally {
    state.stopped = true;
  }
  await calling;
  for (const connection of connections) connection.close();
  assert.ok(answers.count(200) > 0 && answers.count(503) === 0, `others: ${answers}`);
  return answers;
}

/** How long it takes after a load until a write and a read are as quick as they should be. */
export async function recoveryMs(server, quickMs = 100) {
  const beganMs = performance.now();
  const [connection] = await openMany(server, 1);
  for (;;) {
    const callMs = performance.now();
    const put = await connection.call(...newPut(0));
    const get = await connection.call(...newGet(0));
    const nowMs = performance.now();
    if (put.status === 200 && get.status === 200 && nowMs - callMs < quickMs) {
      connection.close();
      return nowMs - beganMs;
    }
    assert.ok(nowMs - beganMs < 10000, 'the server does not recover');
    await wait(5);
  }
}

export { call, eventually, exchange, requestBytes, wait };
