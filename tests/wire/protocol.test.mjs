// The request before it reaches an operation, and the answer after it left one: health, CORS, 404,
// headers, checksums, and JSON that is odd, hostile or broken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  apiHeaders, assertAnswerHeaders, call, crc32, createTable, exchange, ok, useServer,
} from './harness.mjs';

const server = useServer({}, (running) => createTable(running, 'Things', 'pk:S'));

const kUnknown = { __type: 'com.amazon.coral.service#UnknownOperationException' };
const kUnreadable = { __type: 'com.amazon.coral.service#SerializationException' };
const kNotFoundBody = '<UnknownOperationException/>\n';

function assertNotFound(answer) {
  assert.equal(answer.status, 404);
  assert.equal(answer.text, kNotFoundBody);
  assert.equal(answer.headers['x-amz-crc32'], '3552371480');
  assertAnswerHeaders(answer);
}

test('GET / is the health check, without credentials', async () => {
  // Load balancers and local tooling poll it; the body and checksum are those of the service.
  const answer = await exchange(server, { method: 'GET' });
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'healthy: dynamodb.us-east-1.amazonaws.com ');
  assert.equal(answer.headers['x-amz-crc32'], '3128867991');
  assertAnswerHeaders(answer);
});

test('other methods get the 404 answer', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    assertNotFound(await exchange(server, { method }));
  }
});

test('other paths get the 404 answer', async () => {
  // An API call posted to a path is a client misconfiguration that must not look like success.
  for (const target of ['/x', '/shell/', '//', '/dynamodb']) {
    assertNotFound(await exchange(server, {
      path: target, headers: apiHeaders('ListTables'), body: '{}',
    }));
  }
});

test('a query string on / is allowed', async () => {
  // Presigned requests carry everything there.
  const answer = await exchange(server, {
    path: '/?X-Amz-Expires=60', headers: apiHeaders('ListTables'), body: '{}',
  });
  assert.equal(answer.status, 200);
});

test('other media types get the 404 answer', async () => {
  for (const type of ['text/plain', 'application/x-amz-json-1.1', 'application/xml', null]) {
    assertNotFound(await exchange(server, {
      headers: { ...apiHeaders('ListTables'), 'Content-Type': type }, body: '{}',
    }));
  }
});

test('the answer has the media type of the request', async () => {
  // SDKs for browsers send application/json; parameters after ; do not matter.
  for (const [sent, received] of [
    ['application/x-amz-json-1.0', 'application/x-amz-json-1.0'],
    ['application/json', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/x-amz-json-1.0;charset=UTF-8', 'application/x-amz-json-1.0'],
    ['APPLICATION/JSON', 'application/json'],
  ]) {
    const answer = await call(server, 'ListTables', {}, { 'Content-Type': sent });
    assert.equal(answer.status, 200, sent);
    assert.equal(answer.headers['content-type'], received);
  }
});

test('a POST without body and media type is answered as JSON', async () => {
  const answer = await exchange(server, { headers: { 'X-Amz-Target': 'DynamoDB_20120810.Nope' } });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json, kUnknown);
  const empty = await exchange(server, {
    headers: { ...apiHeaders('ListTables'), 'Content-Type': null },
  });
  assert.deepEqual(empty.json, kUnreadable);
});

test('targets that name no operation', async () => {
  for (const target of [
    undefined, '', 'ListTables', 'DynamoDB_20120810', 'DynamoDB_20120810.', '.ListTables',
    'DynamoDB_20111205.ListTables', 'dynamodb_20120810.ListTables', 'DynamoDB_20120810.listTables',
    'DynamoDB_20120810.ListTables.x', 'DynamoDB_20120810.ListTables ListTables',
    'DynamoDBStreams_20120810.ListTables', 'DynamoDBStreams_20120810.Nope',
  ]) {
    const answer = await call(server, 'ListTables', {}, { 'X-Amz-Target': target });
    assert.equal(answer.status, 400, String(target));
    assert.deepEqual(answer.json, kUnknown, String(target));
  }
});

