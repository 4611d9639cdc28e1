// GET /_admin/tail, GET /_admin/streams and the virtual clock, which AWS has not: changes as they
// are committed, in one total order, and resumable. So nothing here would pass against AWS.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  eventually, exchange, keySchema, ok, removeDirectory, startServer, temporaryDirectory, useServer,
} from './harness.mjs';
import { openTail } from './tail_client.mjs';

const server = useServer({ flags: ['--stream_shards=4'] });

async function createTable(where, name, viewType = 'NEW_AND_OLD_IMAGES') {
  const { TableDescription } = await ok(where, 'CreateTable', {
    TableName: name,
    ...keySchema('pk:S'),
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: viewType },
  });
  return TableDescription.LatestStreamArn;
}

function put(where, table, pk, value = 'v') {
  return ok(where, 'PutItem', { TableName: table, Item: { pk: { S: pk }, value: { S: value } } });
}

function remove(where, table, pk) {
  return ok(where, 'DeleteItem', { TableName: table, Key: { pk: { S: pk } } });
}

function assertGrowing(ids) {
  for (let index = 1; index < ids.length; index += 1) {
    assert.ok(ids[index - 1] < ids[index], `${ids[index - 1]} before ${ids[index]}`);
  }
}

test('shows the changes of a table as a function would get them', async () => {
  const arn = await createTable(server, 'shown');
  await createTable(server, 'others');
  await put(server, 'shown', 'earlier');
  const tail = await openTail(server, { table: 'shown' });
  assert.equal(tail.contentType, 'text/event-stream');
  await put(server, 'others', 'a');
  await put(server, 'shown', 'a', 'first');
  await put(server, 'shown', 'a', 'second');
  await put(server, 'shown', 'a', 'second'); // changes nothing
  await remove(server, 'shown', 'a');
  const records = await tail.untilRecords(3);
  tail.close();
  assert.deepEqual(records.map(({ event }) => event), ['INSERT', 'MODIFY', 'REMOVE']);
  const { id, data } = records[1];
  assert.equal(data.eventName, 'MODIFY');
  assert.equal(data.eventSource, 'aws:dynamodb');
  assert.equal(data.eventSourceARN, arn);
  assert.equal(data.awsRegion, 'us-east-1');
  assert.equal(data.dynamodb.SequenceNumber, id);
  assert.match(id, /^1\d{20}$/);
  assert.deepEqual(data.dynamodb.OldImage, { pk: { S: 'a' }, value: { S: 'first' } });
  assert.deepEqual(data.dynamodb.NewImage, { pk: { S: 'a' }, value: { S: 'second' } });
});

test('begins where it is told to', async () => {
  await createTable(server, 'places');
  for (const pk of ['a', 'b', 'c']) await put(server, 'places', pk);
  const all = await openTail(server, { table: 'places', from: 'TRIM_HORIZON' });
  const records = await all.untilRecords(3);
  assert.deepEqual(all.keys(), ['a', 'b', 'c']);
  all.close();

  const behind = await openTail(server, { table: 'places', from: records[0].id });
  await behind.untilRecords(2);
  assert.deepEqual(behind.keys(), ['b', 'c']);
  behind.close();

  const resumed = await openTail(server, { table: 'places', from: 'TRIM_HORIZON' },
    { 'Last-Event-ID': records[1].id });
  await resumed.untilRecords(1);
  assert.deepEqual(resumed.keys(), ['c']);
  resumed.close();

  const early = new Date(Date.now() - 60000);
  for (const from of [early.toISOString(), String(early.getTime())]) {
    const timed = await openTail(server, { table: 'places', from });
    await timed.untilRecords(3);
    assert.deepEqual(timed.keys(), ['a', 'b', 'c']);
    timed.close();
  }
  const late = await openTail(server, { table: 'places', from: String(Date.now() + 60000) });
  await put(server, 'places', 'd');
  await late.untilRecords(1);
  assert.deepEqual(late.keys(), ['d']);
  late.close();
});

