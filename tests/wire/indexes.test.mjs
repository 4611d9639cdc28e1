// Secondary indexes as clients see them: definitions, sparse entries, pages, Select, key checks,
// capacity, and creating and deleting an index on a live table.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { call, createTable, eventually, ok, putAll, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const hash = (name) => ({ AttributeName: name, KeyType: 'HASH' });
const range = (name) => ({ AttributeName: name, KeyType: 'RANGE' });
const define = (...names) => names.map((each) => {
  const [AttributeName, AttributeType] = each.split(':');
  return { AttributeName, AttributeType };
});
const kInvalid = 'One or more parameter values were invalid: ';
const kNotValid = 'One or more parameter values are not valid. ';

const index = (IndexName, KeySchema, ProjectionType = 'ALL', extra = {}) => (
  { IndexName, KeySchema, Projection: { ProjectionType, ...extra } });

const server = useServer({}, async (running) => {
  await createTable(running, 'Orders', 'customer:S', 'id:N', {
    AttributeDefinitions: define('customer:S', 'id:N', 'status:S', 'price:N', 'region:S', 'day:S'),
    LocalSecondaryIndexes: [index('ByTotal', [hash('customer'), range('price')], 'KEYS_ONLY')],
    GlobalSecondaryIndexes: [
      index('ByStatus', [hash('status'), range('price')], 'INCLUDE',
        { NonKeyAttributes: ['note'] }),
      index('ByPlace', [hash('region'), hash('status'), range('day'), range('price')]),
      index('AllByStatus', [hash('status')]),
    ],
  });
  await putAll(running, 'Orders', Array.from({ length: 30 }, (_, id) => ({
    customer: s(`c${id % 3}`), id: n(id), note: s(`note ${id}`), extra: s('x'),
    ...(id < 24 ? { status: s(id % 2 ? 'open' : 'paid'), price: n(id % 6) } : {}),
    ...(id < 12 ? { region: s('north'), day: s(`d${id % 2}`) } : {}),
  })));
});

const refused = async (operation, request) => {
  const answer = await call(server, operation, request);
  assert.equal(answer.status, 400, answer.text);
  return answer.json.message;
};
const query = (IndexName, KeyConditionExpression, values, more = {}) => ({
  TableName: 'Orders', IndexName, KeyConditionExpression,
  ExpressionAttributeValues: values, ...more,
});
const byStatus = (more = {}) => query('ByStatus', '#s = :s', { ':s': s('open') },
  { ExpressionAttributeNames: { '#s': 'status' }, ...more });
const ids = (page) => page.Items.map((item) => Number(item.id.N));

