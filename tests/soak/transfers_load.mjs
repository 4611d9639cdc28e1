// Money between accounts by transactions under client tokens, repeated until their outcome is
// known: every audit must find the sum of the beginning, and each transfer must have happened once.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { generator } from '../crash/random.mjs';
import { Client, createTable, deleteTable, scanAll } from './client.mjs';

const kAccounts = 30;
const kBalance = 1000;

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });

export class TransfersLoad {
  constructor(round, random, tellers) {
    this.round = round;
    this.table = `Accounts${round.number}`;
    this.client = new Client(round);
    this.tellers = Array.from({ length: tellers }, (_, number) => ({
      number, count: 0, transfers: 0, client: new Client(round),
      random: generator(random(2 ** 31)),
    }));
  }

  async create() {
    await createTable(this.client, {
      TableName: this.table, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    for (let at = 0; at < kAccounts; at += 1) {
      await this.client.insist('PutItem', {
        TableName: this.table, Item: { pk: s(`account${at}`), balance: n(kBalance) } });
    }
  }

  run() {
    return this.tellers.map((teller) => this.round.repeat(() => (
      teller.random(5) === 0 ? this.audit(teller) : this.transfer(teller))));
  }

  async transfer(teller) {
    const { random } = teller;
    const from = random(kAccounts);
    const to = (from + 1 + random(kAccounts - 1)) % kAccounts;
    const amount = { ':amount': n(1 + random(300)) };
    const TableName = this.table;
    teller.count += 1;
    const body = {
      ClientRequestToken: `${this.round.number}-${teller.number}-${teller.count}`,
      TransactItems: [
        { Update: {
          TableName, Key: { pk: s(`account${from}`) },
          UpdateExpression: 'SET balance = balance - :amount',
          ConditionExpression: 'balance >= :amount', ExpressionAttributeValues: amount,
        } },
        { Update: {
          TableName, Key: { pk: s(`account${to}`) },
          UpdateExpression: 'SET balance = balance + :amount', ExpressionAttributeValues: amount,
        } },
        { Update: {
          TableName, Key: { pk: s(`teller${teller.number}`) },
          UpdateExpression: 'ADD transfers :one', ExpressionAttributeValues: { ':one': n(1) },
        } },
      ],
    };
    for (;;) {
      const { status, code } = await teller.client.insist('TransactWriteItems', body,
        ['TransactionCanceledException', 'TransactionInProgressException']);
      // The attempt whose connection was lost is still being worked on.
      if (code === 'TransactionInProgressException') {
        await wait(5);
        continue;
      }
      if (status === 200) {
        teller.transfers += 1;
        this.round.figures.transfers += 1;
      }
      return;
    }
  }

  async audit(teller) {
    const { json } = await teller.client.insist('TransactGetItems', {
      TransactItems: Array.from({ length: kAccounts }, (_, at) => (
        { Get: { TableName: this.table, Key: { pk: s(`account${at}`) } } })) });
    const sum = json.Responses.reduce((total, { Item }) => total + Number(Item.balance.N), 0);
    assert.equal(sum, kAccounts * kBalance, 'the sum of an audit');
    this.round.figures.audits += 1;
  }

  async check() {
    await this.audit(this.tellers[0]);
    const items = await scanAll(this.client, { TableName: this.table, ConsistentRead: true });
    const found = new Map(items.map(({ pk, transfers }) => [pk.S, Number(transfers?.N ?? 0)]));
    for (const { number, transfers } of this.tellers) {
      assert.equal(found.get(`teller${number}`) ?? 0, transfers, `transfers of teller ${number}`);
    }
    this.round.held(2);
  }

  async remove() {
    await deleteTable(this.client, this.table);
    for (const { client } of [this, ...this.tellers]) client.close();
  }
}
