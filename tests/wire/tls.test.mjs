// --tls_certificate: stock clients over HTTPS, who is refused, and certificates that change while
// the server runs.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateFunctionCommand, CreateFunctionUrlConfigCommand, GetFunctionCommand, InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Authority } from './certificates.mjs';
import { functionInput } from './functions_client.mjs';
import {
  RawConnection, call, createTable, eventually, exchange, removeDirectory, requestBytes,
  runToExit, startServer, temporaryDirectory,
} from './harness.mjs';
import { makeZip } from './zip.mjs';

// Uses the server as the SDK in it would: by the variables of its environment.
const kHandler = `
const http = require('http');
exports.handler = () => new Promise((resolve, reject) => {
  const request = http.request(process.env.AWS_ENDPOINT_URL + '/_health/ready', (response) => {
    response.resume();
    response.on('end', () => resolve(response.statusCode));
  });
  request.on('error', reject);
  request.end();
});`;

let directory;
let authority;
let identity;
let server;
const clients = [];

const tlsFlags = (certificateFile, keyFile) => (
  [`--tls_certificate=${certificateFile}`, `--tls_key=${keyFile}`]);

const newClient = (Client) => {
  clients.push(new Client(server.clientOptions));
  return clients.at(-1);
};

/** The certificate that a new connection sees, as it is in the file. */
async function shownCertificate() {
  const socket = tls.connect({ host: '127.0.0.1', port: server.port, ...server.clientTls });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString('base64');
}

const bare = (pem) => pem.replace(/-----.*-----|\s/g, '');

/** How connecting with these options ends: 'connected', or the error. */
async function attempt(port, options) {
  const socket = tls.connect({ host: '127.0.0.1', port, ...options });
  try {
    await once(socket, 'secureConnect');
    // With TLS 1.3 a server refuses certificates after its client thinks that all is well.
    socket.write('GET /_health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const [bytes] = await once(socket, 'data');
    assert.match(bytes.toString(), /^HTTP\/1\.1 200 /);
    return 'connected';
  } catch (error) {
    return error.code ?? String(error);
  } finally {
    socket.destroy();
  }
}

before(async () => {
  directory = temporaryDirectory();
  authority = new Authority(directory);
  identity = authority.issue('server');
  server = await startServer({
    flags: tlsFlags(identity.certificateFile, identity.keyFile),
    clientTls: { ca: authority.certificate } });
});

after(async () => {
  for (const client of clients) client.destroy();
  await server.close();
  removeDirectory(directory);
});

describe('stock clients', () => {
  let client;

  before(async () => {
    client = server.sdk();
    await createTable(server, 'Secure', 'pk:S', 'sk:N');
  });

  test('read and write, also much at a time', async () => {
    // Many TLS records each way, and more than the buffers of a connection.
    const text = 'x'.repeat(300_000);
    for (const sk of ['1', '2', '3']) {
      await client.send(new PutItemCommand({
        TableName: 'Secure',
        Item: { pk: { S: 'large' }, sk: { N: sk }, text: { S: text + sk } } }));
    }
    const { Item } = await client.send(new GetItemCommand({
      TableName: 'Secure', Key: { pk: { S: 'large' }, sk: { N: '2' } } }));
    assert.equal(Item.text.S, `${text}2`);
    const { Items } = await client.send(new QueryCommand({
      TableName: 'Secure', KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'large' } } }));
    assert.deepEqual(Items.map((item) => item.text.S), ['1', '2', '3'].map((sk) => text + sk));
  });

  test('do not trust a server that their authority does not know', async () => {
    const stranger = server.sdk({ requestHandler: {} });
    await assert.rejects(
      stranger.send(new GetItemCommand({
        TableName: 'Secure', Key: { pk: { S: 'a' }, sk: { N: '1' } } })),
      { code: /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/ });
  });

  test('get addresses that they can use', async () => {
    const queues = newClient(SQSClient);
    const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'q' }));
    assert.ok(QueueUrl.startsWith(`${server.endpoint}/`), QueueUrl);
    await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: 'over TLS' }));

    const functions = newClient(LambdaClient);
    await functions.send(new CreateFunctionCommand(functionInput('f', {
      Code: { ZipFile: makeZip({ 'index.js': kHandler }) } })));
    const { Code } = await functions.send(new GetFunctionCommand({ FunctionName: 'f' }));
    assert.ok(Code.Location.startsWith(`${server.endpoint}/`), Code.Location);
    const location = new URL(Code.Location);
    const code = await exchange(server, {
      method: 'GET', path: location.pathname + location.search });
    assert.equal(code.status, 200);
    const { FunctionUrl } = await functions.send(new CreateFunctionUrlConfigCommand({
      FunctionName: 'f', AuthType: 'NONE' }));
    assert.match(FunctionUrl, /^https:\/\//);
  });

  test('run handlers that find the server', async () => {
    const functions = newClient(LambdaClient);
    await functions.send(new CreateFunctionCommand(functionInput('finder', {
      Code: { ZipFile: makeZip({ 'index.js': kHandler }) }, Timeout: 10 })));
    const { Payload } = await functions.send(new InvokeCommand({ FunctionName: 'finder' }));
    assert.equal(Buffer.from(Payload).toString(), '200');
  });
});