describe('reading', () => {
  test('a global index has the items with its key, in the order of its sort key', async () => {
    const page = await ok(server, 'Query', byStatus());
    assert.equal(page.Count, 12);
    const totals = page.Items.map((item) => Number(item.price.N));
    assert.deepEqual(totals, [...totals].sort((a, b) => a - b));
    assert.deepEqual(Object.keys(page.Items[0]).sort(),
      ['customer', 'id', 'note', 'price', 'status']);
  });

  test('pages of one item meet every tie once, both ways', async () => {
    const whole = ids(await ok(server, 'Query', byStatus()));
    for (const forward of [true, false]) {
      const seen = [];
      const pages = paginateQuery({ client: server.sdk(), pageSize: 1 },
        byStatus({ ScanIndexForward: forward }));
      for await (const page of pages) {
        seen.push(...page.Items.map((item) => Number(item.id.N)));
        if (page.LastEvaluatedKey) {
          assert.deepEqual(Object.keys(page.LastEvaluatedKey).sort(),
            ['customer', 'id', 'price', 'status']);
        }
      }
      assert.deepEqual(seen, forward ? whole : [...whole].reverse());
    }
  });

  test('conditions on several sort attributes', async () => {
    const place = (condition, values) => query('ByPlace',
      `#r = :r AND #s = :s${condition}`, { ':r': s('north'), ':s': s('open'), ...values },
      { ExpressionAttributeNames: { '#r': 'region', '#s': 'status', ...(condition.includes('#t') ?
        { '#t': 'price' } : {}), ...(condition.includes('#d') ? { '#d': 'day' } : {}) } });
    assert.equal((await ok(server, 'Query', place('', {}))).Count, 6);
    assert.deepEqual(
      (await ok(server, 'Query', place(' AND #d = :d AND #t > :t', { ':d': s('d1'), ':t': n(1) })))
        .Items.map((item) => item.price.N), ['3', '3', '5', '5']);
    assert.equal((await ok(server, 'Query',
      place(' AND begins_with(#d, :d)', { ':d': s('d') }))).Count, 6);
    assert.equal(await refused('Query', place(' AND #t = :t', { ':t': n(1) })),
      'Query condition missed key schema element: day');
    assert.equal(await refused('Query', query('ByPlace', '#r = :r', { ':r': s('x') },
      { ExpressionAttributeNames: { '#r': 'region' } })),
    'Query condition missed key schema element: status');
    assert.equal(await refused('Query',
      place(' AND #d > :d AND #t = :t', { ':d': s('d'), ':t': n(1) })),
    'Query key condition not supported');
  });

  test('a local index reads consistently and fetches what it lacks', async () => {
    const keys = query('ByTotal', 'customer = :c', { ':c': s('c1') }, { ConsistentRead: true });
    const entries = await ok(server, 'Query', { ...keys, ReturnConsumedCapacity: 'INDEXES' });
    assert.deepEqual(Object.keys(entries.Items[0]).sort(), ['customer', 'id', 'price']);
    assert.deepEqual(entries.ConsumedCapacity, {
      TableName: 'Orders', CapacityUnits: 1, Table: { CapacityUnits: 0 },
      LocalSecondaryIndexes: { ByTotal: { CapacityUnits: 1 } },
    });
    const whole = await ok(server, 'Query',
      { ...keys, Select: 'ALL_ATTRIBUTES', ReturnConsumedCapacity: 'INDEXES' });
    assert.equal(whole.Items[0].extra.S, 'x');
    assert.equal(whole.ConsumedCapacity.Table.CapacityUnits, whole.Count);
    assert.equal(whole.ConsumedCapacity.CapacityUnits, whole.Count + 1);
    const projected = await ok(server, 'Query', { ...keys, ProjectionExpression: 'note' });
    assert.match(projected.Items[0].note.S, /^note/);
    const filtered = await ok(server, 'Query', {
      ...keys, FilterExpression: 'extra = :x',
      ExpressionAttributeValues: { ':c': s('c1'), ':x': s('x') },
    });
    assert.equal(filtered.Count, 8);
  });

  test('a parallel scan of an index meets every entry once', async () => {
    const seen = [];
    for (let Segment = 0; Segment < 4; Segment += 1) {
      const pages = paginateScan({ client: server.sdk(), pageSize: 2 },
        { TableName: 'Orders', IndexName: 'ByStatus', Segment, TotalSegments: 4 });
      for await (const page of pages) seen.push(...page.Items.map((item) => Number(item.id.N)));
    }
    assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 24 }, (_, id) => id));
  });

  test('capacity of a global index is its own, half for what is not consistent', async () => {
    const page = await ok(server, 'Query', byStatus({ ReturnConsumedCapacity: 'INDEXES' }));
    assert.deepEqual(page.ConsumedCapacity, {
      TableName: 'Orders', CapacityUnits: 0.5, Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { ByStatus: { CapacityUnits: 0.5 } },
    });
    const total = await ok(server, 'Query', byStatus({ ReturnConsumedCapacity: 'TOTAL' }));
    assert.deepEqual(total.ConsumedCapacity, { TableName: 'Orders', CapacityUnits: 0.5 });
  });

  const start = { customer: s('c1'), id: n(1), status: s('open'), price: n(1) };
  const { price: omitted, ...withoutTotal } = start;
  const { id: omittedToo, ...withoutId } = start;
  const kRows = [
    ['a consistent read of a global index', byStatus({ ConsistentRead: true }),
      'Consistent reads are not supported on global secondary indexes'],
    ['ALL_ATTRIBUTES', byStatus({ Select: 'ALL_ATTRIBUTES' }),
      `${kInvalid}Select type ALL_ATTRIBUTES is not supported for global secondary index ` +
      'ByStatus because its projection type is not ALL'],
    ['attributes that it does not project', byStatus({ ProjectionExpression: 'note, extra, zz' }),
      `${kInvalid}Global secondary index ByStatus does not project [extra, zz]`],
    ['a filter on its keys', byStatus({
      FilterExpression: 'price = :s',
    }), 'Filter Expression can only contain non-primary key attributes: Primary key attribute: ' +
      'price'],
    ['a nested path on its key', byStatus({ ProjectionExpression: 'price.x' }),
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      'allowed: IndexKey: price'],
    ['a start key with too few attributes', byStatus({ ExclusiveStartKey: withoutTotal }),
      'The provided starting key is invalid'],
    ['a start key without an index attribute',
      byStatus({ ExclusiveStartKey: { ...withoutTotal, zz: n(1) } }),
      'The provided starting key is invalid'],
    ['a start key with a wrong index type',
      byStatus({ ExclusiveStartKey: { ...start, price: s('1') } }),
      'The provided key element does not match the schema'],
    ['a start key without a table attribute',
      byStatus({ ExclusiveStartKey: { ...withoutId, zz: n(1) } }),
      'The provided starting key is invalid: The provided key element does not match the schema'],
    ['a start key of another partition',
      byStatus({ ExclusiveStartKey: { ...start, status: s('paid') } }),
      'The provided starting key is outside query boundaries based on provided conditions'],
  ];
  for (const [name, request, message] of kRows) {
    test(`refuses ${name}`, async () => {
      assert.equal(await refused('Query', request), message);
    });
  }
});