test('every answer has its headers, and request ids are fresh', async () => {
  // The checksum above all: a wrong one makes SDKs repeat every call.
  const ids = new Set();
  for (const [operation, body] of [
    ['ListTables', {}], ['DescribeTable', { TableName: 'Things' }], ['GetItem', {}],
    ['Nope', {}], ['ListTables', '{'],
  ]) {
    const answer = await call(server, operation, body);
    assertAnswerHeaders(answer);
    assert.equal(answer.headers.connection?.toLowerCase() === 'close', false);
    ids.add(answer.headers['x-amzn-requestid']);
  }
  assert.equal(ids.size, 5);
});

test('the checksum covers non-ASCII bodies', async () => {
  const text = '\u00e9\u4e2d\u{1f600}';
  await ok(server, 'PutItem', { TableName: 'Things', Item: { pk: { S: text } } });
  const answer = await call(server, 'GetItem', { TableName: 'Things', Key: { pk: { S: text } } });
  assert.equal(answer.headers['x-amz-crc32'], String(crc32(answer.body)));
  assert.equal(answer.json.Item.pk.S, text);
});

test('CORS preflight', async () => {
  const answer = await exchange(server, {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://example.com', 'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-amz-target, content-type',
    },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-length'], '0');
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['access-control-max-age'], '172800');
  assert.equal(answer.headers['access-control-allow-headers'], 'x-amz-target, content-type');
  assert.equal(answer.headers['access-control-allow-methods'], 'POST');
});

