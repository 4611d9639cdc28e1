// Type errors: JSON that parses but does not have the shape of the operation's input.

import { kShape, kUnknownOperation, row, unreadable } from './rows.mjs';

const kStructureFound = 'Start of structure or map found where not expected';
const kCast = 'Unexpected field type';
const kPayload = 'Unexpected value type in payload';
const kBytes = 'only base-64-encoded strings are convertible to bytes';
const collection = (name) => `Unrecognized collection type ${name}`;
const shape = (name) => collection(`class ${kShape}${name}`);
const map = (name) => collection(`java.util.Map<java.lang.String, ${name}>`);
const shapeMap = (name) => map(kShape + name);

const put = (value) => ({ TableName: 'Hash', Item: { pk: { S: 'a' }, v: value } });
const table = (members) => ({ TableName: 'New', ...members });

// Lists of [name, operation, request, message].
const kScalars = [
  ['true', true, 'TRUE_VALUE'], ['false', false, 'FALSE_VALUE'], ['integer', 12, 'NUMBER_VALUE'],
  ['fraction', 1.5, 'DECIMAL_VALUE'],
].map(([name, value, token]) => (
  [`${name} for String`, 'GetItem', { TableName: value },
    `${token} cannot be converted to String`]));

const kNumbers = [
  ['true for Integer', 'Scan', { Limit: true }, 'TRUE_VALUE cannot be converted to Integer'],
  ['false for Integer', 'Scan', { Limit: false }, 'FALSE_VALUE cannot be converted to Integer'],
  ['string for Integer', 'Scan', { Limit: '1' }, 'STRING_VALUE cannot be converted to Integer'],
  ['array for Integer', 'Scan', { Limit: [] }, collection('class java.lang.Integer')],
  ['object for Integer', 'Scan', { Limit: {} }, kStructureFound],
  ['Segment is an Integer', 'Scan', { Segment: '1' },
    'STRING_VALUE cannot be converted to Integer'],
  ['TotalSegments is an Integer', 'Scan', { TotalSegments: true },
    'TRUE_VALUE cannot be converted to Integer'],
  ['Limit of ListTables is an Integer', 'ListTables', { Limit: 'x' },
    'STRING_VALUE cannot be converted to Integer'],
];

const units = (value) => table({ ProvisionedThroughput: { ReadCapacityUnits: value } });
const kLongs = [
  ['true for Long', 'CreateTable', units(true), 'TRUE_VALUE cannot be converted to Long'],
  ['false for Long', 'CreateTable', units(false), 'FALSE_VALUE cannot be converted to Long'],
  ['string for Long', 'CreateTable', units('1'), 'STRING_VALUE cannot be converted to Long'],
  ['array for Long', 'CreateTable', units([]), collection('class java.lang.Long')],
  ['object for Long', 'CreateTable', units({}), kStructureFound],
];

const kBooleans = [
  ['integer for Boolean', 'GetItem', { ConsistentRead: 1 },
    'NUMBER_VALUE cannot be converted to Boolean'],
  ['fraction for Boolean', 'GetItem', { ConsistentRead: 1.5 },
    'DECIMAL_VALUE cannot be converted to Boolean'],
  ['odd string for Boolean', 'GetItem', { ConsistentRead: 'maybe' },
    'Unexpected token received from parser'],
  ['array for Boolean', 'GetItem', { ConsistentRead: [] }, collection('class java.lang.Boolean')],
  ['object for Boolean', 'GetItem', { ConsistentRead: {} }, kStructureFound],
];

