// HTTP itself: connections that are reused, requests in pieces or in a row, compression, and
// bodies that are too large.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import {
  apiHeaders, assertAnswerHeaders, call, createTable, eventually, ok, RawConnection, requestBytes,
  useServer,
} from './harness.mjs';

const kBodyMax = 16 * 1024 * 1024;

const server = useServer({}, async (running) => {
  await createTable(running, 'Things', 'pk:S');
  await ok(running, 'PutItem', { TableName: 'Things', Item: { pk: { S: 'here' } } });
});

const get = (pk) => ({ TableName: 'Things', Key: { pk: { S: pk } } });

async function withConnection(body) {
  const connection = await RawConnection.open(server);
  try {
    await body(connection);
  } finally {
    connection.close();
  }
}

test('a connection serves many requests', async () => {
  // Keep-alive is the default of HTTP/1.1, errors included.
  await withConnection(async (connection) => {
    for (const [operation, body, status] of [
      ['ListTables', {}, 200], ['GetItem', get('here'), 200], ['GetItem', {}, 400],
      ['Nope', {}, 400], ['GetItem', '{', 400], ['GetItem', get('here'), 200],
    ]) {
      connection.write(requestBytes(server, operation, body));
      const response = await connection.next();
      assert.equal(response.status, status);
      assert.equal(response.headers.connection, undefined);
    }
  });
});

test('Connection: close is honoured', async () => {
  await withConnection(async (connection) => {
    connection.write(requestBytes(server, 'ListTables', {}, { Connection: 'close' }));
    assert.equal((await connection.next()).status, 200);
    await eventually(() => connection.ended, 'the server to close the connection');
  });
});

test('pipelined requests are answered in order', async () => {
  // Reads are answered at once and writes after the disk, but the order must stay.
  await withConnection(async (connection) => {
    const count = 50;
    const requests = Array.from({ length: count }, (_, index) => (index % 2 === 0
      ? requestBytes(server, 'PutItem', {
        TableName: 'Things', Item: { pk: { S: 'pipe' }, n: { N: String(index) } },
      })
      : requestBytes(server, 'GetItem', { ...get('pipe'), ConsistentRead: true })));
    connection.write(Buffer.concat(requests));
    for (let index = 0; index < count; index += 1) {
      const response = await connection.next();
      assert.equal(response.status, 200);
      assert.deepEqual(JSON.parse(response.text), index % 2 === 0
        ? {} : { Item: { pk: { S: 'pipe' }, n: { N: String(index - 1) } } });
    }
  });
});

test('a request may arrive byte by byte', async () => {
  await withConnection(async (connection) => {
    for (const byte of requestBytes(server, 'GetItem', get('here'))) {
      connection.write(Buffer.from([byte]));
    }
    assert.equal((await connection.next()).status, 200);
  });
});

test('chunked requests', async () => {
  // Java's and Go's streaming bodies come this way, with extensions and trailers allowed.
  await withConnection(async (connection) => {
    const body = JSON.stringify(get('here'));
    const chunk = (text, extension = '') => (
      `${text.length.toString(16)}${extension}\r\n${text}\r\n`);
    const head = requestBytes(server, 'GetItem', '', {
      'Content-Length': null, 'Transfer-Encoding': 'chunked',
    });
    for (const pieces of [
      chunk(body) + '0\r\n\r\n',
      [...body].map((letter) => chunk(letter)).join('') + '0\r\n\r\n',
      chunk(body.slice(0, 5), ';name=value') + chunk(body.slice(5)) + '0\r\nX-Trailer: a\r\n\r\n',
    ]) {
      connection.write(head);
      connection.write(pieces);
      const response = await connection.next();
      assert.equal(response.status, 200, response.text);
      assert.deepEqual(JSON.parse(response.text), { Item: { pk: { S: 'here' } } });
    }
  });
});

test('Expect: 100-continue', async () => {
  // The Java SDK waits for the interim answer before it sends a large body.
  await withConnection(async (connection) => {
    const whole = requestBytes(server, 'GetItem', get('here'), { Expect: '100-continue' });
    const end = whole.indexOf('\r\n\r\n') + 4;
    connection.write(whole.subarray(0, end));
    assert.equal((await connection.next()).status, 100);
    connection.write(whole.subarray(end));
    assert.equal((await connection.next()).status, 200);
  });
});

test('a body of exactly the limit is read', async () => {
  const body = JSON.stringify(get('here'));
  const answer = await call(server, 'GetItem', body + ' '.repeat(kBodyMax - body.length));
  assert.equal(answer.status, 200);
});

test('a longer Content-Length is refused before the body arrives', async () => {
  await withConnection(async (connection) => {
    connection.write(requestBytes(server, 'GetItem', '', {
      'Content-Length': String(kBodyMax + 1),
    }));
    const response = await connection.next();
    assert.equal(response.status, 413);
    assert.equal(response.body.length, 0);
  });
});

