// Throttling: provisioned throughput and on-demand maximums are enforced when the server is told
// to, and only then. Tables start with five minutes' worth of their rate, which these tests use up
// in one write: at one unit a second, an item of 300 KiB. Against AWS they would not pass: there a
// new table has not saved anything up, and how much more than the rate goes through varies.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BatchExecuteStatementCommand, BatchGetItemCommand, BatchWriteItemCommand, DeleteItemCommand,
  DescribeTableCommand, ExecuteStatementCommand, ExecuteTransactionCommand, GetItemCommand,
  PutItemCommand, QueryCommand, ScanCommand, TransactGetItemsCommand, TransactWriteItemsCommand,
  UpdateItemCommand, UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { call, createTable, eventually, ok, useServer, waitActive } from './harness.mjs';

const kTableExceeded =
  'The level of configured provisioned throughput for the table was exceeded. Consider ' +
  'increasing your provisioning level with the UpdateTable API.';
const kIndexExceeded =
  'The level of configured provisioned throughput for one or more global secondary indexes of ' +
  'the table was exceeded. Consider increasing your provisioning level for the ' +
  'under-provisioned global secondary indexes with the UpdateTable API.';
const kMaximumExceeded =
  'Throughput exceeds the maximum OnDemandThroughput configured on table or index';
const kBurst = 300;

const units = (read, write) => ({ ReadCapacityUnits: read, WriteCapacityUnits: write });
const provisioned = (read, write, extra = {}) => ({
  BillingMode: 'PROVISIONED', ProvisionedThroughput: units(read, write), ...extra,
});
const arn = (table) => `arn:aws:dynamodb:us-east-1:000000000000:table/${table}`;
const key = (text) => ({ pk: { S: text } });
/** An item that costs so many write units. */
const heavy = (text, cost) => ({ ...key(text), pad: { S: 'x'.repeat(cost * 1024 - 100) } });

/** The error of a command, which must fail. */
async function failure(client, command) {
  try {
    await client.send(command);
  } catch (error) {
    return error;
  }
  throw new Error(`${command.constructor.name} was not refused`);
}

function assertExceeded(error, message, ...reasons) {
  assert.equal(error.name, 'ProvisionedThroughputExceededException');
  assert.equal(error.$metadata.httpStatusCode, 400);
  assert.equal(error.message, message);
  assert.deepEqual(error.ThrottlingReasons, reasons);
}

/** Uses up the write units of a provisioned table with one write unit, and `debt` more. */
async function exhaustWrites(server, table, debt = 60) {
  await ok(server, 'PutItem', { TableName: table, Item: heavy('heavy', kBurst + debt) });
}

/** Uses up the read units of a provisioned table with one read unit, some more than there are. */
async function exhaustReads(server, table) {
  await ok(server, 'PutItem', { TableName: table, Item: heavy('large', 390) });
  for (let count = 0; count < 4; count += 1) {
    await ok(server, 'GetItem', { TableName: table, Key: key('large'), ConsistentRead: true });
  }
}

