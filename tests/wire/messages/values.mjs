// Attribute values: what each type refuses, in every position a value can stand in, and the form
// the message takes there (bare, enveloped on writes, inside ExpressionAttributeValues, inside
// ExclusiveStartKey).

import {
  enveloped, entry, invalid, kAnyValidation, kParameters, nested, row, s,
} from './rows.mjs';

const kEmpty =
  'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const kMany = 'Supplied AttributeValue has more than one datatypes set, ' +
  'must contain exactly one of the supported datatypes';
const kNull = `${kParameters}Null attribute value types must have the value of true`;
const kNoStrings = `${kParameters}An string set  may not be empty`;
const kNoNumbers = `${kParameters}An number set  may not be empty`;
const kNoBinaries = `${kParameters}Binary sets should not be empty`;
const kSameStrings = `${kParameters}Input collection [a, b, a] contains duplicates.`;
const kSameNumbers = 'Input collection contains duplicates';
const kSameBinaries = `${kParameters}Input collection [Yg==, Yg==]of type BS contains duplicates.`;
const kNotNumber = 'The parameter cannot be converted to a numeric value';
const kOverflow =
  'Number overflow. Attempting to store a number with magnitude larger than supported range';
const kUnderflow =
  'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const kPrecision = 'Attempting to store more than 38 significant digits in a Number';
const kNesting = 'Nesting Levels have exceeded supported limits: ' +
  'Attributes in the item have nested levels beyond supported limit';

// [name, value, message, enveloped on PutItem and UpdateItem, bare in ExpressionAttributeValues]
const kBad = [
  ['empty value', {}, kEmpty, false],
  ['only an unknown type', { X: '1' }, kEmpty, false],
  ['only null members', { S: null }, kEmpty, false],
  ['two types', { S: 'a', N: '1' }, kMany, false],
  ['three types', { S: 'a', BOOL: true, L: [] }, kMany, false],
  ['a bad number wins over two types', { N: 'x', S: 'y' }, `${kNotNumber}: x`, false],
  ['NULL false', { NULL: false }, kNull, true, true],
  ['empty SS', { SS: [] }, kNoStrings, true],
  ['empty NS', { NS: [] }, kNoNumbers, true],
  ['empty BS', { BS: [] }, kNoBinaries, true],
  ['duplicate SS', { SS: ['a', 'b', 'a'] }, kSameStrings, true],
  ['duplicate NS', { NS: ['1', '2', '1'] }, kSameNumbers, true],
  ['duplicate NS by value', { NS: ['1', '1.0'] }, kSameNumbers, true],
  ['duplicate NS in another notation', { NS: ['100', '1e2'] }, kSameNumbers, true],
  ['duplicate BS', { BS: ['Yg==', 'Yg=='] }, kSameBinaries, true],
  ['empty N', { N: '' }, kNotNumber, false],
  ['word as N', { N: 'abc' }, `${kNotNumber}: abc`, false],
  ['bad number in NS', { NS: ['1', 'x'] }, `${kNotNumber}: x`, false],
  ['empty number in NS', { NS: [''] }, kNotNumber, false],
  ['bad number in L', { L: [s('a'), { N: 'x' }] }, `${kNotNumber}: x`, false],
  ['empty value in L', { L: [{}] }, kEmpty, false],
  ['two types in M', { M: { a: { S: 'a', N: '1' } } }, kMany, false],
  ['NULL false in M', { M: { a: { NULL: false } } }, kNull, true, true],
  ['empty SS in L in M', { M: { a: { L: [{ SS: [] }] } } }, kNoStrings, true],
  ['overflow', { N: '1E126' }, kOverflow, false],
  ['underflow', { N: '1E-131' }, kUnderflow, false],
  ['39 digits', { N: '1'.repeat(39) }, kPrecision, false],
  ['level 33', nested(33), kNesting, false, true],
];

