// The event that a handler gets, to the letter, and the message about records that were given up:
// what it says, and that it arrives whatever happens to its target or to the server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kFunctionError, kQueueArn, useDelivery } from './delivery_client.mjs';
import { eventually } from './harness.mjs';
import { describeStream, readFrom, shardIterator, streamsClient } from './stream_reading.mjs';

const delivery = useDelivery();

const kFails = 'if (names[0] !== "good") throw new Error("bad");';
const kOnce = { MaximumRetryAttempts: 0, BatchSize: 10 };
const kUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The shard and the records of a stream, as its own API shows them. */
async function streamOf(table) {
  const client = streamsClient(delivery.server);
  const { Shards: [{ ShardId }] } = await describeStream(client, table.arn);
  const iterator = await shardIterator(client, table.arn, ShardId, 'TRIM_HORIZON');
  return { shardId: ShardId, records: await readFrom(client, iterator) };
}
const wholeSeconds = (ms) => Math.floor(ms / 1000);
/** As the message shows times without their thousandths. */
const isoSeconds = (ms) => new Date(wholeSeconds(ms) * 1000).toISOString().replace('.000', '');

describe('the event', () => {
  test('shows each record', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler('', { variables: { WHOLE: '1' } });
    const { now_ms: now } = await delivery.clock();
    await table.put('ORDER#1', { total: { N: '12.50' }, data: { B: 'AAEC' } });
    await table.put('ORDER#1', { total: { N: '13' }, tags: { SS: ['a'] } });
    await table.put('ORDER#1', { total: { N: '13' }, tags: { SS: ['a'] } });  // no change
    await table.remove('ORDER#1');
    await delivery.map(table, handler);
    await handler.events(1);
    const { records } = await streamOf(table);
    const Keys = { pk: { S: 'ORDER#1' } };
    const first = { pk: { S: 'ORDER#1' }, total: { N: '12.5' }, data: { B: 'AAEC' } };
    const second = { pk: { S: 'ORDER#1' }, total: { N: '13' }, tags: { SS: ['a'] } };
    const images = [
      ['INSERT', { NewImage: first }], ['MODIFY', { NewImage: second, OldImage: first }],
      ['REMOVE', { OldImage: second }],
    ];
    assert.deepEqual(handler.notes()[0].event, {
      Records: images.map(([eventName, shown], index) => ({
        eventID: records[index].eventID, eventName, eventVersion: '1.1',
        eventSource: 'aws:dynamodb', awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: wholeSeconds(now), Keys, ...shown,
          SequenceNumber: records[index].dynamodb.SequenceNumber,
          SizeBytes: records[index].dynamodb.SizeBytes,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: table.arn,
      })),
    });
    for (const { eventID } of records) assert.match(eventID, /^[0-9a-f]{32}$/);
  });

  for (const [viewType, members] of Object.entries({
    KEYS_ONLY: [], NEW_IMAGE: ['NewImage'], OLD_IMAGE: ['OldImage'],
  })) {
    test(`shows what a stream of ${viewType} has`, async () => {
      const table = await delivery.table({
        StreamSpecification: { StreamEnabled: true, StreamViewType: viewType } });
      const handler = await delivery.handler('', { variables: { WHOLE: '1' } });
      await table.put('a', { v: { S: '1' } });
      await table.put('a', { v: { S: '2' } });
      await delivery.map(table, handler);
      await handler.events(1);
      const { dynamodb } = handler.notes()[0].event.Records[1];
      assert.deepEqual(Object.keys(dynamodb).filter((name) => name.endsWith('Image')), members);
      assert.equal(dynamodb.StreamViewType, viewType);
    });
  }

  test('is the same when it comes again, after a kill too', async () => {
    const { handler } = await delivery.scene({
      react: 'if (!switched("good")) throw new Error("bad");', variables: { WHOLE: '1' },
      records: ['a', 'b'] });
    await handler.events(3);
    await delivery.restart();
    const before = handler.notes().length;
    await handler.events(before + 3);
    handler.switchOn('good');
    const [first, ...others] = handler.notes();
    for (const { event } of others) assert.deepEqual(event, first.event);
    assert.equal(new Set(handler.notes().map(({ id }) => id)).size, handler.notes().length);
  });
});