describe('with --throttle', () => {
  const server = useServer({ flags: ['--throttle'] });

  // The error itself, byte for byte.
  test('a provisioned table that is used up refuses writes and still reads', async () => {
    await createTable(server, 'writes', 'pk:S', undefined, provisioned(1, 1));
    await exhaustWrites(server, 'writes');
    const answer = await call(server, 'PutItem', { TableName: 'writes', Item: key('a') });
    assert.equal(answer.status, 400);
    assert.equal(answer.text, JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      message: kTableExceeded,
      ThrottlingReasons: [
        { reason: 'TableWriteProvisionedThroughputExceeded', resource: arn('writes') }],
    }));
    const client = server.sdk();
    const reason = { reason: 'TableWriteProvisionedThroughputExceeded', resource: arn('writes') };
    for (const command of [
      new PutItemCommand({ TableName: 'writes', Item: key('a') }),
      new UpdateItemCommand({ TableName: 'writes', Key: key('a') }),
      new DeleteItemCommand({ TableName: 'writes', Key: key('a') }),
      new ExecuteStatementCommand({ Statement: 'INSERT INTO writes VALUE {\'pk\': \'a\'}' }),
      new BatchWriteItemCommand({ RequestItems: {
        writes: [{ PutRequest: { Item: key('a') } }, { DeleteRequest: { Key: key('b') } }] } }),
    ]) {
      assertExceeded(await failure(client, command), kTableExceeded, reason);
    }
    const { Item } = await client.send(new GetItemCommand({ TableName: 'writes', Key: key('a') }));
    assert.equal(Item, undefined);
  });

  test('reads of a table that is used up are refused, writes go on', async () => {
    await createTable(server, 'reads', 'pk:S', undefined, provisioned(1, 1000));
    await exhaustReads(server, 'reads');
    const client = server.sdk();
    const reason = { reason: 'TableReadProvisionedThroughputExceeded', resource: arn('reads') };
    for (const command of [
      new GetItemCommand({ TableName: 'reads', Key: key('a') }),
      new ScanCommand({ TableName: 'reads' }),
      new QueryCommand({ TableName: 'reads', KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'a' } } }),
      new ExecuteStatementCommand({ Statement: 'SELECT * FROM reads WHERE pk = \'a\'' }),
      new BatchGetItemCommand({ RequestItems: { reads: { Keys: [key('a'), key('b')] } } }),
    ]) {
      assertExceeded(await failure(client, command), kTableExceeded, reason);
    }
    await client.send(new PutItemCommand({ TableName: 'reads', Item: key('a') }));
  });

  // Units come back at the rate; five minutes of it are not needed.
  test('a throttled table recovers', async () => {
    await createTable(server, 'recovers', 'pk:S', undefined, provisioned(1, 1));
    const put = () => call(server, 'PutItem', { TableName: 'recovers', Item: key('a') });
    await exhaustWrites(server, 'recovers', 2);
    assert.equal((await put()).status, 400);
    await eventually(async () => (await put()).status === 200, 'units to come back');
    // One unit had come back, not five minutes' worth.
    await eventually(async () => (await put()).status === 400, 'units to be used up');
  });

  // At the old rate it would take a minute.
  test('a higher rate helps a throttled table at once', async () => {
    await createTable(server, 'faster', 'pk:S', undefined, provisioned(1, 1));
    const put = () => call(server, 'PutItem', { TableName: 'faster', Item: key('a') });
    await exhaustWrites(server, 'faster');
    assert.equal((await put()).status, 400);
    await server.sdk().send(new UpdateTableCommand({
      TableName: 'faster', ProvisionedThroughput: units(1, 1000) }));
    await waitActive(server, 'faster');
    await eventually(async () => (await put()).status === 200, 'the higher rate');
  });

  test('a failed condition is charged', async () => {
    await createTable(server, 'conditions', 'pk:S', undefined, provisioned(1, 1));
    await ok(server, 'PutItem', { TableName: 'conditions', Item: heavy('a', 200) });
    const put = { TableName: 'conditions', Item: key('a'),
      ConditionExpression: 'attribute_not_exists(pk)' };
    const types = [];
    for (let count = 0; count < 2; count += 1) {
      types.push((await call(server, 'PutItem', put)).json.__type.split('#')[1]);
    }
    assert.deepEqual(
      types, ['ConditionalCheckFailedException', 'ProvisionedThroughputExceededException']);
  });

  test('batches hand back what the throughput does not allow', async () => {
    await createTable(server, 'slow', 'pk:S', undefined, provisioned(1, 1));
    await createTable(server, 'fast', 'pk:S', undefined, provisioned(1000, 1000));
    await exhaustWrites(server, 'slow', 30);
    const client = server.sdk();
    const written = await client.send(new BatchWriteItemCommand({ RequestItems: {
      slow: [{ PutRequest: { Item: { ...key('a'), n: { N: '1' } } } },
        { DeleteRequest: { Key: key('b') } }],
      fast: [{ PutRequest: { Item: key('a') } }],
    }, ReturnConsumedCapacity: 'TOTAL' }));
    assert.deepEqual(written.UnprocessedItems, {
      slow: [{ PutRequest: { Item: { ...key('a'), n: { N: '1' } } } },
        { DeleteRequest: { Key: key('b') } }],
    });
    assert.deepEqual(written.ConsumedCapacity, [{ TableName: 'fast', CapacityUnits: 1 }]);
    const wanted = { Keys: [key('heavy'), key('a')], ConsistentRead: true,
      ProjectionExpression: '#p', ExpressionAttributeNames: { '#p': 'pk' } };
    const get = { TableName: 'slow', Key: key('heavy'), ConsistentRead: true };
    await eventually(
      async () => (await call(server, 'GetItem', get)).status === 400, 'reads to be used up');
    const read = await client.send(new BatchGetItemCommand({ RequestItems: {
      slow: wanted, fast: { Keys: [key('a')] } } }));
    assert.deepEqual(read.Responses, { slow: [], fast: [key('a')] });
    assert.deepEqual(read.UnprocessedKeys, { slow: wanted });
  });

  // Each request of a batch is one of its own: what there is goes to the first ones.
  test('a batch is carried out as far as the units last', async () => {
    await createTable(server, 'part', 'pk:S', undefined, provisioned(1, 1));
    const puts = Array.from({ length: 4 }, (_, index) => (
      { PutRequest: { Item: heavy(`p${index}`, 180) } }));
    const { UnprocessedItems } = await server.sdk().send(
      new BatchWriteItemCommand({ RequestItems: { part: puts } }));
    assert.deepEqual(UnprocessedItems.part.map((each) => each.PutRequest.Item.pk.S), ['p2', 'p3']);
    // 45 units each: seven of them are 315.
    const client = server.sdk();
    const keys = ['p0', 'p1'].map(key);
    for (let count = 0; count < 3; count += 1) {
      await client.send(new BatchGetItemCommand(
        { RequestItems: { part: { Keys: keys, ConsistentRead: true } } }));
    }
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(
      { RequestItems: { part: { Keys: keys, ConsistentRead: true } } }));
    assert.deepEqual(Responses.part.map((item) => item.pk.S), ['p0']);
    assert.deepEqual(UnprocessedKeys.part.Keys, [key('p1')]);
  });

  test('transactions are cancelled with a reason for the throttled action', async () => {
    await createTable(server, 'narrow', 'pk:S', undefined, provisioned(1, 1));
    await createTable(server, 'wide', 'pk:S', undefined, provisioned(100, 100));
    await exhaustReads(server, 'narrow');
    const client = server.sdk();
    const exceeded = { Code: 'ProvisionedThroughputExceeded', Message: kTableExceeded };
    const put = (table) => ({ Put: { TableName: table, Item: key('a') } });
    const get = (table) => ({ Get: { TableName: table, Key: key('a') } });
    for (const command of [
      new TransactWriteItemsCommand({ TransactItems: [put('wide'), put('narrow')] }),
      new TransactGetItemsCommand({ TransactItems: [get('wide'), get('narrow')] }),
      new ExecuteTransactionCommand({ TransactStatements: [
        { Statement: 'INSERT INTO wide VALUE {\'pk\': \'a\'}' },
        { Statement: 'INSERT INTO narrow VALUE {\'pk\': \'a\'}' }] }),
      new ExecuteTransactionCommand({ TransactStatements: [
        { Statement: 'SELECT * FROM wide WHERE pk = \'a\'' },
        { Statement: 'SELECT * FROM narrow WHERE pk = \'a\'' }] }),
    ]) {
      const error = await failure(client, command);
      assert.equal(error.name, 'TransactionCanceledException');
      assert.equal(error.message, 'Transaction cancelled, please refer cancellation reasons for ' +
        'specific reasons [None, ProvisionedThroughputExceeded]');
      assert.deepEqual(error.CancellationReasons, [{ Code: 'None' }, exceeded]);
    }
    const { Item } = await client.send(new GetItemCommand({ TableName: 'wide', Key: key('a') }));
    assert.equal(Item, undefined);
  });

  test('statements of a batch fail on their own', async () => {
    await createTable(server, 'stuck', 'pk:S', undefined, provisioned(1, 1));
    await createTable(server, 'free', 'pk:S', undefined, provisioned(100, 100));
    await exhaustReads(server, 'stuck');
    const error = { Code: 'ProvisionedThroughputExceeded', Message: kTableExceeded };
    const client = server.sdk();
    const writes = await client.send(new BatchExecuteStatementCommand({ Statements: [
      { Statement: 'INSERT INTO stuck VALUE {\'pk\': \'a\'}' },
      { Statement: 'INSERT INTO free VALUE {\'pk\': \'a\'}' }] }));
    assert.deepEqual(writes.Responses, [{ Error: error, TableName: 'stuck' },
      { TableName: 'free' }]);
    const reads = await client.send(new BatchExecuteStatementCommand({ Statements: [
      { Statement: 'SELECT * FROM stuck WHERE pk = \'a\'' },
      { Statement: 'SELECT * FROM free WHERE pk = \'a\'' }] }));
    assert.deepEqual(reads.Responses, [{ Error: error, TableName: 'stuck' },
      { TableName: 'free', Item: key('a') }]);
  });

  // The index has a narrower bound than its table, and the writer feels it.
  test('a global index without units holds back the writes of its table', async () => {
    await createTable(server, 'indexed', 'pk:S', undefined, provisioned(1000, 1000, {
      AttributeDefinitions: ['pk', 'g'].map((name) => (
        { AttributeName: name, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [{
        IndexName: 'by-g', KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' }, ProvisionedThroughput: units(1, 1),
      }],
    }));
    const client = server.sdk();
    const put = (item) => client.send(new PutItemCommand({ TableName: 'indexed', Item: item }));
    // Not in the index: the table has plenty.
    await put(heavy('big', 390));
    await put(key('a'));
    await put({ ...heavy('big', 390), g: { S: 'x' } });
    const write = { reason: 'IndexWriteProvisionedThroughputExceeded',
      resource: `${arn('indexed')}/index/by-g` };
    assertExceeded(await failure(client, new PutItemCommand(
      { TableName: 'indexed', Item: { ...key('b'), g: { S: 'x' } } })), kIndexExceeded, write);
    // Reads of the index have units of their own, and leave those of the table alone.
    const query = { TableName: 'indexed', IndexName: 'by-g', KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } } };
    const refused = await eventually(async () => {
      try {
        await client.send(new QueryCommand(query));
        return undefined;
      } catch (error) {
        return error;
      }
    }, 'the index to be used up');
    assertExceeded(refused, kIndexExceeded, { reason: 'IndexReadProvisionedThroughputExceeded',
      resource: `${arn('indexed')}/index/by-g` });
    await client.send(new ScanCommand({ TableName: 'indexed' }));
  });

  test('on-demand maximums answer ThrottlingException', async () => {
    await createTable(server, 'capped', 'pk:S', undefined, {
      OnDemandThroughput: { MaxReadRequestUnits: 1000, MaxWriteRequestUnits: 1 } });
    await exhaustWrites(server, 'capped');
    const answer = await call(server, 'PutItem', { TableName: 'capped', Item: key('a') });
    assert.equal(answer.status, 400);
    assert.equal(answer.text, JSON.stringify({
      __type: 'com.amazon.coral.service#ThrottlingException',
      message: kMaximumExceeded,
      throttlingReasons: [
        { reason: 'TableWriteMaxOnDemandThroughputExceeded', resource: arn('capped') }],
    }));
    const client = server.sdk();
    const error = await failure(
      client, new PutItemCommand({ TableName: 'capped', Item: key('a') }));
    assert.equal(error.name, 'ThrottlingException');
    assert.deepEqual(error.throttlingReasons, answer.json.throttlingReasons);
    const cancelled = await failure(client, new TransactWriteItemsCommand({ TransactItems: [
      { Put: { TableName: 'capped', Item: key('a') } }] }));
    assert.deepEqual(
      cancelled.CancellationReasons, [{ Code: 'ThrottlingError', Message: kMaximumExceeded }]);
    // Without the maximum there is no limit.
    await client.send(new UpdateTableCommand({
      TableName: 'capped', OnDemandThroughput: { MaxWriteRequestUnits: -1 } }));
    await waitActive(server, 'capped');
    await client.send(new PutItemCommand({ TableName: 'capped', Item: key('a') }));
  });

  test('the control plane is not throttled, nor are tables without a limit', async () => {
    await createTable(server, 'controlled', 'pk:S', undefined, provisioned(1, 1));
    await exhaustWrites(server, 'controlled');
    const client = server.sdk();
    await client.send(new DescribeTableCommand({ TableName: 'controlled' }));
    await createTable(server, 'unlimited', 'pk:S');
    for (let count = 0; count < 8; count += 1) {
      await client.send(new PutItemCommand({ TableName: 'unlimited', Item: heavy('a', 390) }));
    }
  });

  // What applications see: a call that takes a little longer.
  test('a client with the usual retries gets through', async () => {
    await createTable(server, 'retried', 'pk:S', undefined, provisioned(1, 1));
    await exhaustWrites(server, 'retried', 1);
    const { $metadata } = await server.sdk({ maxAttempts: 10 }).send(
      new PutItemCommand({ TableName: 'retried', Item: key('b') }));
    assert.equal($metadata.httpStatusCode, 200);
    assert.ok($metadata.attempts > 1, `attempts: ${$metadata.attempts}`);
  });
});

describe('without --throttle', () => {
  const server = useServer();

  test('nothing is ever throttled', async () => {
    await createTable(server, 'idle', 'pk:S', undefined, provisioned(1, 1));
    await createTable(server, 'capped', 'pk:S', undefined, {
      OnDemandThroughput: { MaxReadRequestUnits: 1, MaxWriteRequestUnits: 1 } });
    const client = server.sdk();
    for (const TableName of ['idle', 'capped']) {
      for (let count = 0; count < 4; count += 1) {
        await client.send(new PutItemCommand({ TableName, Item: heavy('a', 390) }));
        for (let read = 0; read < 4; read += 1) {
          await client.send(new GetItemCommand({ TableName, Key: key('a'), ConsistentRead: true }));
        }
      }
    }
  });
});