describe('index keys in writes', () => {
  const put = (attributes) => ({
    TableName: 'Orders', Item: { customer: s('w'), id: n(1), ...attributes },
  });
  const update = (value) => ({
    TableName: 'Orders', Key: { customer: s('w'), id: n(2) }, UpdateExpression: 'SET #s = :v',
    ExpressionAttributeNames: { '#s': 'status' }, ExpressionAttributeValues: { ':v': value },
  });
  const kType = `${kInvalid}Type mismatch for Index Key status Expected: S Actual: N IndexName: ` +
    'AllByStatus';
  const kEmptyPut = `${kNotValid}A value specified for a secondary index key is not supported. ` +
    'The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ' +
    'AllByStatus, IndexKey: status';
  const kEmptyUpdate = `${kNotValid}The update expression attempted to update a secondary index ` +
    'key to a value that is not supported. The AttributeValue for a key attribute cannot contain ' +
    'an empty string value.';
  const kRows = [
    ['PutItem, type', 'PutItem', put({ status: n(1) }), kType],
    ['PutItem, empty', 'PutItem', put({ status: s('') }), kEmptyPut],
    ['PutItem, partition too long', 'PutItem', put({ status: s('x'.repeat(2049)) }),
      `${kInvalid}Size of hashkey has exceeded the maximum size limit of2048 bytes`],
    ['PutItem, sort too long', 'PutItem', put({ day: s('x'.repeat(1025)) }),
      `${kInvalid}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`],
    ['UpdateItem, type', 'UpdateItem', update(n(1)), kType],
    ['UpdateItem, empty', 'UpdateItem', update(s('')), kEmptyUpdate],
    ['UpdateItem, too long', 'UpdateItem', update(s('x'.repeat(2049))),
      'The update expression attempted to update the secondary index key beyond allowed size ' +
      'limits'],
    ['BatchWriteItem', 'BatchWriteItem',
      { RequestItems: { Orders: [{ PutRequest: { Item: put({ status: n(1) }).Item } }] } }, kType],
    ['TransactWriteItems, empty', 'TransactWriteItems',
      { TransactItems: [{ Put: put({ status: s('') }) }] }, kEmptyPut],
  ];
  for (const [name, operation, request, message] of kRows) {
    test(name, async () => assert.equal(await refused(operation, request), message));
  }

  test('TransactWriteItems, type: a reason of the cancellation', async () => {
    for (const action of [{ Put: put({ status: n(1) }) }, { Update: update(n(1)) }]) {
      const answer = await call(server, 'TransactWriteItems', { TransactItems: [action] });
      assert.deepEqual(answer.json.CancellationReasons,
        [{ Code: 'ValidationError', Message: kType }]);
    }
  });
});

