// The checker of histories must find every kind of anomaly it exists for, and nothing else: one
// history for each, small enough to be judged by eye.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory, readOf, transactionOf, writeOf } from './history_check.mjs';

const kEmpty = JSON.stringify([null, null]);
const at = (start, end, apply) => ({ start, end, apply });
const verdict = (operations) => checkHistory(operations, kEmpty).valid;

const histories = [
  ['no operation', true, []],
  ['a read of nothing', true, [at(1, 2, readOf([0], [null]))]],
  ['a read of what nobody wrote', false, [at(1, 2, readOf([0], ['a']))]],
  ['one after the other', true, [
    at(1, 2, writeOf(0, 'a', [null])), at(3, 4, readOf([0], ['a'])),
    at(5, 6, writeOf(0, 'b', ['a'])), at(7, 8, readOf([0], ['b'])),
  ]],
  ['a stale read', false, [
    at(1, 2, writeOf(0, 'a', [null])), at(3, 4, writeOf(0, 'b', ['a'])),
    at(5, 6, readOf([0], ['a'])),
  ]],
  ['a read beside the write may see either', true, [
    at(1, 4, writeOf(0, 'a', [null])), at(2, 3, readOf([0], [null])), at(2, 5, readOf([0], ['a'])),
  ]],
  ['but not the new value first and then the old', false, [
    at(1, 9, writeOf(0, 'a', [null])), at(2, 3, readOf([0], ['a'])), at(4, 5, readOf([0], [null])),
  ]],
  ['a lost update', false, [
    at(1, 9, writeOf(0, 'a', [null])), at(2, 8, writeOf(0, 'b', [null])),
  ]],
  ['a lost write', false, [at(1, 2, writeOf(0, 'a', [null])), at(3, 4, readOf([0], [null]))]],
  ['an unknown write may have happened', true, [
    at(1, Infinity, writeOf(0, 'a')), at(3, 4, readOf([0], [null])), at(5, 6, readOf([0], ['a'])),
  ]],
  ['or never', true, [at(1, Infinity, writeOf(0, 'a')), at(5, 6, readOf([0], [null]))]],
  ['but not before it began', false, [
    at(3, Infinity, writeOf(0, 'a')), at(1, 2, readOf([0], ['a'])),
  ]],
  ['and only once', false, [
    at(1, Infinity, writeOf(0, 'a')), at(3, 4, readOf([0], ['a'])),
    at(5, 6, writeOf(0, 'b', ['a'])), at(7, 8, readOf([0], ['a'])),
  ]],
  ['a torn read of a transaction', false, [
    at(1, 9, transactionOf([{ key: 0, value: 'a' }, { key: 1, value: 'a' }], [true, true])),
    at(2, 3, readOf([0, 1], ['a', null])),
  ]],
  ['single reads in the order of the transaction', true, [
    at(1, 9, transactionOf([{ key: 0, value: 'a' }, { key: 1, value: 'a' }], [true, true])),
    at(2, 3, readOf([0], [null])), at(4, 5, readOf([1], ['a'])),
  ]],
  ['single reads that see it on one side first', false, [
    at(1, 9, transactionOf([{ key: 0, value: 'a' }, { key: 1, value: 'a' }], [true, true])),
    at(2, 3, readOf([0], ['a'])), at(4, 5, readOf([1], [null])),
  ]],
  ['write skew', false, [
    at(1, 9, transactionOf([{ key: 0, expected: null }, { key: 1, value: 'a' }], [true, true])),
    at(1, 9, transactionOf([{ key: 1, expected: null }, { key: 0, value: 'b' }], [true, true])),
  ]],
  ['one of the two cancelled', true, [
    at(1, 9, transactionOf([{ key: 0, expected: null }, { key: 1, value: 'a' }], [true, true])),
    at(1, 9, transactionOf([{ key: 1, expected: null }, { key: 0, value: 'b' }], [false, true])),
  ]],
  ['a cancelled transaction that wrote', false, [
    at(1, 2, transactionOf([{ key: 0, expected: 'x' }, { key: 1, value: 'a' }], [false, true])),
    at(3, 4, readOf([1], ['a'])),
  ]],
  ['a wrong reason', false, [
    at(1, 2, transactionOf([{ key: 0, expected: null }, { key: 1, value: 'a' }], [false, true])),
  ]],
  ['two unlucky readers that disagree on the order', false, [
    at(1, 20, writeOf(0, 'a')), at(1, 20, writeOf(1, 'b')),
    at(2, 3, readOf([0], ['a'])), at(4, 5, readOf([1], [null])),
    at(2, 3, readOf([1], ['b'])), at(4, 5, readOf([0], [null])),
  ]],
];

for (const [name, valid, operations] of histories) {
  test(`${valid ? 'accepted' : 'refused'}: ${name}`, () => {
    assert.equal(verdict(operations), valid);
    assert.equal(verdict([...operations].reverse()), valid, 'whatever the order of the list');
  });
}