test('health, figures and the admin interface are on the same port', async () => {
  for (const target of ['/', '/_health/ready', '/metrics', '/_admin/streams']) {
    const { status } = await exchange(server, { method: 'GET', path: target });
    assert.equal(status, 200, target);
  }
});

test('requests in a row on one connection, and in small pieces', async () => {
  const connection = await RawConnection.open(server);
  const request = requestBytes(server, 'ListTables', { Limit: 1 });
  connection.write(Buffer.concat(Array(50).fill(request)));
  for (let i = 0; i < 50; i += 1) assert.equal((await connection.next()).status, 200);
  for (const byte of request) connection.write(Buffer.from([byte]));
  assert.equal((await connection.next()).status, 200);
  connection.close();
});

test('a body of the largest size', async () => {
  const body = `{"Limit":1${' '.repeat((16 << 20) - 11)}}`;
  assert.equal((await call(server, 'ListTables', body)).status, 200);
  assert.equal((await call(server, 'ListTables', `${body} `)).status, 413);
});

test('plain HTTP is told so', async () => {
  const plain = await RawConnection.open(server, null);
  plain.write(requestBytes(server, 'ListTables', {}));
  const answer = await plain.next();
  assert.equal(answer.status, 400);
  assert.match(answer.text, /https:\/\//);
  await plain.closed;
});

test('old versions of TLS are refused', async () => {
  const old = { ...server.clientTls, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };
  assert.match(await attempt(server.port, { ...old, maxVersion: 'TLSv1.1' }), /PROTOCOL_VERSION/);
  assert.equal(await attempt(server.port, { ...old, maxVersion: 'TLSv1.2' }), 'connected');
  assert.equal(
    await attempt(server.port, { ...server.clientTls, minVersion: 'TLSv1.3' }), 'connected');
});

test('certificates change while the server runs', async () => {
  assert.equal(await shownCertificate(), bare(identity.certificate));
  const old = await RawConnection.open(server);
  const replace = (file, text) => {
    fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  };
  const renewed = authority.issue('renewed');
  replace(identity.certificateFile, renewed.certificate);
  // The key does not fit yet: nothing changes, and there is a complaint.
  const complaints = () => server.stderr.split('stay as they were').length - 1;
  await eventually(() => complaints() === 1, 'a complaint');
  assert.equal(await shownCertificate(), bare(identity.certificate));
  replace(identity.keyFile, renewed.key);
  await eventually(
    async () => await shownCertificate() === bare(renewed.certificate), 'the new certificate');
  assert.equal(complaints(), 1);
  old.write(requestBytes(server, 'ListTables', {}));
  assert.equal((await old.next()).status, 200);
  old.close();
});

test('clients may need a certificate', async () => {
  const client = authority.issue('client');
  const stranger = new Authority(directory, 'stranger').issue('stranger_client');
  const guarded = await startServer({
    flags: [...tlsFlags(identity.certificateFile, identity.keyFile),
      `--tls_client_ca=${authority.certificateFile}`],
    clientTls: { ca: authority.certificate, cert: client.certificate, key: client.key },
  });
  try {
    const { ca } = guarded.clientTls;
    assert.match(await attempt(guarded.port, { ca }), /CERTIFICATE_REQUIRED|ECONNRESET/);
    assert.match(
      await attempt(guarded.port, { ca, cert: stranger.certificate, key: stranger.key }),
      /UNKNOWN_CA|ECONNRESET/);
    assert.equal(await attempt(guarded.port, guarded.clientTls), 'connected');
    assert.equal((await call(guarded, 'ListTables', {})).status, 200);
    // Nothing else may lead past the certificates.
    assert.match(guarded.stderr, /handlers of functions are not told where this server is/);
  } finally {
    await guarded.close();
  }
});

test('starts that make no sense are refused', async () => {
  const start = ['--in_memory', '--port=0'];
  const junk = path.join(directory, 'junk.pem');
  fs.writeFileSync(junk, 'junk');
  const other = authority.issue('other');
  for (const [flags, pattern] of [
    [[`--tls_certificate=${junk}`], /--tls_certificate and --tls_key go together/],
    [[`--tls_key=${junk}`], /--tls_certificate and --tls_key go together/],
    [[`--tls_client_ca=${junk}`], /--tls_client_ca needs --tls_certificate/],
    [tlsFlags(`${directory}/none`, identity.keyFile), /cannot read the certificate .*none/],
    [tlsFlags(junk, identity.keyFile), /the certificate .*junk\.pem cannot be used/],
    [tlsFlags(other.certificateFile, identity.keyFile), /the key .* cannot be used/],
    [[...tlsFlags(other.certificateFile, other.keyFile), '--host=0.0.0.0'],
      /--i_know_this_is_open/],
  ]) {
    const { code, stderr } = await runToExit([...start, ...flags]);
    assert.notEqual(code, 0, flags.join(' '));
    assert.notEqual(code, null, flags.join(' '));
    assert.match(stderr, pattern);
  }
});
