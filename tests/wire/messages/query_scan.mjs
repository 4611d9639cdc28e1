// Query and Scan: Select, segments, start keys, filters on keys, and the order of those checks.

import {
  enveloped, invalid, kNoTable, kParameters, n, row, s,
} from './rows.mjs';

const kQuery = {
  TableName: 'Range', KeyConditionExpression: 'pk = :v',
  ExpressionAttributeValues: { ':v': s('x') },
};
const kScan = { TableName: 'Range' };
const query = (name, members, expected) => row(`Query: ${name}`, 'Query',
  { ...kQuery, ...members }, expected);
const scan = (name, members, expected) => row(`Scan: ${name}`, 'Scan', { ...kScan, ...members },
  expected);
const both = (name, members, expected) => [
  query(name, members, expected), scan(name, members, expected),
];

const kSpecific = 'Must specify the AttributesToGet or ProjectionExpression when choosing to get ' +
  'SPECIFIC_ATTRIBUTES';
const kProjected = invalid(
  'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
const cannot = (member, what) => invalid(
  `Cannot specify the ${member} when choosing to get ${what}`);
const legacyQuery = (name, members, expected) => row(`Query: ${name}`, 'Query', {
  TableName: 'Range',
  KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [s('x')] } }, ...members,
}, expected);

const kSelect = [
  query('SPECIFIC_ATTRIBUTES without a projection', { Select: 'SPECIFIC_ATTRIBUTES' },
    enveloped(kSpecific)),
  scan('SPECIFIC_ATTRIBUTES without a projection', { Select: 'SPECIFIC_ATTRIBUTES' },
    invalid(kSpecific)),
  ...both('projection with ALL_ATTRIBUTES',
    { Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'a' },
    cannot('ProjectionExpression', 'ALL_ATTRIBUTES')),
  ...both('projection with COUNT', { Select: 'COUNT', ProjectionExpression: 'a' },
    cannot('ProjectionExpression', 'only the Count')),
  legacyQuery('AttributesToGet with ALL_ATTRIBUTES',
    { Select: 'ALL_ATTRIBUTES', AttributesToGet: ['a'] },
    cannot('AttributesToGet', 'ALL_ATTRIBUTES')),
  legacyQuery('AttributesToGet with COUNT', { Select: 'COUNT', AttributesToGet: ['a'] },
    cannot('AttributesToGet', 'only the Count')),
  scan('AttributesToGet with ALL_ATTRIBUTES',
    { Select: 'ALL_ATTRIBUTES', AttributesToGet: ['a'] },
    cannot('AttributesToGet', 'ALL_ATTRIBUTES')),
  scan('AttributesToGet with COUNT', { Select: 'COUNT', AttributesToGet: ['a'] },
    cannot('AttributesToGet', 'only the Count')),
  ...both('ALL_PROJECTED_ATTRIBUTES without an index', { Select: 'ALL_PROJECTED_ATTRIBUTES' },
    kProjected),
  ...both('Select is checked before the table', {
    TableName: 'Missing', Select: 'ALL_PROJECTED_ATTRIBUTES',
  }, kProjected),
];

const kIndex = both('unknown index', { IndexName: 'nosuch' },
  invalid('The table does not have the specified index: nosuch'));

const kSegments = [
  scan('Segment alone', { Segment: 0 }, invalid('The TotalSegments parameter is required but was ' +
    'not present in the request when Segment parameter is present')),
  scan('TotalSegments alone', { TotalSegments: 2 }, invalid('The Segment parameter is required ' +
    'but was not present in the request when parameter TotalSegments is present')),
  ...[[2, 2], [5, 2], [1, 1]].map(([segment, total]) => scan(`Segment ${segment} of ${total}`,
    { Segment: segment, TotalSegments: total },
    invalid('The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
      `Segment: ${segment} is not less than TotalSegments: ${total}`))),
  scan('segments are checked before the table', { TableName: 'Missing', Segment: 0 },
    invalid('The TotalSegments parameter is required but was not present in the request when ' +
      'Segment parameter is present')),
];

const kBadStart = invalid('The provided starting key is invalid');
const kBadElement = invalid(
  'The provided starting key is invalid: The provided key element does not match the schema');
const start = (...entries) => ({ ExclusiveStartKey: Object.fromEntries(entries) });
const withSort = (operator, value) => ({
  KeyConditionExpression: `pk = :v AND sk ${operator} :w`,
  ExpressionAttributeValues: { ':v': s('x'), ':w': s(value) },
});
const kStartKeys = [
  query('start key of one attribute', start(['pk', s('x')]), kBadStart),
  scan('start key of one attribute', start(['pk', s('x')]), kBadElement),
  query('start key of three attributes', start(['pk', s('x')], ['sk', s('y')], ['z', s('z')]),
    kBadStart),
  scan('start key of three attributes', start(['pk', s('x')], ['sk', s('y')], ['z', s('z')]),
    kBadElement),
  ...both('start key with another attribute', start(['pk', s('x')], ['zz', s('y')]), kBadElement),
  ...both('start key of the wrong type', start(['pk', s('x')], ['sk', n(1)]), kBadElement),
  query('start key of another partition', start(['pk', s('other')], ['sk', s('y')]),
    invalid('The provided starting key is outside query boundaries based on provided conditions')),
  query('start key outside the sort condition',
    { ...withSort('>', 'm'), ...start(['pk', s('x')], ['sk', s('a')]) },
    invalid('The provided starting key does not match the range key predicate')),
  query('start key of another partition inside the sort condition',
    { ...withSort('>', 'm'), ...start(['pk', s('other')], ['sk', s('z')]) },
    invalid('The query can return at most one row and cannot be restarted')),
  ...both('the table is looked up before the start key',
    { TableName: 'Missing', ...start(['pk', s('x')]) }, kNoTable),
];

const kFilters = [
  query('filter on the partition key', { FilterExpression: 'pk = :v' }, invalid(
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: pk')),
  query('filter on the sort key', { FilterExpression: 'a = :v AND sk = :v' }, invalid(
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk')),
  query('filter on an aliased key', {
    FilterExpression: 'attribute_exists(#k)', ExpressionAttributeNames: { '#k': 'sk' },
  }, invalid(
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk')),
  legacyQuery('QueryFilter on a key', {
    QueryFilter: { sk: { ComparisonOperator: 'EQ', AttributeValueList: [s('x')] } },
  }, invalid(
    'QueryFilter can only contain non-primary key attributes: Primary key attribute: sk')),
  query('the table is looked up before filters on keys',
    { TableName: 'Missing', FilterExpression: 'pk = :v' }, kNoTable),
];

const kNeither = invalid(
  'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');

export const rows = [
  ...kSelect, ...kIndex, ...kSegments, ...kStartKeys, ...kFilters,
  row('Query: no key condition', 'Query', { TableName: 'Range' }, kNeither),
  row('Query: the table is looked up before the absence of a key condition', 'Query',
    { TableName: 'Missing' }, kNoTable),
  row('Query: no key condition comes before the index', 'Query',
    { TableName: 'Range', IndexName: 'nosuch' }, kNeither),
  legacyQuery('the same attribute twice', { AttributesToGet: ['a', 'a'] },
    invalid(`${kParameters}Duplicate value in attribute name: a`)),
  query('filter syntax comes before Select',
    { FilterExpression: 'a =', Select: 'ALL_PROJECTED_ATTRIBUTES' },
    invalid('Invalid FilterExpression: Syntax error; token: "<EOF>", near: "="')),
];
