// Conditions as they are evaluated: the truth of every operator and function against one stored
// item, through condition and filter alike, and what a failed condition does and answers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { call, createTable, ok, useServer } from './harness.mjs';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });
const b = (text) => ({ B: Buffer.from(text).toString('base64') });

const kItem = {
  pk: s('item'), txt: s('hello'), num: n(5), zero: n('-0.0'), bin: b('\x01\x02\x03'),
  yes: { BOOL: true }, nul: { NULL: true }, nix: s(''),
  ss: { SS: ['a', 'b'] }, ns: { NS: ['1', '2.50'] }, bs: { BS: ['AQ==', 'Ag=='] },
  lst: { L: [s('x'), n(1), { M: { k: n(1) } }] }, doc: { M: { a: n(1), b: { L: [] } } },
  same: s('hello'), wide: s('\u{1f600}\u00e9'),
};

const server = useServer({}, async (running) => {
  await createTable(running, 'Hash', 'pk:S');
  await createTable(running, 'Other', 'pk:S');
  await ok(running, 'PutItem', { TableName: 'Hash', Item: kItem });
});

// [expression, values, truth]
const kTruths = {
  comparisons: [
    ['txt = :v', { ':v': s('hello') }, true], ['txt = :v', { ':v': s('hell') }, false],
    ['txt <> :v', { ':v': s('hell') }, true], ['txt < :v', { ':v': s('hellp') }, true],
    ['txt > :v', { ':v': s('hell') }, true], ['txt >= :v', { ':v': s('hello') }, true],
    ['txt <= :v', { ':v': s('Hello') }, false], [':v < txt', { ':v': s('a') }, true],
    ['num = :v', { ':v': n('5.00') }, true], ['num = :v', { ':v': n('0.5e1') }, true],
    ['num > :v', { ':v': n('10') }, false], ['num < :v', { ':v': n('1e100') }, true],
    ['num > :v', { ':v': n('-1e100') }, true], ['zero = :v', { ':v': n(0) }, true],
    ['bin = :v', { ':v': b('\x01\x02\x03') }, true],
    ['bin < :v', { ':v': { B: '/w==' } }, true],
    ['bin < :v', { ':v': b('\x01\x02\x03\x00') }, true],
    ['txt = same', {}, true], ['txt <> same', {}, false], ['txt <= same', {}, true],
    ['num < txt', {}, false], ['num <> txt', {}, true], ['num = txt', {}, false],
    ['yes = :v', { ':v': { BOOL: true } }, true], ['yes = :v', { ':v': { BOOL: false } }, false],
    ['nul = :v', { ':v': { NULL: true } }, true], ['num = :v', { ':v': s('5') }, false],
    ['num <> :v', { ':v': s('5') }, true], ['num < :v', { ':v': s('6') }, false],
    ['nix = :v', { ':v': s('') }, true], ['nix < txt', {}, true],
    ['ss = :v', { ':v': { SS: ['b', 'a'] } }, true],
    ['ss = :v', { ':v': { SS: ['a'] } }, false],
    ['ns = :v', { ':v': { NS: ['2.5', '1.0'] } }, true],
    ['bs = :v', { ':v': { BS: ['Ag==', 'AQ=='] } }, true],
    ['lst = :v', { ':v': kItem.lst }, true],
    ['lst = :v', { ':v': { L: [n(1), s('x'), { M: { k: n(1) } }] } }, false],
    ['doc = :v', { ':v': { M: { b: { L: [] }, a: n('1.0') } } }, true],
    ['doc = :v', { ':v': { M: { a: n(1) } } }, false],
    ['ss = :v', { ':v': { L: [s('a'), s('b')] } }, false],
    ['doc.a = :v', { ':v': n(1) }, true], ['lst[2].k = :v', { ':v': n(1) }, true],
    ['lst[1] = :v', { ':v': n(1) }, true], ['lst[3] = :v', { ':v': n(1) }, false],
    ['doc.a.b = :v', { ':v': n(1) }, false], ['lst.a = :v', { ':v': n(1) }, false],
    ['txt[0] = :v', { ':v': s('h') }, false],
  ],
  'missing sides': [
    ['zz = :v', { ':v': s('a') }, false], ['zz <> :v', { ':v': s('a') }, true],
    ['zz < :v', { ':v': s('a') }, false], ['NOT zz = :v', { ':v': s('a') }, true],
    ['zz = yy', {}, false], ['zz <> yy', {}, true],
    ['zz BETWEEN :v AND :w', { ':v': n(1), ':w': n(2) }, false],
    ['zz IN (:v)', { ':v': n(1) }, false],
  ],
  'BETWEEN and IN': [
    ['num BETWEEN :v AND :w', { ':v': n(5), ':w': n(6) }, true],
    ['num BETWEEN :v AND :w', { ':v': n(4), ':w': n(5) }, true],
    ['num BETWEEN :v AND :w', { ':v': n(6), ':w': n(7) }, false],
    ['num BETWEEN :v AND :w', { ':v': s('4'), ':w': s('6') }, false],
    [':v BETWEEN zero AND num', { ':v': n(3) }, true],
    ['txt IN (:v, :w)', { ':v': s('x'), ':w': s('hello') }, true],
    ['txt IN (:v, same)', { ':v': s('x') }, true],
    ['num IN (:v, :w)', { ':v': s('5'), ':w': n(4) }, false],
    ['doc IN (:v)', { ':v': kItem.doc }, true],
  ],
  functions: [
    ['attribute_exists(txt)', {}, true], ['attribute_exists(zz)', {}, false],
    ['attribute_exists(nul)', {}, true], ['attribute_exists(doc.a)', {}, true],
    ['attribute_exists(doc.z)', {}, false], ['attribute_exists(lst[2])', {}, true],
    ['attribute_exists(lst[3])', {}, false], ['attribute_not_exists(zz)', {}, true],
    ['attribute_not_exists(txt)', {}, false], ['attribute_exists(pk)', {}, true],
    ...[['txt', 'S'], ['num', 'N'], ['bin', 'B'], ['yes', 'BOOL'], ['nul', 'NULL'], ['ss', 'SS'],
      ['ns', 'NS'], ['bs', 'BS'], ['lst', 'L'], ['doc', 'M']].flatMap(([name, type]) => [
      [`attribute_type(${name}, :v)`, { ':v': s(type) }, true],
      [`attribute_type(${name}, :v)`, { ':v': s(type === 'S' ? 'N' : 'S') }, false],
    ]),
    ['attribute_type(zz, :v)', { ':v': s('S') }, false],
    ['begins_with(txt, :v)', { ':v': s('hel') }, true],
    ['begins_with(txt, :v)', { ':v': s('') }, true],
    ['begins_with(txt, :v)', { ':v': s('hello!') }, false],
    ['begins_with(txt, same)', {}, true],
    ['begins_with(bin, :v)', { ':v': b('\x01\x02') }, true],
    ['begins_with(txt, :v)', { ':v': b('hel') }, false],
    ['begins_with(num, :v)', { ':v': s('5') }, false],
    ['begins_with(zz, :v)', { ':v': s('a') }, false],
    ['contains(txt, :v)', { ':v': s('ell') }, true],
    ['contains(txt, :v)', { ':v': s('xyz') }, false],
    ['contains(bin, :v)', { ':v': b('\x02\x03') }, true],
    ['contains(ss, :v)', { ':v': s('a') }, true], ['contains(ss, :v)', { ':v': s('c') }, false],
    ['contains(ns, :v)', { ':v': n('2.5') }, true], ['contains(ns, :v)', { ':v': s('1') }, false],
    ['contains(bs, :v)', { ':v': { B: 'AQ==' } }, true],
    ['contains(lst, :v)', { ':v': s('x') }, true],
    ['contains(lst, :v)', { ':v': { M: { k: n('1.0') } } }, true],
    ['contains(lst, :v)', { ':v': n(2) }, false], ['contains(doc, :v)', { ':v': s('a') }, false],
    ['contains(num, :v)', { ':v': n(5) }, false], ['contains(zz, :v)', { ':v': s('a') }, false],
    ['contains(:v, txt)', { ':v': s('say hello') }, true],
  ],
  size: [
    ['size(txt) = :v', { ':v': n(5) }, true], ['size(nix) = :v', { ':v': n(0) }, true],
    // Two code units for the emoji, one for the accented letter.
    ['size(wide) = :v', { ':v': n(3) }, true], ['size(bin) = :v', { ':v': n(3) }, true],
    ['size(ss) = :v', { ':v': n(2) }, true], ['size(lst) = :v', { ':v': n(3) }, true],
    ['size(doc) = :v', { ':v': n(2) }, true], ['size(doc.b) = :v', { ':v': n(0) }, true],
    ['size(num) > :v', { ':v': n(-1) }, false], ['size(num) <> :v', { ':v': n(1) }, true],
    ['size(zz) >= :v', { ':v': n(0) }, false], ['size(zz) <> :v', { ':v': n(0) }, true],
    ['size(ss) < size(txt)', {}, true], ['size(txt) = num', {}, true],
    ['size(txt) BETWEEN :v AND :w', { ':v': n(1), ':w': n(5) }, true],
    ['size(ss) IN (:v, :w)', { ':v': n(1), ':w': n(2) }, true],
  ],
  'AND, OR, NOT and parentheses': [
    ['num = :v AND txt = same', { ':v': n(5) }, true],
    ['num = :v AND zz = same', { ':v': n(5) }, false],
    ['zz = same OR num = :v', { ':v': n(5) }, true],
    // AND binds tighter than OR.
    ['num = :v OR num = :v AND zz = :v', { ':v': n(5) }, true],
    ['(num = :v OR num = :v) AND zz = :v', { ':v': n(5) }, false],
    // NOT binds tighter than AND, looser than comparison.
    ['NOT num = :w AND num = :v', { ':v': n(5), ':w': n(6) }, true],
    ['NOT (num = :v AND zz = :v)', { ':v': n(5) }, true],
    ['NOT NOT num = :v', { ':v': n(5) }, true], ['not num = :v', { ':v': n(5) }, false],
    ['num between :v and :v and txt = same', { ':v': n(5) }, true],
    ['(num) = :v', { ':v': n(5) }, true], ['((num = :v) AND (txt = same))', { ':v': n(5) }, true],
    ['NOT attribute_exists(zz) aNd num In (:v)', { ':v': n(5) }, true],
  ],
};

