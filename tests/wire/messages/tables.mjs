// DescribeTable, ListTables, DeleteTable and UpdateTable.

import {
  enveloped, entry, invalid, kNotNull, kParameters, kPattern, lengthMax, lengthMin, noSuchTable,
  oneOf, row, valueMax, valueMin,
} from './rows.mjs';

const kRequired = invalid(
  "The parameter 'TableName' is required but was not present in the request");
const kLength = invalid(
  'TableName must be at least 3 characters long and at most 255 characters long');
const kUnits = { ReadCapacityUnits: 7, WriteCapacityUnits: 7 };

const kNames = [
  ['DescribeTable', {}], ['DeleteTable', {}], ['UpdateTable', { ProvisionedThroughput: kUnits }],
].flatMap(([operation, rest]) => [
  row(`${operation}: no name`, operation, rest, kRequired),
  row(`${operation}: null name`, operation, { TableName: null, ...rest }, kRequired),
  row(`${operation}: empty name`, operation, { TableName: '', ...rest }, kLength),
  row(`${operation}: name of 2`, operation, { TableName: 'ab', ...rest }, kLength),
  row(`${operation}: name of 256`, operation, { TableName: 'a'.repeat(256), ...rest }, kLength),
  row(`${operation}: bad characters`, operation, { TableName: 'a;b', ...rest },
    enveloped(entry('a;b', 'tableName', kPattern))),
  row(`${operation}: unknown`, operation, { TableName: 'Missing', ...rest },
    noSuchTable('Missing')),
]);

const kStart = 'exclusiveStartTableName';
const kList = [
  ['empty start', { ExclusiveStartTableName: '' },
    [entry('', kStart, kPattern), entry('', kStart, lengthMin(3))]],
  ['short start', { ExclusiveStartTableName: 'ab' }, [entry('ab', kStart, lengthMin(3))]],
  ['bad start', { ExclusiveStartTableName: 'a;b' }, [entry('a;b', kStart, kPattern)]],
  ['long start', { ExclusiveStartTableName: 'a'.repeat(256) },
    [entry('a'.repeat(256), kStart, lengthMax(255))]],
  ['limit 0', { Limit: 0 }, [entry('0', 'limit', valueMin(1))]],
  ['limit -1', { Limit: -1 }, [entry('-1', 'limit', valueMin(1))]],
  ['limit 101', { Limit: 101 }, [entry('101', 'limit', valueMax(100))]],
  ['everything', { ExclusiveStartTableName: ';', Limit: 0 },
    [entry(';', kStart, kPattern), entry(';', kStart, lengthMin(3)),
      entry('0', 'limit', valueMin(1))]],
].map(([name, request, entries]) => row(`ListTables: ${name}`, 'ListTables', request,
  enveloped(...entries)));

const update = (name, table, members, expected) => row(`UpdateTable: ${name}`, 'UpdateTable',
  { TableName: table, ...members }, expected);
const bad = (text) => invalid(kParameters + text);
const units = (read, write) => ({
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});
const kNeither = bad('Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when ' +
  'BillingMode is PAY_PER_REQUEST');
const kNothing = invalid('At least one of ProvisionedThroughput, BillingMode, ' +
  'UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is ' +
  'required');
