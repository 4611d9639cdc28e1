// Decides whether a history of concurrent operations is strictly serializable: whether there is one
// order of all of them in which each gives the answer it gave, and in which none stands before
// another that had ended before it began. Such an order is searched for directly (Wing and Gong,
// with Lowe's memory of states that led nowhere), so a verdict does not rest on any knowledge of
// how the server works.

const kStatesMax = 3_000_000;

/**
 * `operations`: [{start, end, apply}], times by one clock, `end` Infinity when the outcome is not
 * known (such an operation may have happened at any time since, or never). `apply(state)` answers
 * the state afterwards, or undefined if the operation could not have answered as it did; states
 * are strings. Answers {valid, longest}: `longest` is the longest order that worked, as indexes.
 */
export function checkHistory(operations, initialState) {
  const order = operations.map((_, index) => index)
    .sort((a, b) => operations[a].start - operations[b].start);
  const done = new Array(operations.length).fill(false);
  const seen = new Set();
  let mask = 0n;
  let known = operations.filter((operation) => operation.end !== Infinity).length;
  let longest = [];
  const path = [];

  /** Operations that may come next: those begun before the first end of what is left. */
  const candidates = () => {
    let firstEnd = Infinity;
    const found = [];
    for (const index of order) {
      if (done[index]) continue;
      if (operations[index].start > firstEnd) break;
      firstEnd = Math.min(firstEnd, operations[index].end);
      found.push(index);
    }
    return found.filter((index) => operations[index].start <= firstEnd)
      .sort((a, b) => operations[a].end - operations[b].end);
  };

  const search = (state) => {
    if (known === 0) return true;
    const memory = `${mask.toString(36)}|${state}`;
    if (seen.has(memory)) return false;
    if (seen.size >= kStatesMax) throw new Error('the history is too tangled to be decided');
    seen.add(memory);
    for (const index of candidates()) {
      const next = operations[index].apply(state);
      if (next === undefined) continue;
      const isKnown = operations[index].end !== Infinity;
      const bit = 1n << BigInt(index);
      done[index] = true;
      mask |= bit;
      known -= isKnown ? 1 : 0;
      path.push(index);
      if (path.length > longest.length) longest = [...path];
      if (search(next)) return true;
      path.pop();
      known += isKnown ? 1 : 0;
      mask &= ~bit;
      done[index] = false;
    }
    return false;
  };
  return { valid: search(initialState), longest };
}

/**
 * The operations that the histories are made of, over a few keys that hold a text or nothing. Each
 * function answers an `apply` for an operation that gave this answer; `answer` undefined: unknown.
 * A state is the JSON of the array of values, null for none.
 */
const change = (step) => (state) => {
  const values = JSON.parse(state);
  return step(values) === false ? undefined : JSON.stringify(values);
};
const fits = (answer, actual) => (
  answer === undefined || JSON.stringify(answer) === JSON.stringify(actual));

/** Reads some keys at once; `answer` is the array of their values. */
export const readOf = (keys, answer) => change((values) => (
  fits(answer, keys.map((key) => values[key]))));

/** Sets a key (null: deletes it); `answer` is [the value before]. */
export const writeOf = (key, value, answer) => change((values) => {
  if (!fits(answer, [values[key]])) return false;
  values[key] = value;
  return true;
});

/**
 * Several actions as one: {key, expected, value}. An action holds if `expected` is undefined or the
 * key's value; then the key gets `value`, unless that is undefined. `answer` is an array that tells
 * which actions held; nothing is written unless all did.
 */
export const transactionOf = (actions, answer) => change((values) => {
  const held = actions.map(({ key, expected }) => (
    expected === undefined || values[key] === expected));
  if (!fits(answer, held)) return false;
  if (held.every(Boolean)) {
    for (const { key, value } of actions) if (value !== undefined) values[key] = value;
  }
  return true;
});
