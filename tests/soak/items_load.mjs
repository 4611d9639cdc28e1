// Items that each belong to one worker, so that their state is known at any time: single writes
// with and without conditions, transactions, batches, PartiQL, and every way to read them back. A
// write whose outcome is not known keeps its items from further use until the server was restarted
// or stood still; then they must be as before or as written, those of a transaction all alike.

import assert from 'node:assert/strict';
import { generator } from '../crash/random.mjs';
import { Client, createTable, deleteTable, scanAll } from './client.mjs';

const kRows = 16;
const kCounters = 4;
const kGroups = 7;

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const keyOf = ({ pk, sk }) => ({ pk, sk });
const textOf = ({ pk, sk }) => `${pk.S}/${sk.N}`;
const kNames = { '#n': 'number' };

/** One item: as acknowledged, and the write whose outcome is not known. */
class Entry {
  constructor(key) {
    this.key = key;
    this.item = undefined;
    this.unknown = undefined;
  }
}

class Worker {
  constructor(load, number, random) {
    this.load = load;
    this.random = random;
    this.client = new Client(load.round);
    this.entries = Array.from({ length: kRows }, (_, row) => (
      new Entry({ pk: s(`p${number}`), sk: n(row) })));
    this.unknown = []; // writes: {generation, atomic, changes: [[entry, item or undefined]]}
  }

  /** Up to `count` different items that are free to be used. */
  pick(count) {
    const free = this.entries.filter((entry) => entry.unknown === undefined);
    const picked = [];
    while (picked.length < count && free.length > 0) {
      picked.push(...free.splice(this.random(free.length), 1));
    }
    return picked;
  }

  newItem(entry) {
    const { random } = this;
    const item = { ...entry.key, number: n(this.load.nextNumber()), t: s(`t${random(5)}`) };
    if (random(3) > 0) item.g = s(`g${random(kGroups)}`);
    item.text = s('x'.repeat(random(30) === 0 ? random(20000) : random(300)));
    return item;
  }

  async step() {
    if (this.unknown.length > 0) await this.settle(false);
    if (this.pick(1).length === 0) {
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      return;
    }
    const kinds = [
      this.put, this.put, this.update, this.update, this.update, this.remove, this.refused,
      this.transact, this.transact, this.batch, this.statement, this.statement, this.count,
      this.get, this.query, this.getMany,
    ];
    try {
      await kinds[this.random(kinds.length)].call(this);
    } catch (error) {
      if (!error.connectionLost) throw error;
    }
  }

  /** Sends a write and takes note of what it has done, or may have done. */
  async write(operation, body, changes, { atomic = true, expected = [] } = {}) {
    const { figures } = this.load.round;
    let answer;
    try {
      answer = await this.client.call(operation, body, expected);
    } catch (error) {
      if (error.connectionLost) {
        const write = { generation: this.client.generation, atomic, changes };
        this.unknown.push(write);
        for (const [entry] of changes) entry.unknown = write;
      }
      throw error;
    }
    if (answer.status !== 200) return answer;
    for (const [entry, item] of changes) entry.item = item;
    figures.writes += changes.length;
    return answer;
  }

  put() {
    const [entry] = this.pick(1);
    const item = this.newItem(entry);
    const body = { TableName: this.load.table, Item: item };
    if (this.random(2) === 0) Object.assign(body, this.condition(entry));
    return this.write('PutItem', body, [[entry, item]]);
  }

  /** A condition that holds only if the item is as it is known. */
  condition({ item }) {
    return item === undefined ? { ConditionExpression: 'attribute_not_exists(pk)' } : {
      ConditionExpression: '#n = :old', ExpressionAttributeNames: kNames,
      ExpressionAttributeValues: { ':old': item.number },
    };
  }

  /** The parameters of an update, and the item that it leaves. */
  updated(entry) {
    const { number, t } = this.newItem(entry);
    const after = { ...(entry.item ?? entry.key), number, t };
    const hides = this.random(4) === 0;
    if (hides) delete after.g;
    return [{
      TableName: this.load.table, Key: entry.key,
      UpdateExpression: `SET #n = :n, t = :t${hides ? ' REMOVE g' : ''}`,
      ExpressionAttributeNames: kNames, ExpressionAttributeValues: { ':n': number, ':t': t },
    }, after];
  }

  async update() {
    const [entry] = this.pick(1);
    const before = entry.item;
    const [body, after] = this.updated(entry);
    const { status, json } = await this.write(
      'UpdateItem', { ...body, ReturnValues: 'ALL_OLD' }, [[entry, after]]);
    if (status === 200) assert.deepEqual(json.Attributes, before, 'what was before');
  }

  remove() {
    const [entry] = this.pick(1);
    return this.write('DeleteItem', { TableName: this.load.table, Key: entry.key },
      [[entry, undefined]]);
  }

