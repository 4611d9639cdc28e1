// Scan: everything once, whatever the pages and segments.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { call, createTable, ok, putAll, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const kPartitions = 60;
const kRows = 3;
const kAll = [];
for (let pk = 0; pk < kPartitions; pk += 1) {
  for (let sk = 0; sk < kRows; sk += 1) kAll.push(`${pk}/${sk}`);
}
kAll.sort();

const server = useServer({}, async (running) => {
  await createTable(running, 'Many', 'pk:S', 'sk:N');
  await createTable(running, 'Empty', 'pk:S');
  await createTable(running, 'Large', 'pk:S');
  await createTable(running, 'Moving', 'pk:S');
  await putAll(running, 'Many', kAll.map((name) => {
    const [pk, sk] = name.split('/');
    return { pk: s(`p${pk}`), sk: n(sk), odd: { BOOL: Number(pk) % 2 === 1 } };
  }));
});

const name = (item) => `${item.pk.S.slice(1)}/${item.sk.N}`;
const scan = (members = {}) => ok(server, 'Scan', { TableName: 'Many', ...members });

/** Follows LastEvaluatedKey to the end; answers all pages. */
async function pages(members) {
  const found = [];
  let start;
  do {
    const page = await scan({ ...members, ExclusiveStartKey: start });
    found.push(page);
    start = page.LastEvaluatedKey;
    if (start !== undefined) assert.deepEqual(Object.keys(start).sort(), ['pk', 'sk']);
  } while (start !== undefined);
  return found;
}

const names = (list) => list.flatMap((page) => page.Items.map(name));

describe('whole table', () => {
  test('every item once, partitions together and in sort order', async () => {
    const page = await scan();
    assert.equal(page.Count, kAll.length);
    assert.equal(page.ScannedCount, kAll.length);
    assert.equal(page.LastEvaluatedKey, undefined);
    assert.deepEqual(names([page]).sort(), kAll);
    for (let index = 0; index < page.Items.length; index += kRows) {
      const group = page.Items.slice(index, index + kRows);
      assert.equal(new Set(group.map((item) => item.pk.S)).size, 1);
      assert.deepEqual(group.map((item) => item.sk.N), ['0', '1', '2']);
    }
  });

  test('the order is the same every time', async () => {
    // Pages would overlap or leave gaps otherwise.
    assert.deepEqual(names([await scan()]), names([await scan({ ConsistentRead: true })]));
  });

  test('an empty table', async () => {
    assert.deepEqual(await ok(server, 'Scan', { TableName: 'Empty' }),
      { Items: [], Count: 0, ScannedCount: 0 });
  });

  test('pages of every size', async () => {
    const whole = names([await scan()]);
    for (const Limit of [1, 7, 60, 179, 180, 181]) {
      const found = await pages({ Limit });
      assert.deepEqual(names(found), whole, `Limit ${Limit}`);
      for (const page of found.slice(0, -1)) assert.equal(page.Count, Limit);
    }
  });

  test('a Limit reached exactly at the end still answers a key', async () => {
    const found = await pages({ Limit: kAll.length });
    assert.equal(found.length, 2);
    assert.deepEqual(found[1], { Items: [], Count: 0, ScannedCount: 0 });
  });

  test('Select COUNT', async () => {
    assert.deepEqual(await scan({ Select: 'COUNT' }),
      { Count: kAll.length, ScannedCount: kAll.length });
  });

  test('a start key that does not exist', async () => {
    // Between two sort keys of one partition, its place is known.
    const { Items } = await scan();
    const at = Items.findIndex((item) => item.pk.S === 'p5' && item.sk.N === '1');
    const page = await scan({ ExclusiveStartKey: { pk: s('p5'), sk: n('1.5') } });
    assert.deepEqual(names([page]), Items.slice(at + 1).map(name));
  });
});

