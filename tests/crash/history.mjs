// Records what concurrent clients see of a few keys at a time, over a kill of the server, and lets
// history_check.mjs decide whether it is strictly serializable.
//
//   node history.mjs [--binary=PATH] [--runs=4] [--seed=NUMBER] [--groups=8] [--operations=60]
//
// The keys are in groups of three, in two tables; each group has its own clients, one request in
// flight each, and its own history. Values are never used twice. In every run the server is killed
// once; requests that were under way then have an unknown outcome and may take effect or not, but
// not both. The last line is "N passed, N failed"; every history that is judged counts.

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createTable, removeDirectory, startServer, temporaryDirectory,
} from '../wire/harness.mjs';
import { ApiConnection } from './api_connection.mjs';
import { checkHistory, readOf, transactionOf, writeOf } from './history_check.mjs';
import { flag, generator } from './random.mjs';

const kKeys = 3;
const kClients = 6;
const kTables = ['HistoryA', 'HistoryB'];

const s = (text) => ({ S: text });
const valueOf = (item) => item?.v.S ?? null;

/** One group of keys with the history of what was done to them. */
class Group {
  constructor(name, random) {
    this.name = name;
    this.random = random;
    this.history = [];
    this.values = 0;
  }

  place(key) {
    return { TableName: kTables[key % kTables.length], Key: { pk: s(`${this.name}/${key}`) } };
  }

  newValue() {
    this.values += 1;
    return `v${this.values}`;
  }
}

/** A condition that the key has a value, null for none, as members of a request. */
const condition = (expected) => (expected === null
  ? { ConditionExpression: 'attribute_not_exists(pk)' }
  : { ConditionExpression: 'v = :old', ExpressionAttributeValues: { ':old': s(expected) } });

/**
 * The operations that clients choose from. Each answers {operation, body, effect, answer}: what to
 * send, the `apply` for history_check.mjs given what the answer said (undefined: it never came),
 * and how to read that out of an answer.
 */
const kOperations = {
  get(group, key) {
    return {
      operation: 'GetItem', body: group.place(key),
      answer: ({ json }) => [valueOf(json.Item)],
      effect: (answer) => readOf([key], answer),
    };
  },

  put(group, key) {
    const value = group.newValue();
    const { TableName, Key } = group.place(key);
    return {
      operation: 'PutItem',
      body: { TableName, Item: { ...Key, v: s(value) }, ReturnValues: 'ALL_OLD' },
      answer: ({ json }) => [valueOf(json.Attributes)],
      effect: (answer) => writeOf(key, value, answer),
    };
  },

  remove(group, key) {
    return {
      operation: 'DeleteItem', body: { ...group.place(key), ReturnValues: 'ALL_OLD' },
      answer: ({ json }) => [valueOf(json.Attributes)],
      effect: (answer) => writeOf(key, null, answer),
    };
  },

  // Expects a value that this client saw before.
  compareAndSet(group, key, seen) {
    const value = group.newValue();
    return {
      operation: 'UpdateItem',
      body: {
        ...group.place(key), UpdateExpression: 'SET v = :new',
        ConditionExpression: condition(seen[key]).ConditionExpression,
        ExpressionAttributeValues: {
          ':new': s(value), ...condition(seen[key]).ExpressionAttributeValues,
        },
      },
      answer: ({ status }) => [status === 200],
      effect: (answer) => transactionOf([{ key, expected: seen[key], value }], answer),
    };
  },

  readAll(group) {
    const keys = [...Array(kKeys).keys()];
    return {
      operation: 'TransactGetItems',
      body: { TransactItems: keys.map((key) => ({ Get: group.place(key) })) },
      answer: ({ json }) => json.Responses.map(({ Item }) => valueOf(Item)),
      effect: (answer) => readOf(keys, answer),
    };
  },

  // Writes one key if another one is as expected: the shape of write skew.
  writeIfOther(group, key, seen) {
    const other = (key + 1 + group.random(kKeys - 1)) % kKeys;
    const value = group.newValue();
    const { TableName, Key } = group.place(key);
    return transaction([
      { ConditionCheck: { ...group.place(other), ...condition(seen[other]) } },
      { Put: { TableName, Item: { ...Key, v: s(value) } } },
    ], [{ key: other, expected: seen[other] }, { key, value }]);
  },

  // Writes all keys, and expects one of them.
  writeAll(group, key, seen) {
    const actions = [...Array(kKeys).keys()].map((each) => (
      { key: each, value: group.newValue(), expected: each === key ? seen[each] : undefined }));
    return transaction(actions.map(({ key: each, value, expected }) => {
      const { TableName, Key } = group.place(each);
      return {
        Put: {
          TableName, Item: { ...Key, v: s(value) },
          ...(expected === undefined ? {} : condition(expected)),
        },
      };
    }), actions);
  },

  // Moves a value: deletes one key and sets another one, without a condition.
  replace(group, key) {
    const other = (key + 1) % kKeys;
    const value = group.newValue();
    return transaction([
      { Delete: group.place(key) },
      {
        Update: {
          ...group.place(other), UpdateExpression: 'SET v = :new',
          ExpressionAttributeValues: { ':new': s(value) },
        },
      },
    ], [{ key, value: null }, { key: other, value }]);
  },
};

