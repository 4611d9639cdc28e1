// Keys against the schema of the table: presence, type, emptiness and size, for items, for Key
// parameters and for the conditions of a Query.

import { invalid, kNoTable, kParameters, n, row, s } from './rows.mjs';

const kMismatch = invalid('The provided key element does not match the schema');
const missing = (name) => invalid(`${kParameters}Missing the key ${name} in the item`);
const mismatch = (name, expected, actual) => invalid(
  `${kParameters}Type mismatch for key ${name} expected: ${expected} actual: ${actual}`);
const kEmptyText = 'One or more parameter values are not valid. ' +
  'The AttributeValue for a key attribute cannot contain an empty';
const emptyString = (name) => invalid(`${kEmptyText} string value. Key: ${name}`);
const emptyBinary = (name) => invalid(`${kEmptyText} binary value. Key: ${name}`);
const kHashSize = invalid(
  `${kParameters}Size of hashkey has exceeded the maximum size limit of2048 bytes`);
const kRangeSize = invalid(
  `${kParameters}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`);

const bytes = (size) => ({ B: Buffer.alloc(size, 7).toString('base64') });
const text = (size) => s('x'.repeat(size));

const put = (table, item) => ['PutItem', { TableName: table, Item: item }];
const kItems = [
  ['item without partition key', put('Hash', { a: s('x') }), missing('pk')],
  ['empty item', put('Hash', {}), missing('pk')],
  ['item without sort key', put('Range', { pk: s('x') }), missing('sk')],
  ['item without any key', put('Range', { a: s('x') }), missing('pk')],
  ['number for a string partition key', put('Hash', { pk: n(1) }), mismatch('pk', 'S', 'N')],
  ['binary for a string partition key', put('Hash', { pk: bytes(1) }), mismatch('pk', 'S', 'B')],
  ['string for a number partition key', put('NumberHash', { pk: s('x') }),
    mismatch('pk', 'N', 'S')],
  ['string for a binary partition key', put('BinaryHash', { pk: s('x') }),
    mismatch('pk', 'B', 'S')],
  ['string for a number sort key', put('NumberRange', { pk: s('x'), sk: s('x') }),
    mismatch('sk', 'N', 'S')],
  ...['BOOL', 'NULL'].map((type) => [`${type} as key`, put('Hash', { pk: { [type]: true } }),
    mismatch('pk', 'S', type)]),
  ['L as key', put('Hash', { pk: { L: [] } }), mismatch('pk', 'S', 'L')],
  ['M as key', put('Hash', { pk: { M: {} } }), mismatch('pk', 'S', 'M')],
  ['SS as key', put('Hash', { pk: { SS: ['a'] } }), mismatch('pk', 'S', 'SS')],
  ['NS as key', put('Hash', { pk: { NS: ['1'] } }), mismatch('pk', 'S', 'NS')],
  ['BS as key', put('Hash', { pk: { BS: ['Yg=='] } }), mismatch('pk', 'S', 'BS')],
  ['empty string partition key', put('Hash', { pk: s('') }), emptyString('pk')],
  ['empty string sort key', put('Range', { pk: s('x'), sk: s('') }), emptyString('sk')],
  ['empty binary partition key', put('BinaryHash', { pk: { B: '' } }), emptyBinary('pk')],
  ['empty binary sort key', put('BinaryRange', { pk: s('x'), sk: { B: '' } }), emptyBinary('sk')],
  ['partition key of 2049 bytes', put('Hash', { pk: text(2049) }), kHashSize],
  ['partition key of 2050 bytes in 1025 characters', put('Hash', { pk: s('\u00e9'.repeat(1025)) }),
    kHashSize],
  ['binary partition key of 2049 bytes', put('BinaryHash', { pk: bytes(2049) }), kHashSize],
  ['sort key of 1025 bytes', put('Range', { pk: s('x'), sk: text(1025) }), kRangeSize],
  ['binary sort key of 1025 bytes', put('BinaryRange', { pk: s('x'), sk: bytes(1025) }),
    kRangeSize],
  ['partition key is reported first', put('Range', { pk: s(''), sk: n(1) }), emptyString('pk')],
  ['partition key size before sort key presence', put('Range', { pk: text(2049) }), kHashSize],
].map(([name, [operation, request], expected]) => row(name, operation, request, expected));

const kKeys = [
  ['no key attribute', 'Hash', {}, kMismatch],
  ['wrong name', 'Hash', { other: s('x') }, kMismatch],
  ['one attribute too many', 'Hash', { pk: s('x'), other: s('x') }, kMismatch],
  ['sort key absent', 'Range', { pk: s('x') }, kMismatch],
  ['partition key absent', 'Range', { sk: s('x') }, kMismatch],
  ['wrong type', 'Hash', { pk: n(1) }, kMismatch],
  ['wrong sort key type', 'Range', { pk: s('x'), sk: n(1) }, kMismatch],
  ['list as key', 'Hash', { pk: { L: [] } }, kMismatch],
  ['empty string', 'Hash', { pk: s('') }, emptyString('pk')],
  ['empty sort key', 'Range', { pk: s('x'), sk: s('') }, emptyString('sk')],
  ['empty binary', 'BinaryHash', { pk: { B: '' } }, emptyBinary('pk')],
  ['2049 bytes', 'Hash', { pk: text(2049) }, kHashSize],
  ['sort key of 1025 bytes', 'Range', { pk: s('x'), sk: text(1025) }, kRangeSize],
].flatMap(([name, table, key, expected]) => ['GetItem', 'DeleteItem', 'UpdateItem'].map(
  (operation) => row(`${operation}: ${name}`, operation, { TableName: table, Key: key },
    expected)));

const kMissingTables = [
  ['GetItem', { Key: { pk: s('x') } }], ['PutItem', { Item: { pk: s('x') } }],
  ['DeleteItem', { Key: { pk: s('x') } }], ['UpdateItem', { Key: { pk: s('x') } }],
  ['Query', {
    KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': s('x') },
  }],
  ['Scan', {}],
].flatMap(([operation, request]) => [
  row(`${operation}: unknown table`, operation, { TableName: 'Missing', ...request }, kNoTable),
  row(`${operation}: unknown table with a short name`, operation, { TableName: 'ab', ...request },
    kNoTable),
  row(`${operation}: table ARN of another account`, operation, {
    TableName: 'arn:aws:dynamodb:us-east-1:111111111111:table/Hash', ...request,
  }, kNoTable),
  row(`${operation}: table ARN of another region`, operation, {
    TableName: 'arn:aws:dynamodb:eu-west-1:000000000000:table/Hash', ...request,
  }, kNoTable),
]);

export const rows = [
  ...kItems, ...kKeys, ...kMissingTables,
  row('the table is looked up before item keys', 'PutItem',
    { TableName: 'Missing', Item: { a: s('x') } }, kNoTable),
  row('the table is looked up before the key', 'GetItem', { TableName: 'Missing', Key: {} },
    kNoTable),
];