  async refused() {
    const [entry] = this.pick(1);
    const { code, refused } = await this.client.call('PutItem', {
      TableName: this.load.table, Item: this.newItem(entry), ConditionExpression: '#n = :never',
      ExpressionAttributeNames: kNames, ExpressionAttributeValues: { ':never': n(-1) },
    }, ['ConditionalCheckFailedException']);
    assert.ok(refused || code === 'ConditionalCheckFailedException', 'a false condition');
  }

  async transact() {
    const { table } = this.load;
    const changes = [];
    const fails = this.random(8) === 0;
    const TransactItems = this.pick(2 + this.random(4)).map((entry, at) => {
      if (fails && at === 0) {
        return { ConditionCheck: {
          TableName: table, Key: entry.key, ConditionExpression: '#n = :never',
          ExpressionAttributeNames: kNames, ExpressionAttributeValues: { ':never': n(-1) },
        } };
      }
      const choice = this.random(3);
      if (choice === 0) {
        changes.push([entry, undefined]);
        return { Delete: { TableName: table, Key: entry.key } };
      }
      if (choice === 1) {
        const [body, after] = this.updated(entry);
        changes.push([entry, after]);
        return { Update: body };
      }
      const item = this.newItem(entry);
      changes.push([entry, item]);
      return { Put: { TableName: table, Item: item, ...this.condition(entry) } };
    });
    const { code, refused } = await this.write('TransactWriteItems', { TransactItems },
      changes, { expected: fails ? ['TransactionCanceledException'] : [] });
    assert.ok(!fails || refused || code === 'TransactionCanceledException', 'a failed check');
  }

  async batch() {
    const { table } = this.load;
    const changes = this.pick(1 + this.random(6)).map((entry) => (
      [entry, this.random(4) === 0 ? undefined : this.newItem(entry)]));
    const { status, json } = await this.write('BatchWriteItem', {
      RequestItems: { [table]: changes.map(([entry, item]) => (item === undefined
        ? { DeleteRequest: { Key: entry.key } } : { PutRequest: { Item: item } })) },
    }, changes, { atomic: false });
    if (status === 200) assert.deepEqual(json.UnprocessedItems, {}, 'all of the batch');
  }