test('refuses what it does not understand', async () => {
  await createTable(server, 'refusals');
  const answers = {
    'table=nowhere': 404,
    'streamArn=nonsense': 400,
    'streamArn=arn:aws:dynamodb:us-east-1:000000000000:table/refusals/stream/none': 404,
    'table=refusals&streamArn=x': 400,
    'table=refusals&from=YESTERDAY': 400,
    'table=refusals&filter=nonsense': 400,
    'table=refusals&filter=': 400,
    'table=refusals&filter={"eventName":"INSERT"}': 400,
    'table=refusals&from=12345678901234567890123': 400,
  };
  for (const [query, status] of Object.entries(answers)) {
    const answer = await exchange(server, {
      method: 'GET', path: `/_admin/tail?${encodeURI(query)}` });
    assert.equal(answer.status, status, query);
    assert.equal(typeof answer.json.error, 'string', query);
  }
  assert.equal((await exchange(server, { path: '/_admin/tail' })).status, 405);
  const answer = await exchange(server, {
    method: 'GET', path: '/_admin/tail', headers: { 'Last-Event-ID': 'x' } });
  assert.equal(answer.status, 400);
});

test('all tables come in one total order, with nothing missing', async () => {
  const kTables = 4;
  const kWriters = 8;
  const kWritesPerWriter = 150;
  const tables = Array.from({ length: kTables }, (_, index) => `order${index}`);
  // Half of the streams are there when the tail begins, half appear while it is open.
  await Promise.all(tables.slice(0, 2).map((name) => createTable(server, name)));
  const tails = await Promise.all([openTail(server), openTail(server), openTail(server)]);
  await Promise.all(tables.slice(2).map((name) => createTable(server, name)));
  await Promise.all(Array.from({ length: kWriters }, async (_, writer) => {
    for (let index = 0; index < kWritesPerWriter; index += 1) {
      if (index % 10 === 9) {
        await ok(server, 'TransactWriteItems', {
          TransactItems: tables.map((TableName) => (
            { Put: { TableName, Item: { pk: { S: `${writer}-${index}` } } } })),
        });
      } else {
        await put(server, tables[(writer + index) % kTables], `${writer}-${index}`);
      }
    }
  }));
  const transactions = kWriters * Math.floor(kWritesPerWriter / 10);
  const total = kWriters * kWritesPerWriter - transactions + transactions * kTables;
  for (const tail of tails) {
    const records = await tail.untilRecords(total);
    tail.close();
    assert.equal(records.length, total);
    assertGrowing(records.map(({ id }) => id));
    // What one writer did stays in the order in which it was done.
    for (let writer = 0; writer < kWriters; writer += 1) {
      const own = tail.keys().filter((pk) => pk.startsWith(`${writer}-`))
        .map((pk) => Number(pk.split('-')[1]));
      assert.deepEqual(own, [...own].sort((left, right) => left - right));
      assert.equal(new Set(own).size, kWritesPerWriter);
    }
    assert.deepEqual(tail.keys(), tails[0].keys());
  }
});

test('a filter leaves out events, and the place goes on', async () => {
  await createTable(server, 'filtered');
  const filter = JSON.stringify({
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { NewImage: { value: { S: [{ prefix: 'yes' }] } } },
  });
  const tail = await openTail(server, { table: 'filtered', filter });
  const rest = await openTail(server, { filter: '{"eventName":["REMOVE"]}', from: 'TRIM_HORIZON' });
  for (let index = 0; index < 30; index += 1) {
    await put(server, 'filtered', `k${index}`, index % 3 === 0 ? `yes${index}` : 'no');
  }
  await remove(server, 'filtered', 'k0');
  await tail.untilRecords(10);
  await eventually(() => rest.keys().includes('k0'), 'the removal');
  assert.deepEqual(tail.keys(), Array.from({ length: 10 }, (_, index) => `k${3 * index}`));
  assert.ok(rest.records.every(({ event }) => event === 'REMOVE'));
  tail.close();
  rest.close();

  // With nothing to show, an id tells how far it is nevertheless.
  const place = tail.lastId;
  const putMany = async (worker) => {
    for (let index = 0; index < 26; index += 1) {
      await ok(server, 'BatchWriteItem', { RequestItems: { filtered: Array.from({ length: 25 },
        (_, item) => ({ PutRequest: { Item: { pk: { S: `m${worker}-${index}-${item}` } } } })) } });
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, worker) => putMany(worker)));
  const silent = await openTail(server, { table: 'filtered', filter, from: place });
  await eventually(() => silent.lastId > place, 'an id without an event');
  assert.equal(silent.events.length, 0);
  silent.close();
});