test('CORS preflight without what it asks about', async () => {
  const answer = await exchange(server, {
    method: 'OPTIONS', headers: { Origin: 'http://example.com' },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['access-control-allow-headers'], undefined);
  assert.equal(answer.headers['access-control-allow-methods'], undefined);
});

test('OPTIONS without Origin gets the 404 answer', async () => {
  assertNotFound(await exchange(server, { method: 'OPTIONS' }));
});

test('answers to other origins can be read by scripts', async () => {
  const answer = await call(server, 'ListTables', {}, { Origin: 'http://example.com' });
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  const exposed = (answer.headers['access-control-expose-headers'] ?? '').toLowerCase();
  for (const name of ['x-amzn-requestid', 'x-amz-crc32', 'x-amzn-errortype', 'date']) {
    assert.ok(exposed.split(/,\s*/).includes(name), name);
  }
  const plain = await call(server, 'ListTables', {});
  assert.equal(plain.headers['access-control-allow-origin'], undefined);
});

test('unknown members are ignored everywhere', async () => {
  // New SDKs send members that an older server does not know.
  await ok(server, 'PutItem', {
    TableName: 'Things', Item: { pk: { S: 'unknown', Q: 1 } }, Whatever: { deep: [1, null] },
  });
  const { Item } = await ok(server, 'GetItem', {
    TableName: 'Things', Key: { pk: { S: 'unknown' } }, Nonsense: [],
  });
  assert.deepEqual(Item, { pk: { S: 'unknown' } });
});

test('null members are absent members', async () => {
  await ok(server, 'PutItem', {
    TableName: 'Things', Item: { pk: { S: 'nulls', N: null } }, ConditionExpression: null,
    ExpressionAttributeNames: null, ReturnValues: null, Expected: null,
  });
  const { Item } = await ok(server, 'GetItem', {
    TableName: 'Things', Key: { pk: { S: 'nulls' } }, ConsistentRead: null,
    ProjectionExpression: null,
  });
  assert.deepEqual(Item, { pk: { S: 'nulls' } });
});

test('the last of duplicate members wins', async () => {
  const answer = await call(server, 'PutItem', '{"TableName":"Nothing","TableName":"Things",' +
    '"Item":{"pk":{"S":"twice"},"a":{"S":"first"},"a":{"S":"second"}}}');
  assert.equal(answer.status, 200, answer.text);
  const { Item } = await ok(server, 'GetItem', {
    TableName: 'Things', Key: { pk: { S: 'twice' } },
  });
  assert.deepEqual(Item, { pk: { S: 'twice' }, a: { S: 'second' } });
});

test('strings that spell booleans are accepted', async () => {
  // The service converts these six, in any case; some old clients rely on it.
  for (const value of ['true', 'FALSE', '1', '0', 'yes', 'No']) {
    const answer = await call(server, 'GetItem', {
      TableName: 'Things', Key: { pk: { S: 'x' } }, ConsistentRead: value,
    });
    assert.equal(answer.status, 200, value);
  }
});

test('a fractional Limit is rounded down', async () => {
  for (const pk of ['one', 'two', 'three']) {
    await ok(server, 'PutItem', { TableName: 'Things', Item: { pk: { S: pk } } });
  }
  const page = await ok(server, 'Scan', { TableName: 'Things', Limit: 1.9 });
  assert.equal(page.Count, 1);
});

test('every character survives a round trip', async () => {
  // NUL and control characters, quotes, line separators, characters beyond the BMP.
  const text = '\u0000\u0001\b\t\n\f\r\u001f"\\/\u007f\u2028\u2029\ufeff\uffff\u{10ffff}';
  await ok(server, 'PutItem', {
    TableName: 'Things', Item: { pk: { S: text }, [text]: { S: text } },
  });
  const { Item } = await ok(server, 'GetItem', { TableName: 'Things', Key: { pk: { S: text } } });
  assert.deepEqual(Item, { pk: { S: text }, [text]: { S: text } });
});

test('escaped and raw spellings of a key are the same key', async () => {
  await call(server, 'PutItem',
    '{"TableName":"Things","Item":{"pk":{"S":"\\u0061\\u00e9\\ud83d\\ude00\\/"}}}');
  const { Item } = await ok(server, 'GetItem', {
    TableName: 'Things', Key: { pk: { S: 'a\u00e9\u{1f600}/' } },
  });
  assert.deepEqual(Item, { pk: { S: 'a\u00e9\u{1f600}/' } });
});

test('bytes that are not UTF-8 are not JSON', async () => {
  for (const bytes of [
    [0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
  ]) {
    const body = Buffer.concat([
      Buffer.from('{"TableName":"Things","Item":{"pk":{"S":"'), Buffer.from(bytes),
      Buffer.from('"}}}')]);
    const answer = await call(server, 'PutItem', body);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.json, kUnreadable, Buffer.from(bytes).toString('hex'));
  }
});

test('a raw NUL is not JSON', async () => {
  for (const body of ['{"TableName":"Thi\u0000ngs"}', '{}\u0000', '\u0000{}']) {
    const answer = await call(server, 'DescribeTable', Buffer.from(body));
    assert.deepEqual(answer.json, kUnreadable);
  }
});

test('ten thousand levels of nesting are refused, and the server lives on', async () => {
  // A parser that recurses would overflow its stack here.
  const depth = 10000;
  const bodies = [
    '['.repeat(depth) + ']'.repeat(depth),
    '{"a":'.repeat(depth) + '1' + '}'.repeat(depth),
    '{"TableName":"Things","Item":{"pk":{"S":"deep"},"v":' + '{"L":['.repeat(depth) +
      '{"S":"x"}' + ']}'.repeat(depth) + '}}',
    '{"TableName":"Things","Item":{"pk":{"S":"deep"},"v":' + '{"M":{"a":'.repeat(depth) +
      '{"S":"x"}' + '}}'.repeat(depth) + '}}',
    '['.repeat(100000),
  ];
  for (const body of bodies) {
    const answer = await call(server, 'PutItem', body);
    assert.equal(answer.status, 400);
    assert.match(answer.json.__type, /#(Serialization|Validation)Exception$/);
    assert.equal((await call(server, 'ListTables', {})).status, 200);
  }
});

test('DescribeEndpoints answers with the host the client used', async () => {
  // SDKs with endpoint discovery would otherwise leave for the real service.
  const { json } = await call(server, 'DescribeEndpoints', {}, { Host: 'my.host:4567' });
  assert.deepEqual(json, {
    Endpoints: [{ Address: 'my.host:4567', CachePeriodInMinutes: 1440 }],
  });
});

test('any Host is accepted', async () => {
  for (const host of [
    'dynamodb.eu-west-1.amazonaws.com', '123456789012.ddb.us-east-1.amazonaws.com', 'x',
  ]) {
    assert.equal((await call(server, 'ListTables', {}, { Host: host })).status, 200);
  }
});

test('DescribeLimits', async () => {
  assert.deepEqual(await ok(server, 'DescribeLimits', {}), {
    AccountMaxReadCapacityUnits: 80000, AccountMaxWriteCapacityUnits: 80000,
    TableMaxReadCapacityUnits: 40000, TableMaxWriteCapacityUnits: 40000,
  });
});
