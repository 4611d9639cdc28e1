// KeyConditionExpression: what it refuses although it would be a fine condition, and what it
// refuses for the key schema of the table.

import { usedValues } from './conditions.mjs';
import { invalid, kNoTable, kParameters, n, row, s } from './rows.mjs';

const query = (table, text, expected, extra = {}) => row(`${table}: ${text}`, 'Query',
  { TableName: table, KeyConditionExpression: text, ...usedValues(text, extra) }, expected);

const operator = (name) => invalid(
  `Invalid operator used in KeyConditionExpression: ${name}`);
const kNested = invalid('KeyConditionExpressions cannot contain nested operations');
const first = (name) => invalid(`Invalid condition in KeyConditionExpression: ${name} operator ` +
  'must have the key attribute as its first operand');
const kTwoNames = invalid(
  'Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition');
const kNestedPath = invalid('Invalid KeyConditionExpression: KeyConditionExpressions cannot have ' +
  'conditions on nested attributes');
const kNoName = invalid(
  'Invalid condition in KeyConditionExpression: No key attribute specified');
const kOnce = invalid('KeyConditionExpressions must only contain one condition per key');
const kLength = invalid('Conditions can be of length 1 or 2 only');
const kUnsupported = invalid('Query key condition not supported');
const missed = (name) => invalid(`Query condition missed key schema element: ${name}`);
const kSchemaType = invalid(`${kParameters}Condition parameter type does not match schema type`);
const empty = (name, kind = 'string') => invalid('One or more parameter values are not valid. ' +
  `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`);
const detail = (text) => invalid(`Invalid KeyConditionExpression: ${text}`);

const kRestricted = [
  ['pk = :s OR sk = :s', operator('OR')],
  ['NOT pk = :s', operator('NOT')],
  ['pk = :s AND NOT sk = :s', operator('NOT')],
  ['pk IN (:s, :z)', operator('IN')],
  ['pk = :s AND sk IN (:s)', operator('IN')],
  ['pk = :s AND sk <> :s', operator('<>')],
  ['pk = :s AND attribute_exists(sk)', operator('attribute_exists')],
  ['pk = :s AND attribute_not_exists(sk)', operator('attribute_not_exists')],
  ['pk = :s AND attribute_type(sk, :s)', operator('attribute_type'), { ':s': s('S') }],
  ['pk = :s AND contains(sk, :s)', operator('contains')],
  ['pk = :s AND size(sk) > :n', kNested],
  ['pk = :s AND :s BETWEEN sk AND :z', first('BETWEEN')],
  ['pk = :s AND begins_with(:s, sk)', first('begins_with')],
  ['pk = sk', kTwoNames],
  ['pk = :s AND sk > a', kTwoNames],
  ['pk = :s AND sk.a = :s', kNestedPath],
  ['pk[0] = :s', kNestedPath],
  ['pk = :s AND :s = :z', kNoName],
  ['pk = :s AND pk = :z', kOnce],
  ['pk = :s AND sk > :s AND sk < :z', kOnce],
  ['pk = :s AND sk = :s AND a = :s', kLength],
].map(([text, expected, extra]) => query('Range', text, expected, extra));

const kSchema = [
  ['Range', 'pk > :s', kUnsupported],
  ['Range', 'begins_with(pk, :s)', kUnsupported],
  ['Range', 'pk BETWEEN :s AND :z', kUnsupported],
  ['Range', 'pk < :s AND sk = :s', kUnsupported],
  ['Range', 'sk = :s', missed('pk')],
  ['Range', 'sk = :s AND a = :s', missed('pk')],
  ['Range', 'pk = :s AND a = :s', missed('sk')],
  ['Hash', 'pk = :s AND a = :s', kUnsupported],
  ['Hash', 'a = :s', missed('pk')],
  ['Range', 'pk = :n', kSchemaType],
  ['Range', 'pk = :s AND sk = :n', kSchemaType],
  ['Range', 'pk = :s AND sk BETWEEN :n AND :five', kSchemaType],
  ['NumberRange', 'pk = :s AND sk = :z', kSchemaType],
  ['BinaryRange', 'pk = :s AND sk > :z', kSchemaType],
  ['Range', 'pk = :true', kSchemaType],
  ['Range', 'pk = :empty', empty('pk')],
  ['Range', 'pk = :s AND sk = :empty', empty('sk')],
  ['BinaryHash', 'pk = :none', empty('pk', 'binary')],
].map(([table, text, expected]) => query(table, text, expected,
  { ':empty': s(''), ':none': { B: '' } }));

const kLikeConditions = [
  ['NumberRange', 'pk = :s AND begins_with(sk, :n)', detail('Incorrect operand type for operator ' +
    'or function; operator or function: begins_with, operand type: N')],
  ['Range', 'pk = :s AND sk BETWEEN :z AND :s', detail('The BETWEEN operator requires upper ' +
    'bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: ' +
    '{S:z}, upper bound operand: AttributeValue: {S:a}')],
  ['Range', 'pk = :s AND sk BETWEEN :s AND :n', detail('The BETWEEN operator requires same data ' +
    'type for lower and upper bounds; lower bound operand: AttributeValue: {S:a}, upper bound ' +
    'operand: AttributeValue: {N:1}')],
  ['Range', 'hash = :s', detail(
    'Attribute name is a reserved keyword; reserved keyword: hash')],
  ['Range', '#p = :s', detail('An expression attribute name used in the document path is not ' +
    'defined; attribute name: #p')],
  ['Range', 'pk = :nope', detail('An expression attribute value used in expression is not ' +
    'defined; attribute value: :nope')],
  ['Range', 'pk = :s AND foo(sk)', detail('Invalid function name; function: foo')],
  ['Range', '((pk = :s))', detail('The expression has redundant parentheses;')],
].map(([table, text, expected]) => query(table, text, expected));

export const rows = [
  ...kRestricted, ...kSchema, ...kLikeConditions,
  query('Missing', 'pk > :s', kNoTable),
  query('Missing', 'pk = :s OR sk = :s', operator('OR')),
  row('the values are checked before the key condition is read', 'Query', {
    TableName: 'Range', KeyConditionExpression: 'pk', ExpressionAttributeValues: { ':v': n('x') },
  }, invalid('ExpressionAttributeValues contains invalid value: The parameter cannot be ' +
    'converted to a numeric value: x for key :v')),
];
