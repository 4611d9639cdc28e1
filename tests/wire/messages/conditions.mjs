// What condition, filter and projection expressions refuse beyond syntax, and which of several
// problems is reported first.

import { enveloped, invalid, kConditionFailed, n, row, s } from './rows.mjs';

const kValues = {
  ':s': s('a'), ':n': n(1), ':five': n(5), ':true': { BOOL: true }, ':null': { NULL: true },
  ':b': { B: 'YQ==' }, ':ss': { SS: ['a'] }, ':ns': { NS: ['1'] }, ':bs': { BS: ['YQ=='] },
  ':l': { L: [] }, ':m': { M: {} }, ':z': s('z'), ':x': s('x'), ':b2': { B: 'Yg==' },
};

/** Only the placeholders that the text uses, so that nothing is reported as unused. */
export function usedValues(text, extra = {}) {
  const used = new Set(text.match(/:[A-Za-z0-9_]+/g) ?? []);
  const values = Object.fromEntries(Object.entries({ ...kValues, ...extra })
    .filter(([key]) => used.has(key)));
  return Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values };
}

// [text, detail after "Invalid <kind>: "]
const wrongType = (operator, type) => (
  `Incorrect operand type for operator or function; operator or function: ${operator}, ` +
  `operand type: ${type}`);
const operands = (name, count) => ('Incorrect number of operands for operator or function; ' +
  `operator or function: ${name}, number of operands: ${count}`);
const needsPath = (name) => (
  `Operator or function requires a document path; operator or function: ${name}`);
const misused = (name) => (
  `The function is not allowed to be used this way in an expression; function: ${name}`);
const unknown = (name) => `Invalid function name; function: ${name}`;
const reserved = (word) => (
  `Attribute name is a reserved keyword; reserved keyword: ${word}`);
const noName = (name) => (
  `An expression attribute name used in the document path is not defined; attribute name: ${name}`);
const noValue = (name) => (
  `An expression attribute value used in expression is not defined; attribute value: ${name}`);
const same = (operator, path) => ('The first operand must be distinct from the remaining ' +
  `operands for this operator or function; operator: ${operator}, first operand: [${path}]`);
const kRedundant = 'The expression has redundant parentheses;';
const kBounds = 'lower bound operand: AttributeValue:';
const reversed = (lower, upper) => ('The BETWEEN operator requires upper bound to be greater ' +
  `than or equal to lower bound; ${kBounds} {${lower}}, upper bound operand: AttributeValue: ` +
  `{${upper}}`);
const boundTypes = (lower, upper) => ('The BETWEEN operator requires same data type for lower ' +
  `and upper bounds; ${kBounds} {${lower}}, upper bound operand: AttributeValue: {${upper}}`);
const longOr = (count) => Array.from({ length: count }, () => 'a = :s').join(' OR ');
const inList = (count) => `a IN (${Array.from({ length: count }, () => ':s').join(',')})`;
const tooLong = `attribute_exists(${'a'.repeat(4096 - 17)})`;