describe('write capacity', () => {
  const write = async (operation, request) => (await ok(server, operation,
    { TableName: 'Orders', ReturnConsumedCapacity: 'INDEXES', ...request })).ConsumedCapacity;
  const Key = { customer: s('cap'), id: n(1) };

  test('each changed entry is charged, an unchanged one is not', async () => {
    const first = await write('PutItem',
      { Item: { ...Key, status: s('cap'), price: n(1), pad: s('x'.repeat(1500)) } });
    assert.deepEqual(first, {
      TableName: 'Orders', CapacityUnits: 6, Table: { CapacityUnits: 2 },
      LocalSecondaryIndexes: { ByTotal: { CapacityUnits: 1 } },
      GlobalSecondaryIndexes: { AllByStatus: { CapacityUnits: 2 }, ByStatus: { CapacityUnits: 1 } },
    });
    const note = await write('UpdateItem', {
      Key, UpdateExpression: 'SET extra = :x', ExpressionAttributeValues: { ':x': s('y') },
    });
    assert.deepEqual(note.GlobalSecondaryIndexes, { AllByStatus: { CapacityUnits: 2 } });
    assert.equal(note.LocalSecondaryIndexes, undefined);
    const moved = await write('UpdateItem', {
      Key, UpdateExpression: 'SET price = :x', ExpressionAttributeValues: { ':x': n(2) },
    });
    assert.deepEqual(moved.LocalSecondaryIndexes, { ByTotal: { CapacityUnits: 2 } });
    assert.deepEqual(moved.GlobalSecondaryIndexes,
      { AllByStatus: { CapacityUnits: 2 }, ByStatus: { CapacityUnits: 2 } });
    const gone = await write('DeleteItem', { Key });
    assert.equal(gone.CapacityUnits, 6);
  });

  test('a transaction doubles the table only', async () => {
    const put = { Put: { TableName: 'Orders', Item: { ...Key, status: s('t'), price: n(1) } } };
    const answer = await ok(server, 'TransactWriteItems',
      { TransactItems: [put], ReturnConsumedCapacity: 'INDEXES' });
    const one = { CapacityUnits: 1, WriteCapacityUnits: 1 };
    assert.deepEqual(answer.ConsumedCapacity, [{
      TableName: 'Orders', CapacityUnits: 5, WriteCapacityUnits: 5,
      Table: { CapacityUnits: 2, WriteCapacityUnits: 2 },
      LocalSecondaryIndexes: { ByTotal: one },
      GlobalSecondaryIndexes: { AllByStatus: one, ByStatus: one },
    }]);
  });

  test('item collection metrics of tables with local indexes', async () => {
    const put = { TableName: 'Orders', Item: Key, ReturnItemCollectionMetrics: 'SIZE' };
    assert.deepEqual((await ok(server, 'PutItem', put)).ItemCollectionMetrics,
      { ItemCollectionKey: { customer: s('cap') }, SizeEstimateRangeGB: [0, 1] });
    const batch = await ok(server, 'BatchWriteItem', {
      RequestItems: {
        Orders: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: { ...Key, id: n(9) } } }],
      },
      ReturnItemCollectionMetrics: 'SIZE',
    });
    assert.deepEqual(batch.ItemCollectionMetrics, {
      Orders: [{ ItemCollectionKey: { customer: s('cap') }, SizeEstimateRangeGB: [0, 1] }],
    });
  });
});

