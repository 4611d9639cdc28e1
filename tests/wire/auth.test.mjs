// Credentials: open mode looks at nothing, shape mode wants them complete but verifies nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { amzDate, apiHeaders, authorization, call, exchange, useServer } from './harness.mjs';

const coral = (name, message) => ({ __type: `com.amazon.coral.service#${name}`, message });
const kMissing = coral('MissingAuthenticationTokenException',
  'Request is missing Authentication Token');

describe('open', () => {
  const server = useServer();

  test('any credentials will do, none as well', async () => {
    // Local work must not need keys; half a header is as good as none.
    for (const header of [
      null, '', 'Bearer abc', 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 Credential=', authorization(),
    ]) {
      const answer = await call(server, 'ListTables', {}, { Authorization: header });
      assert.equal(answer.status, 200, String(header));
    }
    const twice = await exchange(server, {
      path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', headers: apiHeaders('ListTables'), body: '{}',
    });
    assert.equal(twice.status, 200);
  });
});

describe('shape', () => {
  const server = useServer({ flags: ['--auth=shape'] });

  const withHeader = (header, headers = {}) => (
    call(server, 'ListTables', {}, { Authorization: header, ...headers }));
  const withQuery = (query) => exchange(server, {
    path: `/?${query}`, headers: { ...apiHeaders('ListTables'), Authorization: null }, body: '{}',
  });

  test('a stock SDK signs well enough', async () => {
    assert.deepEqual((await server.sdk().send(new ListTablesCommand({}))).TableNames, []);
  });

  test('the signature itself is not looked at', async () => {
    assert.equal((await withHeader(authorization())).status, 200);
  });

  test('no credentials', async () => {
    for (const header of [null, '', 'Bearer abc', 'aws4-hmac-sha256 Credential=a']) {
      const answer = await withHeader(header);
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.json, kMissing, String(header));
    }
  });

  test('header and query at once', async () => {
    const answer = await exchange(server, {
      path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', headers: apiHeaders('ListTables'), body: '{}',
    });
    assert.deepEqual(answer.json, coral('InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."));
  });

  test('an incomplete header names what is missing, in order', async () => {
    const requires = (name) => `Authorization header requires '${name}' parameter. `;
    const kDate =
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    for (const [header, headers, sentences] of [
      ['AWS4-HMAC-SHA256', { 'X-Amz-Date': null },
        requires('Credential') + requires('Signature') + requires('SignedHeaders') + kDate],
      ['AWS4-HMAC-SHA256 Credential=a', {}, requires('Signature') + requires('SignedHeaders')],
      ['AWS4-HMAC-SHA256 Signature=a, SignedHeaders=b', {}, requires('Credential')],
      ['AWS4-HMAC-SHA256 Credential=a SignedHeaders=b', {}, requires('Signature')],
      ['AWS4-HMAC-SHA256 Credential=a,Signature=b,SignedHeaders=c', { 'X-Amz-Date': null }, kDate],
      ['AWS4-HMAC-SHA256 Credential=,Signature=b,SignedHeaders=c', {}, requires('Credential')],
    ]) {
      const answer = await withHeader(header, headers);
      assert.deepEqual(answer.json, coral('IncompleteSignatureException',
        `${sentences}Authorization=${header}`));
    }
  });

  test('a Date header stands in for X-Amz-Date', async () => {
    const answer = await withHeader('AWS4-HMAC-SHA256 Credential=a Signature=b SignedHeaders=c', {
      'X-Amz-Date': null, Date: amzDate(),
    });
    assert.equal(answer.json?.__type === 'com.amazon.coral.service#IncompleteSignatureException' &&
      /existence/.test(answer.json.message), false);
  });

  test('an incomplete query names what is missing, in order', async () => {
    const kAll = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders',
      'X-Amz-Date'];
    for (const given of [kAll.slice(0, 1), kAll.slice(0, 3), kAll.slice(0, 4)]) {
      const query = given.map((name) => `${name}=a`).join('&');
      const message = kAll.filter((name) => !given.includes(name))
        .map((name) => `AWS query-string parameters must include '${name}'. `).join('');
      const answer = await withQuery(query);
      assert.deepEqual(answer.json, coral('IncompleteSignatureException',
        `${message}Re-examine the query-string parameters.`));
    }
  });

  test('a complete query is accepted', async () => {
    const answer = await withQuery('X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=' +
      `local%2F${amzDate().slice(0, 8)}%2Fus-east-1%2Fdynamodb%2Faws4_request&X-Amz-Signature=` +
      `${'0'.repeat(64)}&X-Amz-SignedHeaders=host&X-Amz-Date=${amzDate()}`);
    assert.equal(answer.status, 200, answer.text);
  });

  test('health needs no credentials', async () => {
    assert.equal((await exchange(server, { method: 'GET' })).status, 200);
  });

  test('bad JSON and unknown operations come first, empty or ill-typed bodies after', async () => {
    const anonymous = { Authorization: null };
    assert.deepEqual((await call(server, 'ListTables', '{', anonymous)).json,
      { __type: 'com.amazon.coral.service#SerializationException' });
    assert.deepEqual((await call(server, 'Nope', {}, anonymous)).json,
      { __type: 'com.amazon.coral.service#UnknownOperationException' });
    assert.deepEqual((await call(server, 'ListTables', '', anonymous)).json, kMissing);
    assert.deepEqual((await call(server, 'ListTables', { Limit: 'x' }, anonymous)).json, kMissing);
  });
});