const kContainers = [
  ['array for String', 'GetItem', { TableName: [] }, collection('class java.lang.String')],
  ['object for String', 'GetItem', { TableName: {} }, kStructureFound],
  ['string for list', 'GetItem', { AttributesToGet: 'a' }, kCast],
  ['number for list', 'GetItem', { AttributesToGet: 1 }, kCast],
  ['boolean for list', 'GetItem', { AttributesToGet: true }, kCast],
  ['object for list', 'GetItem', { AttributesToGet: {} }, kStructureFound],
  ['number in list of String', 'GetItem', { AttributesToGet: [1] },
    'NUMBER_VALUE cannot be converted to String'],
  ['array in list of String', 'GetItem', { AttributesToGet: [[]] },
    collection('class java.lang.String')],
  ['object in list of String', 'GetItem', { AttributesToGet: [{}] }, kStructureFound],
  ['string for map', 'GetItem', { Key: 'a' }, kCast],
  ['number for map', 'GetItem', { Key: 1 }, kCast],
  ['array for map', 'GetItem', { Key: [] }, shapeMap('AttributeValue')],
  ['array for map of names', 'GetItem', { ExpressionAttributeNames: [] }, map('java.lang.String')],
  ['string for map of names', 'GetItem', { ExpressionAttributeNames: 'a' }, kCast],
  ['number in map of names', 'GetItem', { ExpressionAttributeNames: { '#a': 1 } },
    'NUMBER_VALUE cannot be converted to String'],
  ['array for map of values', 'PutItem', { ExpressionAttributeValues: [] },
    shapeMap('AttributeValue')],
  ['array for Expected', 'PutItem', { Expected: [] }, shapeMap('ExpectedAttributeValue')],
  ['array for AttributeUpdates', 'UpdateItem', { AttributeUpdates: [] },
    shapeMap('AttributeValueUpdate')],
  ['array for QueryFilter', 'Query', { QueryFilter: [] }, shapeMap('Condition')],
  ['array for KeyConditions', 'Query', { KeyConditions: [] }, shapeMap('Condition')],
  ['array for ScanFilter', 'Scan', { ScanFilter: [] }, shapeMap('Condition')],
  ['string for AttributeDefinitions', 'CreateTable', table({ AttributeDefinitions: 'a' }), kCast],
  ['object for AttributeDefinitions', 'CreateTable', table({ AttributeDefinitions: {} }),
    kStructureFound],
  ['string for ProvisionedThroughput', 'CreateTable', table({ ProvisionedThroughput: 'a' }), kCast],
  ['array for ProvisionedThroughput', 'CreateTable', table({ ProvisionedThroughput: [] }),
    shape('ProvisionedThroughput')],
];

// Each structure class in element position: a scalar, and an array.
const index = (member) => (value) => table({ [member]: [value] });
const kElements = [
  ['AttributeValue', 'GetItem', (value) => ({ Key: { pk: value } })],
  ['ExpectedAttributeValue', 'PutItem', (value) => ({ Expected: { a: value } })],
  ['AttributeValueUpdate', 'UpdateItem', (value) => ({ AttributeUpdates: { a: value } })],
  ['Condition', 'Query', (value) => ({ KeyConditions: { a: value } })],
  ['KeySchemaElement', 'CreateTable', index('KeySchema')],
  ['AttributeDefinition', 'CreateTable', index('AttributeDefinitions')],
  ['LocalSecondaryIndex', 'CreateTable', index('LocalSecondaryIndexes')],
  ['GlobalSecondaryIndex', 'CreateTable', index('GlobalSecondaryIndexes')],
  ['Tag', 'CreateTable', index('Tags')],
  ['GlobalSecondaryIndexUpdate', 'UpdateTable', index('GlobalSecondaryIndexUpdates')],
].flatMap(([name, operation, request]) => [
  [`string for ${name}`, operation, request('a'), kPayload],
  [`number for ${name}`, operation, request(1), kPayload],
  [`array for ${name}`, operation, request([]), shape(name)],
]);

// The same in member position.
const kMembers = [
  ['Value of Expected', 'AttributeValue', 'PutItem',
    (value) => ({ Expected: { a: { Value: value } } })],
  ['Value of AttributeUpdates', 'AttributeValue', 'UpdateItem',
    (value) => ({ AttributeUpdates: { a: { Value: value } } })],
  ['Projection of an index', 'Projection', 'CreateTable',
    (value) => table({ LocalSecondaryIndexes: [{ Projection: value }] })],
  ...['Create', 'Update', 'Delete'].map((action) => [
    `${action} of an index update`, `${action}GlobalSecondaryIndexAction`, 'UpdateTable',
    (value) => table({ GlobalSecondaryIndexUpdates: [{ [action]: value }] })]),
].flatMap(([name, className, operation, request]) => [
  [`string for ${name}`, operation, request('a'), kCast],
  [`array for ${name}`, operation, request([]), shape(className)],
]);

