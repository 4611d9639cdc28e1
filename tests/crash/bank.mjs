// Money moves between accounts by transactions and by conditional updates while others audit; the
// server is killed in between. No money may appear or vanish, no account may fall below zero, and
// no transfer that was repeated under its token may happen twice.
//
//   node bank.mjs [--binary=PATH] [--runs=3] [--seed=NUMBER] [--connections=64]
//
// The accounts are in banks of 100, as many as one TransactGetItems can read: transfers stay within
// a bank, so at any moment the sum of a bank is what it was in the beginning. Every connection has
// a teller's record that its transfers count up, and one transfer that it repeats under the same
// token until it knows the outcome. The last line is "N passed, N failed".

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createTable, ok, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { ApiConnection } from './api_connection.mjs';
import { flag, generator } from './random.mjs';

const kAccounts = 'Accounts';
const kTellers = 'Tellers';
const kBanks = 10;
const kAccountsPerBank = 100;
const kOpeningBalance = 100;
const kWorkMsMax = 1500;

const s = (text) => ({ S: text });
const n = (number) => ({ N: String(number) });
const accountKey = (bank, account) => ({ bank: s(`bank${bank}`), account: n(account) });
const tellerKey = (index) => ({ teller: s(`teller${index}`) });

/** What one connection knows. */
class Teller {
  constructor(index, random) {
    this.index = index;
    this.random = random;
    this.done = 0; // transfers that are known to have happened
    this.cancelled = 0;
    this.pending = undefined; // request whose outcome is not known yet
    this.serial = 0;
  }
}

/** A transfer within a bank, counted in the teller's record. */
function newTransfer(teller) {
  const { random } = teller;
  const bank = random(kBanks);
  const from = random(kAccountsPerBank);
  const to = (from + 1 + random(kAccountsPerBank - 1)) % kAccountsPerBank;
  const amount = n(1 + random(50));
  teller.serial += 1;
  const change = (account, UpdateExpression, condition) => ({
    Update: {
      TableName: kAccounts, Key: accountKey(bank, account), UpdateExpression,
      ExpressionAttributeValues: { ':amount': amount }, ConditionExpression: condition,
    },
  });
  return {
    ClientRequestToken: `${teller.index}-${teller.serial}-${random(2 ** 31)}`,
    TransactItems: [
      change(from, 'SET cash = cash - :amount', 'cash >= :amount'),
      change(to, 'SET cash = cash + :amount', 'attribute_exists(cash)'),
      {
        Update: {
          TableName: kTellers, Key: tellerKey(teller.index), UpdateExpression: 'ADD done :one',
          ExpressionAttributeValues: { ':one': n(1) },
        },
      },
    ],
  };
}

/** Sends the pending transfer, for the first time or again, and books its outcome. */
async function transfer(connection, teller) {
  teller.pending ??= newTransfer(teller);
  const { status, json } = await connection.call('TransactWriteItems', teller.pending);
  if (status === 200) {
    teller.done += 1;
  } else {
    assert.equal(json.__type,
      'com.amazonaws.dynamodb.v20120810#TransactionCanceledException', JSON.stringify(json));
    assert.deepEqual(json.CancellationReasons.map((reason) => reason.Code),
      ['ConditionalCheckFailed', 'None', 'None']);
    teller.cancelled += 1;
  }
  const known = teller.pending;
  teller.pending = undefined;
  // Now and then a client asks again although it knows.
  if (status === 200 && teller.random(8) === 0) {
    const again = await connection.call('TransactWriteItems', known);
    assert.equal(again.status, 200, JSON.stringify(again.json));
  }
}

