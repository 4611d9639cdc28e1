// The largest bodies, many at a time: those that cost the most to parse, and those that bring the
// most data. What does not fit is refused, comes again and is served; memory keeps to its bound.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import {
  Answers, call, keyOf, kTable, memory, quiet, recoveryMs, servedDuring, withServer,
} from './load.mjs';

const kClients = 16;
const kBytesMax = 256 << 20;
// What the server needs beside: caches, write buffers, one reply or body for each thread.
const kSlackMib = 192;
const kBodySize = 16 << 20;
const kDeadlineMs = 60000;

/** Repeats a call until it is not refused any more, as SDKs do. */
async function insist(server, operation, body, answers) {
  const deadlineMs = Date.now() + kDeadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    let answer;
    try {
      answer = await call(server, operation, body);
    } catch {
      // The refusal came while the body was being sent, and the reset overtook it.
      answer = { status: 503, json: { __type: '#ServiceUnavailable' } };
    }
    answers.add(answer.status, 0);
    if (answer.status !== 503) return answer;
    assert.match(answer.json.__type, /#ServiceUnavailable$/);
    assert.ok(Date.now() < deadlineMs, 'a body that is always refused');
    await wait(Math.random() * Math.min(1000, 50 * 2 ** attempt));
  }
}

/** {"TableName":[1,1,...]}: a value in every two bytes. */
function costlyBody() {
  const begin = '{"TableName":[1';
  const end = ']}';
  const values = (kBodySize - begin.length - end.length) / 2;
  return Buffer.from(begin + ',1'.repeat(values) + end);
}

/** Much data: the largest items that there are. */
function heavyBody(client) {
  const text = { S: 'x'.repeat(390 * 1024) };
  const puts = Array.from({ length: 25 }, (_, at) => (
    { PutRequest: { Item: { ...keyOf(`${client}-${at}`), text } } }));
  return Buffer.from(JSON.stringify({ RequestItems: { [kTable]: puts } }));
}

export function largeBodies() {
  return withServer([`--in_flight_bytes_max=${kBytesMax}`], async (server) => {
    server.agent.maxSockets = kClients;
    const before = memory(server).now;
    const costly = new Answers();
    const body = costlyBody();
    let parsed;
    const others = await servedDuring(server, async () => {
      parsed = await Promise.all(Array.from({ length: kClients }, () => (
        insist(server, 'GetItem', body, costly))));
    });
    for (const { status, json } of parsed) {
      assert.equal(status, 400);
      assert.match(json.__type, /#SerializationException$/);
    }
    await quiet(server);
    const costlyMib = memory(server).peak - before;
    assert.ok(costlyMib < (kBytesMax >> 20) + kSlackMib, `${costlyMib} MiB to parse`);
    assert.ok(others.quantile(0.99) < 3000, `others: ${others}`);
    const heavy = new Answers();
    const written = await Promise.all(Array.from({ length: kClients / 2 }, (_, client) => (
      insist(server, 'BatchWriteItem', heavyBody(client), heavy))));
    for (const { status, json } of written) {
      assert.equal(status, 200);
      assert.deepEqual(json.UnprocessedItems, {});
    }
    const recovered = await recoveryMs(server);
    assert.ok(recovered < 1000, `as quick as before after ${recovered} ms`);
    const mib = memory(server).peak - before;
    assert.ok(mib < (kBytesMax >> 20) + kSlackMib + 256, `${mib} MiB`);
    return `${kClients} bodies of 16 MiB at a time: ${costly.count(400)} parsed, ` +
      `${costly.count(503)} refused before, ${costlyMib.toFixed(0)} MiB, ` +
      `others: ${others}; of 10 MiB with items: ` +
      `${heavy.count(200)} written, ${heavy.count(503)} refused before, ${mib.toFixed(0)} MiB`;
  });
}
