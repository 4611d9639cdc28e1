// How records become batches: by count, by time, by size, and by what filters let through.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDelivery } from './delivery_client.mjs';
import { call, eventually, ok } from './harness.mjs';

const delivery = useDelivery();

const letters = (count) => Array.from({ length: count }, (_, n) => `r${n}`);

describe('batches', () => {
  test('end after BatchSize records', async () => {
    const names = letters(23);
    const { handler } = await delivery.scene({ records: names, mapping: { BatchSize: 10 } });
    assert.deepEqual(await handler.events(3),
      [names.slice(0, 10), names.slice(10, 20), names.slice(20)]);
  });

  test('without a window take what is there', async () => {
    const { handler, table } = await delivery.scene({
      react: 'await until("go");', mapping: { BatchSize: 100 } });
    await table.put('first');
    await handler.events(1);
    const names = letters(7);
    await table.putAll(names);
    handler.switchOn('go');
    assert.deepEqual(await handler.events(2), [['first'], names]);
  });

  test('with a window wait for its end', async () => {
    const { handler, table, uuid } = await delivery.scene({
      mapping: { BatchSize: 100, MaximumBatchingWindowInSeconds: 10 } });
    await table.putAll(['a', 'b', 'c']);
    await delivery.counts('polled_events', uuid, 3);
    await delivery.advance(9.9);
    await table.put('d');
    await delivery.counts('polled_events', uuid, 4);
    await delivery.advance(0.1);
    assert.deepEqual(await handler.events(1), [['a', 'b', 'c', 'd']]);
    // The next window begins with the next record.
    await delivery.advance(60);
    await table.put('e');
    await delivery.counts('polled_events', uuid, 5);
    await delivery.advance(9.9);
    await table.put('f');
    await delivery.counts('polled_events', uuid, 6);
    await delivery.advance(0.1);
    assert.deepEqual((await handler.events(2))[1], ['e', 'f']);
  });

  test('with both end at what comes first', async () => {
    const { handler, table, uuid } = await delivery.scene({
      mapping: { BatchSize: 3, MaximumBatchingWindowInSeconds: 10 } });
    await table.putAll(['a', 'b', 'c', 'd']);
    // Time stands still: only the count can have ended it.
    assert.deepEqual(await handler.events(1), [['a', 'b', 'c']]);
    await delivery.counts('polled_events', uuid, 4);
    await delivery.advanceUntil(() => handler.notes().length === 2, 'the rest');
    assert.deepEqual(handler.batches()[1], ['d']);
  });

  test('have at most 6 MiB', async () => {
    const names = letters(20);
    const table = await delivery.table();
    for (const name of names) await table.put(name, { text: { S: 'x'.repeat(390 * 1024) } });
    const handler = await delivery.handler('', { variables: { SIZES: '1' } });
    await delivery.map(table, handler, { BatchSize: 100 });
    assert.deepEqual(await handler.records(20), names);
    const sizes = handler.notes().map(({ size }) => size);
    assert.equal(sizes.length, 2, String(sizes));
    assert.ok(sizes[0] <= 6291456, String(sizes));
    // One record more would not have gone in.
    assert.ok(sizes[0] + 390 * 1024 > 6291456 - 4096, String(sizes));
  });
});

/** Which records of `items` a filter lets through; the last one passes every filter. */
async function passing(patterns, write, last) {
  const table = await delivery.table();
  const handler = await delivery.handler();
  const uuid = await delivery.map(table, handler, {
    FilterCriteria: { Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) },
  });
  const count = await write(table);
  await eventually(() => handler.names().includes(last), `the record ${last}`);
  const names = handler.names();
  assert.equal(await delivery.counted('filtered_out_events', uuid), count - names.length);
  return names;
}

/** The same for items that have one attribute `v`, named by their index. */
async function matching(leaf, values) {
  const image = (value) => ({ dynamodb: { NewImage: { v: value } } });
  const names = await passing([image(leaf), { dynamodb: { Keys: { pk: { S: ['end'] } } } }],
    async (table) => {
      for (const [index, value] of values.entries()) {
        await table.put(String(index), value === undefined ? {} : { v: value });
      }
      await table.put('end');
      return values.length + 1;
    }, 'end');
  return names.filter((name) => name !== 'end').map(Number);
}

const s = (text) => ({ S: text });