const inItem = (value) => ({ TableName: 'Hash', Item: { pk: s('a'), v: value } });
const inPutValues = (value) => ({
  TableName: 'Hash', Item: { pk: s('a') }, ConditionExpression: 'a = :v',
  ExpressionAttributeValues: { ':v': value },
});
const inUpdateValues = (value) => ({
  TableName: 'Hash', Key: { pk: s('a') }, UpdateExpression: 'SET a = :v',
  ExpressionAttributeValues: { ':v': value },
});
const inDeleteValues = (value) => ({
  TableName: 'Hash', Key: { pk: s('a') }, ConditionExpression: 'a = :v',
  ExpressionAttributeValues: { ':v': value },
});
const inQueryValues = (value) => ({
  TableName: 'Hash', KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': value },
});
const inScanValues = (value) => ({
  TableName: 'Hash', FilterExpression: 'a = :v', ExpressionAttributeValues: { ':v': value },
});
const inKey = (value) => ({ TableName: 'Hash', Key: { pk: value } });

const inExpression = (message, bare) => (bare
  ? message : `ExpressionAttributeValues contains invalid value: ${message} for key :v`);

const kPositions = kBad.flatMap(([name, value, message, envelope, bare]) => {
  const written = envelope ? enveloped(message) : invalid(message);
  const inside = inExpression(message, bare);
  const writtenInside = envelope ? enveloped(inside) : invalid(inside);
  return [
    row(`${name}: item`, 'PutItem', inItem(value), written),
    row(`${name}: values of PutItem`, 'PutItem', inPutValues(value), writtenInside),
    row(`${name}: values of UpdateItem`, 'UpdateItem', inUpdateValues(value), writtenInside),
    row(`${name}: values of DeleteItem`, 'DeleteItem', inDeleteValues(value), invalid(inside)),
    row(`${name}: values of Query`, 'Query', inQueryValues(value), invalid(inside)),
    row(`${name}: values of Scan`, 'Scan', inScanValues(value), invalid(inside)),
  ];
});

// Values in keys: nesting is left out, because a nested key cannot match any schema anyway.
const kKeys = kBad.filter(([name]) => name !== 'level 33')
  .flatMap(([name, value, message, envelope]) => [
    row(`${name}: key of GetItem`, 'GetItem', inKey(value), invalid(message)),
    row(`${name}: key of DeleteItem`, 'DeleteItem', inKey(value), invalid(message)),
    row(`${name}: key of UpdateItem`, 'UpdateItem', inKey(value),
      envelope ? enveloped(message) : invalid(message)),
  ]);

const kStart = 'The provided starting key is invalid: ';
const kStartKeys = [
  ['empty value', {}, kStart + kEmpty],
  ['two types', { S: 'a', N: '1' }, kStart + kMany],
  ['NULL false', { NULL: false }, kStart + kNull],
  ['empty SS', { SS: [] }, kStart + kNoStrings],
  ['empty BS', { BS: [] }, kStart + kNoBinaries],
  ['empty NS', { NS: [] }, kNoNumbers],
  ['bad number', { N: 'x' }, `${kNotNumber}: x`],
  ['empty number', { N: '' }, kNotNumber],
  ['overflow', { N: '1E126' }, kOverflow],
  ['duplicate SS', { SS: ['a', 'b', 'a'] }, kSameStrings],
  ['duplicate NS', { NS: ['1', '1'] }, kSameNumbers],
  ['duplicate BS', { BS: ['Yg==', 'Yg=='] }, kSameBinaries],
].flatMap(([name, value, message]) => [
  row(`${name}: start key of Scan`, 'Scan',
    { TableName: 'Hash', ExclusiveStartKey: { pk: value } }, invalid(message)),
  row(`${name}: start key of Query`, 'Query', {
    TableName: 'Hash', KeyConditionExpression: 'pk = :v',
    ExpressionAttributeValues: { ':v': s('a') }, ExclusiveStartKey: { pk: value },
  }, invalid(message)),
]);

