// BatchGetItem and BatchWriteItem: what is wrong with a request, in which words and which order.

import {
  enveloped, entry, invalid, kNoTable, kNotNull, kParameters, lengthMin, n, oneOf, row, s,
} from './rows.mjs';

const kDuplicates = invalid('Provided list of item keys contains duplicates');
const kMismatch = invalid('The provided key element does not match the schema');
const kMapKeys = 'Map keys must satisfy constraint: [Member must have length less than or equal ' +
  'to 255, Member must have length greater than or equal to 3, Member must satisfy regular ' +
  'expression pattern: [a-zA-Z0-9_.-]+]';
const kMapValue = 'Map value must satisfy constraint: [Member must have length less than or ' +
  'equal to 25, Member must have length greater than or equal to 1]';
const kTooManyTypes = invalid('Supplied AttributeValue has more than one datatypes set, must ' +
  'contain exactly one of the supported datatypes');
const kEmptyKey = invalid('One or more parameter values are not valid. The AttributeValue for a ' +
  'key attribute cannot contain an empty string value. Key: pk');
const kMixing = invalid('Can not use both expression and non-expression parameters in the same ' +
  'request: Non-expression parameters: {AttributesToGet} Expression parameters: ' +
  '{ProjectionExpression}');
const emptyList = (path) => invalid(`1 validation error detected: Value at '${path}' failed to ` +
  'satisfy constraint: Member must have length greater than or equal to 1');

const key = (text) => ({ pk: s(text) });
const get = (RequestItems, members = {}) => ({ RequestItems, ...members });
const keys = (...texts) => ({ Keys: texts.map(key) });
const many = (count) => Array.from({ length: count }, (_, index) => `k${index}`);