const kCatalogue = [
  ['name = :s', reserved('name')],
  ['a.Status = :s', reserved('Status')],
  ['SIZE = :s', reserved('SIZE')],
  ['attribute_exists(ttl)', reserved('ttl')],
  ['a = date', reserved('date')],
  ['#a = :s', noName('#a')],
  ['a.#b[0] = :s', noName('#b')],
  ['a = :nope', noValue(':nope')],
  ['attribute_exists(#a)', noName('#a')],
  ['begins_with(a, :nope)', noValue(':nope')],
  ['foo(a)', unknown('foo')],
  ['Size(a) > :n', unknown('Size')],
  ['ATTRIBUTE_EXISTS(a)', unknown('ATTRIBUTE_EXISTS')],
  ['if_not_exists(a, :s) = :s', unknown('if_not_exists')],
  ['list_append(a, :l) = :l', unknown('list_append')],
  ['size(a)', misused('size')],
  ['NOT size(a)', misused('size')],
  ['attribute_exists(a) = :true', misused('attribute_exists')],
  [':true = contains(a, :s)', misused('contains')],
  ['size(attribute_exists(a)) > :n', misused('attribute_exists')],
  ['attribute_exists(a, b)', operands('attribute_exists', 2)],
  ['attribute_not_exists(a, b)', operands('attribute_not_exists', 2)],
  ['attribute_type(a)', operands('attribute_type', 1)],
  ['attribute_type(a, :s, :s)', operands('attribute_type', 3)],
  ['begins_with(a)', operands('begins_with', 1)],
  ['contains(a)', operands('contains', 1)],
  ['contains(a, b, c)', operands('contains', 3)],
  ['size(a, b) > :n', operands('size', 2)],
  ['attribute_exists(:s)', needsPath('attribute_exists')],
  ['attribute_not_exists(:s)', needsPath('attribute_not_exists')],
  ['attribute_type(:s, :s)', needsPath('attribute_type')],
  ['begins_with(a, :n)', wrongType('begins_with', 'N')],
  ['begins_with(:n, a)', wrongType('begins_with', 'N')],
  ['begins_with(a, :true)', wrongType('begins_with', 'BOOL')],
  ['begins_with(a, :ss)', wrongType('begins_with', 'SS')],
  ['size(:n) > :n', wrongType('size', 'N')],
  ['size(:true) > :n', wrongType('size', 'BOOL')],
  ['size(:null) > :n', wrongType('size', 'NULL')],
  ['attribute_type(a, :n)', wrongType('attribute_type', 'N')],
  ['attribute_type(a, b)', wrongType('attribute_type', '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}')],
  ['attribute_type(a, :x)', 'Invalid attribute type name found; type: x, valid types: ' +
    '{B,NULL,SS,BOOL,L,BS,N,NS,S,M}'],
  ['a < :true', wrongType('<', 'BOOL')],
  ['a <= :null', wrongType('<=', 'NULL')],
  ['a > :ss', wrongType('>', 'SS')],
  ['a >= :l', wrongType('>=', 'L')],
  [':m < a', wrongType('<', 'M')],
  ['a = a', same('=', 'a')],
  ['a <> a', same('<>', 'a')],
  ['a.b[0] < a.b[0]', same('<', 'a, b, [0]')],
  ['contains(a, a)', same('contains', 'a')],
  ['begins_with(a.b, a.b)', same('begins_with', 'a, b')],
  ['a BETWEEN :z AND :s', reversed('S:z', 'S:a')],
  ['a BETWEEN :five AND :n', reversed('N:5', 'N:1')],
  ['a BETWEEN :b2 AND :b', reversed('B:Yg==', 'B:YQ==')],
  ['a BETWEEN :s AND :n', boundTypes('S:a', 'N:1')],
  ['a BETWEEN :n AND :s', boundTypes('N:1', 'S:a')],
  ['((a = :s))', kRedundant],
  ['((a)) = :s', kRedundant],
  ['a = ((:s))', kRedundant],
  ['NOT ((a = :s))', kRedundant],
  ['a = :s AND ((a = :n OR b = :s))', kRedundant],
  [tooLong, 'Expression size has exceeded the maximum allowed size; expression size: 4097'],
  [`${longOr(151)}`, 'The expression contains too many operators; operator count: 301'],
  [inList(101), 'The IN operator is provided with too many operands; number of operands: 101'],
];

// Which of two problems wins; the loser stands in the text as well.
const kOrder = [
  ['size before syntax', `${'a'.repeat(4097)} =`,
    'Expression size has exceeded the maximum allowed size; expression size: 4099'],
  ['syntax before parentheses', '((a = :s)) AND',
    'Syntax error; token: "<EOF>", near: "AND"'],
  ['parentheses before functions', 'foo(a) AND ((a = :s))', kRedundant],
  ['unknown before misused functions', 'size(a) AND foo(a)', unknown('foo')],
  ['functions before reserved words', 'name = :s AND foo(a)', unknown('foo')],
  ['misuse before reserved words', 'name = :s AND size(a)', misused('size')],
  ['reserved words before undefined names', '#a = :s AND name = :s', reserved('name')],
  ['predicates in order: undefined first', 'a = :nope AND attribute_exists(a, b)',
    noValue(':nope')],
  ['predicates in order: operand count first', 'attribute_exists(a, b) AND a = :nope',
    operands('attribute_exists', 2)],
  ['undefined before operand count', 'attribute_exists(a, #b)', noName('#b')],
  ['operand count before types', 'begins_with(:n)', operands('begins_with', 1)],
];