test('a tail of one stream ends with it, one of a table goes on', async () => {
  const arn = await createTable(server, 'ending');
  const ofStream = await openTail(server, { streamArn: arn });
  const ofTable = await openTail(server, { table: 'ending' });
  await put(server, 'ending', 'last');
  await ok(server, 'UpdateTable', {
    TableName: 'ending', StreamSpecification: { StreamEnabled: false } });
  await eventually(() => ofStream.ended, 'the end of the tail');
  assert.deepEqual(ofStream.keys(), ['last']);
  assert.ok(!ofTable.ended);
  await ok(server, 'UpdateTable', {
    TableName: 'ending',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  });
  await put(server, 'ending', 'again');
  await ofTable.untilRecords(2);
  assert.deepEqual(ofTable.keys(), ['last', 'again']);
  ofTable.close();
});

test('an event is there as soon as its write is acknowledged', async (context) => {
  await createTable(server, 'latency');
  const tail = await openTail(server, { table: 'latency' });
  const acknowledgedNs = new Map();
  for (let index = 0; index < 200; index += 1) {
    await put(server, 'latency', `k${index}`);
    acknowledgedNs.set(`k${index}`, process.hrtime.bigint());
  }
  const records = await tail.untilRecords(200);
  tail.close();
  const latencies = records
    .map(({ data, receivedNs }) => (
      Number(receivedNs - acknowledgedNs.get(data.dynamodb.Keys.pk.S)) / 1e6))
    .sort((left, right) => left - right);
  const median = latencies[latencies.length / 2];
  context.diagnostic(`median ${median.toFixed(3)} ms from the acknowledgement to the event`);
  assert.ok(median < 2, `median of ${median} ms`);
});

test('clients that leave, and the end of the server', async () => {
  const own = await startServer();
  await createTable(own, 'leaving');
  const streams = async () => Number(/^millrace_http_streams (\d+)$/m.exec(
    (await exchange(own, { method: 'GET', path: '/metrics' })).text)[1]);
  const tails = await Promise.all(Array.from({ length: 20 }, () => openTail(own)));
  assert.equal(await streams(), 20);
  for (const tail of tails.slice(1)) tail.close();
  await eventually(async () => await streams() === 1, 'closed connections to be noticed');
  await put(own, 'leaving', 'a');
  await tails[0].untilRecords(1);
  const began = Date.now();
  assert.deepEqual(await own.close(), { code: 0, signal: null });
  assert.ok(Date.now() - began < 5000, 'open tails do not hold up the end');
  await eventually(() => tails[0].ended, 'the end of the tail');
});

test('resumes after kill -9 without a gap', async () => {
  const dataDirectory = temporaryDirectory();
  let own = await startServer({ dataDirectory, flags: ['--stream_shards=3'] });
  await createTable(own, 'killed');
  const tail = await openTail(own, { table: 'killed' });
  const acknowledged = [];
  const writing = (async () => {
    for (let index = 0; ; index += 1) {
      await put(own, 'killed', `k${index}`);
      acknowledged.push(`k${index}`);
    }
  })().catch(() => {});
  await tail.untilRecords(50);
  await own.end('SIGKILL');
  await writing;
  const before = tail.keys();

  own = await startServer({ dataDirectory });
  const resumed = await openTail(own, { table: 'killed' }, { 'Last-Event-ID': tail.lastId });
  await put(own, 'killed', 'after');
  await eventually(() => resumed.keys().includes('after'), 'the write after the restart');
  resumed.close();
  await own.close();
  removeDirectory(dataDirectory);
  const shown = [...before, ...resumed.keys()];
  assert.equal(new Set(shown).size, shown.length, 'nothing twice');
  for (const pk of acknowledged) assert.ok(shown.includes(pk), `${pk} was acknowledged`);
  assertGrowing([...tail.records, ...resumed.records].map(({ id }) => id));
});

