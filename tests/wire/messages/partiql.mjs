// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: what is wrong with a request, in
// which words and which order.

import {
  dynamo, enveloped, entry, invalid, kConditionFailed, kItem, kNoTable, kNotNull, kParameters,
  lengthMax, lengthMin, n, nested, oneOf, row, s, valueMin,
} from './rows.mjs';

const kMalformed = "Statement wasn't well formed, can't be processed: ";
const kExpectedDml = invalid(`${kMalformed}Expected data manipulation`);
const kToken = invalid(`${kMalformed}Unexpected token`);
const kKeyword = invalid(`${kMalformed}Unexpected keyword`);
const kUnterminated = invalid(kMalformed);
const kEmptyPath = invalid('Path component cannot be an empty string');
const kThreeParts = invalid('A path may contain at most 2 components in the FROM clause');
const kOnIndex = invalid('This operation is not supported on an index');
const kCount = invalid("Number of parameters in request and statement don't match.");
const kNoKey = invalid('Where clause does not contain a mandatory equality on all key attributes');
const kMismatch = invalid('The provided key element does not match the schema');
const kEmptyKey = (name) => 'One or more parameter values are not valid. The AttributeValue ' +
  `for a key attribute cannot contain an empty string value. Key: ${name}`;
const kLongPartition = `${kParameters}Size of hashkey has exceeded the maximum size limit ` +
  'of2048 bytes';
const kLongSort = `${kParameters}Aggregated size of all range keys has exceeded the size limit ` +
  'of 1024 bytes';