  async statement() {
    const [entry] = this.pick(1);
    const { pk, sk } = entry.key;
    const table = `"${this.load.table}"`;
    const item = this.newItem(entry);
    if (entry.item === undefined) {
      const names = Object.keys(item);
      return this.write('ExecuteStatement', {
        Statement: `INSERT INTO ${table} VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
        Parameters: names.map((name) => item[name]),
      }, [[entry, item]]);
    }
    if (this.random(4) === 0) {
      return this.write('ExecuteStatement', {
        Statement: `DELETE FROM ${table} WHERE pk = ? AND sk = ?`, Parameters: [pk, sk],
      }, [[entry, undefined]]);
    }
    return this.write('ExecuteStatement', {
      Statement: `UPDATE ${table} SET "number" = ? SET t = ? WHERE pk = ? AND sk = ?`,
      Parameters: [item.number, item.t, pk, sk],
    }, [[entry, { ...entry.item, number: item.number, t: item.t }]]);
  }

  /** Counters belong to all workers. */
  async count() {
    const at = this.random(kCounters);
    const counter = this.load.counters[at];
    counter.high += 1;
    const { status, json } = await this.client.call('UpdateItem', {
      TableName: this.load.table, Key: { pk: s('counter'), sk: n(at) },
      UpdateExpression: 'ADD hits :one SET #n = :n', ExpressionAttributeNames: kNames,
      ExpressionAttributeValues: { ':one': n(1), ':n': n(this.load.nextNumber()) },
      ReturnValues: 'UPDATED_NEW',
    });
    if (status !== 200) return;
    counter.low += 1;
    const value = Number(json.Attributes.hits.N);
    assert.ok(!counter.seen.has(value), `counter ${at} was ${value} twice`);
    counter.seen.add(value);
    this.load.round.figures.writes += 1;
  }

  async get() {
    const [entry] = this.pick(1);
    const { status, json } = await this.client.call('GetItem', {
      TableName: this.load.table, Key: entry.key, ConsistentRead: this.random(2) === 0 });
    if (status === 200) this.read([json.Item], [entry]);
  }

  async getMany() {
    const entries = this.pick(5);
    const keys = entries.map((entry) => entry.key);
    const { table } = this.load;
    if (this.random(2) === 0) {
      const { status, json } = await this.client.call('TransactGetItems', {
        TransactItems: keys.map((Key) => ({ Get: { TableName: table, Key } })) });
      if (status === 200) this.read(json.Responses.map(({ Item }) => Item), entries);
      return;
    }
    const { status, json } = await this.client.call('BatchGetItem', {
      RequestItems: { [table]: { Keys: keys } } });
    if (status !== 200) return;
    assert.deepEqual(json.UnprocessedKeys, {});
    const found = new Map(json.Responses[table].map((item) => [textOf(item), item]));
    this.read(entries.map((entry) => found.get(textOf(entry.key))), entries);
  }

  async query() {
    const { status, json } = await this.client.call('Query', {
      TableName: this.load.table, KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': this.entries[0].key.pk } });
    if (status !== 200 || json.LastEvaluatedKey !== undefined) return;
    const found = new Map(json.Items.map((item) => [textOf(item), item]));
    const known = this.entries.filter((entry) => entry.unknown === undefined);
    this.read(known.map((entry) => found.get(textOf(entry.key))), known);
  }

  read(items, entries) {
    entries.forEach((entry, at) => {
      assert.deepEqual(items[at], entry.item, `${textOf(entry.key)} as read`);
    });
    this.load.round.figures.reads += items.length;
  }

  /** Looks up what writes with unknown outcomes have done; all of them if nothing is under way. */
  async settle(isQuiet) {
    const ready = this.unknown.filter(({ generation }) => (
      isQuiet || generation < this.load.round.servers.generation));
    for (const write of ready) {
      const applied = [];
      for (const [entry, after] of write.changes) {
        const { json } = await this.client.insist('GetItem', {
          TableName: this.load.table, Key: entry.key, ConsistentRead: true });
        const text = JSON.stringify(json.Item?.number);
        assert.ok([entry.item, after].some((item) => JSON.stringify(item?.number) === text),
          `${textOf(entry.key)} is ${JSON.stringify(json.Item)}, neither as before nor as written`);
        const same = entry.item === undefined && after === undefined;
        const isAfter = JSON.stringify(after?.number) === text;
        assert.deepEqual(json.Item, isAfter ? after : entry.item, 'a whole write');
        if (!same) applied.push(isAfter);
        entry.item = json.Item;
        entry.unknown = undefined;
      }
      assert.ok(!write.atomic || applied.every((each) => each === applied[0]),
        `a transaction that was applied in parts: ${JSON.stringify(write.changes)}`);
      this.load.round.held();
    }
    this.unknown = this.unknown.filter((write) => !ready.includes(write));
  }
}

export class ItemsLoad {
  constructor(round, random, workers) {
    this.round = round;
    this.table = `Items${round.number}`;
    this.number = 0;
    this.counters = Array.from({ length: kCounters }, () => ({ low: 0, high: 0, seen: new Set() }));
    this.workers = Array.from({ length: workers }, (_, number) => (
      new Worker(this, number, generator(random(2 ** 31)))));
    this.client = new Client(round);
  }

  nextNumber() {
    this.number += 1;
    return this.number;
  }

  async create() {
    const key = (hash, range) => [{ AttributeName: hash, KeyType: 'HASH' },
      { AttributeName: range, KeyType: 'RANGE' }];
    const { LatestStreamArn } = await createTable(this.client, {
      TableName: this.table, KeySchema: key('pk', 'sk'),
      AttributeDefinitions: Object.entries({ pk: 'S', sk: 'N', g: 'S', t: 'S', number: 'N' })
        .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      LocalSecondaryIndexes: [{
        IndexName: 'ByT', KeySchema: key('pk', 't'), Projection: { ProjectionType: 'KEYS_ONLY' },
      }],
      GlobalSecondaryIndexes: [{
        IndexName: 'ByG', KeySchema: key('g', 'number'), Projection: { ProjectionType: 'ALL' },
      }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    this.streamArn = LatestStreamArn;
  }

  run() {
    return this.workers.map((worker) => this.round.repeat(() => worker.step()));
  }

  /** Compares table and indexes with what is known, while nothing is written. */
  async check() {
    for (const worker of this.workers) await worker.settle(true);
    const found = await scanAll(this.client, { TableName: this.table, ConsistentRead: true });
    const counters = found.filter(({ pk }) => pk.S === 'counter');
    this.#checkCounters(counters);
    const known = this.workers.flatMap(({ entries }) => entries)
      .flatMap(({ item }) => (item === undefined ? [] : [item]));
    const sorted = (items) => items.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
    assert.deepEqual(sorted(found.filter(({ pk }) => pk.S !== 'counter')), sorted(known), 'scan');
    const scan = (IndexName) => scanAll(this.client, { TableName: this.table, IndexName });
    assert.deepEqual(sorted(await scan('ByG')), sorted(known.filter(({ g }) => g !== undefined)),
      'the global index');
    assert.deepEqual(sorted(await scan('ByT')), sorted(
      known.map((item) => ({ ...keyOf(item), t: item.t }))), 'the local index');
    const { json } = await this.client.insist('DescribeTable', { TableName: this.table });
    assert.equal(json.Table.ItemCount, found.length, 'the count of items');
    this.round.held(5);
    return found;
  }

  #checkCounters(items) {
    for (const [at, counter] of this.counters.entries()) {
      const value = Number(items.find(({ sk }) => sk.N === String(at))?.hits.N ?? 0);
      assert.ok(value >= counter.low && value <= counter.high,
        `counter ${at} is ${value}, acknowledged ${counter.low}, attempted ${counter.high}`);
      for (const seen of counter.seen) assert.ok(seen <= value, 'an acknowledged value is gone');
      Object.assign(counter, { low: value, high: value });
    }
  }

  async remove() {
    await deleteTable(this.client, this.table);
    for (const { client } of [this, ...this.workers]) client.close();
  }
}
