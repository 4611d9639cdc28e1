// Reading streams with the stock SDK: a client, one shard from an iterator on, and a consumer that
// walks all shards, parents before their children, as the Kinesis Client Library does.

import assert from 'node:assert/strict';
import {
  DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { createTable, eventually } from './harness.mjs';

/** A stock streams client, closed with the server's other clients. */
export function streamsClient(server) {
  const client = new DynamoDBStreamsClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  server.clients.push(client);
  return client;
}

export const streamOf = (StreamViewType) => (
  { StreamSpecification: { StreamEnabled: true, StreamViewType } });

/** Creates a table with a stream and answers the stream's ARN. */
export async function createStreamTable(server, name, viewType = 'NEW_AND_OLD_IMAGES', extra = {}) {
  const table = await createTable(server, name, 'pk:S', undefined,
    { ...streamOf(viewType), ...extra });
  return table.LatestStreamArn;
}

/** The whole description, over all its pages of `limit` shards. */
export async function describeStream(client, StreamArn, limit) {
  let description;
  let start;
  do {
    const { StreamDescription: page } = await client.send(new DescribeStreamCommand(
      { StreamArn, Limit: limit, ExclusiveStartShardId: start }));
    if (description === undefined) description = page;
    else description.Shards.push(...page.Shards);
    start = page.LastEvaluatedShardId;
  } while (start !== undefined);
  return description;
}

export async function shardIterator(client, StreamArn, ShardId, ShardIteratorType, more = {}) {
  const answer = await client.send(new GetShardIteratorCommand(
    { StreamArn, ShardId, ShardIteratorType, ...more }));
  return answer.ShardIterator;
}

/** One page: {records, next}. */
export async function readPage(client, ShardIterator, Limit) {
  const answer = await client.send(new GetRecordsCommand({ ShardIterator, Limit }));
  return { records: answer.Records, next: answer.NextShardIterator };
}

/** All records from an iterator on, until a page is empty or the shard ends. */
export async function readFrom(client, iterator, limit) {
  const records = [];
  for (let next = iterator; next !== undefined;) {
    const page = await readPage(client, next, limit);
    records.push(...page.records);
    if (page.records.length === 0) break;
    next = page.next;
  }
  return records;
}

/** What a record says, without what differs from run to run. */
export const gist = ({ eventName, dynamodb: { Keys, NewImage, OldImage } }) => (
  { eventName, Keys, ...(NewImage && { NewImage }), ...(OldImage && { OldImage }) });

export async function onlyShard(client, arn) {
  const { Shards } = await describeStream(client, arn);
  assert.equal(Shards.length, 1);
  return Shards[0].ShardId;
}

/** The name and message of the error that a command fails with. */
export async function refusal(client, command) {
  const error = await client.send(command).then(() => assert.fail('not refused'), (e) => e);
  return { name: error.name, message: error.message };
}

/** All records of all shards of a stream as it is now, shard by shard in the order of their ids. */
export async function readStream(client, arn) {
  const { Shards } = await describeStream(client, arn);
  const records = [];
  for (const { ShardId } of Shards) {
    records.push(...await readFrom(client, await shardIterator(client, arn, ShardId,
      'TRIM_HORIZON')));
  }
  return records;
}

/**
 * Follows a stream until `enough(records)` says so: every shard from its beginning to its end, a
 * child only when its parent has ended. Answers {records, ended}: the ids of the shards that ended.
 */
export async function consume(client, arn, enough) {
  const records = [];
  const ended = new Set();
  const iterators = new Map();
  const discover = async () => {
    const { Shards } = await describeStream(client, arn);
    const known = new Set(Shards.map((shard) => shard.ShardId));
    for (const { ShardId, ParentShardId } of Shards) {
      const ready = !known.has(ParentShardId) || ended.has(ParentShardId);
      if (ready && !ended.has(ShardId) && !iterators.has(ShardId)) {
        iterators.set(ShardId, await shardIterator(client, arn, ShardId, 'TRIM_HORIZON'));
      }
    }
  };
  await discover();
  await eventually(async () => {
    for (const [shard, iterator] of [...iterators]) {
      const page = await readPage(client, iterator);
      records.push(...page.records);
      if (page.next === undefined) {
        iterators.delete(shard);
        ended.add(shard);
        await discover();
      } else {
        iterators.set(shard, page.next);
      }
    }
    return enough(records, iterators.size);
  }, 'the records of a stream', 60000);
  assert.ok(records.every((record) => record.eventSource === 'aws:dynamodb'));
  return { records, ended };
}
