// What update expressions refuse: while they are read (enveloped), and while they run against an
// item (bare).

import { usedValues } from './conditions.mjs';
import { enveloped, invalid, n, nested, row, s } from './rows.mjs';

const wrongType = (operator, type) => (
  `Incorrect operand type for operator or function; operator or function: ${operator}, ` +
  `operand type: ${type}`);
const wrongWord = (operator, word) => (
  `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${word}`);
const operands = (name, count) => ('Incorrect number of operands for operator or function; ' +
  `operator or function: ${name}, number of operands: ${count}`);
const needsPath = (name) => (
  `Operator or function requires a document path; operator or function: ${name}`);
const unknown = (name) => `Invalid function name; function: ${name}`;
const reserved = (word) => (
  `Attribute name is a reserved keyword; reserved keyword: ${word}`);
const noName = (name) => (
  `An expression attribute name used in the document path is not defined; attribute name: ${name}`);
const noValue = (name) => (
  `An expression attribute value used in expression is not defined; attribute value: ${name}`);
const once = (section) => (
  `The "${section}" section can only be used once in an update expression;`);
const overlap = (one, two) => ('Two document paths overlap with each other; must remove or ' +
  `rewrite one of these paths; path one: [${one}], path two: [${two}]`);
const conflict = (one, two) => ('Two document paths conflict with each other; must remove or ' +
  `rewrite one of these paths; path one: [${one}], path two: [${two}]`);

const kAddWords = [
  [':s', 'STRING'], [':b', 'BINARY'], [':true', 'BOOLEAN'], [':null', 'NULL'], [':l', 'LIST'],
  [':m', 'MAP'],
];

const kParse = [
  ['SET name = :s', reserved('name')],
  ['SET a = status', reserved('status')],
  ['SET a.Value = :s', reserved('Value')],
  ['REMOVE items', reserved('items')],
  ['ADD count :n', reserved('count')],
  ['DELETE a.users :ss', reserved('users')],
  ['SET #a = :s', noName('#a')],
  ['SET a = #b', noName('#b')],
  ['REMOVE a.#b', noName('#b')],
  ['SET a = :nope', noValue(':nope')],
  ['ADD a :nope', noValue(':nope')],
  ['DELETE a :nope', noValue(':nope')],
  ['SET a = foo(b)', unknown('foo')],
  ['SET a = attribute_exists(b)', unknown('attribute_exists')],
  ['SET a = size(b)', unknown('size')],
  ['SET a = contains(b, :s)', unknown('contains')],
  ['SET a = IF_NOT_EXISTS(a, :n)', unknown('IF_NOT_EXISTS')],
  ['SET a = :s SET b = :s', once('SET')],
  ['REMOVE a REMOVE b', once('REMOVE')],
  ['ADD a :n ADD b :n', once('ADD')],
  ['DELETE a :ss DELETE b :ss', once('DELETE')],
  ['set a = :s SET b = :s', once('SET')],
  ['SET a = :s, a = :n', overlap('a', 'a')],
  ['SET a = :s REMOVE a', overlap('a', 'a')],
  ['SET a.b = :s, a = :s', overlap('a, b', 'a')],
  ['REMOVE a[1].c, a[1]', overlap('a, [1], c', 'a, [1]')],
  ['ADD a :n DELETE a :ss', overlap('a', 'a')],
  ['SET a[0] = :s, a.b = :s', conflict('a, [0]', 'a, b')],
  ['SET a.b = :s REMOVE a[0]', conflict('a, b', 'a, [0]')],
  ...kAddWords.map(([value, word]) => [`ADD a ${value}`, wrongWord('ADD', word)]),
  ...[...kAddWords, [':n', 'NUMBER']].map(([value, word]) => (
    [`DELETE a ${value}`, wrongWord('DELETE', word)])),
  ['SET a = :s + :n', wrongType('+', 'S')],
  ['SET a = :n + :s', wrongType('+', 'S')],
  ['SET a = b - :true', wrongType('-', 'BOOL')],
  ['SET a = :l + b', wrongType('+', 'L')],
  ['SET a = list_append(:n, b)', wrongType('list_append', 'N')],
  ['SET a = list_append(b, :m)', wrongType('list_append', 'M')],
  ['SET a = list_append(b, :ss)', wrongType('list_append', 'SS')],
  ['SET a = list_append(b)', operands('list_append', 1)],
  ['SET a = list_append(b, c, d)', operands('list_append', 3)],
  ['SET a = if_not_exists(b)', operands('if_not_exists', 1)],
  ['SET a = if_not_exists(b, :s, :s)', operands('if_not_exists', 3)],
  ['SET a = if_not_exists(:s, :s)', needsPath('if_not_exists')],
  ['SET a = if_not_exists(if_not_exists(b, c), :s)', needsPath('if_not_exists')],
  [`SET a = ${'b'.repeat(4090)}`,
    'Expression size has exceeded the maximum allowed size; expression size: 4098'],
];