describe('indexes of a live table', () => {
  const describeTable = async (name) => (
    await ok(server, 'DescribeTable', { TableName: name })).Table;
  const create = (name, IndexName, key, type = 'S') => ({
    TableName: name, AttributeDefinitions: define(`${key}:${type}`),
    GlobalSecondaryIndexUpdates: [{ Create: index(IndexName, [hash(key)]) }],
  });
  const remove = (name, IndexName) => (
    { TableName: name, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] });

  test('creation enters what is there, skips what does not fit, then deletion', async () => {
    await createTable(server, 'Live', 'pk:S');
    await putAll(server, 'Live', Array.from({ length: 600 }, (_, id) => (
      { pk: s(`k${id}`), color: id % 3 === 0 ? n(1) : s(id % 2 ? 'red' : 'blue') })));
    const answer = await ok(server, 'UpdateTable', create('Live', 'ByColor', 'color'));
    const [made] = answer.TableDescription.GlobalSecondaryIndexes;
    assert.equal(answer.TableDescription.TableStatus, 'UPDATING');
    assert.equal(made.IndexStatus, 'CREATING');
    assert.equal(made.Backfilling, true);
    assert.match(made.IndexArn, /:table\/Live\/index\/ByColor$/);
    assert.equal(await refused('PutItem', { TableName: 'Live', Item: { pk: s('x'), color: n(1) } }),
      `${kInvalid}Type mismatch for Index Key color Expected: S Actual: N IndexName: ByColor`);
    const active = await eventually(async () => {
      const [found] = (await describeTable('Live')).GlobalSecondaryIndexes;
      return found.IndexStatus === 'ACTIVE' ? found : undefined;
    }, 'the index to become active');
    assert.equal(active.Backfilling, undefined);
    assert.equal(active.ItemCount, 400);
    const red = await ok(server, 'Query', {
      TableName: 'Live', IndexName: 'ByColor', KeyConditionExpression: 'color = :c',
      ExpressionAttributeValues: { ':c': s('red') },
    });
    assert.equal(red.Count, 200);
    assert.equal(await refused('UpdateTable', create('Live', 'ByColor', 'color')),
      `${kInvalid}Index already exists: ByColor`);
    const gone = await ok(server, 'UpdateTable', remove('Live', 'ByColor'));
    assert.equal(gone.TableDescription.GlobalSecondaryIndexes[0].IndexStatus, 'DELETING');
    const after = await describeTable('Live');
    assert.equal(after.GlobalSecondaryIndexes, undefined);
    assert.deepEqual(after.AttributeDefinitions, define('pk:S'));
    assert.equal(await refused('Scan', { TableName: 'Live', IndexName: 'ByColor' }),
      'The table does not have the specified index: ByColor');
  });

  test('one change of indexes at a time', async () => {
    const both = {
      ...create('Orders', 'One', 'x'),
      GlobalSecondaryIndexUpdates: [
        ...create('Orders', 'One', 'x').GlobalSecondaryIndexUpdates,
        ...remove('Orders', 'ByStatus').GlobalSecondaryIndexUpdates,
      ],
    };
    assert.equal(await refused('UpdateTable', both), 'Subscriber limit exceeded: Only 1 online ' +
      'index can be created or deleted simultaneously per table');
  });

  test('throughput of an index, and of those of a table that becomes provisioned', async () => {
    const units = (read, write) => (
      { ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write } });
    await createTable(server, 'Units', 'pk:S', undefined, {
      AttributeDefinitions: define('pk:S', 'a:S'),
      GlobalSecondaryIndexes: [index('ByA', [hash('a')])],
    });
    assert.equal(await refused('UpdateTable',
      { TableName: 'Units', BillingMode: 'PROVISIONED', ...units(1, 1) }),
    `${kInvalid}ProvisionedThroughput must be specified for index: ByA`);
    await ok(server, 'UpdateTable', {
      TableName: 'Units', BillingMode: 'PROVISIONED', ...units(1, 1),
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'ByA', ...units(3, 4) } }],
    });
    const [found] = (await describeTable('Units')).GlobalSecondaryIndexes;
    assert.equal(found.ProvisionedThroughput.ReadCapacityUnits, 3);
    assert.equal(found.ProvisionedThroughput.WriteCapacityUnits, 4);
  });

  test('counts and sizes of indexes are live', async () => {
    await createTable(server, 'Sizes', 'pk:S', 'sk:S', {
      AttributeDefinitions: define('pk:S', 'sk:S', 'a:S'),
      LocalSecondaryIndexes: [index('Local', [hash('pk'), range('a')], 'KEYS_ONLY')],
    });
    await putAll(server, 'Sizes', [{ pk: s('p'), sk: s('1'), a: s('x'), b: s('yyyy') },
      { pk: s('p'), sk: s('2'), b: s('yyyy') }]);
    const found = await describeTable('Sizes');
    assert.equal(found.ItemCount, 2);
    assert.equal(found.LocalSecondaryIndexes[0].ItemCount, 1);
    assert.equal(found.LocalSecondaryIndexes[0].IndexSizeBytes, 8);
    assert.deepEqual(found.LocalSecondaryIndexes[0].Projection, { ProjectionType: 'KEYS_ONLY' });
    assert.equal(found.LocalSecondaryIndexes[0].IndexStatus, undefined);
  });
});
