// Statements of PartiQL and the item operations that mean the same, made at random from a seed, in
// both forms at once. For partiql_twin.test.mjs, which carries them out and compares.

import { generator } from '../crash/random.mjs';

export const kSeed = Number(process.env.MILLRACE_TEST_SEED ?? 20240607);
/** The tables that statements and item operations work on. */
export const kStatements = 'ByStatement';
export const kItems = 'ByItem';

const s = (text) => ({ S: text });
const n = (text) => ({ N: String(text) });

export const random = generator(kSeed);
export const pick = (list) => list[random(list.length)];
export const chance = (percent) => random(100) < percent;
const times = (count, make) => Array.from({ length: count }, () => make());

/** Values by type; `depth` bounds nesting. */
const kMake = {
  S: () => s(pick(['', 'x', 'xy', "it's", 'y'])),
  N: () => n(pick([0, 1, 2, 3, -1.5, 10])),
  B: () => ({ B: pick(['AQ==', 'AQI=']) }),
  BOOL: () => ({ BOOL: chance(50) }),
  NULL: () => ({ NULL: true }),
  SS: () => ({ SS: pick([['x'], ['x', 'y'], ['z']]) }),
  NS: () => ({ NS: pick([['1'], ['1', '2'], ['3']]) }),
  L: (depth) => ({ L: times(random(3), () => value(depth + 1)) }),
  M: (depth) => ({ M: Object.fromEntries(times(random(3), () => [pick(['x', 'y']),
    value(depth + 1)])) }),
};
function value(depth = 1) {
  const types = depth > 2 ? ['S', 'N', 'NULL'] : [...Object.keys(kMake), 'N', 'N', 'S', 'L', 'M'];
  return kMake[pick(types)](depth);
}

/** One statement and its twin expression in the making: parameters, names and values so far. */
export class Pair {
  parameters = [];
  values = {};

  /** `constant` as a literal or a parameter, and as an expression value. */
  constant(constant) {
    const name = `:v${Object.keys(this.values).length}`;
    this.values[name] = constant;
    return [this.constantOnly(constant), name];
  }

  /** `constant` in the statement only. */
  constantOnly(constant) {
    const text = chance(50) ? literal(constant) : undefined;
    if (text === undefined) this.parameters.push(constant);
    return text ?? '?';
  }

  statementMembers() {
    return this.parameters.length === 0 ? {} : { Parameters: this.parameters };
  }

  itemMembers() {
    return Object.keys(this.values).length === 0 ? {} : { ExpressionAttributeValues: this.values };
  }
}

/** The literal for a value; undefined when there is none (bytes). */
function literal(constant) {
  const [[type, content]] = Object.entries(constant);
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  const all = (parts, open, close) => (
    parts.includes(undefined) ? undefined : `${open}${parts.join(', ')}${close}`);
  switch (type) {
    case 'S': return quoted(content);
    case 'N': return content;
    case 'BOOL': return String(content);
    case 'NULL': return 'NULL';
    case 'SS': return all(content.map(quoted), '<<', '>>');
    case 'NS': return all(content, '<<', '>>');
    case 'L': return all(content.map(literal), '[', ']');
    case 'M': return all(Object.entries(content).map(([name, each]) => (
      literal(each) === undefined ? undefined : `${quoted(name)}: ${literal(each)}`)), '{', '}');
    default: return undefined;
  }
}

const kNames = ['a1', 'a2', 'a3', 'g'];
const path = () => {
  const name = pick(kNames);
  return name !== 'g' && name !== 'a1' && chance(35) ? `${name}${pick(['.x', '.y', '[0]', '[1]'])}`
    : name;
};

/** In parentheses, once: conditions may not have redundant ones. */
const enclosed = (text) => (/^\(/.test(text) && closes(text) ? text : `(${text})`);
const closes = (text) => {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    depth += { '(': 1, ')': -1 }[text[at]] ?? 0;
    if (depth === 0) return at === text.length - 1;
  }
  return false;
};

/** A predicate as [statement text, condition text]. */
export function predicate(pair, depth = 0) {
  const both = (join) => {
    const [a, b] = [predicate(pair, depth + 1), predicate(pair, depth + 1)];
    return [`(${a[0]} ${join} ${b[0]})`, `(${a[1]} ${join} ${b[1]})`];
  };
  const at = path();
  const comparable = () => pair.constant(pick([kMake.N, kMake.N, kMake.S])());
  const kinds = [
    () => { const [a, b] = pair.constant(value()); return [`${at} = ${a}`, `${at} = ${b}`]; },
    () => {
      // Unlike in conditions, what is missing is not different.
      const [a, b] = pair.constant(value());
      return [`${at} <> ${a}`, `(attribute_exists(${at}) AND ${at} <> ${b})`];
    },
    () => {
      const [a, b] = comparable();
      const operator = pick(['<', '<=', '>', '>=']);
      return [`${at} ${operator} ${a}`, `${at} ${operator} ${b}`];
    },
    () => {
      const [low, high] = [pair.constant(n(0)), pair.constant(n(2))];
      return [`${at} BETWEEN ${low[0]} AND ${high[0]}`, `${at} BETWEEN ${low[1]} AND ${high[1]}`];
    },
    () => {
      const list = times(2, () => pair.constant(value()));
      return [`${at} IN [${list.map((each) => each[0])}]`,
        `${at} IN (${list.map((each) => each[1])})`];
    },
    () => [`${at} IS MISSING`, `attribute_not_exists(${at})`],
    () => [`${at} IS NOT MISSING`, `attribute_exists(${at})`],
    () => { const b = pair.constant(s('N')); return [`attribute_type(${at}, ${b[0]})`,
      `attribute_type(${at}, ${b[1]})`]; },
    () => { const b = pair.constant(s('x')); return [`begins_with(${at}, ${b[0]})`,
      `begins_with(${at}, ${b[1]})`]; },
    () => { const b = pair.constant(pick([kMake.S, kMake.N])()); return [
      `contains(${at}, ${b[0]})`, `contains(${at}, ${b[1]})`]; },
    () => { const b = pair.constant(n(1)); return [`size(${at}) > ${b[0]}`,
      `size(${at}) > ${b[1]}`]; },
  ];
  if (depth < 2) {
    kinds.push(() => both('AND'), () => both('OR'), () => {
      const a = predicate(pair, depth + 1);
      return [`NOT (${a[0]})`, `NOT ${enclosed(a[1])}`];
    });
  }
  return pick(kinds)();
}