describe('the message', () => {
  test('says what was given up', async () => {
    const { handler, table, uuid, discards, result } = await delivery.scene({
      react: kFails, mapping: { ...kOnce, MaximumRetryAttempts: 1, Enabled: false } });
    const { now_ms: first } = await delivery.clock();
    await table.put('a');
    await delivery.advance(2);
    await table.put('b');
    await delivery.advance(3.456);
    await delivery.update(uuid, { Enabled: true });
    const [message] = await discards(1);
    const { shardId, records } = await streamOf(table);
    const { requestContext: { requestId }, timestamp } = message;
    assert.deepEqual(message, {
      requestContext: {
        requestId, functionArn: handler.arn, condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: {
        statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled',
      },
      version: '1.0',
      timestamp,
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: records[0].dynamodb.SequenceNumber,
        endSequenceNumber: records[1].dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: isoSeconds(first),
        approximateArrivalOfLastRecord: isoSeconds(first + 2000),
        batchSize: 2,
        streamArn: table.arn,
      },
    });
    assert.match(requestId, kUuid);
    assert.equal(requestId, handler.notes()[1].id, 'the last attempt');
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(Date.parse(timestamp), first + 5456);
    await result(kFunctionError);
  });

  test('reaches a function', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler(kFails);
    const target = await delivery.handler('', { variables: { WHOLE: '1' } });
    await table.putAll(['a', 'b']);
    await delivery.map(table, handler, {
      ...kOnce, DestinationConfig: { OnFailure: { Destination: target.arn } } });
    await target.events(1);
    const { event } = target.notes()[0];
    assert.deepEqual(Object.keys(event).sort(), [
      'DDBStreamBatchInfo', 'requestContext', 'responseContext', 'timestamp', 'version']);
    assert.equal(event.requestContext.requestId, handler.notes()[0].id);
    assert.equal(event.DDBStreamBatchInfo.batchSize, 2);
  });

  test('waits for a queue that is not there yet, and the lane does not', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler(kFails);
    const arn = `${kQueueArn}later`;
    await table.putAll(['a', 'b']);
    await delivery.map(table, handler, {
      ...kOnce, BatchSize: 1, DestinationConfig: { OnFailure: { Destination: arn } } });
    await handler.events(2);
    await table.put('good');
    await handler.events(3);
    assert.deepEqual(handler.names(), ['a', 'b', 'good']);
    const { problem } = await waiting(arn, 2);
    assert.match(problem, /no such queue/);
    const queue = await delivery.queue({}, 'later');
    await delivery.advanceUntil(
      async () => (await queue.sizes())[0] === 2, 'the messages', 10);
    const messages = (await queue.take(2)).map(({ Body }) => JSON.parse(Body));
    const { records } = await streamOf(table);
    assert.deepEqual(
      messages.map(({ DDBStreamBatchInfo: info }) => info.startSequenceNumber).sort(),
      records.slice(0, 2).map(({ dynamodb }) => dynamodb.SequenceNumber));
    await eventually(async () => (await outgoing(arn)) === undefined, 'nothing that waits');
  });

  test('outlives a kill between giving up and sending', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler(kFails);
    const arn = `${kQueueArn}after-the-kill`;
    await table.put('a');
    await delivery.map(table, handler, {
      ...kOnce, DestinationConfig: { OnFailure: { Destination: arn } } });
    await waiting(arn, 1);
    await delivery.restart();
    await waiting(arn, 1);
    const queue = await delivery.queue({}, 'after-the-kill');
    await delivery.advanceUntil(async () => (await queue.sizes())[0] === 1, 'the message', 10);
    const [{ Body }] = await queue.take(1);
    assert.equal(JSON.parse(Body).requestContext.requestId, handler.notes()[0].id);
    // The record is not tried again either.
    await table.put('good');
    await handler.events(2);
    assert.deepEqual(handler.names(), ['a', 'good']);
    assert.deepEqual(await queue.sizes(), [0, 0]);
  });

  test('attempts and halves outlive a kill', async () => {
    const { handler, table, discards } = await delivery.scene({
      react: `if (names.includes('d')) {
          if (names.length === 1) await until('go');
          throw new Error('poison');
        }`,
      records: ['a', 'b', 'c', 'd'], mapping: {
        MaximumRetryAttempts: 1, BatchSize: 4, BisectBatchOnFunctionError: true } });
    await handler.events(5);
    assert.deepEqual(handler.batches().map((names) => names.join('')),
      ['abcd', 'ab', 'cd', 'c', 'd']);
    await delivery.restart();
    handler.switchOn('go');
    const [discard] = await discards(1);
    assert.equal(discard.requestContext.approximateInvokeCount, 2);
    await table.put('end');
    await handler.events(8);
    assert.deepEqual(handler.batches().slice(5).map((names) => names.join('')), ['d', 'd', 'end']);
  });
});

/** What waits for a target. */
const outgoing = async (arn) => (
  (await delivery.admin('outgoing')).messages.find(({ targetArn }) => targetArn === arn));
const waiting = (arn, count) => eventually(async () => {
  const messages = await outgoing(arn);
  return messages?.count === count && messages.problem !== undefined && messages;
}, `${count} messages for ${arn}`);
