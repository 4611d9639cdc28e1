// CreateTable: constraint entries, then the semantic checks in their order, secondary indexes and
// streams included. Rows use tables that never come to exist.

import {
  dynamo, enveloped, entry, invalid, kAnyValidation, kNotNull, kParameters, kPattern, lengthMax,
  lengthMin, oneOf, row, valueMin,
} from './rows.mjs';

const hash = (name) => ({ AttributeName: name, KeyType: 'HASH' });
const range = (name) => ({ AttributeName: name, KeyType: 'RANGE' });
const strings = (...names) => names.map((name) => (
  { AttributeName: name, AttributeType: 'S' }));
const kAll = { ProjectionType: 'ALL' };
const kUnits = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };

const kGood = {
  TableName: 'NewTable', BillingMode: 'PAY_PER_REQUEST', KeySchema: [hash('pk')],
  AttributeDefinitions: strings('pk'),
};
const kGoodRange = {
  ...kGood, KeySchema: [hash('pk'), range('sk')], AttributeDefinitions: strings('pk', 'sk'),
};
const create = (name, members, expected) => row(name, 'CreateTable', { ...kGood, ...members },
  expected);
const createRange = (name, members, expected) => row(name, 'CreateTable',
  { ...kGoodRange, ...members }, expected);

const local = (members = {}) => ({
  IndexName: 'local', KeySchema: [hash('pk'), range('alt')], Projection: kAll, ...members,
});
const global = (members = {}) => ({
  IndexName: 'global', KeySchema: [hash('alt')], Projection: kAll, ...members,
});
const kThree = strings('pk', 'sk', 'alt');
const locals = (name, indexes, expected, definitions = kThree) => createRange(name,
  { AttributeDefinitions: definitions, LocalSecondaryIndexes: indexes }, expected);
const globals = (name, indexes, expected, members = {}) => createRange(name,
  { AttributeDefinitions: kThree, GlobalSecondaryIndexes: indexes, ...members }, expected);

const kNames = [
  row('no table name', 'CreateTable', { ...kGood, TableName: undefined },
    invalid("The parameter 'TableName' is required but was not present in the request")),
  create('empty table name', { TableName: '' },
    enveloped(entry('', 'tableName', kPattern), entry('', 'tableName', lengthMin(3)))),
  create('table name of 2', { TableName: 'ab' }, enveloped(entry('ab', 'tableName', lengthMin(3)))),
  create('bad characters', { TableName: 'a;b' }, enveloped(entry('a;b', 'tableName', kPattern))),
  create('short and bad', { TableName: ';' },
    enveloped(entry(';', 'tableName', kPattern), entry(';', 'tableName', lengthMin(3)))),
  create('table name of 256', { TableName: 'a'.repeat(256) },
    enveloped(entry('a'.repeat(256), 'tableName', lengthMax(255)))),
  row('a bad table name is reported alone', 'CreateTable', { TableName: 'ab' },
    enveloped(entry('ab', 'tableName', lengthMin(3)))),
];

