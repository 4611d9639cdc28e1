// Constraint entries of the item operations: which members, in which order, in which words, and
// what is reported alone.

import {
  enveloped, entry, invalid, kNotNull, kNoTable, kPattern, lengthMax, lengthMin, oneOf, row, s,
  valueMin,
} from './rows.mjs';

const kCapacity = oneOf('INDEXES, TOTAL, NONE');
const kMetrics = oneOf('SIZE, NONE');
const kReturn = oneOf('ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW');
const kOnFailure = oneOf('ALL_OLD, NONE');
const kSelect = oneOf('SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES');
const kOperators = oneOf('IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, ' +
  'BEGINS_WITH, GE, CONTAINS');
const nothing = (path) => entry(undefined, path, kNotNull);

const kGood = {
  GetItem: { Key: { pk: s('x') } }, PutItem: { Item: { pk: s('x') } },
  UpdateItem: { Key: { pk: s('x') } }, DeleteItem: { Key: { pk: s('x') } },
  Query: { KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': s('x') } },
  Scan: {},
};

const kTableNames = Object.entries(kGood).flatMap(([operation, rest]) => [
  row(`${operation}: no table name`, operation, rest, enveloped(nothing('tableName'))),
  row(`${operation}: null table name`, operation, { TableName: null, ...rest },
    enveloped(nothing('tableName'))),
  row(`${operation}: empty table name`, operation, { TableName: '', ...rest },
    enveloped(entry('', 'tableName', lengthMin(1)))),
  row(`${operation}: bad table name`, operation, { TableName: 'a;b', ...rest },
    enveloped(entry('a;b', 'tableName', kPattern))),
  row(`${operation}: table name of 256`, operation, { TableName: 'a'.repeat(256), ...rest },
    enveloped(entry('a'.repeat(256), 'tableName', lengthMax(255)))),
]);

const each = (operations, member, path, set) => operations.map((operation) => row(
  `${operation}: bad ${member}`, operation,
  { TableName: 'Hash', ...kGood[operation], [member]: 'X' }, enveloped(entry('X', path, set))));

const kEnums = [
  ...each(Object.keys(kGood), 'ReturnConsumedCapacity', 'returnConsumedCapacity', kCapacity),
  ...each(['PutItem', 'UpdateItem', 'DeleteItem'], 'ReturnItemCollectionMetrics',
    'returnItemCollectionMetrics', kMetrics),
  ...each(['PutItem', 'UpdateItem', 'DeleteItem'], 'ReturnValues', 'returnValues', kReturn),
  ...each(['PutItem', 'UpdateItem', 'DeleteItem'], 'ReturnValuesOnConditionCheckFailure',
    'returnValuesOnConditionCheckFailure', kOnFailure),
  ...each(['Query', 'Scan'], 'Select', 'select', kSelect),
  ...each(['PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan'], 'ConditionalOperator',
    'conditionalOperator', oneOf('OR, AND')),
  row('enumerations are case-sensitive', 'GetItem',
    { TableName: 'Hash', ...kGood.GetItem, ReturnConsumedCapacity: 'total' },
    enveloped(entry('total', 'returnConsumedCapacity', kCapacity))),
];

const kEverything = {
  ReturnConsumedCapacity: 'C', ReturnValues: 'R', ReturnItemCollectionMetrics: 'M',
};
const kBadCapacity = entry('C', 'returnConsumedCapacity', kCapacity);
const kBadReturn = entry('R', 'returnValues', kReturn);
const kBadMetrics = entry('M', 'returnItemCollectionMetrics', kMetrics);
const kBadSelect = entry('S', 'select', kSelect);

const kOrder = [
  row('GetItem: order of entries', 'GetItem',
    { ReturnConsumedCapacity: 'C', AttributesToGet: [] },
    enveloped(nothing('key'), nothing('tableName'), kBadCapacity,
      entry('[]', 'attributesToGet', lengthMin(1)))),
  row('PutItem: a bad table name alone', 'PutItem', { TableName: '', ...kEverything },
    enveloped(entry('', 'tableName', lengthMin(1)))),
  row('PutItem: an absent table name alone', 'PutItem', kEverything,
    enveloped(nothing('tableName'))),
  row('PutItem: order of entries', 'PutItem', { TableName: 'Hash', ...kEverything },
    enveloped(nothing('item'), kBadCapacity, kBadReturn, kBadMetrics)),
  row('UpdateItem: a bad table name alone', 'UpdateItem', { TableName: 'a;b', ...kEverything },
    enveloped(entry('a;b', 'tableName', kPattern))),
  row('UpdateItem: only the first bad enumeration', 'UpdateItem',
    { TableName: 'Hash', ...kEverything }, enveloped(nothing('key'), kBadReturn)),
  row('UpdateItem: capacity before metrics', 'UpdateItem',
    { TableName: 'Hash', ...kGood.UpdateItem, ...kEverything, ReturnValues: undefined },
    enveloped(kBadCapacity)),
  row('DeleteItem: order of entries', 'DeleteItem', kEverything,
    enveloped(nothing('tableName'), nothing('key'), kBadCapacity, kBadReturn, kBadMetrics)),
  row('Query: order of entries', 'Query', { ReturnConsumedCapacity: 'C', Select: 'S' },
    enveloped(nothing('tableName'), kBadCapacity, kBadSelect)),
  row('Scan: order of entries', 'Scan',
    { ReturnConsumedCapacity: 'C', Select: 'S', Limit: 0, Segment: -1, TotalSegments: 1 },
    enveloped(nothing('tableName'), kBadCapacity, kBadSelect, entry('0', 'limit', valueMin(1)),
      entry('-1', 'segment', valueMin(0)))),
];

const kLengths = [
  ...['GetItem', 'Query', 'Scan'].map((operation) => row(`${operation}: empty AttributesToGet`,
    operation, {
      TableName: 'Hash', AttributesToGet: [],
      ...(operation === 'Query' ? {
        KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [s('x')] } },
      } : kGood[operation]),
    }, enveloped(entry('[]', 'attributesToGet', lengthMin(1))))),
  ...['Query', 'Scan'].flatMap((operation) => [
    row(`${operation}: short IndexName`, operation,
      { TableName: 'Hash', ...kGood[operation], IndexName: 'ab' },
      enveloped(entry('ab', 'indexName', lengthMin(3)))),
    row(`${operation}: bad IndexName`, operation,
      { TableName: 'Hash', ...kGood[operation], IndexName: 'a;b' },
      enveloped(entry('a;b', 'indexName', kPattern))),
    row(`${operation}: long IndexName`, operation,
      { TableName: 'Hash', ...kGood[operation], IndexName: 'i'.repeat(256) },
      enveloped(entry('i'.repeat(256), 'indexName', lengthMax(255)))),
  ]),
];

