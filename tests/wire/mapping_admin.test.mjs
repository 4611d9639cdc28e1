// What operators do with event source mappings: looking at lanes, pausing, moving and copying,
// handing over again what was given up, replaying a piece of a stream, trying a filter. None of it
// is part of what AWS offers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useDelivery } from './delivery_client.mjs';
import { eventually, exchange } from './harness.mjs';

const delivery = useDelivery();

/** The answer of an operator's route: {status, json}. */
async function ask(method, target, body) {
  const { status, json } = await exchange(delivery.server, {
    method, path: `/_admin/${target}`, body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status, json };
}

async function get(target) {
  const { status, json } = await ask('GET', target);
  assert.equal(status, 200, `${target}: ${JSON.stringify(json)}`);
  return json;
}

// The position tells that everything is finished; figures alone would not.
const finished = (uuid) => eventually(async () => {
  const { lanes } = await get(`esm/${uuid}/lanes`);
  return lanes.every(({ recordsBehind, pending }) => recordsBehind === 0 && pending.length === 0);
}, 'all lanes to be done');

test('lanes tell how far they are behind, and why', async () => {
  const { uuid, handler, table } = await delivery.scene({
    react: "if (!switched('good')) throw new Error('no');", records: ['a', 'b', 'c'] });
  await handler.events(3);
  const [lane] = (await get(`esm/${uuid}/lanes`)).lanes;
  assert.equal(lane.recordsBehind, 3);
  assert.equal(lane.recordsBehindIsExact, true);
  assert.equal(lane.blocked, true);
  assert.equal(lane.pending.length, 1);
  assert.ok(lane.pending[0].attempts > 0);
  const all = (await get('esm')).mappings.find((mapping) => mapping.uuid === uuid);
  assert.equal(all.eventSourceArn, table.arn);
  assert.equal(all.functionArn, handler.arn);
  assert.equal(all.lastProcessingResult, 'PROBLEM: Function call failed');
  handler.switchOn('good');
  await finished(uuid);
  assert.equal((await get(`esm/${uuid}`)).lastProcessingResult, 'OK');
});

test('a paused mapping delivers nothing, also after a restart; it can be moved', async () => {
  const { uuid, handler, table } = await delivery.scene({ records: ['a', 'b', 'c'] });
  await handler.records(3);
  await finished(uuid);
  assert.equal((await ask('POST', `esm/${uuid}/seek`, { to: 'LATEST' })).status, 409);
  assert.equal((await ask('POST', `esm/${uuid}/pause`)).json.paused, true);
  // The API knows nothing of it.
  assert.equal((await delivery.get(uuid)).State, 'Enabled');
  await delivery.restart();
  await table.put('d');
  assert.deepEqual((await get(`esm/${uuid}/lanes`)).lanes.map(({ running }) => running), [false]);
  assert.equal((await ask('POST', `esm/${uuid}/seek`, { to: 'TRIM_HORIZON' })).status, 200);
  assert.deepEqual(handler.names(), ['a', 'b', 'c']);
  assert.equal((await ask('POST', `esm/${uuid}/resume`)).json.paused, false);
  assert.deepEqual(await handler.records(7), ['a', 'b', 'c', 'a', 'b', 'c', 'd']);
  assert.equal((await ask('POST', `esm/${uuid}/seek`, { to: 'YESTERDAY' })).status, 400);
  assert.equal((await ask('GET', 'esm/none/lanes')).status, 404);
});

test('a copy begins where it is told, for another function', async () => {
  const { uuid, handler, table } = await delivery.scene({ records: ['a', 'b'] });
  const other = await delivery.handler();
  await handler.records(2);
  const same = await ask('POST', `esm/${uuid}/clone`, {
    functionName: handler.name, from: 'LATEST' });
  assert.equal(same.status, 409);
  const none = await ask('POST', `esm/${uuid}/clone`, { functionName: 'none', from: 'LATEST' });
  assert.equal(none.status, 404);
  const copy = await ask('POST', `esm/${uuid}/clone`, {
    functionName: other.name, from: 'TRIM_HORIZON' });
  assert.equal(copy.status, 201, JSON.stringify(copy.json));
  assert.deepEqual(await other.records(2), ['a', 'b']);
  await table.put('c');
  await other.records(3);
  await handler.records(3);
  assert.equal((await delivery.get(copy.json.uuid)).FunctionArn, other.arn);
});

test('what was given up is shown with its records, and handed over once more', async () => {
  const { uuid, handler } = await delivery.scene({
    react: "if (!switched('good')) throw new TypeError('not this one');", records: ['a', 'b'],
    mapping: { MaximumRetryAttempts: 1 } });
  await handler.events(2);
  await finished(uuid);
  const { discards } = await get(`esm/${uuid}/discards`);
  assert.equal(discards.length, 1);
  const path = `esm/${uuid}/discards/${discards[0].id}`;
  const entry = await get(path);
  assert.equal(entry.condition, 'RetryAttemptsExhausted');
  assert.equal(entry.attempts, 2);
  assert.equal(entry.batchSize, 2);
  assert.equal(JSON.parse(entry.error).errorMessage, 'not this one');
  assert.equal(entry.recordsRetained, true);
  assert.deepEqual(entry.event.Records.map(({ dynamodb }) => dynamodb.Keys.pk.S), ['a', 'b']);
  const redriven = async (count) => {
    assert.equal((await ask('POST', `${path}/redrive`)).status, 202);
    return eventually(async () => {
      const { redrive } = await get(path);
      return redrive?.count === count && redrive;
    }, 'the redrive');
  };
  assert.equal((await redriven(1)).succeeded, false);
  handler.switchOn('good');
  assert.equal((await redriven(2)).succeeded, true);
  assert.deepEqual(handler.batches(), Array(4).fill(['a', 'b']));
  assert.equal((await ask('DELETE', path)).status, 200);
  assert.equal((await ask('GET', path)).status, 404);
});

test('a replay hands over a piece of a stream, whatever mappings have done', async () => {
  const table = await delivery.table();
  const handler = await delivery.handler();
  await table.putAll(['a', 'b', 'c', 'd']);
  const filter = JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ 'anything-but': 'b' }] } } } });
  const start = async (rest) => {
    const { status, json } = await ask('POST', 'replay', { streamArn: table.arn, filter, ...rest });
    assert.equal(status, 201, JSON.stringify(json));
    return delivery.advanceUntil(async () => {
      const job = await get(`replay/${json.id}`);
      return job.state !== 'running' && job;
    }, 'the end of the replay');
  };
  const counted = await start({ dryRun: true });
  assert.deepEqual([counted.state, counted.readRecords, counted.matchedRecords], ['done', 4, 3]);
  const job = await start({ functionName: handler.name, ratePerSecond: 2 });
  assert.deepEqual([job.invocations, job.failedInvocations, job.matchedRecords], [2, 0, 3]);
  assert.deepEqual(handler.batches(), [['a', 'c'], ['d']]);
  assert.equal((await ask('DELETE', `replay/${job.id}`)).status, 200);
  assert.equal((await ask('GET', `replay/${job.id}`)).status, 404);
  assert.equal((await ask('POST', 'replay', { streamArn: table.arn })).status, 400);
});

test('a filter is tried on the newest records', async () => {
  const table = await delivery.table();
  await table.putAll(['a', 'b', 'a2', 'b2', 'a3']);
  const pattern = JSON.stringify({ dynamodb: { Keys: { pk: { S: [{ prefix: 'a' }] } } } });
  const { json } = await ask('POST', 'filter/test', { streamArn: table.arn, pattern, last: 4 });
  assert.deepEqual([json.matched, json.unmatched], [2, 2]);
  assert.deepEqual(json.matchedSamples.map(({ dynamodb }) => dynamodb.Keys.pk.S), ['a2', 'a3']);
  const refused = await ask('POST', 'filter/test', { streamArn: table.arn, pattern: '{}' });
  assert.equal(refused.status, 400);
});