const throughput = 'provisionedThroughput.';
const kConstraints = [
  create('bad BillingMode', { BillingMode: 'X' },
    enveloped(entry('X', 'billingMode', oneOf('PROVISIONED, PAY_PER_REQUEST')))),
  create('empty ProvisionedThroughput', { BillingMode: undefined, ProvisionedThroughput: {} },
    enveloped(entry(undefined, `${throughput}writeCapacityUnits`, kNotNull),
      entry(undefined, `${throughput}readCapacityUnits`, kNotNull))),
  create('units of 0', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: -1 },
  }, enveloped(entry('-1', `${throughput}writeCapacityUnits`, valueMin(1)),
    entry('0', `${throughput}readCapacityUnits`, valueMin(1)))),
  create('no KeySchema', { KeySchema: undefined },
    enveloped(entry(undefined, 'keySchema', kNotNull))),
  create('empty KeySchema', { KeySchema: [] }, enveloped(entry('[]', 'keySchema', lengthMin(1)))),
  create('three key attributes', {
    KeySchema: [hash('a'), range('b'), range('c')], AttributeDefinitions: strings('a', 'b', 'c'),
  }, enveloped(entry('[KeySchemaElement(attributeName=a, keyType=HASH), ' +
    'KeySchemaElement(attributeName=b, keyType=RANGE), ' +
    'KeySchemaElement(attributeName=c, keyType=RANGE)]', 'keySchema', lengthMax(2)))),
  create('empty key schema element', { KeySchema: [{}] },
    enveloped(entry(undefined, 'keySchema.1.member.attributeName', kNotNull),
      entry(undefined, 'keySchema.1.member.keyType', kNotNull))),
  create('bad KeyType', { KeySchema: [hash('pk'), { AttributeName: 'sk', KeyType: 'SORT' }] },
    enveloped(entry('SORT', 'keySchema.2.member.keyType', oneOf('HASH, RANGE')))),
  create('no AttributeDefinitions', { AttributeDefinitions: undefined },
    enveloped(entry(undefined, 'attributeDefinitions', kNotNull))),
  create('empty attribute definition', { AttributeDefinitions: [{}] },
    enveloped(entry(undefined, 'attributeDefinitions.1.member.attributeName', kNotNull),
      entry(undefined, 'attributeDefinitions.1.member.attributeType', kNotNull))),
  create('bad AttributeType', { AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'BOOL' }] },
  enveloped(entry('BOOL', 'attributeDefinitions.1.member.attributeType', oneOf('B, N, S')))),
  create('bad TableClass', { TableClass: 'X' },
    enveloped(entry('X', 'tableClass', oneOf('STANDARD, STANDARD_INFREQUENT_ACCESS')))),
  create('bad StreamViewType',
    { StreamSpecification: { StreamEnabled: true, StreamViewType: 'X' } },
    enveloped(entry('X', 'streamSpecification.streamViewType',
      oneOf('NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY')))),
  create('bad SSEType', { SSESpecification: { Enabled: true, SSEType: 'X' } },
    enveloped(entry('X', 'sSESpecification.sSEType', oneOf('AES256, KMS')))),
  row('entries are collected in order', 'CreateTable',
    { TableName: 'NewTable', BillingMode: 'X', ProvisionedThroughput: {}, KeySchema: [] },
    enveloped(entry('X', 'billingMode', oneOf('PROVISIONED, PAY_PER_REQUEST')),
      entry(undefined, `${throughput}writeCapacityUnits`, kNotNull),
      entry(undefined, `${throughput}readCapacityUnits`, kNotNull),
      entry('[]', 'keySchema', lengthMin(1)),
      entry(undefined, 'attributeDefinitions', kNotNull))),
  create('no more than ten entries', {
    AttributeDefinitions: Array.from({ length: 11 }, () => ({ AttributeName: 'pk' })),
  }, enveloped(...Array.from({ length: 10 }, (_, index) => (
    entry(undefined, `attributeDefinitions.${index + 1}.member.attributeType`, kNotNull))))),
];

const kLocal = 'localSecondaryIndexes.1.member.';
const kGlobal = 'globalSecondaryIndexes.1.member.';
const kProjections = oneOf('ALL, INCLUDE, KEYS_ONLY');
const kIndexConstraints = [
  locals('LSI: empty', [{}], enveloped(entry(undefined, `${kLocal}indexName`, kNotNull),
    entry(undefined, `${kLocal}keySchema`, kNotNull),
    entry(undefined, `${kLocal}projection`, kNotNull))),
  locals('LSI: short name', [local({ IndexName: 'ab' })],
    enveloped(entry('ab', `${kLocal}indexName`, lengthMin(3)))),
  locals('LSI: bad and short name', [local({ IndexName: 'a;' })],
    enveloped(entry('a;', `${kLocal}indexName`, kPattern),
      entry('a;', `${kLocal}indexName`, lengthMin(3)))),
  locals('LSI: long name', [local({ IndexName: 'i'.repeat(256) })],
    enveloped(entry('i'.repeat(256), `${kLocal}indexName`, lengthMax(255)))),
  locals('LSI: empty key schema', [local({ KeySchema: [] })],
    enveloped(entry('[]', `${kLocal}keySchema`, lengthMin(1)))),
  locals('LSI: bad projection type', [local({ Projection: { ProjectionType: 'X' } })],
    enveloped(entry('X', `${kLocal}projection.projectionType`, kProjections))),
  locals('LSI: empty non-key attributes',
    [local({ Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [] } })],
    enveloped(entry('[]', `${kLocal}projection.nonKeyAttributes`, lengthMin(1)))),
  locals('LSI: position in the path', [local(), local({ IndexName: 'x' })],
    enveloped(entry('x', 'localSecondaryIndexes.2.member.indexName', lengthMin(3)))),
  globals('GSI: empty', [{}], enveloped(entry(undefined, `${kGlobal}keySchema`, kNotNull),
    entry(undefined, `${kGlobal}projection`, kNotNull),
    entry(undefined, `${kGlobal}indexName`, kNotNull))),
  globals('GSI: short name', [global({ IndexName: 'ab' })],
    enveloped(entry('ab', `${kGlobal}indexName`, lengthMin(3)))),
  globals('GSI: empty key schema', [global({ KeySchema: [] })],
    enveloped(entry('[]', `${kGlobal}keySchema`, lengthMin(1)))),
  globals('GSI: bad projection type', [global({ Projection: { ProjectionType: 'X' } })],
    enveloped(entry('X', `${kGlobal}projection.projectionType`, kProjections))),
  globals('GSI: units of 0',
    [global({ ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 } })],
    enveloped(entry('0', `${kGlobal}provisionedThroughput.writeCapacityUnits`, valueMin(1)),
      entry('0', `${kGlobal}provisionedThroughput.readCapacityUnits`, valueMin(1)))),
];

