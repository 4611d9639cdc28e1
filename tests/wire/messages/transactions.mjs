// TransactGetItems and TransactWriteItems: errors of the request as a whole, and cancellations.

import {
  enveloped, entry, invalid, kNoTable, kNotNull, kParameters, kPattern, lengthMax, lengthMin, n,
  oneOf, row, s,
} from './rows.mjs';

const kSameItem = invalid(
  'Transaction request cannot include multiple operations on one item');
const kOneAction = invalid(
  'TransactItems can only contain one of Check, Put, Update or Delete');
const kMismatch = 'The provided key element does not match the schema';
const kEmptyKey = 'One or more parameter values are not valid. The AttributeValue for a key ' +
  'attribute cannot contain an empty string value. Key: pk';
const kConditionFailed = 'The conditional request failed';

/** A cancelled transaction: reasons are 'None', or [code, message] with the item if reported. */
const cancelled = (...reasons) => ({
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  CancellationReasons: reasons.map((reason) => (reason === 'None' ? { Code: 'None' } : {
    Code: reason[0], Message: reason[1], ...(reason[2] === undefined ? {} : { Item: reason[2] }),
  })),
  Message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [' +
    `${reasons.map((reason) => (reason === 'None' ? reason : reason[0])).join(', ')}]`,
});
const faulty = (message) => ['ValidationError', message];

const key = (text) => ({ pk: s(text) });
const get = (text, members = {}) => ({ Get: { TableName: 'Hash', Key: key(text), ...members } });
const put = (item, members = {}) => ({ Put: { TableName: 'Hash', Item: item, ...members } });
const remove = (text, members = {}) => (
  { Delete: { TableName: 'Hash', Key: key(text), ...members } });
const update = (text, members) => ({
  Update: { TableName: 'Hash', Key: key(text), ...members },
});
const check = (text, ConditionExpression, members = {}) => ({
  ConditionCheck: { TableName: 'Hash', Key: key(text), ConditionExpression, ...members },
});
const many = (count, action) => Array.from({ length: count }, (_, index) => action(`k${index}`));
const items = (...TransactItems) => ({ TransactItems });

const common = (operation, action) => [
  ['no items', {}, enveloped(entry(undefined, 'transactItems', kNotNull))],
  ['empty items', items(), enveloped(entry('[]', 'transactItems', lengthMin(1)))],
  ['bad capacity mode', { ...items(action('a')), ReturnConsumedCapacity: 'X' },
    enveloped(entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')))],
  ['one item twice', items(action('a'), action('b'), action('a')), kSameItem],
].map(([name, request, expected]) => row(`${operation}: ${name}`, operation, request, expected));

const kValueText = (text) => `{pk=AttributeValue(s=${text}, n=null, b=null, sS=null, nS=null, ` +
  'bS=null, m=null, l=null, nULL=null, bOOL=null)}';

const kGets = [
  ['101 items', items(...many(101, get)), enveloped(entry(
    `[${many(101, (text) => `TransactGetItem(get=Get(key=${kValueText(text)}, tableName=Hash, ` +
      'projectionExpression=null, expressionAttributeNames=null))').join(', ')}]`,
    'transactItems', lengthMax(100)))],
  ['no get', items({}), enveloped(entry(undefined, 'transactItems.1.member.get', kNotNull))],
  ['no key, bad table name', items(get('a'), { Get: { TableName: 'a;b' } }), enveloped(
    entry(undefined, 'transactItems.2.member.get.key', kNotNull),
    entry('a;b', 'transactItems.2.member.get.tableName', kPattern))],
  ['missing table', items(get('a'), get('b', { TableName: 'Missing' })), kNoTable],
  ['missing table before syntax', items(get('a', { ProjectionExpression: '' }),
    get('b', { TableName: 'Missing' })), kNoTable],
  ['empty projection', items(get('a', { ProjectionExpression: '' })),
    invalid('Invalid ProjectionExpression: The expression can not be empty;')],
  ['wrong key', items(get('a'), { Get: { TableName: 'Hash', Key: { x: s('a') } } }),
    cancelled('None', faulty(kMismatch))],
  ['empty key value', items(get('')), cancelled(faulty(kEmptyKey))],
].map(([name, request, expected]) => row(`TransactGetItems: ${name}`, 'TransactGetItems', request,
  expected));

const kSetNumber = {
  UpdateExpression: 'SET num = num + :v', ExpressionAttributeValues: { ':v': n(1) },
};
const kBig = s('x'.repeat(400 * 1024));

const kWrites = [
  ['long token', { ...items(remove('a')), ClientRequestToken: 'x'.repeat(37) },
    enveloped(entry('x'.repeat(37), 'clientRequestToken', lengthMax(36)))],
  ['empty token', { ...items(remove('a')), ClientRequestToken: '' },
    enveloped(entry('', 'clientRequestToken', lengthMin(1)))],
  ['bad metrics mode', { ...items(remove('a')), ReturnItemCollectionMetrics: 'X' },
    enveloped(entry('X', 'returnItemCollectionMetrics', oneOf('SIZE, NONE')))],
  ['no action', items({}), kOneAction],
  ['two actions', items({ ...remove('a'), ...put(key('b')) }), kOneAction],
  ['members that are required', items({ Put: {} }, { Update: {} }, { Delete: {} },
    { ConditionCheck: {} }), enveloped(
    entry(undefined, 'transactItems.1.member.put.item', kNotNull),
    entry(undefined, 'transactItems.1.member.put.tableName', kNotNull),
    entry(undefined, 'transactItems.2.member.update.key', kNotNull),
    entry(undefined, 'transactItems.2.member.update.tableName', kNotNull),
    entry(undefined, 'transactItems.2.member.update.updateExpression', kNotNull),
    entry(undefined, 'transactItems.3.member.delete.key', kNotNull),
    entry(undefined, 'transactItems.3.member.delete.tableName', kNotNull),
    entry(undefined, 'transactItems.4.member.conditionCheck.key', kNotNull),
    entry(undefined, 'transactItems.4.member.conditionCheck.tableName', kNotNull),
    entry(undefined, 'transactItems.4.member.conditionCheck.conditionExpression', kNotNull))],
  ['bad return mode', items(remove('a', { ReturnValuesOnConditionCheckFailure: 'X' })),
    enveloped(entry('X', 'transactItems.1.member.delete.returnValuesOnConditionCheckFailure',
      oneOf('ALL_OLD, NONE')))],
  ['missing table', items(remove('a'), remove('b', { TableName: 'Missing' })), kNoTable],
  ['values before sets are bare', items(put({ pk: { SS: [] } })),
    invalid(`${kParameters}An string set  may not be empty`)],
  ['empty update', items(update('a', { UpdateExpression: '' })),
    invalid('Invalid UpdateExpression: The expression can not be empty;')],
  ['values without an expression',
    items(remove('a', { ExpressionAttributeValues: { ':a': n(1) } })),
    invalid('ExpressionAttributeValues can only be specified when using expressions: ' +
      'ConditionExpression is null')],
  ['put too large', items(put({ ...key('a'), v: kBig })),
    invalid('Item size has exceeded the maximum allowed size')],
  ['one item twice before size', items(put({ ...key('a'), v: kBig }), remove('a')), kSameItem],
  ['more than 4 MiB', items(...many(11, (text) => put({ ...key(text), v: s('x'.repeat(400000)) }))),
    invalid('Collection size of items exceeded, which can also be caused by the aggregate size ' +
      'of the items in the transaction exceeding the 4MB limit')],
  ['empty key of an item', items(remove('a'), put(key(''))), invalid(kEmptyKey)],
  ['empty key', items(remove('')), invalid(kEmptyKey)],

  ['item without key', items(put({ a: s('x') }), remove('a')),
    cancelled(faulty(`${kParameters}Missing the key pk in the item`), 'None')],
  ['wrong type of an item', items(remove('a'), put({ pk: n(1) })), cancelled('None',
    faulty(`${kParameters}Type mismatch for key pk expected: S actual: N`))],
  ['wrong key', items({ Delete: { TableName: 'Hash', Key: { x: s('a') } } }),
    cancelled(faulty(kMismatch))],
  ['empty value in a key of another form', items({ Delete: { TableName: 'Hash',
    Key: { pk: s(''), x: s('a') } } }), cancelled(faulty(kMismatch))],
  ['long key', items(remove('x'.repeat(2049))), cancelled(faulty(
    `${kParameters}Size of hashkey has exceeded the maximum size limit of2048 bytes`))],
  ['update of a key', items(update('a', {
    UpdateExpression: 'SET pk = :v', ExpressionAttributeValues: { ':v': s('x') },
  })), cancelled(faulty(
    `${kParameters}Cannot update attribute pk. This attribute is part of the key`))],
  ['failed condition', items(remove('absent'), check('item', 'attribute_not_exists(pk)')),
    cancelled('None', ['ConditionalCheckFailed', kConditionFailed])],
  ['all reasons are given', items(
    check('absent', 'attribute_exists(pk)'),
    put({ a: s('x') }),
    put(key('fresh')),
    update('item', {
      UpdateExpression: 'SET txt = txt + :v', ExpressionAttributeValues: { ':v': n(1) },
    }),
    update('absent too', kSetNumber),
  ), cancelled(['ConditionalCheckFailed', kConditionFailed],
    faulty(`${kParameters}Missing the key pk in the item`), 'None',
    faulty('An operand in the update expression has an incorrect data type'),
    faulty('The provided expression refers to an attribute that does not exist in the item'))],
  ['update through a missing path', items(update('item', {
    UpdateExpression: 'SET absent.x = :v', ExpressionAttributeValues: { ':v': n(1) },
  })), cancelled(faulty(
    'The document path provided in the update expression is invalid for update'))],
  ['update grows too large', items(update('item', {
    UpdateExpression: 'SET a = :v, b = :v',
    ExpressionAttributeValues: { ':v': s('x'.repeat(250 * 1024)) },
  })), cancelled(faulty('Item size to update has exceeded the maximum allowed size'))],
  ['no item to report', items(check('absent', 'attribute_exists(pk)',
    { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
  cancelled(['ConditionalCheckFailed', kConditionFailed])],
].map(([name, request, expected]) => row(`TransactWriteItems: ${name}`, 'TransactWriteItems',
  request, expected));

export const rows = [
  ...common('TransactGetItems', get), ...common('TransactWriteItems', remove), ...kGets, ...kWrites,
];
