// What update expressions do: each row takes an item through one expression.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, createTable, ok, useServer } from './harness.mjs';

const server = useServer({}, (running) => createTable(running, 'Hash', 'pk:S'));

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const l = (...items) => ({ L: items });
const m = (members) => ({ M: members });

// [name, before, expression, values, after]
const kRows = {
  SET: [
    ['a new attribute', {}, 'SET a = :v', { ':v': n(1) }, { a: n(1) }],
    ['replaces a value and its type', { a: n(1) }, 'SET a = :v', { ':v': l() }, { a: l() }],
    ['several at once', { a: n(1) }, 'SET a = :v, b = :w', { ':v': n(2), ':w': n(3) },
      { a: n(2), b: n(3) }],
    ['copies', { a: n(1) }, 'SET b = a', {}, { a: n(1), b: n(1) }],
    ['swaps: the right side sees the old item', { a: n(1), b: n(2) }, 'SET a = b, b = a', {},
      { a: n(2), b: n(1) }],
    ['right side reads what is removed', { a: n(1) }, 'SET b = a REMOVE a', {}, { b: n(1) }],
    ['adds', { a: n(1) }, 'SET a = a + :v', { ':v': n('2.5') }, { a: n('3.5') }],
    ['subtracts', { a: n(1) }, 'SET a = a - :v', { ':v': n('2.5') }, { a: n('-1.5') }],
    ['adds two literals', {}, 'SET a = :v + :w', { ':v': n(1), ':w': n(2) }, { a: n(3) }],
    ['subtracts two paths', { a: n(5), b: n(3) }, 'SET c = a - b', {},
      { a: n(5), b: n(3), c: n(2) }],
    ['in parentheses', { a: n(5) }, 'SET a = (a + :v)', { ':v': n(1) }, { a: n(6) }],
    ['chained in parentheses', { a: n(5) }, 'SET a = (a + :v) - :w', { ':v': n(1), ':w': n(2) },
      { a: n(4) }],
    ['exact decimals', { a: n('0.1') }, 'SET a = a + :v', { ':v': n('0.2') }, { a: n('0.3') }],
    ['38 digits', { a: n('9'.repeat(37)) }, 'SET a = a + :v', { ':v': n(1) },
      { a: n(`1${'0'.repeat(37)}`) }],
    ['map member', { a: m({ x: n(1) }) }, 'SET a.x = :v, a.y = :v', { ':v': n(2) },
      { a: m({ x: n(2), y: n(2) }) }],
    ['list element', { a: l(n(1), n(2)) }, 'SET a[1] = :v', { ':v': n(3) }, { a: l(n(1), n(3)) }],
    ['beyond the end appends', { a: l(n(1)) }, 'SET a[9] = :v', { ':v': n(2) },
      { a: l(n(1), n(2)) }],
    ['several beyond the end append in index order', { a: l(n(1)) }, 'SET a[9] = :v, a[5] = :w',
      { ':v': n(9), ':w': n(5) }, { a: l(n(1), n(5), n(9)) }],
    ['deep path', { a: l(m({ b: l(n(1)) })) }, 'SET a[0].b[0] = :v', { ':v': n(2) },
      { a: l(m({ b: l(n(2)) })) }],
    ['if_not_exists of an absent attribute', {}, 'SET a = if_not_exists(a, :v)', { ':v': n(1) },
      { a: n(1) }],
    ['if_not_exists of a present attribute', { a: n(0) }, 'SET a = if_not_exists(a, :v)',
      { ':v': n(1) }, { a: n(0) }],
    ['if_not_exists of another attribute', { b: n(2) }, 'SET a = if_not_exists(b, :v)',
      { ':v': n(1) }, { a: n(2), b: n(2) }],
    ['a counter from nothing', {}, 'SET a = if_not_exists(a, :z) + :v', { ':z': n(0), ':v': n(1) },
      { a: n(1) }],
    ['lazy second operand', { a: n(1) }, 'SET a = if_not_exists(a, zz)', {}, { a: n(1) }],
    ['list_append behind', { a: l(n(1)) }, 'SET a = list_append(a, :v)', { ':v': l(n(2), n(3)) },
      { a: l(n(1), n(2), n(3)) }],
    ['list_append in front', { a: l(n(1)) }, 'SET a = list_append(:v, a)', { ':v': l(n(2)) },
      { a: l(n(2), n(1)) }],
    ['list_append from nothing', {}, 'SET a = list_append(if_not_exists(a, :e), :v)',
      { ':e': l(), ':v': l(n(1)) }, { a: l(n(1)) }],
    ['list_append of itself', { a: l(n(1)) }, 'SET a = list_append(a, a)', {},
      { a: l(n(1), n(1)) }],
    ['an empty set through if_not_exists is never made', { a: { SS: ['x'] } },
      'SET b = if_not_exists(a, :v)', { ':v': s('y') }, { a: { SS: ['x'] }, b: { SS: ['x'] } }],
  ],
  REMOVE: [
    ['attributes', { a: n(1), b: n(2), c: n(3) }, 'REMOVE a, c', {}, { b: n(2) }],
    ['nothing there', { a: n(1) }, 'REMOVE zz', {}, { a: n(1) }],
    ['map member', { a: m({ x: n(1), y: n(2) }) }, 'REMOVE a.x, a.zz', {}, { a: m({ y: n(2) }) }],
    ['the last map member leaves an empty map', { a: m({ x: n(1) }) }, 'REMOVE a.x', {},
      { a: m({}) }],
    ['list element, the rest moves up', { a: l(n(0), n(1), n(2)) }, 'REMOVE a[1]', {},
      { a: l(n(0), n(2)) }],
    ['several use the original indexes', { a: l(n(0), n(1), n(2), n(3)) }, 'REMOVE a[0], a[2]', {},
      { a: l(n(1), n(3)) }],
    ['order does not matter', { a: l(n(0), n(1), n(2), n(3)) }, 'REMOVE a[2], a[0]', {},
      { a: l(n(1), n(3)) }],
    ['beyond the end', { a: l(n(0)) }, 'REMOVE a[5]', {}, { a: l(n(0)) }],
  ],
  ADD: [
    ['to a number', { a: n(1) }, 'ADD a :v', { ':v': n('-2.5') }, { a: n('-1.5') }],
    ['to nothing', {}, 'ADD a :v', { ':v': n(7) }, { a: n(7) }],
    ['to a map member', { a: m({ x: n(1) }) }, 'ADD a.x :v, a.y :v', { ':v': n(1) },
      { a: m({ x: n(2), y: n(1) }) }],
    ['to a string set', { a: { SS: ['x'] } }, 'ADD a :v', { ':v': { SS: ['x', 'y'] } },
      { a: { SS: ['x', 'y'] } }],
    ['a set to nothing', {}, 'ADD a :v', { ':v': { SS: ['x'] } }, { a: { SS: ['x'] } }],
    ['to a number set, by value', { a: { NS: ['1', '2'] } }, 'ADD a :v',
      { ':v': { NS: ['2.0', '3'] } }, { a: { NS: ['1', '2', '3'] } }],
    ['to a binary set', { a: { BS: ['AQ=='] } }, 'ADD a :v', { ':v': { BS: ['Ag=='] } },
      { a: { BS: ['AQ==', 'Ag=='] } }],
  ],
  DELETE: [
    ['members', { a: { SS: ['x', 'y'] } }, 'DELETE a :v', { ':v': { SS: ['x', 'z'] } },
      { a: { SS: ['y'] } }],
    ['the last member takes the attribute along', { a: { SS: ['x'] } }, 'DELETE a :v',
      { ':v': { SS: ['x'] } }, {}],
    ['numbers by value', { a: { NS: ['1', '2'] } }, 'DELETE a :v', { ':v': { NS: ['1.0'] } },
      { a: { NS: ['2'] } }],
    ['binaries', { a: { BS: ['AQ==', 'Ag=='] } }, 'DELETE a :v', { ':v': { BS: ['AQ=='] } },
      { a: { BS: ['Ag=='] } }],
    ['from nothing', { b: n(1) }, 'DELETE a :v', { ':v': { SS: ['x'] } }, { b: n(1) }],
  ],
  together: [
    ['all four in any order', { a: n(1), b: n(2), c: n(3), d: { SS: ['x', 'y'] } },
      'DELETE d :s ADD c :n REMOVE b SET a = :v', { ':s': { SS: ['x'] }, ':n': n(1), ':v': n(9) },
      { a: n(9), c: n(4), d: { SS: ['y'] } }],
    ['set and remove in one list', { a: l(n(0), n(1), n(2)) }, 'SET a[2] = :v REMOVE a[0]',
      { ':v': n(9) }, { a: l(n(1), n(9)) }],
    ['keywords in any case', { a: n(1) }, 'sEt b = :v reMove a', { ':v': n(2) }, { b: n(2) }],
    ['white space of every kind', {}, '\n SET\ta\r\n=\n:v\t', { ':v': n(1) }, { a: n(1) }],
    ['no white space', { a: n(1) }, 'SET a=a+:v,b=:v', { ':v': n(1) }, { a: n(2), b: n(1) }],
  ],
};