test('a longer Content-Length is refused instead of asked for', async () => {
  await withConnection(async (connection) => {
    connection.write(requestBytes(server, 'GetItem', '', {
      'Content-Length': String(kBodyMax + 1), Expect: '100-continue',
    }));
    assert.equal((await connection.next()).status, 413);
  });
});

test('a chunked body is refused once it is too long', async () => {
  // There is no length to look at beforehand.
  await withConnection(async (connection) => {
    connection.write(requestBytes(server, 'GetItem', '', {
      'Content-Length': null, 'Transfer-Encoding': 'chunked',
    }));
    const size = 1024 * 1024;
    const chunk = Buffer.concat([
      Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, ' '), Buffer.from('\r\n')]);
    for (let sent = 0; sent < kBodyMax + size; sent += size) connection.write(chunk);
    assert.equal((await connection.next()).status, 413);
  });
});

test('gzip requests', async () => {
  const body = JSON.stringify(get('here'));
  const half = Math.floor(body.length / 2);
  for (const bytes of [
    zlib.gzipSync(body),
    Buffer.concat([zlib.gzipSync(body.slice(0, half)), zlib.gzipSync(body.slice(half))]),
  ]) {
    const answer = await call(server, 'GetItem', bytes, { 'Content-Encoding': 'gzip' });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { Item: { pk: { S: 'here' } } });
  }
});

test('a broken gzip body, or an unknown encoding, is a failure of the server', async () => {
  // The live service answers 500 here; SDKs then retry, which does no harm.
  for (const [bytes, encoding] of [
    [Buffer.from('not gzip'), 'gzip'], [zlib.gzipSync('{}').subarray(0, 15), 'gzip'],
    [Buffer.from('{}'), 'br'],
  ]) {
    const answer = await call(server, 'ListTables', bytes, { 'Content-Encoding': encoding });
    assert.equal(answer.status, 500);
    assert.equal(answer.json.__type, 'com.amazonaws.dynamodb.v20120810#InternalServerError');
  }
  assert.equal((await call(server, 'ListTables', {})).status, 200);
});

test('a gzip body is measured after inflation', async () => {
  // A thousandfold compression must not get past the limit.
  const body = zlib.gzipSync(Buffer.alloc(kBodyMax + 1, ' '));
  const answer = await call(server, 'ListTables', body, { 'Content-Encoding': 'gzip' });
  assert.equal(answer.status, 413);
  assert.equal(answer.body.length, 0);
});

test('answers are compressed only when asked for and worth it', async () => {
  await ok(server, 'PutItem', {
    TableName: 'Things', Item: { pk: { S: 'big' }, text: { S: 'abc'.repeat(20000) } },
  });
  const plain = await call(server, 'GetItem', get('big'));
  assert.equal(plain.headers['content-encoding'], undefined);
  const identity = await call(server, 'GetItem', get('big'), { 'Accept-Encoding': 'identity' });
  assert.equal(identity.headers['content-encoding'], undefined);
  const small = await call(server, 'GetItem', get('here'), { 'Accept-Encoding': 'gzip' });
  assert.equal(small.headers['content-encoding'], undefined);
  const packed = await call(server, 'GetItem', get('big'), { 'Accept-Encoding': 'gzip, deflate' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(packed.body.length < plain.body.length);
  assert.deepEqual(packed.json, plain.json);
  assertAnswerHeaders(packed);
});

test('many connections at once', async () => {
  // More than there are threads, each with its own request in flight.
  const connections = await Promise.all(
    Array.from({ length: 100 }, () => RawConnection.open(server)));
  for (const connection of connections) {
    connection.write(requestBytes(server, 'GetItem', get('here')));
  }
  for (const connection of connections) {
    assert.equal((await connection.next()).status, 200);
    connection.close();
  }
});

test('what is not HTTP is turned away', async () => {
  for (const bytes of [
    'hello\r\n\r\n', '\u0016\u0003\u0001\u0000\u0000', 'POST / HTTP/9.9\r\n\r\n',
  ]) {
    await withConnection(async (connection) => {
      connection.write(Buffer.from(bytes, 'latin1'));
      connection.socket.end();
      await eventually(() => connection.ended, 'the server to close the connection');
    });
  }
  assert.equal((await call(server, 'ListTables', {})).status, 200);
});

test('a client that leaves in the middle of a request harms nobody', async () => {
  await withConnection(async (connection) => {
    const whole = requestBytes(server, 'PutItem', {
      TableName: 'Things', Item: { pk: { S: 'half' } },
    });
    connection.write(whole.subarray(0, whole.length - 3));
  });
  assert.deepEqual(await ok(server, 'GetItem', get('half')), {});
});

test('header names are case-insensitive', async () => {
  await withConnection(async (connection) => {
    const { 'X-Amz-Target': target, ...rest } = apiHeaders('ListTables');
    connection.write(requestBytes(server, 'ListTables', {}, {
      ...rest, 'X-Amz-Target': null, 'x-AMZ-tARGET': target,
    }));
    assert.equal((await connection.next()).status, 200);
  });
});
