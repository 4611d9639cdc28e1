// Streams: which writes make which records, and reading them from every kind of place. Through the
// stock SDK, except where its types would hide what is tested.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BatchWriteItemCommand, DeleteItemCommand, ExecuteStatementCommand, PutItemCommand,
  TransactWriteItemsCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { call, createTable, eventually, ok, useServer } from './harness.mjs';
import {
  createStreamTable, gist, onlyShard, readFrom, readPage, readStream, refusal, shardIterator,
  streamOf, streamsClient,
} from './stream_reading.mjs';

const server = useServer();

const s = (text) => ({ S: text });
const put = (TableName, pk, v) => ok(server, 'PutItem', { TableName, Item: { pk: s(pk), ...v } });

describe('records', () => {
  test('the worked example: what makes records, from the beginning and from LATEST', async () => {
    const client = streamsClient(server);
    const db = server.sdk();
    const arn = await createStreamTable(server, 'Worked');
    const shard = await onlyShard(client, arn);
    const before = Math.floor(Date.now() / 1000);
    await put('Worked', 'A', { n: { N: '1' }, set: { SS: ['x', 'y'] } });
    // The same by value: a number in other digits, a set in other order.
    await put('Worked', 'A', { set: { SS: ['y', 'x'] }, n: { N: '1.0' } });
    const latest = await shardIterator(client, arn, shard, 'LATEST');
    await db.send(new UpdateItemCommand({
      TableName: 'Worked', Key: { pk: s('A') }, UpdateExpression: 'SET n = :n REMOVE #s',
      ExpressionAttributeNames: { '#s': 'set' }, ExpressionAttributeValues: { ':n': { N: '2' } },
    }));
    for (let time = 0; time < 2; time += 1) {
      await db.send(new DeleteItemCommand({ TableName: 'Worked', Key: { pk: s('A') } }));
    }
    const records = await readFrom(client,
      await shardIterator(client, arn, shard, 'TRIM_HORIZON'));
    // Sets have no order.
    for (const { dynamodb } of records) dynamodb.OldImage?.set?.SS.sort();
    const first = { pk: s('A'), n: { N: '1' }, set: { SS: ['x', 'y'] } };
    const second = { pk: s('A'), n: { N: '2' } };
    assert.deepEqual(records.map(gist), [
      { eventName: 'INSERT', Keys: { pk: s('A') }, NewImage: first },
      { eventName: 'MODIFY', Keys: { pk: s('A') }, NewImage: second, OldImage: first },
      { eventName: 'REMOVE', Keys: { pk: s('A') }, OldImage: second },
    ]);
    assert.deepEqual((await readFrom(client, latest)).map((record) => record.eventID),
      records.slice(1).map((record) => record.eventID));
    for (const record of records) {
      assert.match(record.eventID, /^[0-9a-f]{32}$/);
      assert.equal(record.eventVersion, '1.1');
      assert.equal(record.awsRegion, 'us-east-1');
      assert.equal(record.userIdentity, undefined);
      assert.equal(record.dynamodb.StreamViewType, 'NEW_AND_OLD_IMAGES');
      assert.match(record.dynamodb.SequenceNumber, /^1[0-9]{20}$/);
      const created = record.dynamodb.ApproximateCreationDateTime.getTime() / 1000;
      assert.ok(Number.isInteger(created) && created >= before && created <= before + 60);
    }
    // Keys 3; the images pk 3, n 3, set 5.
    assert.deepEqual(records.map((record) => record.dynamodb.SizeBytes), [14, 20, 9]);
    assert.equal(new Set(records.map((record) => record.eventID)).size, 3);
    const numbers = records.map((record) => record.dynamodb.SequenceNumber);
    assert.deepEqual([...numbers].sort(), numbers);
  });

  for (const [type, images] of [
    ['KEYS_ONLY', []], ['NEW_IMAGE', ['NewImage']], ['OLD_IMAGE', ['OldImage']],
    ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage']],
  ]) {
    test(`view type ${type} keeps just its images`, async () => {
      const client = streamsClient(server);
      const name = `View_${type}`;
      const arn = await createStreamTable(server, name, type);
      await put(name, 'A', { v: s('1') });
      await put(name, 'A', { v: s('2') });
      await ok(server, 'DeleteItem', { TableName: name, Key: { pk: s('A') } });
      const records = await readStream(client, arn);
      const has = (image, eventName) => images.includes(image) &&
        eventName !== (image === 'NewImage' ? 'REMOVE' : 'INSERT');
      assert.deepEqual(records.map(({ eventName }) => eventName), ['INSERT', 'MODIFY', 'REMOVE']);
      for (const { eventName, dynamodb } of records) {
        assert.equal(dynamodb.StreamViewType, type);
        assert.deepEqual(dynamodb.Keys, { pk: s('A') });
        for (const image of ['NewImage', 'OldImage']) {
          assert.equal(image in dynamodb, has(image, eventName), `${image} of ${eventName}`);
        }
      }
    });
  }

  test('sort keys are keys, and every type of value comes through', async () => {
    const client = streamsClient(server);
    const table = await createTable(server, 'Types', 'pk:B', 'sk:N', streamOf('NEW_IMAGE'));
    const item = {
      pk: { B: new Uint8Array([0, 255]) }, sk: { N: '-1.5' }, text: s('"\u0000\u00e9'),
      no: { BOOL: false },
      nothing: { NULL: true }, list: { L: [{ N: '1' }, { M: { deep: s('') } }] },
      numbers: { NS: ['1', '2.5'] }, bytes: { BS: [new Uint8Array([1])] },
    };
    await server.sdk().send(new PutItemCommand({ TableName: 'Types', Item: item }));
    const [record] = await readStream(client, table.LatestStreamArn);
    assert.deepEqual(record.dynamodb.Keys, { pk: item.pk, sk: item.sk });
    assert.deepEqual(record.dynamodb.NewImage, item);
  });

  test('transactions in action order, batches, PartiQL; nothing without effect', async () => {
    const client = streamsClient(server);
    const db = server.sdk();
    const TableName = 'Writers';
    const arn = await createStreamTable(server, TableName, 'KEYS_ONLY');
    const key = (pk) => ({ pk: s(pk) });
    const transaction = new TransactWriteItemsCommand({
      ClientRequestToken: 'once',
      TransactItems: [
        { Put: { TableName, Item: key('t3') } },
        { ConditionCheck: { TableName, Key: key('no'), ConditionExpression:
          'attribute_not_exists(pk)' } },
        { Put: { TableName, Item: key('t1') } },
        { Delete: { TableName, Key: key('t0') } },
        { Put: { TableName, Item: key('t2') } },
      ],
    });
    await db.send(transaction);
    await db.send(transaction);  // a replay
    await db.send(new TransactWriteItemsCommand({ TransactItems: [
      { Put: { TableName, Item: key('cancelled') } },
      { ConditionCheck: { TableName, Key: key('no'),
        ConditionExpression: 'attribute_exists(pk)' } },
    ] })).then(() => assert.fail(), () => {});
    await db.send(new PutItemCommand({
      TableName, Item: key('refused'), ConditionExpression: 'attribute_exists(pk)',
    })).then(() => assert.fail(), () => {});
    await db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [
      { PutRequest: { Item: key('b1') } }, { DeleteRequest: { Key: key('t1') } },
      { DeleteRequest: { Key: key('absent') } },
    ] } }));
    for (const Statement of [
      `INSERT INTO "${TableName}" VALUE {'pk': 'p1'}`,
      `UPDATE "${TableName}" SET v = 1 WHERE pk = 'p1'`,
      `UPDATE "${TableName}" SET v = 1 WHERE pk = 'p1'`,
      `DELETE FROM "${TableName}" WHERE pk = 'p1'`,
    ]) await db.send(new ExecuteStatementCommand({ Statement }));
    const records = await readStream(client, arn);
    assert.deepEqual(records.map((record) => `${record.eventName} ${record.dynamodb.Keys.pk.S}`), [
      'INSERT t3', 'INSERT t1', 'INSERT t2', 'INSERT b1', 'REMOVE t1',
      'INSERT p1', 'MODIFY p1', 'REMOVE p1',
    ]);
  });
});

