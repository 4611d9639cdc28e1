// The document client, which most JavaScript applications use: plain values in, plain values out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteCommand, GetCommand, NumberValue, paginateQuery, PutCommand, QueryCommand, ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { createTable, useServer } from './harness.mjs';

const server = useServer({}, (running) => createTable(running, 'Docs', 'pk:S', 'sk:N'));

const kDocument = {
  text: 'caf\u00e9', empty: '', integer: 42, fraction: -0.125, large: 1e15, yes: true, no: false,
  nothing: null, bytes: new Uint8Array([0, 1, 254, 255]), strings: new Set(['a', 'b']),
  numbers: new Set([1, 2.5]), list: [1, 'two', [3], { four: 4 }, null],
  map: { nested: { deeper: ['x'] }, 'dotted.name': 1 }, emptyList: [], emptyMap: {},
};

test('a document survives the round trip', async () => {
  const documents = server.documents();
  const Key = { pk: 'round', sk: 1 };
  await documents.send(new PutCommand({ TableName: 'Docs', Item: { ...Key, ...kDocument } }));
  const { Item } = await documents.send(new GetCommand({ TableName: 'Docs', Key }));
  assert.deepEqual(Item, { ...Key, ...kDocument });
});

test('numbers beyond doubles', async () => {
  const documents = server.documents({ unmarshallOptions: { wrapNumbers: true } });
  const Key = { pk: 'big', sk: 1 };
  const digits = '12345678901234567890123456789012345678';
  await documents.send(new PutCommand({
    TableName: 'Docs',
    Item: { ...Key, a: NumberValue.from(digits), b: 12345678901234567890n },
  }));
  const { Item } = await documents.send(new GetCommand({ TableName: 'Docs', Key }));
  assert.equal(Item.a.value, digits);
  assert.equal(Item.b.value, '12345678901234567890');
});

test('update, conditional delete, and what they answer', async () => {
  const documents = server.documents();
  const Key = { pk: 'update', sk: -1.5 };
  const { Attributes } = await documents.send(new UpdateCommand({
    TableName: 'Docs', Key,
    UpdateExpression: 'SET #l = list_append(if_not_exists(#l, :none), :more) ADD tags :tags',
    ExpressionAttributeNames: { '#l': 'list' },
    ExpressionAttributeValues: { ':none': [], ':more': [{ at: 1 }], ':tags': new Set(['x']) },
    ReturnValues: 'ALL_NEW',
  }));
  assert.deepEqual(Attributes, { ...Key, list: [{ at: 1 }], tags: new Set(['x']) });
  await assert.rejects(documents.send(new DeleteCommand({
    TableName: 'Docs', Key, ConditionExpression: 'size(#l) > :n',
    ExpressionAttributeNames: { '#l': 'list' }, ExpressionAttributeValues: { ':n': 1 },
  })), { name: 'ConditionalCheckFailedException' });
  const gone = await documents.send(new DeleteCommand({
    TableName: 'Docs', Key, ReturnValues: 'ALL_OLD',
  }));
  assert.deepEqual(gone.Attributes, Attributes);
});

test('query, pages and scan', async () => {
  const documents = server.documents();
  for (let sk = 0; sk < 10; sk += 1) {
    await documents.send(new PutCommand({ TableName: 'Docs', Item: { pk: 'pages', sk } }));
  }
  const condition = {
    TableName: 'Docs', KeyConditionExpression: 'pk = :p AND sk BETWEEN :l AND :h',
    ExpressionAttributeValues: { ':p': 'pages', ':l': 2, ':h': 8 },
  };
  const { Items } = await documents.send(new QueryCommand({
    ...condition, ScanIndexForward: false, Limit: 3,
  }));
  assert.deepEqual(Items.map((item) => item.sk), [8, 7, 6]);
  const seen = [];
  for await (const page of paginateQuery({ client: documents, pageSize: 2 }, condition)) {
    seen.push(...page.Items.map((item) => item.sk));
  }
  assert.deepEqual(seen, [2, 3, 4, 5, 6, 7, 8]);
  const scanned = await documents.send(new ScanCommand({
    TableName: 'Docs', FilterExpression: 'pk = :p AND sk < :s',
    ExpressionAttributeValues: { ':p': 'pages', ':s': 3 },
  }));
  assert.deepEqual(scanned.Items.map((item) => item.sk), [0, 1, 2]);
});