const kBareValues = [
  ['empty value', {}, kEmpty], ['two types', { S: 'a', N: '1' }, kMany],
  ['bad number', { N: 'x' }, `${kNotNumber}: x`],
].flatMap(([name, value, message]) => [
  row(`${name}: AttributeUpdates`, 'UpdateItem',
    { TableName: 'Hash', Key: { pk: s('a') }, AttributeUpdates: { a: { Value: value } } },
    invalid(message)),
  row(`${name}: Expected`, 'PutItem',
    { TableName: 'Hash', Item: { pk: s('a') }, Expected: { a: { Value: value } } },
    invalid(message)),
  row(`${name}: ScanFilter`, 'Scan', {
    TableName: 'Hash',
    ScanFilter: { a: { ComparisonOperator: 'EQ', AttributeValueList: [value] } },
  }, invalid(message)),
  row(`${name}: QueryFilter`, 'Query', {
    TableName: 'Hash',
    KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [s('a')] } },
    QueryFilter: { a: { ComparisonOperator: 'EQ', AttributeValueList: [value] } },
  }, invalid(message)),
  row(`${name}: KeyConditions`, 'Query', {
    TableName: 'Hash',
    KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [value] } },
  }, invalid(message)),
]);

// Every spelling the number grammar refuses.
const kBadNumbers = [
  ' 5', '5 ', '1+2', '1.2.3', '++5', '+-5', '+e2', '1e', '1e+', 'e5', '.', '+', '-', '.e1', '1_000',
  '0x1', 'NaN', 'Infinity', '-Infinity', 'inf', '1,5', '1e5.5', '\u0661', '5\u0000', '1 2', '\t1',
].map((text) => row(`bad number ${JSON.stringify(text)}`, 'PutItem', inItem({ N: text }),
  invalid(`${kNotNumber}: ${text}`)));

const kRange = [
  ['1E126', kOverflow], ['-1E126', kOverflow], ['10E125', kOverflow],
  ['1' + '0'.repeat(126), kOverflow], ['1e999999999999', kOverflow],
  ['1e99999999999999999999999999', kOverflow], ['0.1E127', kOverflow],
  ['9.9E-131', kUnderflow], ['-1E-131', kUnderflow], ['1e-999999999999', kUnderflow],
  ['0.' + '0'.repeat(130) + '1', kUnderflow],
  ['1.' + '0'.repeat(37) + '1', kPrecision], ['1' + '0'.repeat(37) + '1', kPrecision],
  ['0.' + '1'.repeat(39), kPrecision], ['-' + '9'.repeat(39), kPrecision],
].map(([text, message]) => row(
  `number out of range ${text.length > 24 ? `${text.slice(0, 20)}.. (${text.length})` : text}`,
  'PutItem', inItem({ N: text }), invalid(message)));

export const rows = [
  ...kPositions, ...kKeys, ...kStartKeys, ...kBareValues, ...kBadNumbers, ...kRange,
  row('values are checked before the table', 'PutItem',
    { TableName: 'Missing', Item: { pk: s('a'), v: {} } }, invalid(kEmpty)),
  row('size is checked before the table', 'PutItem',
    { TableName: 'Missing', Item: { pk: s('a'), v: s('x'.repeat(409600)) } },
    invalid('Item size has exceeded the maximum allowed size')),
  row('empty attribute name', 'PutItem',
    { TableName: 'Hash', Item: { pk: s('a'), '': s('x') } },
    invalid(`${kParameters}Empty attribute name`)),
  row('bad ReturnConsumedCapacity comes before values', 'PutItem',
    { ...inItem({}), ReturnConsumedCapacity: 'x' },
    enveloped(entry('x', 'returnConsumedCapacity',
      'Member must satisfy enum value set: [INDEXES, TOTAL, NONE]'))),
  row('attribute name of 65536 bytes', 'PutItem',
    { TableName: 'Hash', Item: { pk: s('a'), ['n'.repeat(65536)]: s('x') } }, kAnyValidation),
];