const kKinds = {
  ConditionExpression: () => ['DeleteItem', { TableName: 'Hash', Key: { pk: s('x') } }],
  FilterExpression: () => ['Scan', { TableName: 'Hash' }],
};
const kBothKinds = Object.entries(kKinds).flatMap(([kind, base]) => [
  ...kCatalogue.map(([text, detail]) => [text.length > 60 ? detail : text, text, detail]),
  ...kOrder,
].map(([name, text, detail]) => {
  const [operation, request] = base();
  return row(`${kind}: ${name}`, operation, { ...request, [kind]: text, ...usedValues(text) },
    invalid(`Invalid ${kind}: ${detail}`));
}));

const kEnveloped = kCatalogue.filter(([text]) => text.length <= 60).map(([text, detail]) => (
  row(`PutItem: ${text}`, 'PutItem', {
    TableName: 'Hash', Item: { pk: s('x') }, ConditionExpression: text, ...usedValues(text),
  }, enveloped(`Invalid ConditionExpression: ${detail}`))));

const overlap = (one, two) => ('Two document paths overlap with each other; must remove or ' +
  `rewrite one of these paths; path one: [${one}], path two: [${two}]`);
const conflict = (one, two) => ('Two document paths conflict with each other; must remove or ' +
  `rewrite one of these paths; path one: [${one}], path two: [${two}]`);
const kProjections = [
  ['a, a', overlap('a', 'a')],
  ['b, a, b', overlap('b', 'b')],
  ['a.b, a', overlap('a, b', 'a')],
  ['a[0].b, a[0]', overlap('a, [0], b', 'a, [0]')],
  ['a[0], a.b', conflict('a, [0]', 'a, b')],
  ['a.b, a[0]', conflict('a, b', 'a, [0]')],
  ['a, name', reserved('name')],
  ['a, #b', noName('#b')],
  ['a.#b', noName('#b')],
  ['#b, name', reserved('name')],
  ['a, a, #b', noName('#b')],
  ['a'.repeat(4097), 'Expression size has exceeded the maximum allowed size; expression size: ' +
    '4097'],
].flatMap(([text, detail]) => {
  const name = text.length > 60 ? 'too long' : text;
  const expected = invalid(`Invalid ProjectionExpression: ${detail}`);
  return [
    row(`projection of GetItem: ${name}`, 'GetItem',
      { TableName: 'Hash', Key: { pk: s('absent') }, ProjectionExpression: text }, expected),
    row(`projection of Scan: ${name}`, 'Scan', { TableName: 'Hash', ProjectionExpression: text },
      expected),
  ];
});

const kFailed = [
  ['DeleteItem', { Key: { pk: s('absent') } }], ['UpdateItem', { Key: { pk: s('absent') } }],
  ['PutItem', { Item: { pk: s('absent') } }],
].map(([operation, members]) => row(`${operation}: condition not met`, operation,
  { TableName: 'Hash', ...members, ConditionExpression: 'attribute_exists(pk)' },
  kConditionFailed));

const kAliased = [
  row('aliased paths overlap by their names', 'GetItem', {
    TableName: 'Hash', Key: { pk: s('x') }, ProjectionExpression: '#a, a',
    ExpressionAttributeNames: { '#a': 'a' },
  }, invalid(`Invalid ProjectionExpression: ${overlap('a', 'a')}`)),
  row('the same operand through an alias', 'Scan', {
    TableName: 'Hash', FilterExpression: '#a = a', ExpressionAttributeNames: { '#a': 'a' },
  }, invalid(`Invalid FilterExpression: ${same('=', 'a')}`)),
];

export const rows = [
  ...kBothKinds, ...kEnveloped, ...kProjections, ...kFailed, ...kAliased,
  row('condition not met, with the item asked for', 'PutItem', {
    TableName: 'Hash', Item: { pk: s('absent') }, ConditionExpression: 'attribute_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }, kConditionFailed),
];
