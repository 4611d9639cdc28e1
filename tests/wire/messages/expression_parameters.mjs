// The parameters around expressions: both kinds at once, placeholders without an expression, bad
// or empty placeholder maps, empty expressions, unused placeholders, and how deep a path may go
// into a key.

import { enveloped, invalid, kNoTable, kParameters, n, row, s } from './rows.mjs';

const kBase = {
  GetItem: { TableName: 'Hash', Key: { pk: s('x') } },
  PutItem: { TableName: 'Hash', Item: { pk: s('x') } },
  UpdateItem: { TableName: 'Hash', Key: { pk: s('x') } },
  DeleteItem: { TableName: 'Hash', Key: { pk: s('x') } },
  Query: { TableName: 'Hash' },
  Scan: { TableName: 'Hash' },
};
const kWrites = new Set(['PutItem', 'UpdateItem']);
const request = (operation, members) => ({ ...kBase[operation], ...members });
/** The envelope where the operation is PutItem or UpdateItem, bare elsewhere. */
const written = (operation, text) => (kWrites.has(operation) ? enveloped(text) : invalid(text));

const kLegacyMembers = {
  AttributesToGet: ['a'], Expected: { a: { Exists: false } },
  AttributeUpdates: { a: { Value: s('x') } }, ConditionalOperator: 'AND',
  QueryFilter: { a: { ComparisonOperator: 'NULL' } },
  ScanFilter: { a: { ComparisonOperator: 'NULL' } },
  KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [s('x')] } },
};
const kExpressionMembers = {
  ProjectionExpression: 'a', ConditionExpression: 'attribute_exists(a)',
  UpdateExpression: 'REMOVE a', FilterExpression: 'attribute_exists(a)',
  KeyConditionExpression: 'pk = :v',
};
const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

