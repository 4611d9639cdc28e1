// Policies of users for tables: who may do what on tables, indexes and items, and that nothing has
// happened when somebody may not.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import {
  BatchExecuteStatementCommand, BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand,
  DeleteItemCommand, DeleteTableCommand, DescribeTableCommand, ExecuteStatementCommand,
  ExecuteTransactionCommand, GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand,
  ScanCommand, TransactGetItemsCommand, TransactWriteItemsCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { eventually } from './harness.mjs';
import {
  allow, denial, deny, kTableArn, policy, silence, usePolicies,
} from './policies_client.mjs';

const kOrders = `${kTableArn}orders`;
const kItems = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
  'dynamodb:DeleteItem', 'dynamodb:Query', 'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem', 'dynamodb:PartiQL*'];

const users = {
  reader: [policy(allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query',
    'dynamodb:Scan', 'dynamodb:PartiQLSelect'], kOrders))],
  writer: [policy(allow('dynamodb:*', `${kTableArn}*`), deny('dynamodb:Delete*'))],
  indexed: [policy(allow('dynamodb:Query', `${kOrders}/index/by-state`))],
  // Every customer sees its own items only.
  ada: [policy(allow(kItems, kOrders, {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${aws:username}'] } }))],
  // Only these attributes, and never whole items.
  clerk: [policy(allow(['dynamodb:*'], kOrders, {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['customer', 'line', 'state'] },
    StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
      'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] } }))],
  single: [policy(allow(['dynamodb:*Item', 'dynamodb:PartiQL*'], '*', {
    Null: { 'dynamodb:EnclosingOperation': 'true' } }))],
  unscanned: [policy(allow('dynamodb:PartiQLSelect', '*'),
    deny('dynamodb:PartiQLSelect', '*', { Bool: { 'dynamodb:FullTableScan': 'true' } }))],
  elsewhere: [policy(allow('*', '*', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }))],
  here: [policy(allow('dynamodb:ListTables', '*', {
    IpAddress: { 'aws:SourceIp': '127.0.0.0/8' }, Bool: { 'aws:SecureTransport': 'false' },
    DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }))],
};

const key = (customer, line = '1') => ({ customer: { S: customer }, line: { S: line } });
const item = (customer, line = '1', rest = {}) => ({
  ...key(customer, line), state: { S: 'open' }, secret: { S: 'x' }, ...rest });
const get = (customer, rest = {}) => new GetItemCommand({
  TableName: 'orders', Key: key(customer), ...rest });
const put = (customer, rest = {}) => new PutItemCommand({
  TableName: 'orders', Item: item(customer), ...rest });
const statement = (Statement, ...values) => new ExecuteStatementCommand({
  Statement, ...(values.length === 0 ? {} : { Parameters: values.map((S) => ({ S })) }) });

const { state, as, refused, writeUsers } = usePolicies(users, async (by) => {
  const table = (TableName) => by('root').send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['customer', 'line', 'state'].map(
      (AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' },
      { AttributeName: 'line', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [{ IndexName: 'by-state', Projection: { ProjectionType: 'ALL' },
      KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }] }] }));
  await table('orders');
  await table('other');
  for (const customer of ['ada', 'bob']) await by('root').send(put(customer));
});

test('what no policy allows is refused, and nothing happens', async () => {
  assert.ok((await as('reader').send(get('ada'))).Item);
  await refused('reader', put('new'), silence('reader', 'dynamodb:PutItem', kOrders));
  assert.equal((await as('root').send(get('new'))).Item, undefined);
  await refused('reader', new DeleteTableCommand({ TableName: 'orders' }),
    silence('reader', 'dynamodb:DeleteTable', kOrders));
  await refused('reader', new GetItemCommand({ TableName: 'other', Key: key('ada') }),
    silence('reader', 'dynamodb:GetItem', `${kTableArn}other`));
  await refused('reader', new ListTablesCommand({}),
    silence('reader', 'dynamodb:ListTables', `${kTableArn}*`));
});

test('a key that is named nowhere may do nothing', () => (
  refused('nobody', get('ada'), silence('AK-nobody', 'dynamodb:GetItem', kOrders))));

test('a denial wins', async () => {
  await as('writer').send(put('writer'));
  await refused('writer',
    new DeleteItemCommand({ TableName: 'orders', Key: key('writer') }),
    denial('writer', 'dynamodb:DeleteItem', kOrders));
  assert.ok((await as('root').send(get('writer'))).Item);
});

test('whether a table exists is not told to those who may not use it', async () => {
  await refused('reader', new DescribeTableCommand({ TableName: 'nosuch' }),
    silence('reader', 'dynamodb:DescribeTable', `${kTableArn}nosuch`));
  // A name and an ARN mean the same table.
  await refused('reader', new PutItemCommand({ TableName: kOrders, Item: item('x') }),
    silence('reader', 'dynamodb:PutItem', kOrders));
});

test('indexes are resources of their own', async () => {
  const query = (IndexName) => new QueryCommand({
    TableName: 'orders', IndexName,
    KeyConditionExpression: `${IndexName === undefined ? 'customer' : '#s'} = :v`,
    ...(IndexName === undefined ? {} : { ExpressionAttributeNames: { '#s': 'state' } }),
    ExpressionAttributeValues: { ':v': { S: 'open' } } });
  assert.ok((await as('indexed').send(query('by-state'))).Count > 0);
  await refused('indexed', query(undefined), silence('indexed', 'dynamodb:Query', kOrders));
  await refused('reader', query('by-state'),
    silence('reader', 'dynamodb:Query', `${kOrders}/index/by-state`));
});

test('leading keys', async () => {
  const mine = (action) => silence('ada', `dynamodb:${action}`, kOrders);
  assert.ok((await as('ada').send(get('ada'))).Item);
  await refused('ada', get('bob'), mine('GetItem'));
  await refused('ada', put('bob'), mine('PutItem'));
  await refused('ada', new UpdateItemCommand({ TableName: 'orders', Key: key('bob') }),
    mine('UpdateItem'));
  const query = (text, names = {}) => new QueryCommand({
    TableName: 'orders', KeyConditionExpression: text,
    ExpressionAttributeValues: { ':c': { S: text.includes('#x') ? 'bob' : 'ada' } }, ...names });
  assert.equal((await as('ada').send(query('customer = :c'))).Count, 1);
  await refused('ada', query('#x = :c', { ExpressionAttributeNames: { '#x': 'customer' } }),
    mine('Query'));
  await refused('ada', new QueryCommand({ TableName: 'orders', KeyConditions: {
    customer: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'bob' }] } } }),
  mine('Query'));
  await refused('ada', new BatchGetItemCommand({
    RequestItems: { orders: { Keys: [key('ada'), key('bob')] } } }), mine('BatchGetItem'));
  await refused('ada', new BatchWriteItemCommand({ RequestItems: { orders: [
    { PutRequest: { Item: item('ada', '2') } }, { DeleteRequest: { Key: key('bob') } }] } }),
  mine('BatchWriteItem'));
  assert.equal((await as('root').send(new GetItemCommand({
    TableName: 'orders', Key: key('ada', '2') }))).Item, undefined);
  assert.equal((await as('ada').send(statement(
    'SELECT * FROM orders WHERE customer = ?', 'ada'))).Items.length, 1);
  for (const [action, text] of [
    ['Select', "SELECT * FROM orders WHERE customer = 'bob'"],
    ['Select', "SELECT * FROM orders WHERE customer IN ['ada', 'bob']"],
    ['Select', "SELECT * FROM orders WHERE customer = 'ada' OR customer = 'bob'"],
    ['Select', "SELECT * FROM orders WHERE customer > 'ada'"],
    ['Select', 'SELECT * FROM orders'],
    ['Insert', "INSERT INTO orders VALUE {'customer': 'bob', 'line': '9'}"],
    ['Update', "UPDATE orders SET a = 1 WHERE customer = 'bob' AND line = '1'"],
    ['Delete', "DELETE FROM orders WHERE customer = 'bob' AND line = '1'"],
  ]) {
    await refused('ada', statement(text), mine(`PartiQL${action}`));
  }
});