/** Moves money between the two parts of one account; the old item tells that nothing is lost. */
async function moveWithinAccount(connection, teller) {
  const { random } = teller;
  const [less, more] = random(2) === 0 ? ['cash', 'savings'] : ['savings', 'cash'];
  const { status, json } = await connection.call('UpdateItem', {
    TableName: kAccounts, Key: accountKey(random(kBanks), random(kAccountsPerBank)),
    UpdateExpression: `SET ${less} = ${less} - :amount, ${more} = ${more} + :amount`,
    ConditionExpression: `${less} >= :amount`,
    ExpressionAttributeValues: { ':amount': n(1 + random(20)) },
  });
  if (status !== 200) assert.match(json.__type, /#ConditionalCheckFailedException$/);
}

/** The sum of a bank's accounts, none of which may be overdrawn. */
function sumOf(items, what) {
  assert.equal(items.length, kAccountsPerBank, what);
  let sum = 0;
  for (const { cash, savings } of items) {
    assert.ok(Number(cash.N) >= 0 && Number(savings.N) >= 0, `${what}: an account is overdrawn`);
    sum += Number(cash.N) + Number(savings.N);
  }
  return sum;
}

async function audit(connection, teller) {
  const bank = teller.random(kBanks);
  const { status, json } = await connection.call('TransactGetItems', {
    TransactItems: Array.from({ length: kAccountsPerBank }, (_, account) => (
      { Get: { TableName: kAccounts, Key: accountKey(bank, account) } })),
  });
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(sumOf(json.Responses.map(({ Item }) => Item), 'audit'),
    kAccountsPerBank * kOpeningBalance, `bank ${bank} while it is open`);
}

/** Works until the server dies. */
async function work(server, teller, counts) {
  const connection = await ApiConnection.open(server.port);
  try {
    for (;;) {
      const choice = teller.random(20);
      if (teller.pending !== undefined || choice < 14) await transfer(connection, teller);
      else if (choice < 19) await moveWithinAccount(connection, teller);
      else await audit(connection, teller);
      counts.requests += 1;
    }
  } catch (error) {
    if (!error.connectionLost) throw error;
  } finally {
    connection.close();
  }
}

async function open(server) {
  await createTable(server, kAccounts, 'bank:S', 'account:N');
  await createTable(server, kTellers, 'teller:S');
  for (let bank = 0; bank < kBanks; bank += 1) {
    for (let first = 0; first < kAccountsPerBank; first += 25) {
      await ok(server, 'BatchWriteItem', {
        RequestItems: {
          [kAccounts]: Array.from({ length: 25 }, (_, index) => ({
            PutRequest: {
              Item: {
                ...accountKey(bank, first + index), cash: n(kOpeningBalance), savings: n(0),
              },
            },
          })),
        },
      });
    }
  }
}

/** After a crash: settles what is pending, then every sum and every record must be right. */
async function settle(server, tellers) {
  const connection = await ApiConnection.open(server.port);
  for (const teller of tellers) {
    if (teller.pending !== undefined) await transfer(connection, teller);
    const { json } = await connection.call('GetItem', {
      TableName: kTellers, Key: tellerKey(teller.index),
    });
    assert.equal(Number(json.Item?.done.N ?? 0), teller.done,
      `transfers of teller ${teller.index}`);
  }
  for (let bank = 0; bank < kBanks; bank += 1) {
    const { json } = await connection.call('Query', {
      TableName: kAccounts, KeyConditionExpression: 'bank = :bank',
      ExpressionAttributeValues: { ':bank': s(`bank${bank}`) },
    });
    assert.equal(sumOf(json.Items, 'after the crash'), kAccountsPerBank * kOpeningBalance,
      `bank ${bank} after the crash`);
  }
  connection.close();
}

async function run(dataDirectory, tellers, random) {
  let server = await startServer({ dataDirectory });
  try {
    const counts = { requests: 0 };
    const all = Promise.all(tellers.map((teller) => work(server, teller, counts)));
    await Promise.race([all, wait(200 + random(kWorkMsMax))]);
    await server.end('SIGKILL');
    await all;
    const pending = tellers.filter((teller) => teller.pending !== undefined).length;
    server = await startServer({ dataDirectory });
    await settle(server, tellers);
    return `${counts.requests} requests, ${pending} transfers settled after the kill`;
  } finally {
    await server.end('SIGKILL');
  }
}

async function main() {
  const runs = flag('runs', 3);
  const seed = flag('seed', Date.now() % 2 ** 31);
  const random = generator(seed);
  const tellers = Array.from({ length: flag('connections', 64) }, (_, index) => (
    new Teller(index, generator(random(2 ** 31)))));
  const dataDirectory = temporaryDirectory();
  let passed = 0;
  console.log(`seed ${seed}, data in ${dataDirectory}`);
  try {
    const server = await startServer({ dataDirectory });
    await open(server);
    await server.end('SIGTERM');
    for (let index = 0; index < runs; index += 1) {
      const what = await run(dataDirectory, tellers, random);
      passed += 1;
      console.log(`ok ${index + 1} - ${what}`);
    }
    const done = tellers.reduce((sum, teller) => sum + teller.done, 0);
    const cancelled = tellers.reduce((sum, teller) => sum + teller.cancelled, 0);
    assert.ok(done > 0 && cancelled > 0, 'both outcomes of transfers occur');
    console.log(`${done} transfers, ${cancelled} refused`);
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
