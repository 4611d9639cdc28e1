// The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter,
// ScanFilter and ConditionalOperator.

import { invalid, kConditionFailed, kParameters, n, row, s } from './rows.mjs';

const bad = (text) => invalid(kParameters + text);
const list = (operator, ...values) => (
  { ComparisonOperator: operator, AttributeValueList: values });
const kReversed = invalid('The BETWEEN condition was provided a range where the lower bound is ' +
  'greater than the upper bound');
const count = (operator) => bad(
  `Invalid number of argument(s) for the ${operator} ComparisonOperator`);
const kMixed = bad('AttributeValues inside AttributeValueList must be of same type');
const notValid = (operator, type) => bad(
  `ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);

const kCounts = [
  ['EQ', []], ['EQ', [s('a'), s('b')]], ['NE', [s('a'), s('b')]], ['LE', [s('a'), s('b')]],
  ['LT', [s('a'), s('b')]], ['GE', [s('a'), s('b')]], ['GT', [s('a'), s('b')]],
  ['CONTAINS', [s('a'), s('b')]], ['NOT_CONTAINS', [s('a'), s('b')]],
  ['BEGINS_WITH', [s('a'), s('b')]], ['NULL', [s('a')]], ['NOT_NULL', [s('a')]],
  ['BETWEEN', [s('a')]], ['BETWEEN', [s('a'), s('b'), s('c')]], ['IN', []],
];
const kTypes = [
  ['LT', { BOOL: true }, 'BOOL'], ['LE', { SS: ['a'] }, 'SS'], ['GT', { NULL: true }, 'NULL'],
  ['GE', { L: [] }, 'L'], ['IN', { M: {} }, 'M'], ['BEGINS_WITH', n(1), 'N'],
  ['CONTAINS', { L: [] }, 'L'], ['CONTAINS', { SS: ['a'] }, 'SS'],
  ['NOT_CONTAINS', { M: {} }, 'M'],
];

const kKeyCondition = { pk: list('EQ', s('x')) };
const kFilterPositions = [
  ['ScanFilter', 'Scan', (condition) => ({ TableName: 'Hash', ScanFilter: { a: condition } })],
  ['QueryFilter', 'Query', (condition) => (
    { TableName: 'Hash', KeyConditions: kKeyCondition, QueryFilter: { a: condition } })],
];
const kFilters = kFilterPositions.flatMap(([position, operation, request]) => [
  ...kCounts.map(([operator, values]) => row(`${position}: ${values.length} for ${operator}`,
    operation, request(list(operator, ...values)), count(operator))),
  ...kTypes.map(([operator, value, type]) => row(`${position}: ${type} for ${operator}`,
    operation, request(list(operator, value)), notValid(operator, type))),
  row(`${position}: BETWEEN of two types`, operation, request(list('BETWEEN', s('a'), n(1))),
    kMixed),
  row(`${position}: IN of two types`, operation, request(list('IN', s('a'), n(1))), kMixed),
  row(`${position}: BETWEEN of type BOOL`, operation,
    request(list('BETWEEN', { BOOL: false }, { BOOL: true })), notValid('BETWEEN', 'BOOL')),
  row(`${position}: BETWEEN reversed`, operation, request(list('BETWEEN', n(2), n(1))),
    kReversed),
  row(`${position}: no list at all`, operation, request({ ComparisonOperator: 'EQ' }),
    count('EQ')),
]);

const kKeyConditions = [
  ['two values for EQ', { pk: list('EQ', s('a'), s('b')) }, count('EQ')],
  ['two types', { pk: kKeyCondition.pk, sk: list('BETWEEN', s('a'), n(1)) }, kMixed],
  ['BETWEEN reversed', { pk: kKeyCondition.pk, sk: list('BETWEEN', s('b'), s('a')) }, kReversed],
  ['BEGINS_WITH of a number', { pk: kKeyCondition.pk, sk: list('BEGINS_WITH', n(1)) },
    notValid('BEGINS_WITH', 'N')],
  ['BOOL for LT', { pk: kKeyCondition.pk, sk: list('LT', { BOOL: true }) },
    notValid('LT', 'BOOL')],
  ['none', {}, invalid('Conditions can be of length 1 or 2 only')],
  ['three', { pk: kKeyCondition.pk, sk: list('EQ', s('a')), z: list('EQ', s('a')) },
    invalid('Conditions can be of length 1 or 2 only')],
  ['partition key missing', { sk: list('EQ', s('a')) },
    invalid('Query condition missed key schema element: pk')],
  ['sort key missing', { pk: kKeyCondition.pk, z: list('EQ', s('a')) },
    invalid('Query condition missed key schema element: sk')],
  ['partition key with GT', { pk: list('GT', s('a')) },
    invalid('Query key condition not supported')],
  ['partition key with BEGINS_WITH', { pk: list('BEGINS_WITH', s('a')) },
    invalid('Query key condition not supported')],
  ...[['NE', [s('a')]], ['CONTAINS', [s('a')]], ['NOT_CONTAINS', [s('a')]], ['IN', [s('a')]],
    ['NULL', []], ['NOT_NULL', []],
  ].map(([operator, values]) => [`sort key with ${operator}`,
    { pk: kKeyCondition.pk, sk: list(operator, ...values) },
    invalid('Attempted conditional constraint is not an indexable operation')]),
  ['partition key of another type', { pk: list('EQ', n(1)) },
    bad('Condition parameter type does not match schema type')],
  ['sort key of another type', { pk: kKeyCondition.pk, sk: list('EQ', n(1)) },
    bad('Condition parameter type does not match schema type')],
  ['empty partition key', { pk: list('EQ', s('')) }, invalid(
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot ' +
    'contain an empty string value. Key: pk')],
  ['empty sort key', { pk: kKeyCondition.pk, sk: list('EQ', s('')) }, invalid(
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot ' +
    'contain an empty string value. Key: sk')],
].map(([name, conditions, expected]) => row(`KeyConditions: ${name}`, 'Query',
  { TableName: 'Range', KeyConditions: conditions }, expected));

const kExpected = [
  ['Value and list', { Value: s('a'), AttributeValueList: [s('a')], ComparisonOperator: 'EQ' },
    bad('Value and AttributeValueList cannot be used together for Attribute: a')],
  ['Exists and operator', { Exists: true, ComparisonOperator: 'EQ', AttributeValueList: [s('a')] },
    bad('Exists and ComparisonOperator cannot be used together for Attribute: a')],
  ['operator without value', { ComparisonOperator: 'GT' },
    bad('Value or AttributeValueList must be used with ComparisonOperator: GT for Attribute: a')],
  ...kCounts.filter(([, values]) => values.length > 0).map(([operator, values]) => (
    [`${values.length} for ${operator}`, list(operator, ...values), count(operator)])),
  ['empty list for EQ', list('EQ'), count('EQ')],
  ['mixed types', list('IN', s('a'), n(1)), kMixed],
  ['BETWEEN reversed', list('BETWEEN', n(2), n(1)), kReversed],
  ['list without operator', { AttributeValueList: [s('a')] },
    bad('AttributeValueList can only be used with a ComparisonOperator for Attribute: a')],
  ['Exists true without Value', { Exists: true },
    bad('Value must be provided when Exists is true for Attribute: a')],
  ['nothing', {}, bad('Value must be provided when Exists is null for Attribute: a')],
  ['Exists false with Value', { Exists: false, Value: s('a') },
    bad('Value cannot be used when Exists is false for Attribute: a')],
].flatMap(([name, expectation, expected]) => [
  row(`Expected of PutItem: ${name}`, 'PutItem',
    { TableName: 'Hash', Item: { pk: s('x') }, Expected: { a: expectation } }, expected),
  row(`Expected of UpdateItem: ${name}`, 'UpdateItem', {
    TableName: 'Hash', Key: { pk: s('x') }, AttributeUpdates: { b: { Value: s('b') } },
    Expected: { a: expectation },
  }, expected),
  row(`Expected of DeleteItem: ${name}`, 'DeleteItem',
    { TableName: 'Hash', Key: { pk: s('x') }, Expected: { a: expectation } }, expected),
]);

const update = (name, attribute, action, expected) => row(`AttributeUpdates: ${name}`,
  'UpdateItem', {
    TableName: 'Hash', Key: { pk: s('item') }, AttributeUpdates: { [attribute]: action },
  }, expected);
const kOnlyDelete = bad('Only DELETE action is allowed when no attribute value is specified');
const kMismatch = invalid('Type mismatch for attribute to update');
const kUpdates = [
  update('PUT without Value', 'a', { Action: 'PUT' }, kOnlyDelete),
  update('no Action and no Value', 'a', {}, kOnlyDelete),
  update('ADD without Value', 'a', { Action: 'ADD' }, kOnlyDelete),
  ...[[s('a'), 'S'], [n(1), 'N'], [{ B: 'YQ==' }, 'B'], [{ BOOL: true }, 'BOOL'],
    [{ NULL: true }, 'NULL'], [{ L: [] }, 'L'], [{ M: {} }, 'M'],
  ].map(([value, type]) => update(`DELETE of ${type}`, 'a', { Action: 'DELETE', Value: value },
    bad(`DELETE action with value is not supported for the type ${type}`))),
  ...[[s('a'), 'S'], [{ B: 'YQ==' }, 'B'], [{ BOOL: true }, 'BOOL'], [{ NULL: true }, 'NULL'],
    [{ M: {} }, 'M'],
  ].map(([value, type]) => update(`ADD of ${type}`, 'a', { Action: 'ADD', Value: value },
    bad(`ADD action is not supported for the type ${type}`))),
  update('ADD number to string', 'txt', { Action: 'ADD', Value: n(1) }, kMismatch),
  update('ADD set to number', 'num', { Action: 'ADD', Value: { SS: ['a'] } }, kMismatch),
  update('ADD number set to string set', 'strings', { Action: 'ADD', Value: { NS: ['1'] } },
    kMismatch),
  update('ADD list to map', 'doc', { Action: 'ADD', Value: { L: [] } }, kMismatch),
  update('DELETE string set from number set', 'numbers',
    { Action: 'DELETE', Value: { SS: ['a'] } }, kMismatch),
];

const kNoFilter = invalid('ConditionalOperator cannot be used without Filter or Expected');
const kTwoOrMore = invalid(
  'ConditionalOperator can only be used when Filter or Expected has two or more elements');
const kOperator = [
  ['without Expected', 'PutItem', { Item: { pk: s('x') } }, kNoFilter],
  ['with empty Expected', 'PutItem', { Item: { pk: s('x') }, Expected: {} }, kNoFilter],
  ['with one Expected', 'DeleteItem', {
    Key: { pk: s('x') }, Expected: { a: { Exists: false } },
  }, kTwoOrMore],
  ['without ScanFilter', 'Scan', {}, kNoFilter],
  ['with one ScanFilter', 'Scan', { ScanFilter: { a: list('NULL') } }, kTwoOrMore],
  ['without QueryFilter', 'Query', { KeyConditions: kKeyCondition }, kNoFilter],
].map(([name, operation, members, expected]) => row(`ConditionalOperator ${name}`, operation,
  { TableName: 'Hash', ConditionalOperator: 'AND', ...members }, expected));

// Failed Expected answers like a failed condition.
const kFailed = [
  ['Exists false', { txt: { Exists: false } }], ['other value', { txt: { Value: s('x') } }],
  ['GT', { num: list('GT', n(5)) }], ['NULL', { txt: list('NULL') }],
  ['type differs', { num: { Value: s('5') } }],
].map(([name, expectation]) => row(`Expected not met: ${name}`, 'PutItem',
  { TableName: 'Hash', Item: { pk: s('item') }, Expected: expectation }, kConditionFailed));

export const rows = [
  ...kFilters, ...kKeyConditions, ...kExpected, ...kUpdates, ...kOperator, ...kFailed,
];