test('attributes', async () => {
  const mine = (action) => silence('clerk', `dynamodb:${action}`, kOrders);
  const some = { ProjectionExpression: 'customer, #s', ExpressionAttributeNames: {
    '#s': 'state' } };
  assert.deepEqual((await as('clerk').send(get('ada', some))).Item,
    { customer: { S: 'ada' }, state: { S: 'open' } });
  await refused('clerk', get('ada'), mine('GetItem'));
  await refused('clerk', get('ada', { ProjectionExpression: 'secret' }), mine('GetItem'));
  await refused('clerk', get('ada', { AttributesToGet: ['secret'] }), mine('GetItem'));
  await refused('clerk', put('ada'), mine('PutItem'));
  const update = (UpdateExpression, rest = {}) => new UpdateItemCommand({
    TableName: 'orders', Key: key('ada'), UpdateExpression,
    ExpressionAttributeValues: { ':v': { S: 'open' } },
    ...(UpdateExpression.includes('#s') ? { ExpressionAttributeNames: { '#s': 'state' } } : {}),
    ...rest });
  await as('clerk').send(update('SET #s = :v', { ReturnValues: 'UPDATED_NEW' }));
  await refused('clerk', update('SET #s = :v', { ReturnValues: 'ALL_NEW' }), mine('UpdateItem'));
  await refused('clerk', update('SET secret = :v'), mine('UpdateItem'));
  // A failed condition would show the whole item, too; and a condition may probe.
  await refused('clerk', update('SET #s = :v', {
    ConditionExpression: 'attribute_not_exists(customer)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), mine('UpdateItem'));
  await refused('clerk', update('SET #s = :v', {
    ConditionExpression: 'begins_with(secret, :v)' }), mine('UpdateItem'));
  await refused('clerk', new ScanCommand({ TableName: 'orders' }), mine('Scan'));
  await refused('clerk', new ScanCommand({ TableName: 'orders', ...some,
    FilterExpression: 'attribute_exists(secret)' }), mine('Scan'));
  assert.ok((await as('clerk').send(new ScanCommand({ TableName: 'orders', ...some }))).Count > 0);
  await refused('clerk', statement('SELECT * FROM orders'), mine('PartiQLSelect'));
  await refused('clerk', statement("SELECT customer FROM orders WHERE secret = 'x'"),
    mine('PartiQLSelect'));
  assert.ok((await as('clerk').send(statement('SELECT customer FROM orders'))).Items.length > 0);
});

test('transactions are checked as what they are made of', async () => {
  const write = (...TransactItems) => new TransactWriteItemsCommand({ TransactItems });
  const putNew = { Put: { TableName: 'orders', Item: item('transaction') } };
  const check = { ConditionCheck: { TableName: 'other', Key: key('x'),
    ConditionExpression: 'attribute_not_exists(customer)' } };
  await refused('reader', write(check, putNew),
    silence('reader', 'dynamodb:ConditionCheckItem', `${kTableArn}other`));
  await refused('writer', write(putNew, { Delete: { TableName: 'orders', Key: key('ada') } }),
    denial('writer', 'dynamodb:DeleteItem', kOrders));
  await refused('ada', write({ Put: { TableName: 'orders', Item: item('ada', '3') } },
    { Update: { TableName: 'orders', Key: key('bob'), UpdateExpression: 'REMOVE x' } }),
  silence('ada', 'dynamodb:UpdateItem', kOrders));
  assert.equal((await as('root').send(get('transaction'))).Item, undefined);
  await as('writer').send(write(putNew, check));
  const read = new TransactGetItemsCommand({ TransactItems: [
    { Get: { TableName: 'orders', Key: key('ada') } }] });
  assert.ok((await as('reader').send(read)).Responses[0].Item);
  // Not within transactions.
  assert.ok((await as('single').send(get('ada'))).Item);
  await refused('single', read, silence('single', 'dynamodb:GetItem', kOrders));
  await refused('single', new ExecuteTransactionCommand({ TransactStatements: [
    { Statement: "SELECT * FROM orders WHERE customer = 'ada' AND line = '1'" }] }),
  silence('single', 'dynamodb:PartiQLSelect', kOrders));
});

test('PartiQL: every statement is checked, whole tables can be closed', async () => {
  await refused('reader', statement("DELETE FROM orders WHERE customer = 'ada' AND line = '1'"),
    silence('reader', 'dynamodb:PartiQLDelete', kOrders));
  await refused('reader', new BatchExecuteStatementCommand({ Statements: [
    { Statement: "SELECT * FROM orders WHERE customer = 'ada' AND line = '1'" },
    { Statement: "SELECT * FROM other WHERE customer = 'ada' AND line = '1'" }] }),
  silence('reader', 'dynamodb:PartiQLSelect', `${kTableArn}other`));
  await refused('reader', statement("SELECT * FROM orders.\"by-state\" WHERE state = 'open'"),
    silence('reader', 'dynamodb:PartiQLSelect', `${kOrders}/index/by-state`));
  assert.equal((await as('unscanned').send(statement(
    "SELECT * FROM orders WHERE customer = 'ada'"))).Items.length, 1);
  await refused('unscanned', statement("SELECT * FROM orders WHERE line = '1'"),
    denial('unscanned', 'dynamodb:PartiQLSelect', kOrders));
});

test('where, when and how somebody calls', async () => {
  await refused('elsewhere', get('ada'), silence('elsewhere', 'dynamodb:GetItem', kOrders));
  assert.ok((await as('here').send(new ListTablesCommand({}))).TableNames.length >= 2);
});

test('mistakes in a request come behind the type check and in front of the rest', async () => {
  const answer = async (name, input) => {
    try {
      await as(name).send(new GetItemCommand(input));
    } catch (error) {
      return error.name;
    }
    return 'none';
  };
  assert.equal(await answer('reader', { TableName: 1, Key: key('ada') }), 'SerializationException');
  assert.equal(await answer('reader', { TableName: 'orders', Key: {} }), 'ValidationException');
  assert.equal(await answer('nobody', { TableName: 'orders', Key: {} }), 'AccessDeniedException');
});

test('the file is read again when it changes, unless it is bad', async () => {
  const allowed = () => as('reader').send(put('later')).then(() => true, () => false);
  assert.equal(await allowed(), false);
  writeUsers({ ...users, reader: [policy(allow('dynamodb:*'))] });
  await eventually(allowed, 'the new policies');
  fs.writeFileSync(state.file, '{"users": [{"name": "reader", "policies": [{"Statement": {}}]}]}');
  await eventually(() => state.server.stderr.includes('the policies stay as they were'),
    'the complaint');
  assert.match(state.server.stderr, /user \\?"reader\\?": statement 1: it has no Effect/);
  assert.equal(await allowed(), true);
  writeUsers(users);
  await eventually(async () => !(await allowed()), 'the old policies');
});
