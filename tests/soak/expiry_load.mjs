// Items with a time to live: none may go before its time, and all must be gone some time after it.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../wire/harness.mjs';
import { Client, createTable, deleteTable, scanAll } from './client.mjs';

const kLifeMaxS = 90;
const kItemsMax = 3000;
const kGoneDeadlineMs = 30000;

export class ExpiryLoad {
  constructor(round, random) {
    this.round = round;
    this.random = random;
    this.table = `Expiring${round.number}`;
    this.client = new Client(round);
    this.expires = new Map(); // of acknowledged items
    this.attempted = new Map(); // of all of them
    this.count = 0;
  }

  nowS() { return Math.floor(this.round.servers.nowMs() / 1000); }

  async create() {
    const TableName = this.table;
    await createTable(this.client, {
      TableName, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await this.client.insist('UpdateTimeToLive', { TableName, TimeToLiveSpecification },
      ['ValidationException']);
    await eventually(async () => {
      const { json } = await this.client.insist('DescribeTimeToLive', { TableName });
      return json.TimeToLiveDescription.TimeToLiveStatus === 'ENABLED';
    }, 'time to live to be enabled');
  }

  run() {
    return [this.round.repeat(() => this.step())];
  }

  async step() {
    await wait(5);
    if (this.count === kItemsMax) return;
    this.count += 1;
    const pk = `e${this.count}`;
    const expires = this.nowS() + 1 + this.random(kLifeMaxS);
    this.attempted.set(pk, expires);
    try {
      const { status } = await this.client.call('PutItem', {
        TableName: this.table, Item: { pk: { S: pk }, expires: { N: String(expires) } } });
      if (status === 200) {
        this.expires.set(pk, expires);
        this.round.figures.writes += 1;
      }
    } catch (error) {
      if (!error.connectionLost) throw error;
    }
  }

  async found() {
    return new Set((await scanAll(this.client, { TableName: this.table, ConsistentRead: true }))
      .map(({ pk }) => pk.S));
  }

  async check() {
    const found = await this.found();
    // The server's clock may be a little ahead of this one, never more.
    const nowS = this.nowS() + 1;
    for (const [pk, expires] of this.expires) {
      assert.ok(expires <= nowS || found.has(pk), `${pk} has gone before its time`);
    }
    this.round.held();
  }

  /** At the end of the round, when the clock can be moved past all of them. */
  async finish() {
    const { servers } = this.round;
    if (servers.virtual) await servers.jump((kLifeMaxS + 2) * 1000);
    await eventually(async () => {
      const nowS = this.nowS();
      return [...await this.found()].every((pk) => this.attempted.get(pk) >= nowS);
    }, 'expired items to go', kGoneDeadlineMs);
    this.round.figures.expired += [...this.expires.values()]
      .filter((expires) => expires < this.nowS()).length;
    this.round.held();
  }

  async remove() {
    await deleteTable(this.client, this.table);
    this.client.close();
  }
}
