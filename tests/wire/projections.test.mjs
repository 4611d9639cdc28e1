// What projection expressions leave of an item, in GetItem, Query and Scan alike.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTable, ok, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const l = (...items) => ({ L: items });
const m = (members) => ({ M: members });

const kItem = {
  pk: s('item'), sk: n(1), a: n(1), b: m({ x: n(2), y: l(n(3), n(4)), z: m({ deep: s('d') }) }),
  c: l(n(0), m({ p: s('p'), q: s('q') }), n(2)), 'dotted.name': n(5), d: { SS: ['e'] },
};

const server = useServer({}, async (running) => {
  await createTable(running, 'Range', 'pk:S', 'sk:N');
  await ok(running, 'PutItem', { TableName: 'Range', Item: kItem });
});

// [expression, names, what is left]
const kRows = [
  ['a', undefined, { a: n(1) }],
  ['pk, sk', undefined, { pk: s('item'), sk: n(1) }],
  ['a, zz', undefined, { a: n(1) }],
  ['zz', undefined, {}],
  ['b', undefined, { b: kItem.b }],
  ['b.x', undefined, { b: m({ x: n(2) }) }],
  ['b.x, b.y', undefined, { b: m({ x: n(2), y: l(n(3), n(4)) }) }],
  ['b.z.deep, a', undefined, { a: n(1), b: m({ z: m({ deep: s('d') }) }) }],
  ['b.zz', undefined, {}],
  ['b.z.zz', undefined, {}],
  ['a.b', undefined, {}],
  ['a[0]', undefined, {}],
  ['b[0]', undefined, {}],
  ['c.p', undefined, {}],
  ['c[0]', undefined, { c: l(n(0)) }],
  ['c[2], c[0]', undefined, { c: l(n(0), n(2)) }],
  ['c[9]', undefined, {}],
  ['c[1].p', undefined, { c: l(m({ p: s('p') })) }],
  ['c[1].p, c[1].q', undefined, { c: l(m({ p: s('p'), q: s('q') })) }],
  ['c[1].q, c[2]', undefined, { c: l(m({ q: s('q') }), n(2)) }],
  ['b.y[1]', undefined, { b: m({ y: l(n(4)) }) }],
  ['#d', { '#d': 'dotted.name' }, { 'dotted.name': n(5) }],
  ['b.#z.#e', { '#z': 'z', '#e': 'deep' }, { b: m({ z: m({ deep: s('d') }) }) }],
  [' a ,\n b . x ', undefined, { a: n(1), b: m({ x: n(2) }) }],
  ['d', undefined, { d: { SS: ['e'] } }],
];

describe('projections', () => {
  for (const [text, names, expected] of kRows) {
    test(JSON.stringify(text), async () => {
      const projection = { ProjectionExpression: text, ExpressionAttributeNames: names };
      const got = await ok(server, 'GetItem', {
        TableName: 'Range', Key: { pk: s('item'), sk: n(1) }, ...projection,
      });
      assert.deepEqual(got, { Item: expected }, 'GetItem');
      const queried = await ok(server, 'Query', {
        TableName: 'Range', KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': s('item') }, ...projection,
      });
      assert.deepEqual(queried, { Items: [expected], Count: 1, ScannedCount: 1 }, 'Query');
      const scanned = await ok(server, 'Scan', { TableName: 'Range', ...projection });
      assert.deepEqual(scanned, { Items: [expected], Count: 1, ScannedCount: 1 }, 'Scan');
    });
  }

  test('an absent item stays absent', async () => {
    assert.deepEqual(await ok(server, 'GetItem', {
      TableName: 'Range', Key: { pk: s('absent'), sk: n(1) }, ProjectionExpression: 'a',
    }), {});
  });
});