const kOrder = [
  ['syntax before reserved words', 'SET name = :s,', 'Syntax error; token: "<EOF>", near: ","'],
  ['reserved words before functions', 'SET a = foo(b), name = :s', reserved('name')],
  ['functions before repeated sections', 'SET a = :s SET b = foo(a)', unknown('foo')],
  ['repeated sections before undefined names', 'SET a = #b SET c = :s', once('SET')],
  ['undefined names before undefined values', 'SET a = :nope, b = #b', noName('#b')],
  ['undefined values before overlap', 'SET a = :nope, a = :s', noValue(':nope')],
  ['overlap before conflict', 'SET a[0] = :s, a.b = :s, c = :s, c = :n', overlap('c', 'c')],
  ['conflict before types of ADD', 'SET a[0] = :s, a.b = :s ADD c :s',
    conflict('a, [0]', 'a, b')],
  ['types of ADD before operand counts', 'SET a = list_append(b) ADD c :s',
    wrongWord('ADD', 'STRING')],
];

const kKey = { TableName: 'Hash', Key: { pk: s('item') } };
const update = (name, text, expected, extra = {}) => row(name, 'UpdateItem',
  { ...kKey, UpdateExpression: text, ...usedValues(text, extra) }, expected);

const kWhileRead = [
  ...kParse.map(([text, detail]) => [text.length > 60 ? 'too long' : text, text, detail]),
  ...kOrder,
].map(([name, text, detail]) => update(name, text,
  enveloped(`Invalid UpdateExpression: ${detail}`)));

const kOperand = invalid('An operand in the update expression has an incorrect data type');
const kAbsent = invalid(
  'The provided expression refers to an attribute that does not exist in the item');
const kPath = invalid('The document path provided in the update expression is invalid for update');
const kOverflow = invalid(
  'Number overflow. Attempting to store a number with magnitude larger than supported range');
const kPrecision = invalid('Attempting to store more than 38 significant digits in a Number');
const kNesting = invalid('Nesting Levels have exceeded supported limits: ' +
  'Attributes in the item have nested levels beyond supported limit');

const kBig = { ':big': n('9e125'), ':tiny': n('1e-30'), ':huge': n('1e30'), ':deep': nested(32) };
const kWhileRun = [
  ['SET a = absent', kAbsent],
  ['SET a = absent + :n', kAbsent],
  ['SET a = doc.absent', kAbsent],
  ['SET a = lst[9]', kAbsent],
  ['SET a = list_append(absent, :l)', kAbsent],
  ['SET a = num.b', kAbsent],
  ['SET a = txt + :n', kOperand],
  ['SET a = :n - txt', kOperand],
  ['SET a = num + lst', kOperand],
  ['SET a = list_append(txt, :l)', kOperand],
  ['SET a = list_append(:l, num)', kOperand],
  ['SET a = if_not_exists(txt, :n) + :n', kOperand],
  ['SET absent.b = :s', kPath],
  ['SET doc.absent.b = :s', kPath],
  ['SET txt.b = :s', kPath],
  ['SET txt[0] = :s', kPath],
  ['SET doc[0] = :s', kPath],
  ['SET lst.b = :s', kPath],
  ['SET lst[0].b = :s', kPath],
  ['SET lst[7].b = :s', kPath],
  ['SET num.b = :s', kPath],
  ['REMOVE absent.b', kPath],
  ['REMOVE absent[0]', kPath],
  ['REMOVE txt.b', kPath],
  ['ADD txt :n', kOperand],
  ['ADD num :ss', kOperand],
  ['ADD strings :n', kOperand],
  ['ADD strings :ns', kOperand],
  ['ADD lst :n', kOperand],
  ['DELETE txt :ss', kOperand],
  ['DELETE numbers :ss', kOperand],
  ['DELETE doc :ss', kOperand],
  ['SET a = :big + :big', kOverflow],
  ['SET a = :huge + :tiny', kPrecision],
  ['SET doc.b = :deep', kNesting],
].map(([text, expected]) => update(`on an item: ${text}`, text, expected, kBig));

export const rows = [
  ...kWhileRead, ...kWhileRun,
  row('ADD on an item beyond the number range', 'UpdateItem', {
    ...kKey, UpdateExpression: 'SET num = :big ADD absent :n',
    ExpressionAttributeValues: { ':big': n('1e126'), ':n': n(1) },
  }, invalid('ExpressionAttributeValues contains invalid value: Number overflow. Attempting to ' +
    'store a number with magnitude larger than supported range for key :big')),
  row('the update is read before the condition', 'UpdateItem', {
    ...kKey, UpdateExpression: 'SET', ConditionExpression: 'AND',
  }, enveloped('Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "SET"')),
];