export const key = () => ({ pk: s(pick(['p', 'q', 'r'])), sk: n(random(4)) });
const keyText = (pair, { pk, sk }) => (
  `pk = ${pair.constantOnly(pk)} AND ${pair.constantOnly(sk)} = sk`);

/** WHERE of one item, maybe with a condition: [text, condition or undefined]. */
function oneItem(pair, Key, percent = 50) {
  const text = keyText(pair, Key);
  if (!chance(percent)) return [text, undefined];
  const [more, condition] = predicate(pair);
  return [`${text} AND ${more}`, condition];
}

/** Assignments: [SET and REMOVE text, UpdateExpression]. */
function assignments(pair) {
  const clauses = { SET: [], REMOVE: [], ADD: [], DELETE: [] };
  const targets = new Set();
  const text = [];
  for (let count = 1 + random(3); count > 0; count -= 1) {
    const at = path();
    if ([...targets].some((other) => other.slice(0, 2) === at.slice(0, 2))) continue;
    targets.add(at);
    const set = (a, b) => { text.push(`SET ${at} = ${a}`); clauses.SET.push(`${at} = ${b}`); };
    pick([
      () => { const [a, b] = pair.constant(value()); set(a, b); },
      () => { const [a, b] = pair.constant(value()); set(a, b); },
      () => { const [a, b] = pair.constant(kMake.N()); const sign = pick(['+', '-']);
        set(`${at} ${sign} ${a}`, `${at} ${sign} ${b}`); },
      () => { const from = path(); set(from, from); },
      () => { const [a, b] = pair.constant(value()); const from = path();
        set(`if_not_exists(${from}, ${a})`, `if_not_exists(${from}, ${b})`); },
      () => { const [a, b] = pair.constant(kMake.L(1)); const from = path();
        set(`list_append(${from}, ${a})`, `list_append(${from}, ${b})`); },
      () => { const [a, b] = pair.constant(pick([kMake.SS, kMake.NS])());
        const [name, clause] = pick([['set_add', 'ADD'], ['set_delete', 'DELETE']]);
        text.push(`SET ${at} = ${name}(${at}, ${a})`); clauses[clause].push(`${at} ${b}`); },
      () => { text.push(`REMOVE ${at}`); clauses.REMOVE.push(at); },
    ])();
  }
  return [text.join(' '), Object.entries(clauses).filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name} ${list.join(', ')}`).join(' ')];
}

/** Writes: {statement, parameters, action (of a transaction), operation, request, returning}. */
function write(Key = key()) {
  const pair = new Pair();
  const kinds = {
    Put() {
      const more = times(random(4), () => [pick(kNames), value()]);
      const Item = { ...Key, ...Object.fromEntries(more) };
      if (chance(80)) Item.g = s(pick(['x', 'y']));
      if (chance(80)) Item.a1 = n(random(3));
      const tuple = Object.entries(Item).map(([name, each]) => (
        `'${name}': ${pair.constantOnly(each)}`));
      return [`INSERT INTO ${kStatements} VALUE {${tuple.join(', ')}}`,
        { Item, ConditionExpression: 'attribute_not_exists(pk)' }];
    },
    Update() {
      const [changes, UpdateExpression] = assignments(pair);
      const [where, condition] = oneItem(pair, Key);
      return [`UPDATE ${kStatements} ${changes} WHERE ${where}`, { Key, UpdateExpression,
        ConditionExpression:
          `attribute_exists(pk)${condition ? ` AND ${enclosed(condition)}` : ''}` }];
    },
    Delete() {
      const [where, condition] = oneItem(pair, Key);
      return [`DELETE FROM ${kStatements} WHERE ${where}`, { Key, ...(condition && {
        ConditionExpression: `attribute_not_exists(pk) OR ${enclosed(condition)}` }) }];
    },
    ConditionCheck() {
      const [where, condition] = oneItem(pair, Key, 100);
      return [`EXISTS(SELECT * FROM ${kStatements} WHERE ${where})`, { Key,
        ConditionExpression: `attribute_exists(pk) AND ${enclosed(condition)}` }];
    },
  };
  return (kind) => {
    const [statement, members] = kinds[kind]();
    return { kind, Key, statement: { Statement: statement, ...pair.statementMembers() },
      request: { TableName: kItems, ...members, ...pair.itemMembers() } };
  };
}
export const anyWrite = (kinds, Key) => write(Key)(pick(kinds));