const bad = (text) => invalid(kParameters + text);
const bounds = (read, write) => ({
  BillingMode: 'PROVISIONED',
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});
const kNotDefined = (keys, definitions) => bad('Some index key attributes are not defined in ' +
  `AttributeDefinitions. Keys: [${keys}], AttributeDefinitions: [${definitions}]`);
const kNoDefinition = invalid('Invalid KeySchema: Some index key attribute have no definition');
const kNotHash = invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
const kNotRange = invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
const kSameName = invalid(
  'Both the Hash Key and the Range Key element in the KeySchema have the same name');
const kUnused = bad('Number of attributes in KeySchema does not exactly match number of ' +
  'attributes defined in AttributeDefinitions');

const kSemantics = [
  create('throughput with PAY_PER_REQUEST', { ProvisionedThroughput: kUnits }, bad(
    'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is ' +
    'PAY_PER_REQUEST')),
  create('read units out of bounds', bounds(1000000000001, 1000000000002),
    invalid('Given value 1000000000001 for ReadCapacityUnits is out of bounds')),
  create('write units out of bounds', bounds(1000000000000, 1000000000001),
    invalid('Given value 1000000000001 for WriteCapacityUnits is out of bounds')),
  ...[['explicit', 'PROVISIONED'], ['by default', undefined]].map(([name, mode]) => create(
    `PROVISIONED ${name} without throughput`, { BillingMode: mode },
    bad('ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is ' +
      'PROVISIONED'))),
  create('no definitions at all', { AttributeDefinitions: [] }, kNoDefinition),
  create('fewer definitions than keys', { KeySchema: [hash('pk'), range('sk')] }, kNoDefinition),
  create('the same name twice, defined once', { KeySchema: [hash('pk'), range('pk')] },
    kNoDefinition),
  create('key not defined', { KeySchema: [hash('other')] }, kNotDefined('other', 'pk')),
  create('first is RANGE', { KeySchema: [range('pk')] }, kNotHash),
  createRange('first of two is RANGE', { KeySchema: [range('pk'), hash('sk')] }, kNotHash),
  createRange('both the same name', { KeySchema: [hash('pk'), range('pk')] }, kSameName),
  createRange('second is HASH', { KeySchema: [hash('pk'), hash('sk')] }, kNotRange),
  create('unused definition', { AttributeDefinitions: strings('pk', 'other') }, kUnused),
  createRange('unused third definition', { AttributeDefinitions: kThree }, kUnused),
  create('attribute defined twice', {
    AttributeDefinitions: [...strings('pk'), { AttributeName: 'pk', AttributeType: 'N' }],
  }, kAnyValidation),
  create('stream disabled with a view type',
    { StreamSpecification: { StreamEnabled: false, StreamViewType: 'NEW_IMAGE' } },
    bad('Table is being created with a stream disabled, UpdateViewType should not be specified')),
  create('stream enabled without a view type', { StreamSpecification: { StreamEnabled: true } },
    bad('Table is being created with a stream enabled, StreamViewType must be specified')),
  ...['Read', 'Write'].map((kind) => create(`Max${kind}RequestUnits on PROVISIONED`, {
    ...bounds(1, 1), OnDemandThroughput: { [`Max${kind}RequestUnits`]: 5 },
  }, bad(`Max${kind}RequestUnits for OnDemandThroughput cannot be specified when table ` +
    'BillingMode is PROVISIONED.'))),
  ...['Read', 'Write'].map((kind) => create(`Max${kind}RequestUnits of 0`,
    { OnDemandThroughput: { [`Max${kind}RequestUnits`]: 0 } },
    bad(`Requested Max${kind}RequestUnits for OnDemandThroughput for table is outside of valid ` +
      'range'))),
  create('table exists', { TableName: 'Hash' },
    dynamo('ResourceInUseException', 'Table already exists: Hash')),
];