const throughput = 'provisionedThroughput.';
const kUpdate = [
  update('empty throughput', 'Provisioned', { ProvisionedThroughput: {} },
    enveloped(entry(undefined, `${throughput}writeCapacityUnits`, kNotNull),
      entry(undefined, `${throughput}readCapacityUnits`, kNotNull))),
  update('units of 0', 'Provisioned', units(0, 0),
    enveloped(entry('0', `${throughput}writeCapacityUnits`, valueMin(1)),
      entry('0', `${throughput}readCapacityUnits`, valueMin(1)))),
  update('bad billing mode', 'Provisioned', { BillingMode: 'X' },
    enveloped(entry('X', 'billingMode', oneOf('PROVISIONED, PAY_PER_REQUEST')))),
  update('bad table class', 'Provisioned', { TableClass: 'X' },
    enveloped(entry('X', 'tableClass', oneOf('STANDARD, STANDARD_INFREQUENT_ACCESS')))),
  update('PAY_PER_REQUEST with throughput', 'Provisioned',
    { BillingMode: 'PAY_PER_REQUEST', ...units(7, 7) }, kNeither),
  update('PAY_PER_REQUEST with throughput, before the table', 'Missing',
    { BillingMode: 'PAY_PER_REQUEST', ...units(7, 7) }, kNeither),
  update('read units out of bounds', 'Provisioned', units(1000000000001, 1),
    invalid('Given value 1000000000001 for ReadCapacityUnits is out of bounds')),
  update('write units out of bounds', 'Provisioned', units(1, 1000000000001),
    invalid('Given value 1000000000001 for WriteCapacityUnits is out of bounds')),
  update('nothing to change', 'Provisioned', {}, kNothing),
  update('nothing to change, before the table', 'Missing', {}, kNothing),
  update('an empty list of index updates is nothing', 'Provisioned',
    { GlobalSecondaryIndexUpdates: [] }, kNothing),
  update('PROVISIONED without throughput', 'Hash', { BillingMode: 'PROVISIONED' },
    bad('ProvisionedThroughput must be specified when BillingMode is PROVISIONED')),
  update('throughput on an on-demand table', 'Hash', units(7, 7), kNeither),
  ...['Read', 'Write'].map((kind) => update(`Max${kind}RequestUnits on a provisioned table`,
    'Provisioned', { OnDemandThroughput: { [`Max${kind}RequestUnits`]: 5 } },
    bad(`Max${kind}RequestUnits for OnDemandThroughput cannot be specified when the table ` +
      'BillingMode is PROVISIONED'))),
  ...[0, -2].map((value) => update(`MaxReadRequestUnits of ${value}`, 'Hash',
    { OnDemandThroughput: { MaxReadRequestUnits: value } },
    bad('Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid ' +
      'range'))),
  update('same throughput', 'Provisioned', units(5, 6), invalid(
    'The provisioned throughput for the table will not change. The requested value equals the ' +
    'current value. Current ReadCapacityUnits provisioned for the table: 5. Requested ' +
    'ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 6. Requested ' +
    'WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for current limits and ' +
    'how to request higher limits.')),
];

// Index changes, as far as they are refused for their own sake.
const kIndexUpdate = 'globalSecondaryIndexUpdates.1.member.';
const indexUpdate = (name, updates, expected) => update(`index updates: ${name}`, 'Provisioned',
  { GlobalSecondaryIndexUpdates: updates }, expected);
const kIndexUpdates = [
  indexUpdate('delete without a name', [{ Delete: {} }],
    enveloped(entry(undefined, `${kIndexUpdate}delete.indexName`, kNotNull))),
  indexUpdate('delete of a short name', [{ Delete: { IndexName: 'ab' } }],
    enveloped(entry('ab', `${kIndexUpdate}delete.indexName`, lengthMin(3)))),
  indexUpdate('delete of a bad name', [{ Delete: { IndexName: 'a;b' } }],
    enveloped(entry('a;b', `${kIndexUpdate}delete.indexName`, kPattern))),
  indexUpdate('update to units of 0', [{
    Update: {
      IndexName: 'abc', ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 1 },
    },
  }], enveloped(entry('0', `${kIndexUpdate}update.provisionedThroughput.readCapacityUnits`,
    valueMin(1)))),
  indexUpdate('create without a projection',
    [{ Create: { IndexName: 'abc', KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }] } }],
    enveloped(entry(undefined, `${kIndexUpdate}create.projection`, kNotNull))),
  indexUpdate('create with an empty key schema',
    [{ Create: { IndexName: 'abc', KeySchema: [], Projection: { ProjectionType: 'ALL' } } }],
    enveloped(entry('[]', `${kIndexUpdate}create.keySchema`, lengthMin(1)))),
  indexUpdate('no action', [{}], bad('One of GlobalSecondaryIndexUpdate.Update, ' +
    'GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null')),
  indexUpdate('one index twice', [{ Delete: { IndexName: 'abc' } }, {
    Update: {
      IndexName: 'abc', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    },
  }], bad('Only one global secondary index update per index is allowed simultaneously. Index: ' +
    'abc')),
  indexUpdate('update of an index that is not there', [{
    Update: {
      IndexName: 'abc', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    },
  }], invalid('This operation cannot be performed with given input values. Please contact ' +
    'DynamoDB service team for more info: Action Blocked: IndexUpdate')),
  indexUpdate('deletion of an index that is not there', [{ Delete: { IndexName: 'abc' } }],
    noSuchTable('abc')),
  update('a stream that is not there is disabled', 'Provisioned',
    { StreamSpecification: { StreamEnabled: false } },
    invalid('Table has no stream to disable: TableName: Provisioned')),
];

export const rows = [
  ...kNames, ...kList, ...kUpdate, ...kIndexUpdates,
  row('UpdateTable: the name joins the other entries', 'UpdateTable',
    { TableName: 'a;b', ...units(0, 1) },
    enveloped(entry('a;b', 'tableName', kPattern),
      entry('0', `${throughput}readCapacityUnits`, valueMin(1)))),
  row('DeleteTable: protected', 'DeleteTable', { TableName: 'Protected' }, invalid(
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion ' +
    'protection first.')),
];