test('says what was trimmed before it could be shown', async () => {
  const own = await startServer({ flags: ['--clock=virtual', '--stream_retention=1h'] });
  const admin = async (body) => {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await exchange(own, {
      method, path: '/_admin/clock', body: body && JSON.stringify(body) });
    return { status: answer.status, ...answer.json };
  };
  const clock = await admin();
  assert.equal(clock.clock, 'virtual');
  assert.ok(Math.abs(clock.now_ms - Date.now()) < 60000);
  assert.deepEqual(await admin(), clock, 'it stands still');

  await createTable(own, 'trimmed');
  const first = await openTail(own, { table: 'trimmed' });
  await put(own, 'trimmed', 'old1');
  await put(own, 'trimmed', 'old2');
  await first.untilRecords(2);
  first.close();
  const advanced = await admin({ advance_ms: 7200000 });
  assert.deepEqual(advanced, { ...clock, now_ms: clock.now_ms + 7200000 });
  await put(own, 'trimmed', 'new');
  const horizon = async () => {
    const answer = await exchange(own, { method: 'GET', path: '/_admin/streams' });
    const [stream] = answer.json.streams;
    assert.equal(stream.retentionMs, 3600000);
    assert.equal(stream.retentionFrom, 'flag');
    return stream.hashRanges[0].horizon;
  };
  await eventually(async () => await horizon() > first.records[1].id, 'the trimming');

  const resumed = await openTail(own, { table: 'trimmed' },
    { 'Last-Event-ID': first.records[0].id });
  await resumed.untilRecords(1);
  assert.deepEqual(resumed.keys(), ['new']);
  assert.equal(resumed.events[0].event, 'trimmed');
  assert.equal(resumed.events[0].data.oldestSequenceNumber, await horizon());
  resumed.close();
  // Who asks for what is left does not miss anything.
  const rest = await openTail(own, { table: 'trimmed', from: 'TRIM_HORIZON' });
  await rest.untilRecords(1);
  assert.deepEqual(rest.events.map(({ event }) => event), ['INSERT']);
  rest.close();

  assert.equal((await admin({ advance_ms: -1 })).status, 400);
  assert.equal((await admin({ now_ms: 1 })).status, 400);
  assert.equal((await admin({})).status, 400);
  assert.equal((await admin({ now_ms: advanced.now_ms + 5 })).now_ms, advanced.now_ms + 5);
  await own.close();
});

test('the clock of the system is not moved', async () => {
  const answer = await exchange(server, { path: '/_admin/clock', body: '{"advance_ms":1}' });
  assert.equal(answer.status, 409);
  const shown = await exchange(server, { method: 'GET', path: '/_admin/clock' });
  assert.equal(shown.json.clock, 'system');
});

test('lists streams with their retention and shards', async () => {
  const arn = await createTable(server, 'listed', 'NEW_IMAGE');
  await ok(server, 'TagResource', {
    ResourceArn: arn.slice(0, arn.indexOf('/stream/')),
    Tags: [{ Key: 'millrace:stream-retention', Value: 'forever' }],
  });
  await put(server, 'listed', 'a');
  const answer = await exchange(server, { method: 'GET', path: '/_admin/streams' });
  assert.equal(answer.status, 200);
  const stream = answer.json.streams.find(({ streamArn }) => streamArn === arn);
  assert.equal(stream.tableName, 'listed');
  assert.equal(stream.status, 'ENABLED');
  assert.equal(stream.viewType, 'NEW_IMAGE');
  assert.equal(stream.retention, 'forever');
  assert.equal(stream.retentionFrom, 'tag');
  assert.equal(stream.shards.length, 4);
  assert.equal(stream.hashRanges.length, 4);
  assert.equal(stream.hashRanges.filter(({ oldestMs }) => oldestMs > 0).length, 1);
});
