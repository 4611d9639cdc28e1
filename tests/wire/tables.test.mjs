// Tables: creation with all its defaults, description, listing, change and deletion.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateTableCommand, DeleteTableCommand, DescribeTableCommand, ListTablesCommand,
  UpdateTableCommand, waitUntilTableExists, waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  call, createTable, keySchema, ok, useServer, waitActive, waitGone,
} from './harness.mjs';

const server = useServer();

const kUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const arn = (name) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
const kKeys = keySchema('pk:S', 'sk:N');
const describeTable = async (name) => (
  (await ok(server, 'DescribeTable', { TableName: name })).Table);

/** Checks and removes what differs from run to run. */
function settle(description) {
  const { TableId, CreationDateTime, ...rest } = description;
  assert.match(TableId, kUuid);
  assert.ok(Math.abs(CreationDateTime - Date.now() / 1000) < 60, 'CreationDateTime');
  return rest;
}

describe('CreateTable', () => {
  test('an on-demand table and its defaults', async () => {
    const before = Date.now() / 1000;
    const { TableDescription: created } = await ok(server, 'CreateTable', {
      TableName: 'OnDemand', BillingMode: 'PAY_PER_REQUEST', ...kKeys,
    });
    assert.equal(created.TableStatus, 'CREATING');
    assert.equal(created.TableName, 'OnDemand');
    assert.equal(created.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
    const table = await waitActive(server, 'OnDemand');
    assert.equal(table.TableId, created.TableId);
    assert.equal(table.CreationDateTime, created.CreationDateTime);
    const { WarmThroughput, BillingModeSummary, ...rest } = settle(table);
    assert.deepEqual(rest, {
      TableName: 'OnDemand', TableArn: arn('OnDemand'), TableStatus: 'ACTIVE', ...kKeys,
      ItemCount: 0, TableSizeBytes: 0, DeletionProtectionEnabled: false,
      ProvisionedThroughput: {
        NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0,
      },
    });
    assert.deepEqual(WarmThroughput,
      { ReadUnitsPerSecond: 12000, WriteUnitsPerSecond: 4000, Status: 'ACTIVE' });
    assert.equal(BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
    const since = BillingModeSummary.LastUpdateToPayPerRequestDateTime;
    assert.ok(since >= before - 1 && since <= Date.now() / 1000 + 1);
  });

  test('a provisioned table, the default billing mode', async () => {
    await ok(server, 'CreateTable', {
      TableName: 'Provisioned', ...keySchema('pk:B'),
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    });
    const { WarmThroughput, ...rest } = settle(await waitActive(server, 'Provisioned'));
    assert.deepEqual(rest, {
      TableName: 'Provisioned', TableArn: arn('Provisioned'), TableStatus: 'ACTIVE',
      ...keySchema('pk:B'), ItemCount: 0, TableSizeBytes: 0, DeletionProtectionEnabled: false,
      ProvisionedThroughput: {
        NumberOfDecreasesToday: 0, ReadCapacityUnits: 3, WriteCapacityUnits: 4,
      },
    });
    assert.equal(WarmThroughput.Status, 'ACTIVE');
  });

  test('what is optional is shown once it is given', async () => {
    await createTable(server, 'Options', 'pk:S', undefined, {
      TableClass: 'STANDARD_INFREQUENT_ACCESS', DeletionProtectionEnabled: true,
      OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 },
      SSESpecification: { Enabled: true }, Tags: [{ Key: 'team', Value: 'blue' }],
    });
    const table = await describeTable('Options');
    assert.deepEqual(table.TableClassSummary, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
    assert.equal(table.DeletionProtectionEnabled, true);
    assert.deepEqual(table.OnDemandThroughput,
      { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 });
    assert.equal(table.SSEDescription.Status, 'ENABLED');
    assert.equal(table.SSEDescription.SSEType, 'KMS');
    assert.match(table.SSEDescription.KMSMasterKeyArn,
      /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
    assert.deepEqual(await ok(server, 'ListTagsOfResource', { ResourceArn: arn('Options') }),
      { Tags: [{ Key: 'team', Value: 'blue' }] });
  });

  test('an empty OnDemandThroughput and a disabled stream are ignored', async () => {
    await createTable(server, 'Empty.Options', 'pk:S', undefined, {
      OnDemandThroughput: {}, StreamSpecification: { StreamEnabled: false },
      SSESpecification: { Enabled: false },
    });
    const table = await describeTable('Empty.Options');
    for (const member of ['OnDemandThroughput', 'StreamSpecification', 'LatestStreamArn',
      'SSEDescription', 'TableClassSummary', 'LocalSecondaryIndexes', 'GlobalSecondaryIndexes',
      'Replicas']) {
      assert.equal(table[member], undefined, member);
    }
  });

  test('names of 3 and of 255 characters, with every legal character', async () => {
    for (const name of ['a.b', '_-9', 'Z'.repeat(255)]) {
      const table = await createTable(server, name, 'pk:S');
      assert.equal(table.TableName, name);
      assert.equal(table.TableArn, arn(name));
    }
  });

  test('names that differ in case are different tables', async () => {
    const one = await createTable(server, 'Case', 'pk:S');
    const two = await createTable(server, 'case', 'pk:S');
    assert.notEqual(one.TableId, two.TableId);
  });

  test('a full table ARN stands for its name', async () => {
    await createTable(server, 'ByArn', 'pk:S');
    const { Table } = await ok(server, 'DescribeTable', { TableName: arn('ByArn') });
    assert.equal(Table.TableName, 'ByArn');
    await ok(server, 'PutItem', { TableName: arn('ByArn'), Item: { pk: { S: 'a' } } });
    const { Item } = await ok(server, 'GetItem', {
      TableName: 'ByArn', Key: { pk: { S: 'a' } },
    });
    assert.deepEqual(Item, { pk: { S: 'a' } });
  });

  test('two at once of the same name: one succeeds', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(server, 'CreateTable', {
      TableName: 'Race', BillingMode: 'PAY_PER_REQUEST', ...kKeys,
    })));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    for (const answer of answers.filter((each) => each.status !== 200)) {
      assert.deepEqual(answer.json, {
        __type: 'com.amazonaws.dynamodb.v20120810#ResourceInUseException',
        message: 'Table already exists: Race',
      });
    }
  });

  test('a refused table does not exist', async () => {
    // What is checked last must refuse, not half-create.
    for (const extra of [
      { ResourcePolicy: 'no JSON' },
      { Tags: [{ Key: 'millrace:stream-retention', Value: 'a while' }] },
    ]) {
      const answer = await call(server, 'CreateTable', {
        TableName: 'Refused', BillingMode: 'PAY_PER_REQUEST', ...keySchema('pk:S'), ...extra,
      });
      assert.equal(answer.json.__type, 'com.amazon.coral.validate#ValidationException');
      const gone = await call(server, 'DescribeTable', { TableName: 'Refused' });
      assert.match(gone.json.__type, /#ResourceNotFoundException$/);
    }
  });

  test('stock SDK: create, wait, describe, delete, wait', async () => {
    const client = server.sdk();
    const TableName = 'FromSdk';
    await client.send(new CreateTableCommand({
      TableName, BillingMode: 'PAY_PER_REQUEST', ...kKeys,
    }));
    const wait = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
    assert.equal((await waitUntilTableExists(wait, { TableName })).state, 'SUCCESS');
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    assert.ok(Table.CreationDateTime instanceof Date);
    await client.send(new DeleteTableCommand({ TableName }));
    assert.equal((await waitUntilTableNotExists(wait, { TableName })).state, 'SUCCESS');
    await assert.rejects(client.send(new DescribeTableCommand({ TableName })), {
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: FromSdk not found',
    });
  });
});

describe('DescribeTable', () => {
  test('count and size are live', async () => {
    // Sizes: names and values; "pk"+"a", "sk"+number of 2 bytes, "t"+"hello".
    await createTable(server, 'Counted', 'pk:S', 'sk:N');
    for (const sk of ['1', '2', '3']) {
      await ok(server, 'PutItem', {
        TableName: 'Counted', Item: { pk: { S: 'a' }, sk: { N: sk }, t: { S: 'hello' } },
      });
    }
    let table = await describeTable('Counted');
    assert.equal(table.ItemCount, 3);
    assert.equal(table.TableSizeBytes, 3 * (2 + 1 + 2 + 2 + 1 + 5));
    await ok(server, 'PutItem', {
      TableName: 'Counted', Item: { pk: { S: 'a' }, sk: { N: '1' } },
    });
    await ok(server, 'DeleteItem', {
      TableName: 'Counted', Key: { pk: { S: 'a' }, sk: { N: '2' } },
    });
    table = await describeTable('Counted');
    assert.equal(table.ItemCount, 2);
    assert.equal(table.TableSizeBytes, 13 + 7);
  });
});

describe('ListTables', () => {
  const list = useServer({}, async (running) => {
    for (const name of ['bbb', 'aaa', 'Ccc', 'ddd', 'a-a']) await createTable(running, name, 'p:S');
  });

  test('names are sorted by their bytes', async () => {
    assert.deepEqual(await ok(list, 'ListTables', {}),
      { TableNames: ['Ccc', 'a-a', 'aaa', 'bbb', 'ddd'] });
  });

  test('pages', async () => {
    const first = await ok(list, 'ListTables', { Limit: 2 });
    assert.deepEqual(first, { TableNames: ['Ccc', 'a-a'], LastEvaluatedTableName: 'a-a' });
    const second = await ok(list, 'ListTables', { Limit: 3, ExclusiveStartTableName: 'a-a' });
    assert.deepEqual(second, { TableNames: ['aaa', 'bbb', 'ddd'] });
  });

  test('a limit that is exactly reached leaves nothing behind', async () => {
    assert.deepEqual(await ok(list, 'ListTables', { Limit: 5 }),
      { TableNames: ['Ccc', 'a-a', 'aaa', 'bbb', 'ddd'] });
  });

  test('the start need not exist', async () => {
    assert.deepEqual(await ok(list, 'ListTables', { ExclusiveStartTableName: 'abc' }),
      { TableNames: ['bbb', 'ddd'] });
    assert.deepEqual(await ok(list, 'ListTables', { ExclusiveStartTableName: 'zzz' }),
      { TableNames: [] });
  });

  test('stock SDK', async () => {
    const { TableNames } = await list.sdk().send(new ListTablesCommand({ Limit: 1 }));
    assert.deepEqual(TableNames, ['Ccc']);
  });
});

describe('UpdateTable', () => {
  const update = (name, members) => ok(server, 'UpdateTable', { TableName: name, ...members });
  const units = (read, write) => ({
    ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
  });

  test('throughput goes up and down', async () => {
    await createTable(server, 'Updown', 'pk:S', undefined,
      { BillingMode: 'PROVISIONED', ...units(5, 5) });
    const { TableDescription: during } = await update('Updown', units(8, 4));
    assert.equal(during.TableStatus, 'UPDATING');
    assert.equal(during.ProvisionedThroughput.ReadCapacityUnits, 5);
    assert.equal(during.ProvisionedThroughput.WriteCapacityUnits, 5);
    const { ProvisionedThroughput: after } = await waitActive(server, 'Updown');
    assert.equal(after.ReadCapacityUnits, 8);
    assert.equal(after.WriteCapacityUnits, 4);
    assert.equal(after.NumberOfDecreasesToday, 1);
    const now = Date.now() / 1000;
    assert.ok(Math.abs(after.LastIncreaseDateTime - now) < 60);
    assert.ok(Math.abs(after.LastDecreaseDateTime - now) < 60);
  });

  test('from provisioned to on-demand and back', async () => {
    await createTable(server, 'Modes', 'pk:S', undefined,
      { BillingMode: 'PROVISIONED', ...units(5, 5) });
    await update('Modes', { BillingMode: 'PAY_PER_REQUEST' });
    let table = await waitActive(server, 'Modes');
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 0);
    assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 0);
    assert.equal(table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
    const since = table.BillingModeSummary.LastUpdateToPayPerRequestDateTime;
    assert.ok(Math.abs(since - Date.now() / 1000) < 60);
    await update('Modes', { OnDemandThroughput: { MaxReadRequestUnits: 7 } });
    await waitActive(server, 'Modes');
    await update('Modes', { BillingMode: 'PROVISIONED', ...units(2, 3) });
    table = await waitActive(server, 'Modes');
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 2);
    assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 3);
    assert.equal(table.BillingModeSummary.BillingMode, 'PROVISIONED');
    assert.equal(table.OnDemandThroughput, undefined, 'ceilings are cleared');
  });

  test('on-demand ceilings are merged, and -1 removes one', async () => {
    await createTable(server, 'Ceilings', 'pk:S');
    await update('Ceilings', { OnDemandThroughput: { MaxReadRequestUnits: 7 } });
    await waitActive(server, 'Ceilings');
    await update('Ceilings', { OnDemandThroughput: { MaxWriteRequestUnits: 9 } });
    let table = await waitActive(server, 'Ceilings');
    assert.deepEqual(table.OnDemandThroughput,
      { MaxReadRequestUnits: 7, MaxWriteRequestUnits: 9 });
    const { TableDescription: answer } = await update('Ceilings',
      { OnDemandThroughput: { MaxReadRequestUnits: -1 } });
    assert.equal(answer.OnDemandThroughput.MaxReadRequestUnits, -1);
    table = await waitActive(server, 'Ceilings');
    assert.deepEqual(table.OnDemandThroughput, { MaxWriteRequestUnits: 9 });
  });

  test('deletion protection', async () => {
    // The one setting that stands between a typing error and the data.
    await createTable(server, 'Guarded', 'pk:S');
    await update('Guarded', { DeletionProtectionEnabled: true });
    assert.equal((await waitActive(server, 'Guarded')).DeletionProtectionEnabled, true);
    const refused = await call(server, 'DeleteTable', { TableName: 'Guarded' });
    assert.equal(refused.status, 400);
    await update('Guarded', { DeletionProtectionEnabled: false });
    assert.equal((await waitActive(server, 'Guarded')).DeletionProtectionEnabled, false);
    await ok(server, 'DeleteTable', { TableName: 'Guarded' });
    await waitGone(server, 'Guarded');
  });

  test('table class and encryption are stored', async () => {
    await createTable(server, 'Stored', 'pk:S');
    await update('Stored', { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
    await waitActive(server, 'Stored');
    await update('Stored', { SSESpecification: { Enabled: true } });
    const table = await waitActive(server, 'Stored');
    assert.equal(table.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.equal(table.SSEDescription.Status, 'ENABLED');
  });

  test('stock SDK', async () => {
    await createTable(server, 'SdkUpdate', 'pk:S');
    const { TableDescription } = await server.sdk().send(new UpdateTableCommand({
      TableName: 'SdkUpdate', DeletionProtectionEnabled: true,
    }));
    assert.equal(TableDescription.TableName, 'SdkUpdate');
  });
});

describe('DeleteTable', () => {
  test('the answer describes the table on its way out', async () => {
    const table = await createTable(server, 'Leaving', 'pk:S');
    const { TableDescription } = await ok(server, 'DeleteTable', { TableName: 'Leaving' });
    assert.equal(TableDescription.TableStatus, 'DELETING');
    assert.equal(TableDescription.TableName, 'Leaving');
    assert.equal(TableDescription.TableId, table.TableId);
    assert.equal(TableDescription.ItemCount, 0);
    assert.ok(TableDescription.ProvisionedThroughput);
    await waitGone(server, 'Leaving');
    const { TableNames } = await ok(server, 'ListTables', {});
    assert.ok(!TableNames.includes('Leaving'));
  });

  test('a table created again is empty and has another id', async () => {
    // Old rows that come back to life would be the worst of bugs.
    const before = await createTable(server, 'Again', 'pk:S');
    await ok(server, 'PutItem', { TableName: 'Again', Item: { pk: { S: 'old' } } });
    await ok(server, 'DeleteTable', { TableName: 'Again' });
    await waitGone(server, 'Again');
    const afterwards = await createTable(server, 'Again', 'pk:S');
    assert.notEqual(afterwards.TableId, before.TableId);
    assert.equal(afterwards.ItemCount, 0);
    assert.deepEqual((await ok(server, 'Scan', { TableName: 'Again' })).Items, []);
    assert.deepEqual(await ok(server, 'GetItem', {
      TableName: 'Again', Key: { pk: { S: 'old' } },
    }), {});
  });

  test('other tables keep their items', async () => {
    await createTable(server, 'Keep', 'pk:S');
    await createTable(server, 'Drop', 'pk:S');
    for (const TableName of ['Keep', 'Drop']) {
      await ok(server, 'PutItem', { TableName, Item: { pk: { S: 'x' } } });
    }
    await ok(server, 'DeleteTable', { TableName: 'Drop' });
    await waitGone(server, 'Drop');
    assert.equal((await ok(server, 'Scan', { TableName: 'Keep' })).Count, 1);
  });
});