function transaction(TransactItems, actions) {
  return {
    operation: 'TransactWriteItems', body: { TransactItems },
    answer: ({ status, json }) => (status === 200
      ? actions.map(() => true)
      : json.CancellationReasons.map((reason) => reason.Code === 'None')),
    effect: (answer) => transactionOf(actions, answer),
  };
}

/** Refusals that an operation may meet; everything else that is not a success is a failure. */
const kRefusals = /#(ConditionalCheckFailed|TransactionCanceled)Exception$/;

/** Carries out one operation and records it; a lost connection goes on to the caller. */
async function perform(connection, group, { operation, body, answer, effect }) {
  const entry = { start: performance.now(), end: Infinity, apply: effect(undefined) };
  entry.text = `${operation} ${JSON.stringify(body)}`;
  group.history.push(entry);
  const reply = await connection.call(operation, body);
  assert.ok(reply.status === 200 || kRefusals.test(reply.json.__type),
    `${operation}: ${JSON.stringify(reply.json)}`);
  const said = answer(reply);
  entry.apply = effect(said);
  entry.text += ` -> ${JSON.stringify(said)}`;
  entry.end = performance.now();
  return said;
}

async function client(server, group, count) {
  const { random } = group;
  const names = Object.keys(kOperations);
  const connection = await ApiConnection.open(server.port);
  let seen = Array(kKeys).fill(null);
  try {
    for (let done = 0; done < count; done += 1) {
      // Conditions are about what was read just before, so that they hold often enough.
      if (random(3) === 0) {
        // A copy: the answer itself is part of the history.
        seen = [...await perform(connection, group, kOperations.readAll(group))];
      }
      const name = names[random(names.length)];
      const key = random(kKeys);
      const made = kOperations[name](group, key, seen);
      const said = await perform(connection, group, made);
      if (name === 'get') [seen[key]] = said;
    }
  } catch (error) {
    if (!error.connectionLost) throw error;
  } finally {
    connection.close();
  }
}

async function clients(server, groups, count) {
  await Promise.all(groups.flatMap((group) => (
    Array.from({ length: kClients }, () => client(server, group, count)))));
}

/** Judges the history of a group; prints it when it is refused. */
function judge(group) {
  const { history } = group;
  const initial = JSON.stringify(Array(kKeys).fill(null));
  const { valid, longest } = checkHistory(history, initial);
  if (!valid) {
    const placed = new Set(longest);
    console.log(`the history of group ${group.name} is not strictly serializable; * marks the ` +
      'longest order that was found');
    for (const [index, { start, end, text }] of history.entries()) {
      console.log(`${placed.has(index) ? '*' : ' '} ${start.toFixed(3)} ${end.toFixed(3)} ${text}`);
    }
  }
  return valid;
}

async function run(dataDirectory, name, random, groupCount, count) {
  const groups = Array.from({ length: groupCount }, (_, index) => (
    new Group(`${name}.${index}`, generator(random(2 ** 31)))));
  let server = await startServer({ dataDirectory });
  try {
    const working = clients(server, groups, count);
    await Promise.race([working, wait(20 + random(150))]);
    await server.end('SIGKILL');
    await working;
    server = await startServer({ dataDirectory });
    await clients(server, groups, Math.ceil(count / 4));
  } finally {
    await server.end('SIGKILL');
  }
  const operations = groups.flatMap((group) => group.history);
  const unknown = operations.filter(({ end }) => end === Infinity).length;
  return { valid: groups.filter(judge).length, operations: operations.length, unknown };
}

async function main() {
  const runs = flag('runs', 4);
  const seed = flag('seed', Date.now() % 2 ** 31);
  const groupCount = flag('groups', 8);
  const random = generator(seed);
  const dataDirectory = temporaryDirectory();
  let passed = 0;
  console.log(`seed ${seed}, data in ${dataDirectory}`);
  try {
    const server = await startServer({ dataDirectory });
    for (const table of kTables) await createTable(server, table, 'pk:S');
    await server.end('SIGTERM');
    for (let index = 0; index < runs; index += 1) {
      const result = await run(dataDirectory, `run${index}`, random, groupCount,
        flag('operations', 60));
      passed += result.valid;
      console.log(`${result.valid === groupCount ? 'ok' : 'not ok'} ${index + 1} - ` +
        `${result.operations} operations, ${result.unknown} of unknown outcome`);
    }
  } catch (error) {
    console.log(`not ok - ${error.stack}`);
  }
  const failed = runs * groupCount - passed;
  if (failed === 0) removeDirectory(dataDirectory);
  else console.log(`kept for inspection: ${dataDirectory}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