const kMixes = [
  ['GetItem', ['AttributesToGet'], ['ProjectionExpression']],
  ['PutItem', ['Expected'], ['ConditionExpression']],
  ['DeleteItem', ['Expected'], ['ConditionExpression']],
  ['UpdateItem', ['AttributeUpdates'], ['UpdateExpression']],
  ['UpdateItem', ['Expected'], ['UpdateExpression']],
  ['UpdateItem', ['AttributeUpdates'], ['ConditionExpression']],
  ['UpdateItem', ['AttributeUpdates', 'Expected'], ['UpdateExpression', 'ConditionExpression']],
  ['Query', ['AttributesToGet'], ['KeyConditionExpression']],
  ['Query', ['QueryFilter'], ['KeyConditionExpression']],
  ['Query', ['KeyConditions'], ['FilterExpression']],
  ['Query', ['KeyConditions'], ['ProjectionExpression']],
  ['Query', ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
    ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression']],
  ['Scan', ['AttributesToGet'], ['ProjectionExpression']],
  ['Scan', ['AttributesToGet'], ['FilterExpression']],
  ['Scan', ['ScanFilter'], ['ProjectionExpression']],
  ['Scan', ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
    ['ProjectionExpression', 'FilterExpression']],
].map(([operation, legacy, expressions]) => row(
  `${operation}: ${[...legacy, ...expressions].join(' with ')}`, operation,
  request(operation, { ...pick(kLegacyMembers, legacy), ...pick(kExpressionMembers, expressions) }),
  written(operation, 'Can not use both expression and non-expression parameters in the same ' +
    `request: Non-expression parameters: {${legacy.join(', ')}} Expression parameters: ` +
    `{${expressions.join(', ')}}`)));

const kNames = { ExpressionAttributeNames: { '#a': 'a' } };
const kValues = { ExpressionAttributeValues: { ':v': s('x') } };
const kAlone = [
  ...Object.keys(kBase).map((operation) => row(`${operation}: names without an expression`,
    operation, request(operation, operation === 'Query'
      ? { ...kNames, KeyConditions: kLegacyMembers.KeyConditions } : kNames),
    invalid('ExpressionAttributeNames can only be specified when using expressions'))),
  ...[['PutItem', 'ConditionExpression is null'], ['DeleteItem', 'ConditionExpression is null'],
    ['UpdateItem', 'UpdateExpression is null and ConditionExpression is null'],
    ['Query', 'FilterExpression is null and KeyConditionExpression is null'],
    ['Scan', 'FilterExpression is null'],
  ].map(([operation, reason]) => row(`${operation}: values without an expression`, operation,
    request(operation, operation === 'Query'
      ? { ...kValues, KeyConditions: kLegacyMembers.KeyConditions } : kValues),
    written(operation,
      `ExpressionAttributeValues can only be specified when using expressions: ${reason}`))),
  row('Scan: a projection does not carry values', 'Scan',
    request('Scan', { ...kValues, ProjectionExpression: 'a' }),
    invalid('ExpressionAttributeValues can only be specified when using expressions: ' +
      'FilterExpression is null')),
];

// The expression each operation is tried with, and the member it stands in.
const kExpression = {
  GetItem: ['ProjectionExpression', '#a', kNames],
  PutItem: ['ConditionExpression', 'attribute_exists(#a)', kNames],
  UpdateItem: ['UpdateExpression', 'REMOVE #a', kNames],
  DeleteItem: ['ConditionExpression', 'attribute_exists(#a)', kNames],
  Query: ['KeyConditionExpression', 'pk = :v', kValues],
  Scan: ['FilterExpression', 'attribute_exists(#a)', kNames],
};
const kMaps = Object.entries(kExpression).flatMap(([operation, [member, text]]) => {
  const base = request(operation, { [member]: text });
  const found = [
    row(`${operation}: empty names`, operation, { ...base, ExpressionAttributeNames: {} },
      invalid('ExpressionAttributeNames must not be empty')),
    ...['a', '#', '#a-b', '##a', '', ':a', '# a'].map((key) => row(
      `${operation}: name key ${JSON.stringify(key)}`, operation,
      { ...base, ExpressionAttributeNames: { [key]: 'a' } }, invalid(
        `ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`))),
  ];
  if (operation === 'GetItem') return found;
  return [...found,
    row(`${operation}: empty values`, operation, { ...base, ExpressionAttributeValues: {} },
      invalid('ExpressionAttributeValues must not be empty')),
    ...['v', ':', ':a-b', '', '#a', ':a.b'].map((key) => row(
      `${operation}: value key ${JSON.stringify(key)}`, operation,
      { ...base, ExpressionAttributeValues: { [key]: s('x') } }, invalid(
        `ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`))),
  ];
});

const kEmpty = [
  ['GetItem', 'ProjectionExpression'], ['PutItem', 'ConditionExpression'],
  ['DeleteItem', 'ConditionExpression'], ['UpdateItem', 'UpdateExpression'],
  ['UpdateItem', 'ConditionExpression'], ['Query', 'KeyConditionExpression'],
  ['Query', 'FilterExpression'], ['Query', 'ProjectionExpression'], ['Scan', 'FilterExpression'],
  ['Scan', 'ProjectionExpression'],
].map(([operation, member]) => row(`${operation}: empty ${member}`, operation,
  request(operation, {
    ...(operation === 'Query' ? { KeyConditionExpression: 'pk = :v', ...kValues } : {}),
    ...(member === 'KeyConditionExpression' ? { ExpressionAttributeValues: undefined } : {}),
    [member]: '',
  }), invalid(`Invalid ${member}: The expression can not be empty;`)));

const unusedNames = (keys) => invalid(
  `Value provided in ExpressionAttributeNames unused in expressions: keys: {${keys}}`);
const unusedValues = (keys) => invalid(
  `Value provided in ExpressionAttributeValues unused in expressions: keys: {${keys}}`);
const kPair = {
  GetItem: { ProjectionExpression: 'a' },
  PutItem: { ConditionExpression: 'a = :v', ...kValues },
  DeleteItem: { ConditionExpression: 'a = :v', ...kValues },
  UpdateItem: { UpdateExpression: 'SET a = :v', ...kValues },
  Query: { KeyConditionExpression: 'pk = :v', ...kValues },
  Scan: { FilterExpression: 'a = :v', ...kValues },
};
const kUnused = Object.entries(kPair).flatMap(([operation, members]) => [
  row(`${operation}: unused name`, operation,
    request(operation, { ...members, ExpressionAttributeNames: { '#x': 'x' } }),
    unusedNames('#x')),
  ...(operation === 'GetItem' ? [] : [
    row(`${operation}: unused value`, operation, request(operation, {
      ...members, ExpressionAttributeValues: { ':v': s('x'), ':w': s('y') },
    }), unusedValues(':w')),
    row(`${operation}: unused name is reported before unused value`, operation,
      request(operation, {
        ...members, ExpressionAttributeNames: { '#x': 'x' },
        ExpressionAttributeValues: { ':v': s('x'), ':w': s('y') },
      }), unusedNames('#x')),
  ]),
  row(`${operation}: unused name is reported before the table is looked up`, operation,
    request(operation, {
      ...members, TableName: 'Missing', ExpressionAttributeNames: { '#x': 'x' },
    }), unusedNames('#x')),
]);

const kKeyPath = (name) => invalid("Key attributes must be scalars; list random access '[]' and " +
  `map lookup '.' are not allowed: Key: ${name}`);
const range = { TableName: 'Range', Key: { pk: s('item'), sk: s('item') } };
const kPaths = [
  row('projection into a key', 'GetItem', { ...range, ProjectionExpression: 'pk.a' },
    kKeyPath('pk')),
  row('projection into a sort key', 'GetItem', { ...range, ProjectionExpression: 'a, sk[0]' },
    kKeyPath('sk')),
  row('filter of Scan into a key', 'Scan',
    { TableName: 'Range', FilterExpression: 'pk.a = :v', ...kValues }, kKeyPath('pk')),
  row('projection of Scan into a key', 'Scan',
    { TableName: 'Range', ProjectionExpression: 'sk.a' }, kKeyPath('sk')),
  row('projection of Query into a key', 'Query', {
    TableName: 'Range', KeyConditionExpression: 'pk = :v', ProjectionExpression: 'pk[1]',
    ...kValues,
  }, kKeyPath('pk')),
  row('right-hand side of an update into a key', 'UpdateItem',
    { ...range, UpdateExpression: 'SET a = pk.b' }, kKeyPath('pk')),
  row('the table is looked up before key paths', 'GetItem',
    { TableName: 'Missing', Key: { pk: s('x') }, ProjectionExpression: 'pk.a' }, kNoTable),
];

const cannot = (name) => invalid(
  `${kParameters}Cannot update attribute ${name}. This attribute is part of the key`);
const update = (members) => ({ ...range, ...members });
const kKeyUpdates = [
  ['SET', { UpdateExpression: 'SET pk = :v', ...kValues }, 'pk'],
  ['SET of the sort key', { UpdateExpression: 'SET a = :v, sk = :v', ...kValues }, 'sk'],
  ['REMOVE', { UpdateExpression: 'REMOVE sk' }, 'sk'],
  ['ADD', { UpdateExpression: 'ADD pk :v', ExpressionAttributeValues: { ':v': n(1) } }, 'pk'],
  ['DELETE', {
    UpdateExpression: 'DELETE pk :v', ExpressionAttributeValues: { ':v': { SS: ['x'] } },
  }, 'pk'],
  ['path below', { UpdateExpression: 'SET pk.a = :v', ...kValues }, 'pk'],
  ['the same value', {
    UpdateExpression: 'SET pk = :v', ExpressionAttributeValues: { ':v': s('item') },
  }, 'pk'],
  ['AttributeUpdates', { AttributeUpdates: { pk: { Value: s('x') } } }, 'pk'],
].map(([name, members, key]) => row(`key update: ${name}`, 'UpdateItem', update(members),
  cannot(key)));

export const rows = [
  ...kMixes, ...kAlone, ...kMaps, ...kEmpty, ...kUnused, ...kPaths, ...kKeyUpdates,
  row('an empty expression counts as given', 'PutItem',
    request('PutItem', { Expected: kLegacyMembers.Expected, ConditionExpression: '' }),
    enveloped('Can not use both expression and non-expression parameters in the same request: ' +
      'Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}')),
  row('mixing comes before the table', 'GetItem', {
    TableName: 'Missing', Key: { pk: s('x') }, AttributesToGet: ['a'], ProjectionExpression: 'a',
  }, invalid('Can not use both expression and non-expression parameters in the same request: ' +
    'Non-expression parameters: {AttributesToGet} Expression parameters: ' +
    '{ProjectionExpression}')),
  row('names are checked before values', 'UpdateItem', request('UpdateItem', {
    UpdateExpression: 'SET a = :v', ExpressionAttributeNames: {}, ExpressionAttributeValues: {},
  }), invalid('ExpressionAttributeNames must not be empty')),
];
