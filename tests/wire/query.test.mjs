// Query: key operators over all three key types, order, direction, limits, pages and filters.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb';
import { createTable, ok, putAll, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const b = (...bytes) => ({ B: Buffer.from(bytes).toString('base64') });

// Each list is in key order.
const kStrings = ['\u0000', '!', '0', '10', '9', 'A', 'B', 'Z', 'a', 'a\u0000', 'aa', 'ab', 'b',
  'ba', '\u00e9', '\u4e2d', '\uffff', '\u{1f600}'];
const kNumbers = ['-9e125', '-1000', '-100.5', '-100', '-99', '-1.5', '-1', '-0.5', '-0.001',
  '-1e-130', '0', '1e-130', '0.001', '0.01', '0.5', '1', '1.5', '2', '9', '10', '11', '99', '100',
  '100.5', '101', '1000', '12345678901234567890123456789012345678',
  '12345678901234567890123456789012345679', '9e125'];
const kBinaries = [[0], [0, 0], [0, 1], [0, 255], [1], [1, 0], [127], [128], [254, 255], [255],
  [255, 0], [255, 255]];

/** Order of insertion must not matter; this is a fixed shuffle. */
function shuffled(list) {
  return list.map((value, index) => [(index * 7919) % 104729 % list.length, index, value])
    .sort((x, y) => x[0] - y[0] || x[1] - y[1]).map(([, , value]) => value);
}

const server = useServer({}, async (running) => {
  for (const [name, type, keys] of [
    ['Strings', 'S', kStrings.map(s)], ['Numbers', 'N', kNumbers.map(n)],
    ['Binaries', 'B', kBinaries.map((bytes) => b(...bytes))],
  ]) {
    await createTable(running, name, 'pk:S', `sk:${type}`);
    await putAll(running, name, shuffled(keys.map((sk, index) => (
      { pk: s('p'), sk, position: n(index) }))));
    // Neighbours in key order that must never appear.
    await putAll(running, name, ['o', 'p\u0000', 'pp', 'q'].map((pk) => (
      { pk: s(pk), sk: keys[0] })));
  }
  await createTable(running, 'Pages', 'pk:S', 'sk:N');
  await putAll(running, 'Pages', Array.from({ length: 20 }, (_, index) => (
    { pk: s('p'), sk: n(index), even: { BOOL: index % 2 === 0 } })));
  await createTable(running, 'Large', 'pk:S', 'sk:N');
});

const query = (table, condition, values, members = {}) => ok(server, 'Query', {
  TableName: table, KeyConditionExpression: condition, ExpressionAttributeValues: values,
  ...members,
});
const positions = (page) => page.Items.map((item) => Number(item.position.N));
const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

describe('order and operators', () => {
  for (const [table, keys] of [
    ['Strings', kStrings.map(s)], ['Numbers', kNumbers.map(n)],
    ['Binaries', kBinaries.map((bytes) => b(...bytes))],
  ]) {
    const all = range(0, keys.length);

    test(`${table} come in key order, both ways`, async () => {
      assert.deepEqual(positions(await query(table, 'pk = :p', { ':p': s('p') })), all);
      assert.deepEqual(positions(await query(table, 'pk = :p', { ':p': s('p') },
        { ScanIndexForward: true })), all);
      assert.deepEqual(positions(await query(table, 'pk = :p', { ':p': s('p') },
        { ScanIndexForward: false })), [...all].reverse());
    });

    test(`${table}: comparisons at every key`, async () => {
      for (const [index, key] of keys.entries()) {
        for (const [operator, expected] of [
          ['=', [index]], ['<', range(0, index)], ['<=', range(0, index + 1)],
          ['>', range(index + 1, keys.length)], ['>=', range(index, keys.length)],
        ]) {
          const page = await query(table, `pk = :p AND sk ${operator} :k`,
            { ':p': s('p'), ':k': key });
          assert.deepEqual(positions(page), expected, `${operator} ${JSON.stringify(key)}`);
          assert.equal(page.LastEvaluatedKey, undefined);
        }
      }
    });

    test(`${table}: BETWEEN includes both ends, reverse as well`, async () => {
      const last = keys.length - 1;
      for (const [low, high] of [[0, last], [1, 3], [2, 2], [last - 1, last]]) {
        const values = { ':p': s('p'), ':l': keys[low], ':h': keys[high] };
        assert.deepEqual(positions(await query(table, 'pk = :p AND sk BETWEEN :l AND :h', values)),
          range(low, high + 1));
        assert.deepEqual(positions(await query(table, 'sk BETWEEN :l AND :h AND pk = :p', values,
          { ScanIndexForward: false })), range(low, high + 1).reverse());
      }
    });

    test(`${table}: a page may end at every key and go on after it`, async () => {
      for (const forward of [true, false]) {
        const expected = forward ? all : [...all].reverse();
        for (const [index, position] of expected.entries()) {
          const page = await query(table, 'pk = :p', { ':p': s('p') }, {
            ScanIndexForward: forward, ExclusiveStartKey: { pk: s('p'), sk: keys[position] },
          });
          assert.deepEqual(positions(page), expected.slice(index + 1));
        }
      }
    });
  }

  test('begins_with', async () => {
    for (const prefix of ['a', 'aa', 'b', 'zz', '\u00e9', '\uffff', 'a\u0000']) {
      const page = await query('Strings', 'pk = :p AND begins_with(sk, :k)',
        { ':p': s('p'), ':k': s(prefix) });
      assert.deepEqual(positions(page),
        range(0, kStrings.length).filter((index) => kStrings[index].startsWith(prefix)));
    }
    for (const prefix of [[0], [255], [255, 255], [3]]) {
      const page = await query('Binaries', 'pk = :p AND begins_with(sk, :k)',
        { ':p': s('p'), ':k': b(...prefix) }, { ScanIndexForward: false });
      assert.deepEqual(positions(page), range(0, kBinaries.length).filter((index) => (
        prefix.every((byte, at) => kBinaries[index][at] === byte))).reverse());
    }
  });

  test('the turned comparison, parentheses, names by placeholder', async () => {
    const values = { ':p': s('p'), ':k': n(100) };
    const expected = range(kNumbers.indexOf('100.5'), kNumbers.length);
    for (const text of [
      ':k < sk AND pk = :p', '(:p = pk) AND (sk > :k)', '(pk = :p AND sk > :k)',
    ]) {
      assert.deepEqual(positions(await query('Numbers', text, values)), expected, text);
    }
    assert.deepEqual(positions(await query('Numbers', '#p = :p and #s > :k', values,
      { ExpressionAttributeNames: { '#p': 'pk', '#s': 'sk' } })), expected);
  });

  test('a partition that does not exist', async () => {
    assert.deepEqual(await query('Numbers', 'pk = :p', { ':p': s('none') }),
      { Items: [], Count: 0, ScannedCount: 0 });
  });

  test('numbers are equal by value, whatever their spelling', async () => {
    const page = await query('Numbers', 'pk = :p AND sk = :k', { ':p': s('p'), ':k': n('1.00e2') });
    assert.deepEqual(positions(page), [kNumbers.indexOf('100')]);
  });
});

describe('pages', () => {
  const values = { ':p': s('p') };
  const numbers = (page) => page.Items.map((item) => Number(item.sk.N));

  test('Limit, then on from LastEvaluatedKey, both ways', async () => {
    for (const forward of [true, false]) {
      const seen = [];
      let start;
      let pages = 0;
      do {
        const page = await query('Pages', 'pk = :p', values,
          { Limit: 7, ScanIndexForward: forward, ExclusiveStartKey: start });
        seen.push(...numbers(page));
        assert.equal(page.Count, page.Items.length);
        start = page.LastEvaluatedKey;
        if (start !== undefined) assert.deepEqual(start, { pk: s('p'), sk: page.Items.at(-1).sk });
        pages += 1;
      } while (start !== undefined);
      assert.deepEqual(seen, forward ? range(0, 20) : range(0, 20).reverse());
      assert.equal(pages, 3);
    }
  });

  test('a Limit reached exactly at the end still answers a key', async () => {
    // The service does not look ahead; the next page is then empty.
    const page = await query('Pages', 'pk = :p', values, { Limit: 20 });
    assert.equal(page.Count, 20);
    assert.deepEqual(page.LastEvaluatedKey, { pk: s('p'), sk: n(19) });
    const rest = await query('Pages', 'pk = :p', values,
      { ExclusiveStartKey: page.LastEvaluatedKey });
    assert.deepEqual(rest, { Items: [], Count: 0, ScannedCount: 0 });
    const more = await query('Pages', 'pk = :p', values, { Limit: 21 });
    assert.equal(more.LastEvaluatedKey, undefined);
  });

  test('the start key need not exist', async () => {
    const page = await query('Pages', 'pk = :p', values,
      { ExclusiveStartKey: { pk: s('p'), sk: n('16.5') } });
    assert.deepEqual(numbers(page), [17, 18, 19]);
  });

  test('Limit counts before the filter', async () => {
    const page = await query('Pages', 'pk = :p', { ...values, ':t': { BOOL: true } },
      { Limit: 5, FilterExpression: 'even = :t' });
    assert.deepEqual(numbers(page), [0, 2, 4]);
    assert.equal(page.Count, 3);
    assert.equal(page.ScannedCount, 5);
    assert.deepEqual(page.LastEvaluatedKey, { pk: s('p'), sk: n(4) });
  });

  test('a page may be empty and not the last', async () => {
    const page = await query('Pages', 'pk = :p', { ...values, ':no': s('x') },
      { Limit: 5, FilterExpression: 'even = :no' });
    assert.deepEqual(page, {
      Items: [], Count: 0, ScannedCount: 5, LastEvaluatedKey: { pk: s('p'), sk: n(4) },
    });
  });

  test('Select COUNT has no Items', async () => {
    assert.deepEqual(await query('Pages', 'pk = :p AND sk < :k', { ...values, ':k': n(3) },
      { Select: 'COUNT' }), { Count: 3, ScannedCount: 3 });
  });

  test('Select ALL_ATTRIBUTES and SPECIFIC_ATTRIBUTES', async () => {
    const key = { ...values, ':k': n(0) };
    const all = await query('Pages', 'pk = :p AND sk = :k', key, { Select: 'ALL_ATTRIBUTES' });
    assert.deepEqual(all.Items, [{ pk: s('p'), sk: n(0), even: { BOOL: true } }]);
    const some = await query('Pages', 'pk = :p AND sk = :k', key,
      { Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'even' });
    assert.deepEqual(some.Items, [{ even: { BOOL: true } }]);
  });

  test('a page ends before 1 MiB would be crossed', async () => {
    // Ten items of 104857 bytes fit into 1048576, the eleventh does not.
    const filler = 104857 - ('pk'.length + 1 + 'sk'.length + 2 + 'v'.length);
    await putAll(server, 'Large', range(1, 13).map((sk) => (
      { pk: s('p'), sk: n(sk), v: s('x'.repeat(filler)) })));
    const page = await query('Large', 'pk = :p', values, { ProjectionExpression: 'sk' });
    assert.equal(page.Count, 10);
    assert.deepEqual(page.LastEvaluatedKey, { pk: s('p'), sk: n(10) });
    const rest = await query('Large', 'pk = :p', values,
      { ProjectionExpression: 'sk', ExclusiveStartKey: page.LastEvaluatedKey });
    assert.deepEqual(numbers(rest), [11, 12]);
    assert.equal(rest.LastEvaluatedKey, undefined);
    const filtered = await query('Large', 'pk = :p', { ...values, ':no': s('no') },
      { FilterExpression: 'v = :no' });
    assert.equal(filtered.ScannedCount, 10, 'size counts before the filter');
    assert.equal(filtered.Count, 0);
  });

  test('exactly 1 MiB still fits', async () => {
    const filler = 131072 - ('pk'.length + 1 + 'sk'.length + 2 + 'v'.length);
    await putAll(server, 'Large', range(1, 10).map((sk) => (
      { pk: s('e'), sk: n(sk), v: s('x'.repeat(filler)) })));
    const page = await query('Large', 'pk = :p', { ':p': s('e') }, { ProjectionExpression: 'sk' });
    assert.equal(page.Count, 8);
    assert.deepEqual(page.LastEvaluatedKey, { pk: s('e'), sk: n(8) });
  });

  test('stock SDK: paginator', async () => {
    const client = server.sdk();
    const seen = [];
    const pages = paginateQuery({ client, pageSize: 6 }, {
      TableName: 'Pages', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: values,
    });
    for await (const page of pages) seen.push(...numbers(page));
    assert.deepEqual(seen, range(0, 20));
    const one = await client.send(new QueryCommand({
      TableName: 'Pages', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: values,
      ConsistentRead: true, Limit: 1,
    }));
    assert.equal(one.Count, 1);
  });
});