const kValues = [
  ['S true', 'PutItem', put({ S: true }), 'TRUE_VALUE cannot be converted to String'],
  ['S number', 'PutItem', put({ S: 1 }), 'NUMBER_VALUE cannot be converted to String'],
  ['S array', 'PutItem', put({ S: [] }), collection('class java.lang.String')],
  ['S object', 'PutItem', put({ S: {} }), kStructureFound],
  ['N as a JSON number', 'PutItem', put({ N: 1 }), 'NUMBER_VALUE cannot be converted to String'],
  ['N as a JSON fraction', 'PutItem', put({ N: 1.5 }),
    'DECIMAL_VALUE cannot be converted to String'],
  ['BOOL odd string', 'PutItem', put({ BOOL: 'a' }), 'Unexpected token received from parser'],
  ['BOOL number', 'PutItem', put({ BOOL: 1 }), 'NUMBER_VALUE cannot be converted to Boolean'],
  ['BOOL array', 'PutItem', put({ BOOL: [] }), collection('class java.lang.Boolean')],
  ['NULL odd string', 'PutItem', put({ NULL: 'a' }), 'Unexpected token received from parser'],
  ['SS string', 'PutItem', put({ SS: 'a' }), kCast],
  ['SS object', 'PutItem', put({ SS: {} }), kStructureFound],
  ['SS of number', 'PutItem', put({ SS: [1] }), 'NUMBER_VALUE cannot be converted to String'],
  ['SS of array', 'PutItem', put({ SS: [[]] }), collection('class java.lang.String')],
  ['NS of number', 'PutItem', put({ NS: [1] }), 'NUMBER_VALUE cannot be converted to String'],
  ['L string', 'PutItem', put({ L: 'a' }), kCast],
  ['L object', 'PutItem', put({ L: {} }), kStructureFound],
  ['L of string', 'PutItem', put({ L: ['a'] }), kPayload],
  ['L of array', 'PutItem', put({ L: [[]] }), shape('AttributeValue')],
  ['M string', 'PutItem', put({ M: 'a' }), kCast],
  ['M array', 'PutItem', put({ M: [] }), shapeMap('AttributeValue')],
  ['M of string', 'PutItem', put({ M: { a: 'a' } }), kPayload],
  ['M of array', 'PutItem', put({ M: { a: [] } }), shape('AttributeValue')],
];

const kBlobs = [
  ['B true', put({ B: true }), kBytes],
  ['B number', put({ B: 1 }), kBytes],
  ['B fraction', put({ B: 1.5 }), kBytes],
  ['B array', put({ B: [] }), collection('class java.nio.ByteBuffer')],
  ['B object', put({ B: {} }), kStructureFound],
  ['B length 1', put({ B: 'a' }),
    'Base64 encoded length is expected a multiple of 4 bytes but found: 1'],
  ['B length 6', put({ B: 'YWJjZA' }),
    'Base64 encoded length is expected a multiple of 4 bytes but found: 6'],
  ['B trailing bits', put({ B: 'YWF=' }),
    'Invalid last non-pad Base64 character dectected'],
  ['B bad alphabet', put({ B: 'a!b?' }), 'Invalid last non-pad Base64 character dectected'],
  ['BS of number', put({ BS: [1] }), kBytes],
  ['BS of array', put({ BS: [[]] }), collection('class java.nio.ByteBuffer')],
  ['BS length 5', put({ BS: ['YWJjZ'] }),
    'Base64 encoded length is expected a multiple of 4 bytes but found: 5'],
].map(([name, request, message]) => [name, 'PutItem', request, message]);

const kTables = [
  ...kScalars, ...kNumbers, ...kLongs, ...kBooleans, ...kContainers, ...kElements, ...kMembers,
  ...kValues, ...kBlobs,
];

export const rows = [
  ...kTables.map(([name, operation, request, message]) => (
    row(name, operation, request, unreadable(message)))),
  row('nested containers are walked before scalars', 'PutItem', { TableName: 1, Item: 'a' },
    unreadable(kCast)),
  row('type errors come before constraint errors', 'PutItem', { Item: { pk: { S: 1 } } },
    unreadable('NUMBER_VALUE cannot be converted to String')),
  row('empty body', 'GetItem', '', unreadable()),
  row('not JSON', 'GetItem', 'hello', unreadable()),
  row('JSON cut short', 'GetItem', '{"TableName":"Hash"', unreadable()),
  row('JSON with something after it', 'GetItem', '{"TableName":"Hash"} x', unreadable()),
  row('trailing comma', 'GetItem', '{"TableName":"Hash",}', unreadable()),
  row('single quotes', 'GetItem', "{'TableName':'Hash'}", unreadable()),
  row('array at top level', 'GetItem', '[]', unreadable()),
  row('number at top level', 'GetItem', '1', unreadable()),
  row('string at top level', 'GetItem', '"a"', unreadable()),
  row('unknown operation', 'GetItems', {}, kUnknownOperation),
  row('operation names are case-sensitive', 'getItem', {}, kUnknownOperation),
  row('bad JSON is reported before an unknown operation', 'GetItems', '{', unreadable()),
];