const kLimits = [
  ...[0, -1].map((value) => row(`Query: Limit ${value}`, 'Query',
    { TableName: 'Hash', ...kGood.Query, Limit: value },
    enveloped("Value at 'Limit' failed to satisfy constraint: " + valueMin(1)))),
  ...[0, -1].map((value) => row(`Scan: Limit ${value}`, 'Scan',
    { TableName: 'Hash', Limit: value }, enveloped(entry(String(value), 'limit', valueMin(1))))),
  row('Scan: a fraction is rounded down before it is checked', 'Scan',
    { TableName: 'Hash', Limit: -0.5 }, enveloped(entry('-1', 'limit', valueMin(1)))),
  row('Scan: Segment -1', 'Scan', { TableName: 'Hash', Segment: -1, TotalSegments: 2 },
    enveloped(entry('-1', 'segment', valueMin(0)))),
  ...[0, -1, 1000001].map((value) => row(`Scan: TotalSegments ${value}`, 'Scan',
    { TableName: 'Hash', Segment: 0, TotalSegments: value },
    enveloped("Value at 'totalSegments' failed to satisfy constraint: " +
      'Member must have value between 1 and 1000000'))),
];

const kLegacy = [
  ['PutItem', { Expected: { a: { ComparisonOperator: 'X', AttributeValueList: [s('x')] } } },
    entry('X', 'expected.a.member.comparisonOperator', kOperators)],
  ['DeleteItem', { Expected: { a: { ComparisonOperator: 'X', AttributeValueList: [s('x')] } } },
    entry('X', 'expected.a.member.comparisonOperator', kOperators)],
  ['Scan', { ScanFilter: { a: { ComparisonOperator: 'X' } } },
    entry('X', 'scanFilter.a.member.comparisonOperator', kOperators)],
  ['Scan', { ScanFilter: { a: {} } }, nothing('scanFilter.a.member.comparisonOperator')],
  ['UpdateItem', { AttributeUpdates: { a: { Action: 'X', Value: s('x') } } },
    entry('X', 'attributeUpdates.a.member.action', oneOf('ADD, PUT, DELETE'))],
].map(([operation, members, text], index) => row(`${operation}: legacy constraint ${index}`,
  operation, { TableName: 'Hash', ...kGood[operation], ...members }, enveloped(text)));