for (const [group, rows] of Object.entries(kRows)) {
  describe(group, () => {
    for (const [name, before, text, values, after] of rows) {
      test(name, async () => {
        const Key = { pk: s(`${group} ${name}`) };
        await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, ...before } });
        const { Attributes } = await ok(server, 'UpdateItem', {
          TableName: 'Hash', Key, UpdateExpression: text, ReturnValues: 'ALL_NEW',
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        });
        for (const value of Object.values(Attributes)) {
          for (const type of ['SS', 'NS', 'BS']) value[type]?.sort();
        }
        assert.deepEqual(Attributes, { ...Key, ...after });
        const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key });
        for (const value of Object.values(Item)) {
          for (const type of ['SS', 'NS', 'BS']) value[type]?.sort();
        }
        assert.deepEqual(Item, { ...Key, ...after }, 'what was answered is what is stored');
      });
    }
  });
}

test('placeholders for names, also inside paths', async () => {
  const Key = { pk: s('aliases') };
  await ok(server, 'PutItem', {
    TableName: 'Hash', Item: { ...Key, 'odd.name': m({ size: n(1) }), name: n(2) },
  });
  const { Attributes } = await ok(server, 'UpdateItem', {
    TableName: 'Hash', Key, UpdateExpression: 'SET #o.#s = #n + :v REMOVE #n',
    ExpressionAttributeNames: { '#o': 'odd.name', '#s': 'size', '#n': 'name' },
    ExpressionAttributeValues: { ':v': n(1) }, ReturnValues: 'ALL_NEW',
  });
  assert.deepEqual(Attributes, { ...Key, 'odd.name': m({ size: n(3) }) });
});

test('a failing part leaves the whole item as it was', async () => {
  const Key = { pk: s('whole') };
  await ok(server, 'PutItem', { TableName: 'Hash', Item: { ...Key, a: n(1), b: s('x') } });
  const answer = await call(server, 'UpdateItem', {
    TableName: 'Hash', Key, UpdateExpression: 'SET a = :v, c = b + :v',
    ExpressionAttributeValues: { ':v': n(2) },
  });
  assert.equal(answer.status, 400);
  const { Item } = await ok(server, 'GetItem', { TableName: 'Hash', Key });
  assert.deepEqual(Item, { ...Key, a: n(1), b: s('x') });
});
