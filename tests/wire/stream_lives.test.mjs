// The lives of streams and shards: enabling, disabling, deleting, listing, roll-over, expiry of
// iterators, and a consumer that lives through all of it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DeleteTableCommand, DescribeTableCommand, UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand, GetRecordsCommand, ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import {
  call, createTable, eventually, exchange, ok, startServer, useServer, waitActive, waitGone,
} from './harness.mjs';
import {
  consume, createStreamTable, describeStream, gist, onlyShard, readPage, readStream, refusal,
  shardIterator, streamOf, streamsClient,
} from './stream_reading.mjs';

const server = useServer();

const s = (text) => ({ S: text });
const put = (TableName, pk, v) => ok(server, 'PutItem', { TableName, Item: { pk: s(pk), ...v } });
const disable = (table) => ok(server, 'UpdateTable',
  { TableName: table, StreamSpecification: { StreamEnabled: false } });

describe('streams of tables', () => {
  test('disabling, enabling again and deleting: every stream stays readable', async () => {
    const client = streamsClient(server);
    const db = server.sdk();
    const TableName = 'Lives';
    const describeTable = async () => (
      await db.send(new DescribeTableCommand({ TableName }))).Table;
    await createTable(server, TableName, 'pk:S');
    assert.equal((await describeTable()).LatestStreamArn, undefined);
    const enable = { TableName, ...streamOf('NEW_IMAGE') };
    const { TableDescription: enabled } = await db.send(new UpdateTableCommand(enable));
    assert.deepEqual(enabled.StreamSpecification, enable.StreamSpecification);
    const first = enabled.LatestStreamArn;
    assert.equal(first, `${enabled.TableArn}/stream/${enabled.LatestStreamLabel}`);
    assert.match(enabled.LatestStreamLabel, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
    await waitActive(server, TableName);
    assert.deepEqual(await refusal(db, new UpdateTableCommand(enable)), {
      name: 'ValidationException',
      message: `Table already has an enabled stream: TableName: ${TableName}` });
    await put(TableName, 'A', {});
    await disable(TableName);
    const off = await waitActive(server, TableName);
    assert.equal(off.StreamSpecification, undefined);
    assert.equal(off.LatestStreamArn, first);
    assert.equal((await call(server, 'UpdateTable', {
      TableName, StreamSpecification: { StreamEnabled: false } })).json.message,
    `Table has no stream to disable: TableName: ${TableName}`);
    await put(TableName, 'unseen', {});
    const disabled = await describeStream(client, first);
    assert.equal(disabled.StreamStatus, 'DISABLED');
    assert.ok(disabled.Shards[0].SequenceNumberRange.EndingSequenceNumber);
    const page = await readPage(client,
      await shardIterator(client, first, disabled.Shards[0].ShardId, 'TRIM_HORIZON'));
    assert.deepEqual(page.records.map((record) => record.dynamodb.Keys.pk.S), ['A']);
    assert.equal(page.next, undefined);

    const { TableDescription: again } = await db.send(new UpdateTableCommand(
      { TableName, ...streamOf('KEYS_ONLY') }));
    const second = again.LatestStreamArn;
    assert.notEqual(second, first);
    await waitActive(server, TableName);
    await put(TableName, 'B', {});
    await db.send(new DeleteTableCommand({ TableName }));
    await waitGone(server, TableName);
    assert.deepEqual((await readStream(client, second)).map(gist),
      [{ eventName: 'INSERT', Keys: { pk: s('B') } }]);
    assert.equal((await readStream(client, first)).length, 1);
    const third = await createStreamTable(server, TableName);
    const { Streams } = await client.send(new ListStreamsCommand({ TableName }));
    assert.deepEqual(Streams.map((stream) => stream.StreamArn), [first, second, third]);
    assert.equal((await readStream(client, third)).length, 0);
  });

  test('listing page by page, by table name and by its ARN', async () => {
    const client = streamsClient(server);
    const arns = [];
    for (const name of ['List_b', 'List_a', 'List_c']) {
      arns.push(await createStreamTable(server, name, 'KEYS_ONLY'));
    }
    const seen = [];
    let ExclusiveStartStreamArn;
    do {
      const page = await client.send(new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamArn }));
      assert.ok(page.Streams.length <= 2);
      seen.push(...page.Streams);
      ExclusiveStartStreamArn = page.LastEvaluatedStreamArn;
    } while (ExclusiveStartStreamArn !== undefined);
    const mine = seen.filter((stream) => stream.TableName.startsWith('List_'));
    assert.deepEqual(mine.map((stream) => stream.TableName), ['List_a', 'List_b', 'List_c']);
    for (const TableName of ['List_b', 'arn:aws:dynamodb:us-east-1:000000000000:table/List_b']) {
      const { Streams } = await client.send(new ListStreamsCommand({ TableName }));
      assert.deepEqual(Streams, [{
        StreamArn: arns[0], TableName: 'List_b', StreamLabel: arns[0].split('/').at(-1) }]);
    }
    assert.deepEqual(await ok(server, 'ListStreams', { TableName: 'never' }), { Streams: [] });
  });

  test('the description of a fresh stream', async () => {
    const arn = await createStreamTable(server, 'Fresh', 'OLD_IMAGE');
    const { StreamDescription } = await ok(server, 'DescribeStream', { StreamArn: arn });
    const { CreationRequestDateTime, Shards, ...rest } = StreamDescription;
    assert.deepEqual(rest, {
      StreamArn: arn, StreamLabel: arn.split('/').at(-1), StreamStatus: 'ENABLED',
      StreamViewType: 'OLD_IMAGE', TableName: 'Fresh',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
    assert.ok(Math.abs(CreationRequestDateTime - Date.now() / 1000) < 60);
    assert.equal(Shards.length, 1);
    assert.match(Shards[0].ShardId, /^shardId-\d{20}-[0-9a-f]{8}$/);
    assert.deepEqual(Object.keys(Shards[0].SequenceNumberRange), ['StartingSequenceNumber']);
    assert.match(Shards[0].SequenceNumberRange.StartingSequenceNumber, /^1\d{20}$/);
  });

  test('the retention tag is checked', async () => {
    const tag = (value) => [{ Key: 'millrace:stream-retention', Value: value }];
    const table = await createTable(server, 'Tagged', 'pk:S', undefined, { Tags: tag('30d') });
    const answer = await call(server, 'TagResource',
      { ResourceArn: table.TableArn, Tags: tag('a while') });
    assert.equal(answer.status, 400);
    assert.match(answer.json.message, /forever.*s, m, h or d.*a while$/);
    assert.equal((await call(server, 'TagResource',
      { ResourceArn: table.TableArn, Tags: tag('forever') })).status, 200);
  });
});

test('iterators expire after a quarter of an hour', async () => {
  const timed = await startServer({ flags: ['--clock=virtual'] });
  try {
    const client = streamsClient(timed);
    const arn = await createStreamTable(timed, 'Expiry', 'KEYS_ONLY');
    const iterator = await shardIterator(client, arn, await onlyShard(client, arn), 'LATEST');
    const advance = (ms) => exchange(timed, {
      path: '/_admin/clock', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ advance_ms: ms }),
    });
    assert.equal((await advance(15 * 60 * 1000 - 10000)).status, 200);
    const { next } = await readPage(client, iterator);
    assert.equal((await advance(20000)).status, 200);
    assert.deepEqual(await refusal(client, new GetRecordsCommand({ ShardIterator: iterator })), {
      name: 'ExpiredIteratorException',
      message: 'The provided iterator exceeds the maximum age allowed.' });
    assert.deepEqual((await readPage(client, next)).records, []);
  } finally {
    await timed.close();
  }
});