const kCapacity = enveloped(
  entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')));
const kNesting = invalid('Nesting Levels have exceeded supported limits: Attributes in the item ' +
  'have nested levels beyond supported limit');
const kTooLarge = invalid('Item size has exceeded the maximum allowed size');
const kOldItem = { pk: s('item'), ...kItem };
const operand = (name, type) => invalid('Incorrect operand type for operator or function; ' +
  `operator or function: ${name}, operand type: ${type}`);
const returning = (clause) => invalid(`Invalid returning clause: RETURNING ${clause} *. Only ` +
  'RETURNING ALL OLD * is allowed in DELETE statements.');
const repeated = (text, count) => Array.from({ length: count }, () => text).join('');

const execute = (name, Statement, expected, members = {}) => row(
  `ExecuteStatement: ${name}`, 'ExecuteStatement', { Statement, ...members }, expected);
const withParameters = (name, Statement, Parameters, expected) => (
  execute(name, Statement, expected, { Parameters }));

const kLong = `SELECT * FROM Hash WHERE pk = '${'x'.repeat(8192)}'`;

const kConstraints = [
  row('no statement', 'ExecuteStatement', {}, enveloped(entry(undefined, 'statement', kNotNull))),
  execute('empty statement', '', enveloped(entry('', 'statement', lengthMin(1)))),
  execute('long statement', kLong, enveloped(entry(kLong, 'statement', lengthMax(8192)))),
  execute('no parameters in the list', 'x', enveloped(entry('[]', 'parameters', lengthMin(1))),
    { Parameters: [] }),
  execute('null parameter', 'x', enveloped(entry(undefined, 'parameters.2.member', kNotNull)),
    { Parameters: [s('a'), null] }),
  execute('limit before syntax', 'x', enveloped(entry('0', 'limit', valueMin(1))), { Limit: 0 }),
  execute('capacity mode before syntax', 'x', kCapacity, { ReturnConsumedCapacity: 'X' }),
  execute('return mode', 'x', enveloped(
    entry('X', 'returnValuesOnConditionCheckFailure', oneOf('ALL_OLD, NONE'))),
  { ReturnValuesOnConditionCheckFailure: 'X' }),
  execute('empty token', 'x', enveloped(entry('', 'nextToken', lengthMin(1))), { NextToken: '' }),
  execute('long token', 'x', enveloped(entry('x'.repeat(32769), 'nextToken', lengthMax(32768))),
    { NextToken: 'x'.repeat(32769) }),
  execute('several at once', '', enveloped(entry('', 'statement', lengthMin(1)),
    entry('X', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')),
    entry('-1', 'limit', valueMin(1))), { ReturnConsumedCapacity: 'X', Limit: -1 }),
];

const kSyntax = [
  ['no data manipulation', 'CREATE TABLE x', kExpectedDml],
  ['no statement but a comment', '-- nothing', kExpectedDml],
  ['EXISTS outside a transaction', "EXISTS(SELECT * FROM Hash WHERE pk = 'a' AND num = 1)",
    kExpectedDml],
  ['token', 'SELECT * FROM', kToken],
  ['keyword', 'SELECT * FROM Hash WHERE value = 1', kKeyword],
  ['trailing semicolon', 'SELECT * FROM Hash;', kToken],
  ['unterminated text', "SELECT * FROM Hash WHERE pk = 'a", kUnterminated],
  ['unterminated identifier', 'SELECT * FROM "Hash', kUnterminated],
  ['two tuples', "INSERT INTO Hash VALUE {'pk': 'a'}, {'pk': 'b'}", kToken],
  ['RETURNING of an INSERT', "INSERT INTO Hash VALUE {'pk': 'a'} RETURNING ALL OLD *", kKeyword],
  ['COUNT', 'SELECT COUNT(*) FROM Absent', invalid('Unexpected path component at 1:8:5')],
  ['COUNT before syntax', 'SELECT\n COUNT(', invalid('Unexpected path component at 2:2:5')],
  ['three parts', 'SELECT * FROM a.b.c', kThreeParts],
  ['INSERT into an index', "INSERT INTO \"Absent\".\"i\" VALUE {'pk': 'a'}", invalid(
    'FROM clause may only contain a single table name in data manipulation statements at 1:13:8')],
  ['UPDATE of an index', "UPDATE Absent.i SET a = 1 WHERE pk = 'a'", kOnIndex],
  ['DELETE from an index', "DELETE FROM Absent.i WHERE pk = 'a'", kOnIndex],
  ['empty table', 'SELECT * FROM ""', kEmptyPath],
  ['empty index', 'SELECT * FROM "Hash".""', kEmptyPath],
  ['RETURNING ALL NEW of a DELETE', "DELETE FROM Absent WHERE pk = 'a' RETURNING ALL NEW *",
    returning('ALL NEW')],
  ['RETURNING MODIFIED OLD of a DELETE',
    "DELETE FROM Absent WHERE pk = 'a' RETURNING MODIFIED OLD *", returning('MODIFIED OLD')],
  ['RETURNING MODIFIED NEW of a DELETE',
    "DELETE FROM Absent WHERE pk = 'a' RETURNING MODIFIED NEW *", returning('MODIFIED NEW')],
  ['no parameters', 'SELECT * FROM Absent WHERE pk = ?', kCount],
  ['operand type', "SELECT * FROM Absent WHERE pk = 'a' AND a < true", operand('<', 'BOOL')],
  ['operand type of BETWEEN', 'SELECT * FROM Absent WHERE a between <<1>> and 2',
    operand('BETWEEN', 'NS')],
  ['operand type before the index of a write', 'DELETE FROM Absent.i WHERE a < true',
    operand('<', 'BOOL')],
  ['101 operands of IN', `SELECT * FROM Hash WHERE a IN [1${repeated(',1', 100)}]`,
    invalid('The IN operator is provided with too many operands; number of operands: 101')],
  ['deep statement', `SELECT * FROM Hash WHERE ${repeated('(', 65)}a = 1${repeated(')', 65)}`,
    invalid('The statement is nested too deeply; the limit is 64 levels')],
  ['deep value',
    `INSERT INTO Hash VALUE {'pk': 'a', 'b': ${repeated('[', 33)}${repeated(']', 33)}}`, kNesting],
  ['empty set', "INSERT INTO Hash VALUE {'pk': 'a', 'b': <<>>}",
    invalid(`${kParameters}An string set  may not be empty`)],
  ['number', "INSERT INTO Hash VALUE {'pk': 'a', 'b': 1e126}", invalid('Number overflow. ' +
    'Attempting to store a number with magnitude larger than supported range')],
  ['overlapping targets', "UPDATE Hash SET a = 1 REMOVE a WHERE pk = 'a'", invalid(
    'Two document paths overlap with each other; must remove or rewrite one of these paths; ' +
    'path one: [a], path two: [a]')],
].map((each) => execute(...each));

const kParameterValues = [
  withParameters('too many parameters', 'SELECT * FROM Hash', [s('a')], kCount),
  withParameters('operand type of a parameter', 'SELECT * FROM Absent WHERE a >= ?',
    [{ NULL: true }], operand('>=', 'NULL')),
  withParameters('empty parameter', 'SELECT * FROM Absent WHERE a = ?', [{}],
    invalid('Supplied AttributeValue is empty, must contain exactly one of the supported ' +
      'datatypes')),
  withParameters('bad number', 'SELECT * FROM Absent WHERE a = ?', [n('x')],
    invalid('The parameter cannot be converted to a numeric value: x')),
  withParameters('deep parameter', 'SELECT * FROM Absent WHERE a = ?', [nested(33)], kNesting),
  withParameters('item that is too large', "INSERT INTO Absent VALUE {'pk': 'a', 'v': ?}",
    [s('x'.repeat(400 * 1024))], kTooLarge),
];

const kTables = [
  ['SELECT from a missing table', 'SELECT * FROM Absent.i', kNoTable],
  ['INSERT into a missing table', "INSERT INTO Absent VALUE {'x': 1}", kNoTable],
  ['UPDATE of a missing table', "UPDATE Absent SET a = 1 WHERE b = 'x'", kNoTable],
  ['DELETE from a missing table', 'DELETE FROM Absent WHERE b = 1', kNoTable],
  ['table names have case', 'SELECT * FROM hash', kNoTable],
  ['missing index', 'SELECT * FROM Indexed.nothing',
    invalid('The table does not have the specified index')],
].map((each) => execute(...each));

const kSelects = [
  execute('strong read of a global index', "SELECT * FROM Indexed.globalKeys WHERE g = 'a'",
    invalid('Strongly consistent read is not supported on Global Secondary Indexes'),
    { ConsistentRead: true }),
  ...[
    ['columns that a global index lacks', "SELECT g, a, b, x FROM Indexed.globalSome WHERE g = 'a'",
      invalid(`${kParameters}Global secondary index globalSome does not project [a, b]`)],
    ['columns that a scanned global index lacks', 'SELECT a.b FROM Indexed.globalSome',
      invalid(`${kParameters}Global secondary index globalSome does not project [a]`)],
    ['filter that a global index lacks',
      "SELECT * FROM Indexed.globalSome WHERE g = 'a' AND a = 1 AND x = 1", invalid(
        `${kParameters}Secondary index globalSome does not project one or more filter ` +
        'attributes: [a]')],
    ['filter that a local index lacks', "SELECT * FROM Indexed.localKeys WHERE pk = 'a' AND x = 1",
      invalid(`${kParameters}Secondary index localKeys does not project one or more filter ` +
      'attributes: [x]')],
    ['type of a key', 'SELECT * FROM Hash WHERE pk = 1', invalid(
      `${kParameters}Condition parameter type does not match schema type`)],
    ['type of a sort key', "SELECT * FROM Range WHERE pk = 'a' AND sk > 1", invalid(
      `${kParameters}Condition parameter type does not match schema type`)],
    ['51 partitions', `SELECT * FROM Hash WHERE pk IN ['0'${Array.from({ length: 50 },
      (_, index) => `, 'k${index}'`).join('')}]`, invalid(
      'The IN operator is provided with too many operands; number of operands: 51')],
    ['empty key', "SELECT * FROM Hash WHERE pk = ''", invalid(kEmptyKey('pk'))],
    ['empty key in a list', "SELECT * FROM Hash WHERE pk IN ['a', '']", invalid(kEmptyKey('pk'))],
    ['empty sort key', "SELECT * FROM Range WHERE pk = 'a' AND sk = ''", invalid(kEmptyKey('sk'))],
    ['path below a key', "SELECT * FROM Hash WHERE pk = 'a' AND pk.x = 1", invalid(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      'allowed: Key: pk')],
    ['column below a key', 'SELECT pk[0] FROM Hash', invalid(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      'allowed: Key: pk')],
    ['column below an index key', 'SELECT g.x FROM Indexed.globalSome', invalid(
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      'allowed: IndexKey: g')],
    ['order without a key', 'SELECT * FROM Range ORDER BY sk',
      invalid('Must have WHERE clause in the statement when using ORDER BY clause.')],
    ['order by something else', "SELECT * FROM Range WHERE pk = 'a' ORDER BY num", invalid(
      'Variable reference num in ORDER BY clause must be part of the primary key')],
  ].map((each) => execute(...each)),
  execute('long key', 'SELECT * FROM Hash WHERE pk = ?', invalid(kLongPartition),
    { Parameters: [s('x'.repeat(2049))] }),
  execute('unreadable token', 'SELECT * FROM Hash', invalid('Invalid NextToken'),
    { NextToken: 'nothing' }),
  execute('token of a write', "DELETE FROM Absent WHERE pk = 'a'", invalid('Invalid NextToken'),
    { NextToken: 'nothing' }),
];

const kWrites = [
  ['INSERT without a key', "INSERT INTO Hash VALUE {'x': 1}",
    invalid(`${kParameters}Missing the key pk in the item`)],
  ['INSERT without a sort key', "INSERT INTO Range VALUE {'pk': 'a'}",
    invalid(`${kParameters}Missing the key sk in the item`)],
  ['INSERT of a wrong key', "INSERT INTO Hash VALUE {'pk': 1}",
    invalid(`${kParameters}Type mismatch for key pk expected: S actual: N`)],
  ['INSERT of an empty key', "INSERT INTO Hash VALUE {'pk': ''}", invalid(kEmptyKey('pk'))],
  ['INSERT of an index key', "INSERT INTO Indexed VALUE {'pk': 'a', 'sk': 'b', 'g': 1}", invalid(
    `${kParameters}Type mismatch for Index Key g Expected: S Actual: N IndexName: globalKeys`)],
  ['INSERT of an item that is there', "INSERT INTO Hash VALUE {'pk': 'item'}",
    dynamo('DuplicateItemException', 'Duplicate primary key exists in table')],
  ['UPDATE without a WHERE', 'UPDATE Hash SET a = 1', kNoKey],
  ['UPDATE without the sort key', "UPDATE Range SET a = 1 WHERE pk = 'a'", kNoKey],
  ['UPDATE of several', "UPDATE Hash SET a = 1 WHERE pk = 'a' OR pk = 'b'", kNoKey],
  ['UPDATE of a list', "UPDATE Hash SET a = 1 WHERE pk IN ['a', 'b']", kNoKey],
  ['DELETE without a WHERE', 'DELETE FROM Hash', kNoKey],
  ['DELETE of a range', "DELETE FROM Range WHERE pk = 'a' AND sk > 'b'", kNoKey],
  ['type of a key to update', 'UPDATE Hash SET a = 1 WHERE pk = 1', kMismatch],
  ['empty key to update', "UPDATE Hash SET a = 1 WHERE pk = ''", invalid(kEmptyKey('pk'))],
  ['UPDATE of a key', "UPDATE Hash SET pk = 'b' WHERE pk = 'a'", invalid(
    `${kParameters}Cannot update attribute pk. This attribute is part of the key`)],
  ['UPDATE below an index key', "UPDATE Indexed SET g.x = 1 WHERE pk = 'a' AND sk = 'b'", invalid(
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
    'IndexKey: g')],
  ['condition below a key', "DELETE FROM Hash WHERE pk = 'a' AND pk.x = 1", invalid(
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " +
    'Key: pk')],
  ['UPDATE of a missing item', "UPDATE Hash SET a = 1 WHERE pk = 'absent'", kConditionFailed],
  ['UPDATE with a false condition', "UPDATE Hash SET a = 1 WHERE pk = 'item' AND num = 6",
    kConditionFailed],
  ['DELETE with a false condition', "DELETE FROM Hash WHERE pk = 'item' AND num <> 5",
    kConditionFailed],
  ['DELETE with a condition on nothing', "DELETE FROM Hash WHERE pk = 'item' AND absent <> 5",
    kConditionFailed],
  ['arithmetic on nothing', "UPDATE Hash SET a = absent + 1 WHERE pk = 'item'", invalid(
    'The provided expression refers to an attribute that does not exist in the item')],
  ['arithmetic on text', "UPDATE Hash SET a = txt + 1 WHERE pk = 'item'", invalid(
    'An operand in the update expression has an incorrect data type')],
  ['path through nothing', "UPDATE Hash SET absent.x = 1 WHERE pk = 'item'", invalid(
    'The document path provided in the update expression is invalid for update')],
].map((each) => execute(...each)).concat([
  execute('UPDATE that grows too large', "UPDATE Hash SET v = ?, w = ? WHERE pk = 'item'",
    invalid('Item size to update has exceeded the maximum allowed size'),
    { Parameters: [s('x'.repeat(250000)), s('x'.repeat(250000))] }),
  execute('UPDATE of a long sort key', 'UPDATE Range SET a = 1 WHERE pk = ? AND sk = ?',
    invalid(kLongSort), { Parameters: [s('a'), s('x'.repeat(1025))] }),
  execute('the item that fails an UPDATE', "UPDATE Hash SET a = 1 WHERE pk = 'item' AND num = 6",
    { ...kConditionFailed, Item: kOldItem }, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  execute('the item that fails a DELETE', "DELETE FROM Hash WHERE pk = 'item' AND num = 6",
    { ...kConditionFailed, Item: kOldItem }, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  execute('no item to show', "UPDATE Hash SET a = 1 WHERE pk = 'absent'", kConditionFailed,
    { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
]);

const statements = (...texts) => texts.map((Statement) => ({ Statement }));
const batch = (name, Statements, expected, members = {}) => row(
  `BatchExecuteStatement: ${name}`, 'BatchExecuteStatement', { Statements, ...members }, expected);
const kRead = "SELECT * FROM Hash WHERE pk = 'a'";
const kWrite = "UPDATE Hash SET a = 1 WHERE pk = 'a'";
const many = (count, text) => Array.from({ length: count }, () => text);
const kMixedBatch = invalid(
  'Read and write requests together in the same batch is not supported.');
const kTwiceInBatch = invalid('Provided list of item keys contains duplicates');

const kBatches = [
  batch('no statements', undefined, enveloped(entry(undefined, 'statements', kNotNull))),
  batch('empty statements', [], enveloped(entry('[]', 'statements', lengthMin(1)))),
  batch('26 statements', statements(...many(26, kRead)), enveloped(entry(
    `[${many(26, `BatchStatementRequest(statement=${kRead}, parameters=null, ` +
    'consistentRead=null, returnValuesOnConditionCheckFailure=null)').join(', ')}]`,
    'statements', lengthMax(25)))),
  batch('members of a statement', [{ Statement: 'x' }, null, {}, { Statement: '', Parameters: [] }],
    enveloped(entry(undefined, 'statements.2.member', kNotNull),
      entry(undefined, 'statements.3.member.statement', kNotNull),
      entry('', 'statements.4.member.statement', lengthMin(1)),
      entry('[]', 'statements.4.member.parameters', lengthMin(1)))),
  batch('capacity mode', statements(kRead), kCapacity, { ReturnConsumedCapacity: 'X' }),
  batch('mixed', statements(kRead, kWrite), kMixedBatch),
  batch('mixed, beside what cannot be parsed', statements('x', kWrite, kRead), kMixedBatch),
  batch('mixed, before tables', statements('SELECT * FROM Absent',
    "DELETE FROM Absent WHERE pk = 'a'"), kMixedBatch),
  batch('one item read twice', statements(kRead, "SELECT num FROM \"Hash\" WHERE pk = 'a'"),
    kTwiceInBatch),
  batch('one item written twice', statements(kWrite, "INSERT INTO Hash VALUE {'pk': 'a'}"),
    kTwiceInBatch),
];

const transaction = (name, TransactStatements, expected, members = {}) => row(
  `ExecuteTransaction: ${name}`, 'ExecuteTransaction', { TransactStatements, ...members },
  expected);
const withoutValue = (constraint) => enveloped(
  `Value at 'transactStatements' failed to satisfy constraint: ${constraint}`);
const kMixed = invalid('ExecuteTransaction API does not support both read and write operations ' +
  'in the same request.');
const kTwice = invalid('Transaction request cannot include multiple operations on one item');
const kExists = (text) => `EXISTS(SELECT * FROM Hash WHERE ${text})`;
const failed = (index, text) => invalid(
  `Validation failed in TransactStatements[${index}]: ${text}`);
const kNoReturning = 'RETURNING clause is not supported in ExecuteTransaction.';
const kNoIndexes = 'Reads on indices are not supported within transactions.';
const canceled = (...reasons) => ({
  __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  CancellationReasons: reasons.map((reason) => (reason === 'None' ? { Code: 'None' } : {
    Code: reason[0], Message: reason[1], ...(reason[2] === undefined ? {} : { Item: reason[2] }),
  })),
  Message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [' +
    `${reasons.map((reason) => (reason === 'None' ? reason : reason[0])).join(', ')}]`,
});
const faulty = (error) => ['ValidationError', error.message];
const kRefused = ['ConditionalCheckFailed', 'The conditional request failed'];
const kNoFullKey = invalid('Select statements within ExecuteTransaction must specify the primary ' +
  'key in the where clause.');

const kTransactions = [
  transaction('no statements', undefined,
    enveloped(entry(undefined, 'transactStatements', kNotNull))),
  transaction('empty statements', [], withoutValue(lengthMin(1))),
  transaction('101 statements', statements(...many(101, kWrite)), withoutValue(lengthMax(100))),
  transaction('members of a statement', [{ Statement: 'x', ReturnValuesOnConditionCheckFailure:
    'X' }, {}], enveloped(
    entry('X', 'transactStatements.1.member.returnValuesOnConditionCheckFailure',
      oneOf('ALL_OLD, NONE')),
    entry(undefined, 'transactStatements.2.member.statement', kNotNull))),
  transaction('long token', statements('x'),
    enveloped(entry('x'.repeat(37), 'clientRequestToken', lengthMax(36))),
    { ClientRequestToken: 'x'.repeat(37) }),
  transaction('empty token', statements('x'),
    enveloped(entry('', 'clientRequestToken', lengthMin(1))), { ClientRequestToken: '' }),
  transaction('capacity mode', statements('x'), kCapacity, { ReturnConsumedCapacity: 'X' }),
  transaction('syntax', statements(kWrite, 'x'), kExpectedDml),
  transaction('RETURNING', statements(kRead, `${kWrite} RETURNING ALL OLD *`),
    failed(1, kNoReturning)),
  transaction('read of an index', statements("SELECT * FROM Indexed.globalKeys WHERE g = 'a'"),
    failed(0, kNoIndexes)),
  transaction('EXISTS on an index', statements(kWrite,
    "EXISTS(SELECT * FROM Indexed.globalKeys WHERE g = 'a' AND x = 1)"), failed(1, kNoIndexes)),
  transaction('the first statement counts', statements(`${kWrite} RETURNING ALL OLD *`, 'x'),
    failed(0, kNoReturning)),
  transaction('mixed, before tables', statements('SELECT * FROM Absent', kWrite), kMixed),
  transaction('EXISTS is a write', statements(kRead, kExists("pk = 'b' AND num = 1")), kMixed),
  transaction('missing table of a read', statements(kRead, 'SELECT * FROM Absent'), kNoTable),
  transaction('missing table of a write', statements('DELETE FROM Hash',
    "DELETE FROM Absent WHERE pk = 'a'"), kNoTable),
  transaction('one item read twice', statements(kRead, kRead), kTwice),
  transaction('one item written and checked', statements(kWrite, kExists("pk = 'a' AND num = 1")),
    kTwice),
  transaction('empty key to write', statements('DELETE FROM Hash',
    "DELETE FROM Hash WHERE pk = ''"), invalid(kEmptyKey('pk'))),
  transaction('empty key to insert', statements("INSERT INTO Hash VALUE {'pk': ''}"),
    invalid(kEmptyKey('pk'))),
  transaction('item that is too large', [{ Statement: "INSERT INTO Hash VALUE {'pk': 'a', 'v': ?}",
    Parameters: [s('x'.repeat(400 * 1024))] }], kTooLarge),
  transaction('more than 4 MiB', Array.from({ length: 11 }, (_, index) => ({
    Statement: `INSERT INTO Hash VALUE {'pk': 'k${index}', 'v': ?}`,
    Parameters: [s('x'.repeat(400000))],
  })), invalid('Collection size of items exceeded, which can also be caused by the aggregate ' +
    'size of the items in the transaction exceeding the 4MB limit')),
  transaction('empty key to read', statements(kRead, "SELECT * FROM Hash WHERE pk = ''"),
    canceled('None', ['ValidationError', kEmptyKey('pk')])),
  transaction('reads without a full key', statements('SELECT * FROM Hash', kRead,
    "SELECT * FROM Range WHERE pk = 'a'"),
  canceled(faulty(kNoFullKey), 'None', faulty(kNoFullKey))),
  transaction('all reasons are given', statements(
    kExists("pk = 'absent' AND num IS MISSING"),
    "INSERT INTO Hash VALUE {'pk': 'item'}",
    "DELETE FROM Hash WHERE pk = 'absent too'",
    'DELETE FROM Hash',
    "UPDATE Hash SET a = 1 WHERE pk = 'not there'",
    "INSERT INTO Hash VALUE {'x': 1}",
  ), canceled(kRefused, ['DuplicateItem', 'Duplicate primary key exists in table'], 'None',
    faulty(kNoKey), kRefused, ['ValidationError', `${kParameters}Missing the key pk in the item`])),
  transaction('EXISTS without a condition', statements(kExists("pk = 'item'")), canceled(
    ['ValidationError',
      'EXISTS must have the full primary key and at least one further condition'])),
  transaction('the item that fails', [
    { Statement: kExists("pk = 'item' AND num = 6"),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
  ], canceled([...kRefused, kOldItem])),
];

export const rows = [
  ...kConstraints, ...kSyntax, ...kParameterValues, ...kTables, ...kSelects, ...kWrites,
  ...kBatches, ...kTransactions,
];
