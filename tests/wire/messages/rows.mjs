// How a message row is written, and the tables the rows talk about. A row is one request and the
// one error body it must get: name, operation, request (an object, or text sent as it is),
// expected body. The rows themselves stand in the other files of this folder, one file per part of
// the documented behaviour; messages.test.mjs sends them.

import { createTable, keySchema, ok } from '../harness.mjs';

const kValidate = 'com.amazon.coral.validate#';
const kCoral = 'com.amazon.coral.service#';
const kDynamo = 'com.amazonaws.dynamodb.v20120810#';

/** Class name prefix in type errors. */
export const kShape = 'com.amazonaws.dynamodb.v20120810.';

export const row = (name, operation, request, expected) => ({ name, operation, request, expected });

/** A bare ValidationException. */
export const invalid = (message) => (
  { __type: `${kValidate}ValidationException`, message });

/** A ValidationException in the envelope that constraint errors and some write errors have. */
export const enveloped = (...entries) => invalid(entries.length === 1
  ? `1 validation error detected: ${entries[0]}`
  : `${entries.length} validation errors detected: ${entries.join('; ')}`);

/** One constraint entry. `value` undefined prints as null; everything else in quotes. */
export const entry = (value, path, constraint) => (
  `Value ${value === undefined ? 'null' : `'${value}'`} at '${path}' ` +
  `failed to satisfy constraint: ${constraint}`);

export const kNotNull = 'Member must not be null';
export const kPattern = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
export const oneOf = (set) => `Member must satisfy enum value set: [${set}]`;
export const lengthMin = (n) => `Member must have length greater than or equal to ${n}`;
export const lengthMax = (n) => `Member must have length less than or equal to ${n}`;
export const valueMin = (n) => `Member must have value greater than or equal to ${n}`;
export const valueMax = (n) => `Member must have value less than or equal to ${n}`;

/** A SerializationException; without a message the member is absent. */
export const unreadable = (message) => (message === undefined
  ? { __type: `${kCoral}SerializationException` }
  : { __type: `${kCoral}SerializationException`, Message: message });

export const kUnknownOperation = { __type: `${kCoral}UnknownOperationException` };

export const accessDenied = (message) => (
  { __type: `${kCoral}AccessDeniedException`, Message: message });

/** An error of the table API's own namespace. */
export const dynamo = (name, message) => ({ __type: kDynamo + name, message });

export const kNoTable = dynamo('ResourceNotFoundException', 'Requested resource not found');
export const noSuchTable = (name) => dynamo(
  'ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
export const kConditionFailed = dynamo(
  'ConditionalCheckFailedException', 'The conditional request failed');

/** Stands for a ValidationException whose text is not settled; only its type is compared. */
export const kAnyValidation = { __type: `${kValidate}ValidationException`, message: /\S/ };

/** Prefix of the second most frequent family of messages. */
export const kParameters = 'One or more parameter values were invalid: ';

export const s = (text) => ({ S: text });
export const n = (text) => ({ N: String(text) });

/** A value whose innermost string stands at the given level (the value itself is level 1). */
export function nested(level) {
  let value = { S: 'x' };
  for (let depth = 1; depth < level; depth += 1) {
    value = depth % 2 === 0 ? { L: [value] } : { M: { a: value } };
  }
  return value;
}

/**
 * The item that update and read rows work on, in tables Hash and Range (sort key "item"). None of
 * its names is a reserved word.
 */
export const kItem = {
  txt: s('hello'), num: n(5), lst: { L: [s('zero'), s('one')] }, doc: { M: { in1: n(1) } },
  strings: { SS: ['a', 'b'] }, numbers: { NS: ['1', '2'] }, flag: { BOOL: true },
};

/** Creates the tables the rows use: names say what their keys are. */
export async function prepareTables(server) {
  await createTable(server, 'Hash', 'pk:S');
  await createTable(server, 'Range', 'pk:S', 'sk:S');
  await createTable(server, 'NumberRange', 'pk:S', 'sk:N');
  await createTable(server, 'BinaryRange', 'pk:S', 'sk:B');
  await createTable(server, 'NumberHash', 'pk:N');
  await createTable(server, 'BinaryHash', 'pk:B');
  await createTable(server, 'Provisioned', 'pk:S', undefined, {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
  });
  const index = (IndexName, keys, Projection) => ({
    IndexName, KeySchema: keySchema(...keys).KeySchema, Projection,
  });
  await createTable(server, 'Indexed', 'pk:S', 'sk:S', {
    AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => (
      { AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [
      index('globalKeys', ['g:S'], { ProjectionType: 'KEYS_ONLY' }),
      index('globalSome', ['g:S'], { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] }),
    ],
    LocalSecondaryIndexes: [index('localKeys', ['pk:S', 'g:S'], { ProjectionType: 'KEYS_ONLY' })],
  });
  await createTable(server, 'Protected', 'pk:S', undefined, { DeletionProtectionEnabled: true });
  await ok(server, 'PutItem', { TableName: 'Hash', Item: { pk: s('item'), ...kItem } });
  await ok(server, 'PutItem', {
    TableName: 'Range', Item: { pk: s('item'), sk: s('item'), ...kItem },
  });
}