describe('filters', () => {
  const odd = { FilterExpression: 'odd = :t', ExpressionAttributeValues: { ':t': { BOOL: true } } };

  test('count what is returned and what was looked at', async () => {
    const page = await scan(odd);
    assert.equal(page.Count, kAll.length / 2);
    assert.equal(page.ScannedCount, kAll.length);
  });

  test('keys are allowed', async () => {
    const page = await scan({
      FilterExpression: 'pk = :p AND sk > :s',
      ExpressionAttributeValues: { ':p': s('p7'), ':s': n(0) },
    });
    assert.deepEqual(names([page]), ['7/1', '7/2']);
  });

  test('pages with a filter add up', async () => {
    const found = await pages({ ...odd, Limit: 10 });
    assert.equal(found.length, 19);
    assert.equal(found.reduce((sum, page) => sum + page.Count, 0), kAll.length / 2);
    assert.equal(found.reduce((sum, page) => sum + page.ScannedCount, 0), kAll.length);
  });

  test('COUNT with a filter', async () => {
    assert.deepEqual(await scan({ ...odd, Select: 'COUNT' }),
      { Count: kAll.length / 2, ScannedCount: kAll.length });
  });
});

describe('segments', () => {
  for (const TotalSegments of [1, 2, 3, 7, 64]) {
    test(`${TotalSegments} segments hold every item once`, async () => {
      const found = [];
      for (let Segment = 0; Segment < TotalSegments; Segment += 1) {
        const parts = names(await pages({ Segment, TotalSegments, Limit: 11 }));
        assert.deepEqual(parts, names([await scan({ Segment, TotalSegments })]));
        found.push(...parts);
      }
      assert.deepEqual(found.sort(), kAll);
    });
  }

  test('a million segments', async () => {
    const page = await scan({ Segment: 999999, TotalSegments: 1000000 });
    assert.ok(page.Count <= kAll.length);
  });

  test('a partition is never split', async () => {
    for (let Segment = 0; Segment < 4; Segment += 1) {
      const { Items } = await scan({ Segment, TotalSegments: 4 });
      const counts = new Map();
      for (const item of Items) counts.set(item.pk.S, (counts.get(item.pk.S) ?? 0) + 1);
      for (const count of counts.values()) assert.equal(count, kRows);
    }
  });

  test('a start key of another segment is refused', async () => {
    const inSegment = async (Segment) => (await scan({ Segment, TotalSegments: 2 })).Items[0];
    const other = await inSegment(1);
    const answer = await call(server, 'Scan', {
      TableName: 'Many', Segment: 0, TotalSegments: 2,
      ExclusiveStartKey: { pk: other.pk, sk: other.sk },
    });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.message, 'The provided starting key is invalid: Invalid ' +
      'ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 ' +
      'Segment: 0');
  });
});

describe('size of a page', () => {
  test('a page ends before 1 MiB would be crossed', async () => {
    const size = 104857;
    await putAll(server, 'Large', Array.from({ length: 25 }, (_, index) => {
      const pk = `p${String(index).padStart(2, '0')}`;
      return { pk: s(pk), v: s('x'.repeat(size - 'pk'.length - pk.length - 'v'.length)) };
    }));
    const counts = [];
    const seen = new Set();
    let start;
    do {
      const page = await ok(server, 'Scan', {
        TableName: 'Large', ProjectionExpression: 'pk', ExclusiveStartKey: start,
      });
      counts.push(page.Count);
      for (const item of page.Items) seen.add(item.pk.S);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    assert.deepEqual(counts, [10, 10, 5]);
    assert.equal(seen.size, 25);
  });
});

describe('while the table changes', () => {
  test('items that stay are seen exactly once', async () => {
    // Deleting what the last page ended with must not disturb the next page.
    await putAll(server, 'Moving', Array.from({ length: 60 }, (_, index) => (
      { pk: s(`k${index}`), keep: { BOOL: index % 3 !== 0 } })));
    const seen = [];
    let start;
    do {
      const page = await ok(server, 'Scan', {
        TableName: 'Moving', Limit: 7, ExclusiveStartKey: start,
      });
      for (const item of page.Items) if (item.keep.BOOL) seen.push(item.pk.S);
      start = page.LastEvaluatedKey;
      for (const item of page.Items) {
        if (!item.keep.BOOL) {
          await ok(server, 'DeleteItem', { TableName: 'Moving', Key: { pk: item.pk } });
        }
      }
    } while (start !== undefined);
    assert.equal(seen.length, 40);
    assert.equal(new Set(seen).size, 40);
    assert.equal((await ok(server, 'Scan', { TableName: 'Moving' })).Count, 40);
  });
});

test('stock SDK: paginator', async () => {
  const seen = [];
  for await (const page of paginateScan({ client: server.sdk(), pageSize: 50 },
    { TableName: 'Many' })) {
    seen.push(...page.Items.map(name));
  }
  assert.deepEqual(seen.sort(), kAll);
});