describe('reading', () => {
  test('AT and AFTER, pages by Limit, and what is wrong with a place', async () => {
    const client = streamsClient(server);
    const arn = await createStreamTable(server, 'Places', 'NEW_IMAGE');
    const shard = await onlyShard(client, arn);
    for (let index = 0; index < 5; index += 1) await put('Places', `k${index}`, {});
    const start = await shardIterator(client, arn, shard, 'TRIM_HORIZON');
    const all = await readFrom(client, start);
    assert.equal(all.length, 5);
    assert.deepEqual(await readFrom(client, start, 2), all);
    assert.equal((await readPage(client, start, 3)).records.length, 3);
    const { SequenceNumber } = all[2].dynamodb;
    const from = async (type) => readFrom(client,
      await shardIterator(client, arn, shard, type, { SequenceNumber }));
    assert.deepEqual(await from('AT_SEQUENCE_NUMBER'), all.slice(2));
    assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER'), all.slice(3));

    const place = (type, more) => refusal(client, new GetShardIteratorCommand(
      { StreamArn: arn, ShardId: shard, ShardIteratorType: type, ...more }));
    assert.deepEqual(await place('AT_SEQUENCE_NUMBER'), {
      name: 'ValidationException', message: 'Missing required parameter "SequenceNumber"' });
    assert.deepEqual(await place('TRIM_HORIZON', { SequenceNumber }), {
      name: 'ValidationException',
      message: 'Iterator of this type should not have sequence number' });
    assert.deepEqual(await place('AT_SEQUENCE_NUMBER', { SequenceNumber: 'x'.repeat(21) }), {
      name: 'ValidationException', message: 'Invalid SequenceNumber' });
    assert.deepEqual(await place('AT_SEQUENCE_NUMBER', { SequenceNumber: `1${'0'.repeat(20)}` }), {
      name: 'TrimmedDataAccessException',
      message: 'The operation attempted to read past the oldest stream record in a shard.' });
    const beyond = await place('AT_SEQUENCE_NUMBER', { SequenceNumber: `1${'9'.repeat(19)}0` });
    assert.equal(beyond.name, 'ValidationException');
    assert.deepEqual(await place('LATEST', { ShardId: `${shard.slice(0, -8)}00000000` }), {
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Shard does not exist' });
    assert.deepEqual(await refusal(client, new GetRecordsCommand({
      ShardIterator: `${start.slice(0, -2)}AA` })),
    { name: 'ValidationException', message: 'Invalid ShardIterator' });
    assert.ok(start.startsWith(`${arn}|1|`));
  });

  // The extension is not in the SDK's model, so the request is raw.
  test('AT_TIMESTAMP begins at a time', async () => {
    const client = streamsClient(server);
    const arn = await createStreamTable(server, 'Times', 'NEW_IMAGE');
    const shard = await onlyShard(client, arn);
    await put('Times', 'early', {});
    const early = Date.now();
    await eventually(() => Date.now() > early + 20, 'the clock');
    await put('Times', 'late', {});
    const from = async (ms) => {
      const { ShardIterator } = await ok(server, 'GetShardIterator', {
        StreamArn: arn, ShardId: shard, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: ms / 1000,
      });
      return (await readFrom(client, ShardIterator)).map((record) => record.dynamodb.Keys.pk.S);
    };
    assert.deepEqual(await from(0), ['early', 'late']);
    assert.deepEqual(await from(early + 10), ['late']);
    assert.deepEqual(await from(Date.now() + 60000), []);
  });

  test('more than 1000 records and more than 1 MiB come in pages', async () => {
    const client = streamsClient(server);
    const arn = await createStreamTable(server, 'Many', 'KEYS_ONLY');
    const large = await createStreamTable(server, 'Large', 'NEW_AND_OLD_IMAGES');
    for (let first = 0; first < 1050; first += 25) {
      await ok(server, 'BatchWriteItem', { RequestItems: { Many: Array.from({ length: 25 },
        (_, index) => ({ PutRequest: { Item: { pk: s(`k${first + index}`) } } })) } });
    }
    const page = await readPage(client,
      await shardIterator(client, arn, await onlyShard(client, arn), 'TRIM_HORIZON'));
    assert.equal(page.records.length, 1000);
    assert.equal((await readPage(client, page.next)).records.length, 50);
    for (let index = 0; index < 4; index += 1) {
      await put('Large', 'A', { v: s(`${index}`.repeat(390000)) });
    }
    const sizes = [];
    for (let next = await shardIterator(client, large, await onlyShard(client, large),
      'TRIM_HORIZON'); sizes.at(-1) !== 0;) {
      const answer = await readPage(client, next);
      sizes.push(answer.records.length);
      next = answer.next;
    }
    // 390 KB, then 780 KB each.
    assert.deepEqual(sizes, [1, 1, 1, 1, 0]);
  });

  test('the table prefix works for the four operations as well', async () => {
    const arn = await createStreamTable(server, 'Prefix', 'KEYS_ONLY');
    for (const prefix of ['DynamoDB_20120810', 'DynamoDBStreams_20120810']) {
      const answer = await call(server, 'DescribeStream', { StreamArn: arn },
        { 'X-Amz-Target': `${prefix}.DescribeStream` });
      assert.equal(answer.json.StreamDescription.StreamArn, arn);
      assert.equal(answer.json.StreamDescription.Shards.length, 1);
    }
  });
});
