// Damage behind the test's back, to see that it would notice: with --sabotage=NAME the test must
// fail.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { call, ok } from '../wire/harness.mjs';

async function firstItem(server, TableName) {
  const { Items } = await ok(server, 'Scan', { TableName });
  assert.ok(Items.length > 0, `${TableName} is not empty`);
  return Items.find(({ pk }) => pk.S !== 'counter' && !pk.S.startsWith('teller'));
}

async function loseItem(server, loads) {
  const { pk, sk } = await firstItem(server, loads.items.table);
  await ok(server, 'DeleteItem', { TableName: loads.items.table, Key: { pk, sk } });
}

async function countTwice(server, loads) {
  await ok(server, 'UpdateItem', {
    TableName: loads.items.table, Key: { pk: { S: 'counter' }, sk: { N: '0' } },
    UpdateExpression: 'ADD hits :n', ExpressionAttributeValues: { ':n': { N: '1000' } } });
}

async function makeMoney(server, loads) {
  await ok(server, 'UpdateItem', {
    TableName: loads.transfers.table, Key: { pk: { S: 'account3' } },
    UpdateExpression: 'ADD balance :n', ExpressionAttributeValues: { ':n': { N: '1' } } });
}

async function transferAgain(server, loads) {
  await ok(server, 'UpdateItem', {
    TableName: loads.transfers.table, Key: { pk: { S: 'teller0' } },
    UpdateExpression: 'ADD transfers :n', ExpressionAttributeValues: { ':n': { N: '1' } } });
}

async function expireEarly(server, loads) {
  const { json } = await call(server, 'Scan', { TableName: loads.expiry.table });
  const last = json.Items.sort((a, b) => Number(b.expires.N) - Number(a.expires.N))[0];
  await ok(server, 'DeleteItem', { TableName: loads.expiry.table, Key: { pk: last.pk } });
}

// As if it had been acknowledged and were gone.
async function loseMessage(server, loads) {
  const [{ attempted, acknowledged }] = loads.queues.queues;
  attempted.add('lost 1');
  acknowledged.add('lost 1');
}

async function loseNote(server, loads) {
  const { notesFile } = loads.delivery;
  const text = fs.readFileSync(notesFile, 'utf8');
  assert.ok(text.length > 100, 'there are notes');
  fs.writeFileSync(notesFile, text.slice(text.indexOf('\n') + 1));
}

async function countRecordTwice(server, loads) {
  await ok(server, 'UpdateItem', {
    TableName: loads.delivery.table, Key: { pk: { S: 'p0' } },
    UpdateExpression: 'ADD records :n', ExpressionAttributeValues: { ':n': { N: '1' } } });
}

async function crash(server) {
  server.child.kill('SIGSEGV');
}

const kSabotages = {
  loseItem, countTwice, makeMoney, transferAgain, expireEarly, loseMessage, loseNote,
  countRecordTwice, crash,
};

/** Does the damage of that name to a round that is paused. */
export async function sabotage(name, server, loads) {
  assert.ok(Object.hasOwn(kSabotages, name), `one of ${Object.keys(kSabotages)}`);
  await kSabotages[name](server, loads);
  console.log(`sabotage: ${name}`);
}