const kProjectionErrors = [
  ['no projection type', {}, 'Unknown ProjectionType: null'],
  ['ALL with attributes', { ProjectionType: 'ALL', NonKeyAttributes: ['a'] },
    'ProjectionType is ALL, but NonKeyAttributes is specified'],
  ['KEYS_ONLY with attributes', { ProjectionType: 'KEYS_ONLY', NonKeyAttributes: ['a'] },
    'ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified'],
  ['INCLUDE without attributes', { ProjectionType: 'INCLUDE' },
    'ProjectionType is INCLUDE, but NonKeyAttributes is not specified'],
].flatMap(([name, projection, message]) => [
  locals(`LSI: ${name}`, [local({ Projection: projection })], bad(message)),
  globals(`GSI: ${name}`, [global({ Projection: projection })], bad(message)),
]);

const kDuplicate = (name) => bad(`Duplicate index name: ${name}`);
const kIndexes = [
  create('empty LSI list', { LocalSecondaryIndexes: [] },
    bad('List of LocalSecondaryIndexes is empty')),
  create('empty GSI list', { GlobalSecondaryIndexes: [] },
    bad('List of GlobalSecondaryIndexes is empty')),
  create('both lists empty', { LocalSecondaryIndexes: [], GlobalSecondaryIndexes: [] },
    bad('List of LocalSecondaryIndexes is empty')),
  create('LSI on a table without sort key',
    { AttributeDefinitions: strings('pk', 'alt'), LocalSecondaryIndexes: [local()] },
    bad('Table KeySchema does not have a range key, which is required when specifying a ' +
      'LocalSecondaryIndex')),
  locals('a definition that no index uses', [local()], kAnyValidation,
    strings('pk', 'sk', 'alt', 'other')),
  locals('LSI: key not defined', [local({ KeySchema: [hash('pk'), range('zz')] })],
    kNotDefined('pk, zz', 'pk, sk, alt')),
  locals('LSI: first is RANGE', [local({ KeySchema: [range('pk'), range('alt')] })], kNotHash),
  locals('LSI: same name', [local({ KeySchema: [hash('pk'), range('pk')] })], kSameName),
  locals('LSI: second is HASH', [local({ KeySchema: [hash('pk'), hash('alt')] })], kNotRange),
  locals('LSI: no range key', [local({ KeySchema: [hash('pk')] })],
    bad('Index KeySchema does not have a range key for index: local')),
  locals('LSI: other hash key', [local({ KeySchema: [hash('sk'), range('alt')] })],
    bad('Index KeySchema does not have the same leading hash key as table KeySchema for index: ' +
      'local. index hash key: sk, table hash key: pk')),
  locals('LSI: duplicate name', [local(), local()], kDuplicate('local')),
  locals('six LSIs', Array.from({ length: 6 }, (_, index) => local({ IndexName: `lsi${index}` })),
    bad('Number of LocalSecondaryIndexes exceeds per-table limit of 5')),
  globals('GSI: key not defined', [global({ KeySchema: [hash('zz')] })],
    kNotDefined('zz', 'pk, sk, alt')),
  globals('GSI: first is RANGE', [global({ KeySchema: [range('alt')] })], kNotHash),
  globals('GSI: duplicate name', [global(), global()], kDuplicate('global')),
  globals('21 GSIs', Array.from({ length: 21 }, (_, index) => (
    global({ IndexName: `gsi${index}` }))),
  bad('GlobalSecondaryIndex count exceeds the per-table limit of 20')),
  globals('GSI throughput with PAY_PER_REQUEST', [global({ ProvisionedThroughput: kUnits })],
    bad('ProvisionedThroughput should not be specified for index: global when BillingMode is ' +
      'PAY_PER_REQUEST')),
  globals('GSI without throughput with PROVISIONED', [global()],
    bad('ProvisionedThroughput must be specified for index: global'),
    { BillingMode: 'PROVISIONED', ProvisionedThroughput: kUnits }),
  globals('LSI and GSI of one name', [global({ IndexName: 'same' })], kDuplicate('same'),
    { LocalSecondaryIndexes: [local({ IndexName: 'same' })] }),
];

export const rows = [
  ...kNames, ...kConstraints, ...kIndexConstraints, ...kSemantics, ...kProjectionErrors,
  ...kIndexes,
];
