// What the loads share: the state of a round, clients that survive the server's ends, and the
// figures of a run.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiConnection } from '../crash/api_connection.mjs';

// What the server may answer beside success, unless a load says more: a full queue, and a stop.
const kRefusals = ['ServiceUnavailable', 'ThrottlingException'];
const kKeptLatencies = 200000;

/** Everything that is counted over a run. */
export const newFigures = () => ({
  rounds: 0, calls: 0, writes: 0, reads: 0, refused: 0, lost: 0, transfers: 0, audits: 0,
  records: 0, delivered: 0, repeated: 0, messages: 0, messagesAgain: 0, expired: 0, kills: 0,
  stops: 0, pauses: 0, cuts: 0, jumps: 0, startsKilled: 0, restarts: 0, verified: 0, checks: 0,
  rssMb: 0, rssMaxMb: 0, dataMaxMb: 0, latenciesMs: [], undisturbed: 0,
});

/** A quantile of latencies, in milliseconds. */
export function quantile(latenciesMs, part) {
  if (latenciesMs.length === 0) return 0;
  const sorted = Float64Array.from(latenciesMs).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** One round: loads run until it is stopped, and stand still while it is paused. */
export class Round {
  constructor(number, servers, figures) {
    this.number = number;
    this.servers = servers;
    this.figures = figures;
    this.stopped = false;
    this.paused = false;
    this.working = 0;
  }

  /** Runs `step` again and again until the round is stopped; steps end before a pause begins. */
  async repeat(step) {
    this.working += 1;
    try {
      while (!this.stopped) {
        if (this.paused) {
          this.working -= 1;
          while (this.paused) await wait(5);
          this.working += 1;
          continue;
        }
        await step();
      }
    } finally {
      this.working -= 1;
    }
  }

  /** Waits until all loads stand still and the server has nothing to do. */
  async pause(failed) {
    this.paused = true;
    while (this.working > 0) await Promise.race([wait(5), failed]);
    await this.servers.quiet();
  }

  resume() { this.paused = false; }

  /** Counts a check that has held. */
  held(count = 1) { this.figures.checks += count; }
}

/** One connection at a time to whatever server runs. */
export class Client {
  constructor(round) {
    this.round = round;
    this.connection = undefined;
    this.generation = 0; // of the server that the last call went to
  }

  /** One call. Answers {status, json, code}: `code` names the error, undefined for success. Throws
   *  with `connectionLost` set when the outcome is not known. Errors that are neither in `expected`
   *  nor refusals of a busy server fail the test. */
  async call(operation, body, expected = []) {
    const { servers, figures } = this.round;
    if (this.connection === undefined || this.connection.socket.destroyed) {
      const server = await servers.starting;
      this.generation = servers.generation;
      this.connection = await ApiConnection.open(server.port);
    }
    const { disturbances } = servers;
    const beganMs = performance.now();
    let answer;
    try {
      answer = await this.connection.call(operation, body);
    } catch (error) {
      if (error.connectionLost) {
        figures.lost += 1;
        await wait(1);
      }
      throw error;
    }
    figures.calls += 1;
    if (disturbances === servers.disturbances && disturbances % 2 === 0) {
      this.#note(performance.now() - beganMs);
    }
    const { status, json } = answer;
    if (status === 200) return answer;
    const code = json.__type.replace(/^.*#/, '');
    assert.ok([...expected, ...kRefusals].includes(code),
      `${operation} answered ${status} ${JSON.stringify(json)} to ${JSON.stringify(body)}`);
    if (kRefusals.includes(code)) {
      figures.refused += 1;
      await wait(20);
    }
    return { status, json, code, refused: kRefusals.includes(code) };
  }

  /** Repeats a call that may be repeated until it is answered. */
  async insist(operation, body, expected = []) {
    for (;;) {
      try {
        const answer = await this.call(operation, body, expected);
        if (!answer.refused) return answer;
      } catch (error) {
        if (!error.connectionLost) throw error;
      }
    }
  }

  // A fair sample of all of them.
  #note(latencyMs) {
    const { figures } = this.round;
    figures.undisturbed += 1;
    if (figures.latenciesMs.length < kKeptLatencies) {
      figures.latenciesMs.push(latencyMs);
      return;
    }
    const at = Math.floor(Math.random() * figures.undisturbed);
    if (at < kKeptLatencies) figures.latenciesMs[at] = latencyMs;
  }

  close() { this.connection?.close(); }
}

/** All items of a table or an index. */
export async function scanAll(client, body) {
  const items = [];
  let ExclusiveStartKey;
  do {
    const { json } = await client.insist('Scan', { ...body, ExclusiveStartKey });
    items.push(...json.Items);
    ExclusiveStartKey = json.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

/** Creates a table with its extras and waits until it can be used. */
export async function createTable(client, request) {
  await client.insist('CreateTable', { BillingMode: 'PAY_PER_REQUEST', ...request },
    ['ResourceInUseException']);
  for (;;) {
    const { json } = await client.insist('DescribeTable', { TableName: request.TableName });
    if (json.Table.TableStatus === 'ACTIVE') return json.Table;
    await wait(5);
  }
}

/** Deletes a table. */
export const deleteTable = (client, TableName) => (
  client.insist('DeleteTable', { TableName },
    ['ResourceNotFoundException', 'ResourceInUseException']));