const kGets = [
  ['no request items', {}, enveloped(entry(undefined, 'requestItems', kNotNull))],
  ['null request items', get(null), enveloped(entry(undefined, 'requestItems', kNotNull))],
  ['no tables', get({}), invalid('The requestItems parameter is required for BatchGetItem')],
  ['bad capacity mode', get({ Hash: keys('a') }, { ReturnConsumedCapacity: 'X' }),
    enveloped(entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')))],
  ['no keys', get({ Hash: {} }),
    enveloped(entry(undefined, 'requestItems.Hash.member.keys', kNotNull))],
  ['empty keys', get({ Hash: { Keys: [] } }), emptyList('requestItems.Hash.member.keys')],
  ['empty keys before a bad table name', get({ 'a;b': { Keys: [] } }),
    emptyList('requestItems.a;b.member.keys')],
  ['101 keys of one table', get({ Hash: keys(...many(101)) }), invalid(
    "1 validation error detected: Value at 'RequestItems.Hash.member.Keys' failed to satisfy " +
    'constraint: Member must have length less than or equal to 100')],
  ['101 keys of two tables', get({ Hash: keys(...many(60)), Missing: keys(...many(41)) }),
    invalid('Too many items requested for the BatchGetItem call')],
  ['both kinds of projection', get({
    Hash: { ...keys('a'), AttributesToGet: ['x'], ProjectionExpression: 'x' },
  }), kMixing],
  ['both kinds of projection in two tables', get({
    Hash: { ...keys('a'), AttributesToGet: ['x'] },
    Missing: { ...keys('a'), ProjectionExpression: 'x' },
  }), kMixing],
  ['names without a projection', get({
    Hash: { ...keys('a'), ExpressionAttributeNames: { '#a': 'a' } },
  }), invalid('ExpressionAttributeNames can only be specified when using expressions')],
  ['empty projection', get({ Hash: { ...keys('a'), ProjectionExpression: '' } }),
    invalid('Invalid ProjectionExpression: The expression can not be empty;')],
  ['unused name', get({
    Hash: {
      ...keys('a'), ProjectionExpression: 'x', ExpressionAttributeNames: { '#a': 'a' },
    },
  }), invalid('Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}')],
  ['attribute twice', get({ Hash: { ...keys('a'), AttributesToGet: ['x', 'x'] } }),
    invalid(`${kParameters}Duplicate value in attribute name: x`)],
  ['bad value', get({ Hash: { Keys: [{ pk: n('one') }] } }),
    invalid('The parameter cannot be converted to a numeric value: one')],
  ['key twice', get({ Hash: keys('a', 'b', 'a') }), kDuplicates],
  ['key twice, spelled differently', get({ NumberRange: {
    Keys: [{ pk: s('a'), sk: n('1') }, { sk: n('1.0'), pk: s('a') }],
  } }), kDuplicates],
  ['key twice before the table', get({ Missing: keys('a', 'a') }), kDuplicates],
  ['missing table', get({ Hash: keys('a'), Missing: keys('a') }), kNoTable],
  ['missing table before wrong keys', get({ Hash: { Keys: [{ x: s('a') }] }, Missing: keys('a') }),
    kNoTable],
  ['wrong key', get({ Hash: { Keys: [{ x: s('a') }] } }), kMismatch],
  ['wrong type', get({ Hash: { Keys: [{ pk: n(1) }] } }), kMismatch],
  ['empty key value', get({ Hash: keys('') }), kEmptyKey],
  ['nested path on a key', get({ Hash: { ...keys('a'), ProjectionExpression: 'pk.x' } }),
    invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      'allowed: Key: pk')],
].map(([name, request, expected]) => row(`BatchGetItem: ${name}`, 'BatchGetItem', request,
  expected));

const kKeysText = '{pk=AttributeValue(s=a, n=null, b=null, sS=null, nS=null, bS=null, m=null, ' +
  'l=null, nULL=null, bOOL=null)}';
const kNames = [
  row('BatchGetItem: bad table name', 'BatchGetItem', get({ 'a;b': keys('a') }),
    enveloped(entry(`{a;b=KeysAndAttributes(keys=[${kKeysText}], attributesToGet=null, ` +
      'consistentRead=null, projectionExpression=null, expressionAttributeNames=null)}',
    'requestItems', kMapKeys))),
  row('BatchWriteItem: short table name', 'BatchWriteItem',
    get({ ab: [{ DeleteRequest: { Key: key('a') } }] }),
    enveloped(entry(`{ab=[WriteRequest(putRequest=null, deleteRequest=DeleteRequest(key=${
      kKeysText}))]}`, 'requestItems', kMapKeys))),
];

const put = (item) => ({ PutRequest: { Item: item } });
const remove = (text) => ({ DeleteRequest: { Key: key(text) } });
const big = { pk: s('a'), v: s('x'.repeat(409600)) };
const kPuts = many(26).map((text) => put(key(text)));
const kPutsText = many(26).map((text) => (
  `WriteRequest(putRequest=PutRequest(item=${kKeysText.replace('s=a', `s=${text}`)}), ` +
  'deleteRequest=null)')).join(', ');

const kWrites = [
  ['no request items', {}, enveloped(entry(undefined, 'requestItems', kNotNull))],
  ['no tables', get({}), invalid('The requestItems parameter is required for BatchWriteItem')],
  ['bad modes', get({ Hash: [remove('a')] }, {
    ReturnConsumedCapacity: 'X', ReturnItemCollectionMetrics: 'Y',
  }), enveloped(entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')),
    entry('Y', 'returnItemCollectionMetrics', oneOf('SIZE, NONE')))],
  ['no requests', get({ Hash: [] }), emptyList('requestItems.Hash.member')],
  ['put without item', get({ Hash: [{ PutRequest: {} }] }),
    enveloped(entry(undefined, 'requestItems.Hash.member.1.member.putRequest.item', kNotNull))],
  ['delete without key', get({ Hash: [remove('a'), { DeleteRequest: {} }] }),
    enveloped(entry(undefined, 'requestItems.Hash.member.2.member.deleteRequest.key', kNotNull))],
  ['26 requests of one table', get({ Hash: kPuts }),
    enveloped(entry(`{Hash=[${kPutsText}]}`, 'requestItems', kMapValue))],
  ['26 requests of two tables', get({ Hash: kPuts.slice(1), Missing: [remove('a')] }),
    invalid('Too many items requested for the BatchWriteItem call')],
  ['neither put nor delete', get({ Missing: [{}] }), kTooManyTypes],
  ['put and delete', get({ Missing: [{ ...put(key('a')), ...remove('b') }] }), kTooManyTypes],
  ['bad value', get({ Missing: [put({ pk: n('one') })] }),
    invalid('The parameter cannot be converted to a numeric value: one')],
  ['set twice the same is not enveloped', get({ Missing: [put({ pk: { SS: ['a', 'a'] } })] }),
    invalid(`${kParameters}Input collection [a, a] contains duplicates.`)],
  ['item too large', get({ Missing: [put(big)] }),
    invalid('Item size has exceeded the maximum allowed size')],
  ['missing table', get({ Hash: [remove('a')], Missing: [remove('a')] }), kNoTable],
  ['item without key', get({ Hash: [put({ a: s('x') })] }), kMismatch],
  ['item with a wrong key type', get({ Hash: [put({ pk: n(1) })] }), kMismatch],
  ['item with an empty key', get({ Hash: [put(key(''))] }), kEmptyKey],
  ['item with a long key', get({ Hash: [put(key('x'.repeat(2049)))] }), invalid(
    `${kParameters}Size of hashkey has exceeded the maximum size limit of2048 bytes`)],
  ['key of a wrong form', get({ Hash: [{ DeleteRequest: { Key: {} } }] }), kMismatch],
  ['key twice', get({ Hash: [put(key('a')), put({ ...key('a'), v: s('b') })] }), kDuplicates],
  ['put and delete of one key', get({ Hash: [put(key('a')), remove('a')] }), kDuplicates],
  ['key twice by name and ARN', get({
    Hash: [remove('a')], 'arn:aws:dynamodb:us-east-1:000000000000:table/Hash': [remove('a')],
  }), kDuplicates],
].map(([name, request, expected]) => row(`BatchWriteItem: ${name}`, 'BatchWriteItem', request,
  expected));

export const rows = [
  ...kGets, ...kNames, ...kWrites,
  row('BatchWriteItem: order of constraint entries', 'BatchWriteItem',
    { RequestItems: { Hash: [] }, ReturnConsumedCapacity: 'X' },
    enveloped(entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')),
      `Value at 'requestItems.Hash.member' failed to satisfy constraint: ${lengthMin(1)}`)),
];