for (const [group, rows] of Object.entries(kTruths)) {
  describe(group, () => {
    for (const [text, values, truth] of rows) {
      test(`${text} with ${JSON.stringify(values)} is ${truth}`, async () => {
        const given = Object.keys(values).length === 0
          ? {} : { ExpressionAttributeValues: values };
        // Through a filter.
        const page = await ok(server, 'Scan', {
          TableName: 'Hash', FilterExpression: text, ...given,
        });
        assert.equal(page.Count, truth ? 1 : 0, 'filter');
        assert.equal(page.ScannedCount, 1);
        // Through the condition of an update that changes nothing.
        const answer = await call(server, 'UpdateItem', {
          TableName: 'Hash', Key: { pk: s('item') }, ConditionExpression: text, ...given,
        });
        assert.equal(answer.status, truth ? 200 : 400, `condition: ${answer.text}`);
      });
    }
  });
}

describe('effects', () => {
  const put = (item, members) => call(server, 'PutItem',
    { TableName: 'Other', Item: item, ...members });
  const kFailed = {
    __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    message: 'The conditional request failed',
  };
  const read = async (pk) => (await ok(server, 'GetItem',
    { TableName: 'Other', Key: { pk: s(pk) } })).Item;

  test('create only once', async () => {
    // The usual way of taking a lock or a name.
    const once = { ConditionExpression: 'attribute_not_exists(pk)' };
    assert.equal((await put({ pk: s('once'), v: n(1) }, once)).status, 200);
    const second = await put({ pk: s('once'), v: n(2) }, once);
    assert.equal(second.status, 400);
    assert.deepEqual(second.json, kFailed);
    assert.deepEqual(await read('once'), { pk: s('once'), v: n(1) });
  });

  test('of many who create at once, one wins', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => put(
      { pk: s('race'), v: n(index) }, { ConditionExpression: 'attribute_not_exists(pk)' })));
    const winners = answers.map((answer) => answer.status === 200);
    assert.equal(winners.filter(Boolean).length, 1);
    assert.deepEqual((await read('race')).v, n(winners.indexOf(true)));
  });

  test('optimistic locking: of many who saw one version, one wins', async () => {
    await put({ pk: s('version'), v: n(0) });
    for (let version = 0; version < 5; version += 1) {
      const attempt = () => call(server, 'UpdateItem', {
        TableName: 'Other', Key: { pk: s('version') }, UpdateExpression: 'SET v = :new',
        ConditionExpression: 'v = :old',
        ExpressionAttributeValues: { ':old': n(version), ':new': n(version + 1) },
      });
      const answers = await Promise.all(Array.from({ length: 20 }, attempt));
      assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    }
  });

  test('the item that stood in the way is answered on request', async () => {
    await put({ pk: s('there'), v: n(1) });
    const fails = {
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    const expected = { ...kFailed, Item: { pk: s('there'), v: n(1) } };
    const key = { TableName: 'Other', Key: { pk: s('there') } };
    assert.deepEqual((await put({ pk: s('there') }, fails)).json, expected);
    assert.deepEqual((await call(server, 'UpdateItem', { ...key, ...fails })).json, expected);
    assert.deepEqual((await call(server, 'DeleteItem', { ...key, ...fails })).json, expected);
    assert.deepEqual((await put({ pk: s('there') },
      { ...fails, ReturnValuesOnConditionCheckFailure: 'NONE' })).json, kFailed);
  });

  test('against nothing, an item is empty, its keys as well', async () => {
    const update = await call(server, 'UpdateItem', {
      TableName: 'Other', Key: { pk: s('nothing') }, ConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': s('nothing') },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    assert.deepEqual(update.json, kFailed);
    const removal = await call(server, 'DeleteItem', {
      TableName: 'Other', Key: { pk: s('nothing') }, ConditionExpression: 'attribute_exists(pk)',
    });
    assert.deepEqual(removal.json, kFailed);
    assert.equal(await read('nothing'), undefined);
  });

  test('names through placeholders: dots, brackets, reserved words', async () => {
    await put({ pk: s('odd'), 'a.b': n(1), 'c[0]': n(2), name: n(3), ' ': n(4), '#x': n(5) });
    const answer = await call(server, 'UpdateItem', {
      TableName: 'Other', Key: { pk: s('odd') },
      ConditionExpression: '#1 = :1 AND #2 = :2 AND #3 = :3 AND #4 = :4 AND #_5 = :_5',
      ExpressionAttributeNames: {
        '#1': 'a.b', '#2': 'c[0]', '#3': 'name', '#4': ' ', '#_5': '#x',
      },
      ExpressionAttributeValues: {
        ':1': n(1), ':2': n(2), ':3': n(3), ':4': n(4), ':_5': n(5),
      },
    });
    assert.equal(answer.status, 200, answer.text);
  });

  test('the longest expression, the most operators, the longest IN list', async () => {
    const long = `attribute_exists(${'a'.repeat(4096 - 18)})`;
    const many = Array.from({ length: 150 }, () => 'pk = :p').join(' OR ');
    const wide = `pk IN (${Array.from({ length: 100 }, () => ':p').join(',')})`;
    for (const [text, values] of [[long, undefined], [many, { ':p': s('x') }],
      [wide, { ':p': s('x') }]]) {
      const answer = await call(server, 'Scan', {
        TableName: 'Other', FilterExpression: text, ExpressionAttributeValues: values,
      });
      assert.equal(answer.status, 200, answer.text);
    }
  });

  test('thousands of parentheses and NOTs are bounded, not fatal', async () => {
    for (const text of [
      `${'('.repeat(2000)}a = :v${')'.repeat(2000)}`, `${'NOT '.repeat(1000)}a = :v`,
      `${'NOT('.repeat(800)}a = :v${')'.repeat(800)}`, '('.repeat(4000),
    ]) {
      const answer = await call(server, 'Scan', {
        TableName: 'Other', FilterExpression: text, ExpressionAttributeValues: { ':v': n(1) },
      });
      assert.equal(answer.json?.__type, 'com.amazon.coral.validate#ValidationException');
    }
    assert.equal((await call(server, 'ListTables', {})).status, 200);
  });

  test('stock SDK: the exception carries the item', async () => {
    await put({ pk: s('sdk'), v: n(7) });
    await assert.rejects(server.sdk().send(new PutItemCommand({
      TableName: 'Other', Item: { pk: s('sdk') }, ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })), (error) => {
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.deepEqual(error.Item, { pk: s('sdk'), v: n(7) });
      return true;
    });
  });
});