const kKeyConditions = [
  ['keyConditions', 'KeyConditions', {}],
  ['queryFilter', 'QueryFilter', {
    KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [s('x')] } },
  }],
].flatMap(([path, member, rest]) => [
  row(`Query: bad operator in ${member}`, 'Query',
    { TableName: 'Hash', ...rest, [member]: { a: { ComparisonOperator: 'X' } } },
    enveloped(entry('X', `${path}.a.member.comparisonOperator`, kOperators))),
  row(`Query: no operator in ${member}`, 'Query',
    { TableName: 'Hash', ...rest, [member]: { a: {} } },
    enveloped(nothing(`${path}.a.member.comparisonOperator`))),
]);

export const rows = [
  ...kTableNames, ...kEnums, ...kOrder, ...kLengths, ...kLimits, ...kLegacy, ...kKeyConditions,
  ...['GetItem', 'UpdateItem', 'DeleteItem'].map((operation) => row(`${operation}: no key`,
    operation, { TableName: 'Hash' }, enveloped(nothing('key')))),
  row('PutItem: no item', 'PutItem', { TableName: 'Hash' }, enveloped(nothing('item'))),
  row('legacy entries follow the scalars', 'PutItem', {
    TableName: 'Hash', Item: { pk: s('x') }, ReturnConsumedCapacity: 'C',
    Expected: { a: { ComparisonOperator: 'X' } },
  }, enveloped(kBadCapacity, entry('X', 'expected.a.member.comparisonOperator', kOperators))),
  row('PutItem: ReturnValues it does not support', 'PutItem',
    { TableName: 'Hash', ...kGood.PutItem, ReturnValues: 'ALL_NEW' },
    enveloped('ReturnValues can only be ALL_OLD or NONE')),
  row('PutItem: ReturnValues is checked before the table', 'PutItem',
    { TableName: 'Missing', ...kGood.PutItem, ReturnValues: 'UPDATED_OLD' },
    enveloped('ReturnValues can only be ALL_OLD or NONE')),
  row('DeleteItem: ReturnValues it does not support', 'DeleteItem',
    { TableName: 'Hash', ...kGood.DeleteItem, ReturnValues: 'ALL_NEW' },
    enveloped(entry('ALL_NEW', 'returnValues', oneOf('ALL_OLD, NONE')))),
  row('DeleteItem: the table is looked up before ReturnValues', 'DeleteItem',
    { TableName: 'Missing', ...kGood.DeleteItem, ReturnValues: 'ALL_NEW' }, kNoTable),
  row('GetItem: the same attribute twice', 'GetItem',
    { TableName: 'Hash', ...kGood.GetItem, AttributesToGet: ['a', 'b', 'a'] },
    invalid('One or more parameter values were invalid: Duplicate value in attribute name: a')),
  row('Scan: the same attribute twice', 'Scan', { TableName: 'Hash', AttributesToGet: ['a', 'a'] },
    invalid('One or more parameter values were invalid: Duplicate value in attribute name: a')),
];
