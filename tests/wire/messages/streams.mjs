// Streams: what is wrong with a request, in which words and which order. Rows that need a stream
// are in streams.test.mjs, because its ARN and shards are not known beforehand.

import {
  dynamo, entry, enveloped, invalid, kNotNull, lengthMax, lengthMin, oneOf, row, valueMax, valueMin,
} from './rows.mjs';

const kTable = 'arn:aws:dynamodb:us-east-1:000000000000:table/Missing';
const kArn = `${kTable}/stream/2024-01-01T00:00:00.000`;
const kShard = 'shardId-00000001700000000000-00000000';
const kTypes = oneOf('AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON');
const kNoStream = dynamo('ResourceNotFoundException',
  `Requested resource not found: Stream: ${kArn} not found`);
const long = 'x'.repeat(1025);

const kLists = [
  ['limit 0', { Limit: 0 }, enveloped(entry(0, 'limit', valueMin(1)))],
  ['limit 101', { Limit: 101 }, enveloped(entry(101, 'limit', valueMax(100)))],
  ['start too short', { ExclusiveStartStreamArn: 'x' },
    enveloped(entry('x', 'exclusiveStartStreamArn', lengthMin(37)))],
  ['start that is no ARN', { ExclusiveStartStreamArn: 'x'.repeat(37) },
    invalid('Invalid StreamArn')],
  ['start that is a table', { ExclusiveStartStreamArn: kTable }, invalid('Invalid StreamArn')],
  ['table name too short', { TableName: 'ab' }, enveloped(entry('ab', 'tableName', lengthMin(3)))],
];

const kDescriptions = [
  ['no ARN', {}, enveloped(entry(undefined, 'streamArn', kNotNull))],
  ['short ARN, limit and shard', { StreamArn: 'x', Limit: 0, ExclusiveStartShardId: 'y' },
    enveloped(entry('x', 'streamArn', lengthMin(37)),
      entry('y', 'exclusiveStartShardId', lengthMin(28)), entry(0, 'limit', valueMin(1)))],
  ['long ARN', { StreamArn: long }, enveloped(entry(long, 'streamArn', lengthMax(1024)))],
  ['limit 101', { StreamArn: kArn, Limit: 101 }, enveloped(entry(101, 'limit', valueMax(100)))],
  ['filter type', { StreamArn: kArn, ShardFilter: { Type: 'X', ShardId: kShard } },
    enveloped(entry('X', 'shardFilter.type', oneOf('CHILD_SHARDS')))],
  ['malformed ARN', { StreamArn: 'x'.repeat(37) }, invalid('Invalid StreamArn')],
  ['ARN of a table', { StreamArn: kTable }, invalid('Invalid StreamArn')],
  ['unknown stream', { StreamArn: kArn }, kNoStream],
  ['stream of another region', { StreamArn: kArn.replace('us-east-1', 'eu-west-1') },
    dynamo('ResourceNotFoundException', 'Requested resource not found: Stream: ' +
      `${kArn.replace('us-east-1', 'eu-west-1')} not found`)],
];

const kIterator = { StreamArn: kArn, ShardId: kShard, ShardIteratorType: 'LATEST' };
const kIterators = [
  ['nothing', {}, enveloped(entry(undefined, 'streamArn', kNotNull),
    entry(undefined, 'shardId', kNotNull), entry(undefined, 'shardIteratorType', kNotNull))],
  ['everything too short or wrong',
    { StreamArn: 'a', ShardId: 'b', ShardIteratorType: 'latest', SequenceNumber: '1' },
    enveloped(entry('a', 'streamArn', lengthMin(37)), entry('b', 'shardId', lengthMin(28)),
      entry('latest', 'shardIteratorType', kTypes), entry('1', 'sequenceNumber', lengthMin(21)))],
  ['shard id too long', { ...kIterator, ShardId: 's'.repeat(66) },
    enveloped(entry('s'.repeat(66), 'shardId', lengthMax(65)))],
  ['sequence number too long', { ...kIterator, SequenceNumber: '1'.repeat(41) },
    enveloped(entry('1'.repeat(41), 'sequenceNumber', lengthMax(40)))],
  ['malformed ARN', { ...kIterator, StreamArn: 'x'.repeat(37) }, invalid('Invalid StreamArn')],
  ['unknown stream', kIterator, kNoStream],
];

const kRecords = [
  ['no iterator', {}, enveloped(entry(undefined, 'shardIterator', kNotNull))],
  ['empty iterator', { ShardIterator: '' }, enveloped(entry('', 'shardIterator', lengthMin(1)))],
  ['limit 0 and no iterator', { Limit: 0 },
    enveloped(entry(0, 'limit', valueMin(1)), entry(undefined, 'shardIterator', kNotNull))],
  ['limit 1001', { ShardIterator: 'x', Limit: 1001 },
    enveloped(entry(1001, 'limit', valueMax(1000)))],
  ['malformed iterator', { ShardIterator: 'x' }, invalid('Invalid ShardIterator')],
  ['malformed iterator behind an ARN', { ShardIterator: `${kArn}|1|AAAA` },
    invalid('Invalid ShardIterator')],
];

const group = (operation, list) => list.map(([name, request, expected]) => (
  row(`${operation}: ${name}`, operation, request, expected)));

export const rows = [
  ...group('ListStreams', kLists),
  ...group('DescribeStream', kDescriptions),
  ...group('GetShardIterator', kIterators),
  ...group('GetRecords', kRecords),
];