describe('filters', () => {
  // [what the pattern says of the attribute, values, which of them pass]
  const cases = {
    text: [{ S: ['paid', 'open'] }, [s('paid'), s('Paid'), s('paid '), s('open'), { N: '1' }],
      [0, 3]],
    prefix: [{ S: [{ prefix: 'or' }] }, [s('order'), s('o'), s('Order'), s('or')], [0, 3]],
    suffix: [{ S: [{ suffix: '.png' }] }, [s('a.png'), s('.png'), s('a.pngx'), s('a.PNG')],
      [0, 1]],
    'prefix in any case': [{ S: [{ prefix: { 'equals-ignore-case': 'OR' } }] },
      [s('order'), s('oRder'), s('xor')], [0, 1]],
    'text in any case': [{ S: [{ 'equals-ignore-case': 'PAID' }] },
      [s('paid'), s('Paid'), s('paid1')], [0, 1]],
    wildcard: [{ S: [{ wildcard: 'a*c*e' }] }, [s('ace'), s('abcde'), s('acef'), s('aec')],
      [0, 1]],
    'a literal star': [{ S: [{ wildcard: 'a\\*c' }] }, [s('a*c'), s('abc')], [0]],
    'anything but': [{ S: [{ 'anything-but': ['a', 'b'] }] },
      [s('a'), s('b'), s('c'), undefined, { N: '1' }], [2]],
    'anything but a prefix': [{ S: [{ 'anything-but': { prefix: 'in' } }] },
      [s('inside'), s('outside'), undefined], [1]],
    exists: [{ S: [{ exists: true }] }, [s('x'), undefined, { N: '1' }, s('')], [0, 3]],
    'exists not': [{ S: [{ exists: false }] }, [s('x'), undefined, { N: '1' }], [1, 2]],
    cidr: [{ S: [{ cidr: '10.0.0.0/8' }] }, [s('10.1.2.3'), s('11.1.2.3'), s('10'), s('::1')],
      [0]],
    'numbers are texts': [{ N: ['30'] }, [{ N: '30' }, { N: '30.0' }, { N: '3' }, s('30')],
      [0, 1]],
    'numeric never matches an N': [{ N: [{ numeric: ['>', 0] }] }, [{ N: '30' }, s('30')], []],
    'true and null': [{ BOOL: [true] }, [{ BOOL: true }, { BOOL: false }, s('true')], [0]],
    'any element of a set': [{ SS: ['b'] }, [{ SS: ['a', 'b'] }, { SS: ['a'] }, s('b')], [0]],
    'within lists and maps': [{ L: { M: { kind: { S: ['x'] }, n: { N: ['1'] } } } }, [
      { L: [{ M: { kind: s('y'), n: { N: '1' } } }, { M: { kind: s('x'), n: { N: '1' } } }] },
      { L: [{ M: { kind: s('x'), n: { N: '2' } } }, { M: { kind: s('y'), n: { N: '1' } } }] },
      { M: { kind: s('x'), n: { N: '1' } } },
    ], [0]],
    'an alternative of members': [{ $or: [{ S: ['x'] }, { N: ['7'] }] },
      [s('x'), { N: '7' }, s('7'), { N: '8' }], [0, 1]],
  };
  for (const [name, [leaf, values, passed]] of Object.entries(cases)) {
    test(name, async () => assert.deepEqual(await matching(leaf, values), passed));
  }

  test('of the kind of change, and of what was there before', async () => {
    const image = (status) => ({ status: { S: [status] } });
    const names = await passing([
      { eventName: ['REMOVE'] },
      { dynamodb: { OldImage: { status: { S: [{ 'anything-but': ['paid'] }] } },
        NewImage: image('paid') } },
    ], async (table) => {
      await table.put('a', { status: s('open') });
      await table.put('a', { status: s('paid') });
      await table.put('a', { status: s('paid'), more: s('x') });
      await table.put('b', { status: s('paid') });
      await table.remove('b');
      return 5;
    }, 'b');
    assert.deepEqual(names, ['a', 'b']);
  });

  test('of what time to live removes', async () => {
    const table = await delivery.table();
    const handler = await delivery.handler('', { variables: { WHOLE: '1' } });
    await delivery.map(table, handler, { FilterCriteria: { Filters: [{
      Pattern: '{"userIdentity":{"principalId":["dynamodb.amazonaws.com"]}}' }] } });
    await ok(delivery.server, 'UpdateTimeToLive', { TableName: table.name,
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true } });
    const { now_ms: now } = await delivery.clock();
    await table.put('by hand');
    await table.remove('by hand');
    await table.put('in time', { expires: { N: String(Math.floor(now / 1000) + 60) } });
    await delivery.advanceUntil(() => handler.notes().length > 0, 'the removal', 60);
    assert.deepEqual(handler.batches(), [['in time']]);
    const [record] = handler.notes()[0].event.Records;
    assert.equal(record.eventName, 'REMOVE');
    assert.deepEqual(record.userIdentity,
      { type: 'Service', principalId: 'dynamodb.amazonaws.com' });
  });

  test('that let nothing through move on all the same', async () => {
    const { handler, table, uuid } = await delivery.scene({ mapping: {
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] } } });
    const lane = async () => (await delivery.admin(`esm/${uuid}/lanes`)).lanes[0];
    const { position } = await lane();
    for (let batch = 0; batch < 41; batch += 1) {
      const { status } = await call(delivery.server, 'BatchWriteItem', { RequestItems: {
        [table.name]: letters(25).map((name) => (
          { PutRequest: { Item: { pk: s(`${batch} ${name}`) } } })) } });
      assert.equal(status, 200);
    }
    await delivery.counts('filtered_out_events', uuid, 1025);
    // Time stands still: a thousand records are enough to note how far it has come.
    const noted = (await eventually(async () => {
      const now = await lane();
      return BigInt(now.position) > BigInt(position) && now;
    }, 'a position')).position;
    // The others are noted when time goes on.
    await delivery.advanceUntil(async () => (
      BigInt((await lane()).position) > BigInt(noted)), 'the last position');
    // The lane begins anew from what it has noted, with a filter that lets everything through.
    await delivery.update(uuid, { FilterCriteria: { Filters: [] } });
    await table.put('new');
    await handler.events(1);
    assert.deepEqual(handler.batches(), [['new']]);
    await delivery.counts('invoked_events', uuid, 1);
  });
});
