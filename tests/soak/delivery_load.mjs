// The changes of the items' table on their way out: a reader of the stream, a function that notes
// what it gets and one that counts with checkpoint tokens. The reader must see every change once
// and what it rebuilds must be the table; the notes must hold every record, those of a key in
// order; the counts must be exact. A second reader, from the beginning, must see the same.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Reader } from '../crash/stream_reader.mjs';
import { makeZip } from '../wire/zip.mjs';
import { Client, createTable, deleteTable, scanAll } from './client.mjs';
import { kCountHandler, kNoteHandler } from './handlers.mjs';

const kRole = 'arn:aws:iam::000000000000:role/function';
const kReaderPauseMs = 25;
// The test fails when nothing at all has come for so long.
const kPatienceMs = 60000;

const textOf = ({ pk, sk }) => `${pk.S}/${sk.N}`;

/** A reader that remembers the order of each item's records. */
class OrderedReader extends Reader {
  constructor(streamArn) {
    super(streamArn, kReaderPauseMs);
    this.orders = new Map();
  }

  take(record, shard) {
    super.take(record, shard);
    const name = textOf(record.dynamodb.Keys);
    if (!this.orders.has(name)) this.orders.set(name, []);
    this.orders.get(name).push(record.dynamodb.SequenceNumber);
  }
}

export class DeliveryLoad {
  constructor(round, items, folder) {
    this.round = round;
    this.items = items;
    this.table = `Counts${round.number}`;
    this.notesFile = path.join(folder, `notes${round.number}`);
    this.client = new Client(round);
    this.functions = ['note', 'count'].map((name) => `${name}${round.number}`);
    this.mappings = [];
  }

  async create() {
    await createTable(this.client, {
      TableName: this.table, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    fs.writeFileSync(this.notesFile, '');
    const sources = [[kNoteHandler, { NOTES: this.notesFile }],
      [kCountHandler, { TABLE: this.table }]];
    for (const [at, [source, Variables]] of sources.entries()) {
      await this.#api('POST', '/2015-03-31/functions', {
        FunctionName: this.functions[at], Role: kRole, Runtime: 'nodejs20.x',
        Handler: 'index.handler', Timeout: 60, Environment: { Variables },
        Code: { ZipFile: makeZip({ 'index.js': source }).toString('base64') },
      });
      this.mappings.push(await this.#api('POST', '/2015-03-31/event-source-mappings', {
        EventSourceArn: this.items.streamArn, FunctionName: this.functions[at],
        StartingPosition: 'TRIM_HORIZON', BatchSize: 200, ParallelizationFactor: 2,
      }));
    }
    this.reader = new OrderedReader(this.items.streamArn);
  }

  async #api(method, target, body) {
    const answer = await fetch(this.round.servers.current.endpoint + target, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${target}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  run() {
    // It goes on over the pauses of the round, and ends with the stream.
    this.following = this.reader.follow(() => this.round.servers.starting);
    return [this.following];
  }

  /** What the reader has rebuilt, once it has read on to the table as it is. */
  async check(found) {
    const table = new Map(found.map((item) => [textOf(item), item]));
    const lag = () => [...table].filter(([name, { number }]) => (
      this.reader.items.get(name)?.number.N !== number.N)).length;
    await this.#patiently(() => lag() === 0 && this.reader.items.size === table.size,
      () => `${this.reader.sequences.size} records read, ${lag()} items behind`);
    assert.deepEqual(this.reader.items, table, 'the rebuilt table');
    this.round.held();
  }

  /** Waits for a condition while there is progress. */
  async #patiently(done, describe) {
    let last;
    let lastMs = Date.now();
    while (!await done()) {
      const progress = describe();
      if (progress !== last) {
        last = progress;
        lastMs = Date.now();
      }
      assert.ok(Date.now() - lastMs < kPatienceMs, `nothing moves any more: ${progress}`);
      await wait(20);
    }
  }

  async #counted() {
    const items = await scanAll(this.client, { TableName: this.table, ConsistentRead: true });
    return items.reduce((sum, { records }) => sum + Number(records.N), 0);
  }

  /** Closes the stream and compares everything that has come out of it. */
  async finish(found) {
    await this.client.insist('UpdateTable', {
      TableName: this.items.table, StreamSpecification: { StreamEnabled: false },
    }, ['ValidationException']);
    await this.following;
    await this.check(found);
    const { sequences, orders } = this.reader;
    const again = new OrderedReader(this.items.streamArn);
    again.pauseMs = 0;
    await again.follow(() => this.round.servers.starting);
    assert.deepEqual(again.items, this.reader.items, 'the table as replayed from the beginning');
    assert.equal(again.sequences.size, sequences.size, 'records from the beginning');
    let counted = 0;
    let notes;
    await this.#patiently(async () => {
      notes = this.#readNotes(orders);
      counted = await this.#counted();
      return notes.firsts === sequences.size && counted >= sequences.size;
    }, () => `${notes?.firsts} noted, ${counted} counted of ${sequences.size} records`);
    assert.equal(counted, sequences.size, 'counts with checkpoint tokens');
    const { figures } = this.round;
    figures.records += sequences.size;
    figures.delivered += notes.firsts + counted;
    figures.repeated += notes.repeats;
    this.round.held(4);
  }

  /** Checks that each record came for the first time right behind the one before it. */
  #readNotes(orders) {
    const next = new Map();
    const notes = { firsts: 0, repeats: 0 };
    const lines = fs.readFileSync(this.notesFile, 'utf8').split('\n');
    lines.pop(); // empty, or still being written
    for (const line of lines) {
      const [name, sequence] = line.split(' ');
      const at = next.get(name) ?? 0;
      if (orders.get(name)[at] === sequence) {
        next.set(name, at + 1);
        notes.firsts += 1;
      } else {
        const known = orders.get(name).lastIndexOf(sequence, at - 1);
        assert.ok(at > 0 && known >= 0, `${name}: ${sequence} came out of order`);
        notes.repeats += 1;
      }
    }
    return notes;
  }

  async remove() {
    for (const { UUID } of this.mappings) {
      await this.#api('DELETE', `/2015-03-31/event-source-mappings/${UUID}`);
    }
    for (const name of this.functions) await this.#api('DELETE', `/2015-03-31/functions/${name}`);
    await deleteTable(this.client, this.table);
    fs.rmSync(this.notesFile, { force: true });
    this.client.close();
  }
}
