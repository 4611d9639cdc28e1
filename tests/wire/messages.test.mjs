// Sends every message row and compares status, headers and the whole body. Exists because clients,
// retry rules and people match on these texts: a message is part of the contract, byte for byte.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertAnswerHeaders, call, useServer } from './harness.mjs';
import { rows as batches } from './messages/batches.mjs';
import { rows as conditions } from './messages/conditions.mjs';
import { rows as createTable } from './messages/create_table.mjs';
import { rows as expressionParameters } from './messages/expression_parameters.mjs';
import { rows as keyConditions } from './messages/key_conditions.mjs';
import { rows as keys } from './messages/keys.mjs';
import { rows as legacy } from './messages/legacy.mjs';
import { rows as partiql } from './messages/partiql.mjs';
import { rows as queryScan } from './messages/query_scan.mjs';
import { rows as requests } from './messages/requests.mjs';
import { prepareTables } from './messages/rows.mjs';
import { rows as streams } from './messages/streams.mjs';
import { rows as syntax } from './messages/syntax.mjs';
import { rows as tables } from './messages/tables.mjs';
import { rows as tags } from './messages/tags.mjs';
import { rows as transactions } from './messages/transactions.mjs';
import { rows as types } from './messages/types.mjs';
import { rows as updates } from './messages/updates.mjs';
import { rows as values } from './messages/values.mjs';

const kGroups = {
  types, values, keys, createTable, tables, tags, requests, expressionParameters, queryScan,
  legacy, syntax, conditions, updates, keyConditions, batches, transactions, partiql,
  streams,
};

const server = useServer({}, prepareTables);

for (const [group, rows] of Object.entries(kGroups)) {
  describe(group, () => {
    test('rows have distinct names', () => {
      // A copied row that keeps its old name usually keeps its old request as well.
      assert.ok(rows.length > 0);
      assert.equal(new Set(rows.map((each) => each.name)).size, rows.length);
    });
    for (const { name, operation, request, expected } of rows) {
      test(name, async () => {
        const answer = await call(server, operation, request);
        if (expected.message instanceof RegExp) {
          assert.equal(answer.json?.__type, expected.__type, answer.text);
          assert.match(answer.json.message, expected.message);
        } else {
          assert.deepEqual(answer.json, expected, answer.text);
        }
        assert.equal(answer.status, 400);
        assert.ok(answer.text.startsWith('{"__type":"'), 'the type comes first');
        assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.0');
        assertAnswerHeaders(answer);
      });
    }
  });
}