// A consumer as the Kinesis Client Library is one must see every record once, those of an item in
// order, across shards that come and go, and find the end of a stream that is disabled.
test('a consumer of four shards with roll-over every second', async () => {
  const rolling = await startServer({ flags: ['--stream_shards=4', '--shard_rollover=1s'] });
  try {
    const client = streamsClient(rolling);
    const arn = await createStreamTable(rolling, 'Rolling', 'NEW_IMAGE');
    assert.equal((await describeStream(client, arn)).Shards.length, 4);
    const kItems = 16;
    const written = new Map();
    let count = 0;
    let writing = true;
    const consumer = consume(client, arn, (_, open) => open === 0);
    const writer = async (item) => {
      for (let version = 1; writing; version += 1) {
        await ok(rolling, 'PutItem', { TableName: 'Rolling',
          Item: { pk: s(`item${item}`), v: { N: `${version}` } } });
        written.set(`item${item}`, version);
        count += 1;
      }
    };
    const writers = Array.from({ length: kItems }, (_, item) => writer(item));
    await eventually(async () => (await describeStream(client, arn, 3)).Shards.length >= 12,
      'shards to be rolled over twice', 30000);
    writing = false;
    await Promise.all(writers);
    await ok(rolling, 'UpdateTable',
      { TableName: 'Rolling', StreamSpecification: { StreamEnabled: false } });
    const { records, ended } = await consumer;
    assert.equal(records.length, count);
    const seen = new Map();
    for (const { dynamodb: { NewImage } } of records) {
      const version = Number(NewImage.v.N);
      assert.equal(version, (seen.get(NewImage.pk.S) ?? 0) + 1, NewImage.pk.S);
      seen.set(NewImage.pk.S, version);
    }
    assert.deepEqual(seen, new Map([...written].sort((a, b) => (
      [...seen.keys()].indexOf(a[0]) - [...seen.keys()].indexOf(b[0])))));
    const { Shards } = await describeStream(client, arn);
    assert.equal(ended.size, Shards.length);
    for (const shard of Shards) {
      assert.ok(shard.SequenceNumberRange.EndingSequenceNumber, shard.ShardId);
    }
    const parents = new Set(Shards.map((shard) => shard.ParentShardId));
    const parent = Shards.find((shard) => parents.has(shard.ShardId));
    const { StreamDescription } = await client.send(new DescribeStreamCommand({
      StreamArn: arn, ShardFilter: { Type: 'CHILD_SHARDS', ShardId: parent.ShardId } }));
    assert.deepEqual(StreamDescription.Shards.map((shard) => shard.ParentShardId),
      [parent.ShardId]);
  } finally {
    await rolling.close();
  }
});
