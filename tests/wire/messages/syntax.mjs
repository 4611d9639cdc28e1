// Syntax errors of all five kinds of expressions: which token is named, and what stands near it.
// The texts look arbitrary but follow one rule: the previous token, the offending one and the next.

import { enveloped, invalid, row, s } from './rows.mjs';

const kUpdate = { TableName: 'Hash', Key: { pk: s('item') } };
const kKinds = {
  UpdateExpression: (text) => ['UpdateItem', { ...kUpdate, UpdateExpression: text }],
  ConditionExpression: (text) => ['DeleteItem', { ...kUpdate, ConditionExpression: text }],
  FilterExpression: (text) => ['Scan', { TableName: 'Hash', FilterExpression: text }],
  KeyConditionExpression: (text) => ['Query',
    { TableName: 'Hash', KeyConditionExpression: text }],
  ProjectionExpression: (text) => ['GetItem', { ...kUpdate, ProjectionExpression: text }],
};

const syntax = (kind, text, token, near) => {
  const [operation, request] = kKinds[kind](text);
  const message = `Invalid ${kind}: Syntax error; token: "${token}", near: "${near}"`;
  return row(`${kind} ${JSON.stringify(text)}`, operation, request,
    operation === 'UpdateItem' ? enveloped(message) : invalid(message));
};

const kUpdates = [
  ['INVALID SYNTAX HERE', 'INVALID', 'INVALID SYNTAX'],
  ['ADD hits : incr', ':', 'hits : incr'],
  ['SET a = :x, SET updated = :y', 'SET', ', SET updated'],
  ['SET a = :x, #, b = :y', '#', ', #,'],
  ['SET a = :v1,', '<EOF>', ','],
  ['SET a = :v1, b', '<EOF>', 'b'],
  ['SET a =', '<EOF>', '='],
  ['SET a', '<EOF>', 'a'],
  ['SET', '<EOF>', 'SET'],
  ['SET a :v', ':v', 'a :v'],
  ['SET a = 5', '5', '= 5'],
  ['SET a = :v + :w + :x', '+', ':w + :x'],
  ['SET a = :v - :w - :x', '-', ':w - :x'],
  ['SET a += :v', '+', 'a +='],
  ['SET :v = a', ':v', 'SET :v ='],
  ['SET a == :v', '=', '== :v'],
  ['REMOVE', '<EOF>', 'REMOVE'],
  ['REMOVE a b', 'b', 'a b'],
  ['REMOVE a,', '<EOF>', ','],
  ['REMOVE a[', '<EOF>', '['],
  ['REMOVE a[b]', 'b', '[b]'],
  ['REMOVE a[-1]', '-', '[-1'],
  ['REMOVE a.', '<EOF>', '.'],
  ['REMOVE .a', '.', 'REMOVE .a'],
  ['ADD a', '<EOF>', 'a'],
  ['ADD a = :v', '=', 'a = :v'],
  ['ADD a b', 'b', 'a b'],
  ['DELETE a,', ',', 'a,'],
  ['a = :v', 'a', 'a ='],
  ['SET _a = :v', '_', 'SET _a'],
  ["SET a = 'x'", "'", "= 'x"],
];

const kConditions = [
  ['x = :x AND __typename = :t', '_', 'AND __'],
  ['#a attribute_not_exists :v', 'attribute_not_exists', '#a attribute_not_exists :v'],
  ['contains()', ')', '()'],
  ['!!!', '!', '!!'],
  ['a =', '<EOF>', '='],
  ['a = :v b', 'b', ':v b'],
  ['a = :v AND', '<EOF>', 'AND'],
  ['AND a = :v', 'AND', 'AND a'],
  ['(a = :v', '<EOF>', ':v'],
  ['a = :v)', ')', ':v)'],
  ['a = 5', '5', '= 5'],
  ['a == :v', '=', '== :v'],
  ['a != :v', '!', 'a !='],
  ['a..b = :v', '.', '..b'],
  ['a BETWEEN :v', '<EOF>', ':v'],
  ['a BETWEEN :v OR :w', 'OR', ':v OR :w'],
  ['a IN :v', ':v', 'IN :v'],
  ['a IN ()', ')', '()'],
  ['a IN (:v', '<EOF>', ':v'],
  ['attribute_exists(a', '<EOF>', 'a'],
  ['attribute_exists(a,)', ')', ',)'],
  ['a = :v,', ',', ':v,'],
  ['NOT', '<EOF>', 'NOT'],
  ['a = : v', ':', '= : v'],
  ['a = # v', '#', '= # v'],
  ['a = "x"', '"', '= "x'],
  ['a  =   :v    b', 'b', ':v    b'],
  ['a\t=\n:v\r\nb', 'b', ':v\r\nb'],
  ['   ', '<EOF>', ''],
];

const kProjections = [
  ['a b', 'b', 'a b'],
  ['a,', '<EOF>', ','],
  [',a', ',', ',a'],
  ['a,,b', ',', ',,b'],
  ['a.', '<EOF>', '.'],
  ['a[0', '<EOF>', '0'],
  ['a[x]', 'x', '[x]'],
  ['a[]', ']', '[]'],
  ['1a', '1', '1a'],
  ['_a', '_', '_a'],
  ['a-b', '-', 'a-b'],
  ['a, :v', ':v', ', :v'],
  ['(a)', '(', '(a'],
  ['*', '*', '*'],
];

export const rows = [
  ...kUpdates.map(([text, token, near]) => syntax('UpdateExpression', text, token, near)),
  ...kConditions.flatMap(([text, token, near]) => (
    ['ConditionExpression', 'FilterExpression', 'KeyConditionExpression'].map((kind) => (
      syntax(kind, text, token, near))))),
  ...kProjections.map(([text, token, near]) => syntax('ProjectionExpression', text, token, near)),
];
