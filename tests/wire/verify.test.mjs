// --auth=verify: the SDK's own signer against the server, and everything that can be changed on the
// way.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  eventually, exchange, removeDirectory, runToExit, startServer, temporaryDirectory,
} from './harness.mjs';
import { openTail } from './tail_client.mjs';

const kKey = { accessKeyId: 'AKIDONE', secretAccessKey: 'secret/one+1' };
const kTokenKey = {
  accessKeyId: 'AKIDTWO', secretAccessKey: 'secret two', sessionToken: 'token/two==' };
const kMismatch = 'The request signature we calculated does not match the signature you ' +
  'provided. Check your AWS Secret Access Key and signing method. Consult the service ' +
  'documentation for details.';

const section = (name, { accessKeyId, secretAccessKey, sessionToken }) => (
  `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n` +
  (sessionToken === undefined ? '' : `aws_session_token = ${sessionToken}\n`));

let directory;
let file;
let server;

before(async () => {
  directory = temporaryDirectory();
  file = path.join(directory, 'credentials');
  fs.writeFileSync(file, section('default', kKey) + section('two', kTokenKey), { mode: 0o600 });
  server = await startServer({ flags: ['--auth=verify', `--credentials_file=${file}`] });
});

after(async () => {
  await server.close();
  removeDirectory(directory);
});

const list = (credentials, options = {}) => (
  server.sdk({ credentials, ...options }).send(new ListTablesCommand({})));

/** SHA-256 as the signer wants it. */
class Sha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }

  update(data) {
    this.hash.update(data);
  }

  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

const signer = (credentials = kKey) => new SignatureV4({
  service: 'dynamodb', region: 'us-east-1', credentials, sha256: Sha256 });

/** A signed ListTables as it would be sent. */
function signed(credentials, headers = {}) {
  return signer(credentials).sign({
    method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port: server.port, path: '/',
    query: {}, body: '{}',
    headers: {
      host: `127.0.0.1:${server.port}`, 'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables', ...headers,
    },
  });
}

const send = (request, change = {}) => exchange(server, {
  method: change.method ?? request.method, path: change.path ?? '/',
  headers: { ...request.headers, ...change.headers }, body: change.body ?? request.body });

test('stock clients of every kind sign well', async () => {
  assert.deepEqual((await list(kKey)).TableNames, []);
  assert.deepEqual((await list(kTokenKey)).TableNames, []);
  const queues = new SQSClient({
    endpoint: server.endpoint, region: 'us-east-1', credentials: kKey, maxAttempts: 1 });
  assert.equal((await queues.send(new ListQueuesCommand({}))).QueueUrls, undefined);
  queues.destroy();
});

test('a key that is not known', async () => {
  await assert.rejects(list({ ...kKey, accessKeyId: 'AKIDX' }), {
    name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.' });
});

test('another secret', async () => {
  await assert.rejects(list({ ...kKey, secretAccessKey: 'guess' }), {
    name: 'InvalidSignatureException', message: kMismatch });
});

test('session tokens', async () => {
  const invalid = { name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid' };
  await assert.rejects(list({ ...kTokenKey, sessionToken: 'other' }), invalid);
  await assert.rejects(list({ ...kTokenKey, sessionToken: undefined }), invalid);
  await assert.rejects(list({ ...kKey, sessionToken: 'unasked' }), invalid);
});

test('a clock that is wrong', async () => {
  const minute = 60 * 1000;
  const shifted = (offset) => list(kKey, { systemClockOffset: offset });
  assert.ok(await shifted(-14 * minute));
  assert.ok(await shifted(14 * minute));
  await assert.rejects(shifted(-16 * minute), { name: 'InvalidSignatureException',
    message: /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/ });
  await assert.rejects(shifted(16 * minute), { name: 'InvalidSignatureException',
    message: /^Signature not yet current: / });
});

test('every change on the way is noticed', async () => {
  const request = await signed(kKey, { 'x-other': 'a  b' });
  assert.equal((await send(request)).status, 200);
  // The same to a signature: blanks at the ends and in a row, the case of names.
  assert.equal((await send(request, { headers: { 'x-other': 'a b ' } })).status, 200);
  const dayBefore = request.headers['x-amz-date'].replace(/^\d{8}/, '20200101');
  const flip = (text) => text.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  for (const [what, change, pattern = kMismatch] of [
    ['body', { body: '{"Limit":1}' }],
    ['body with a blank', { body: '{} ' }],
    ['target', { headers: { 'x-amz-target': 'DynamoDB_20120810.DescribeLimits' } }],
    ['query', { path: '/?a=b' }],
    ['host', { headers: { host: 'localhost' } }],
    ['signed header', { headers: { 'x-other': 'c' } }],
    ['signature', { headers: { authorization: flip(request.headers.authorization) } }],
    ['signature cut', { headers: { authorization: request.headers.authorization.slice(0, -1) } }],
    ['signed headers', { headers: { authorization:
      request.headers.authorization.replace(';x-other', '') } }],
    ['date', { headers: { 'x-amz-date': dayBefore } }, /^Signature expired/],
    ['region', { headers: { authorization:
      request.headers.authorization.replace('us-east-1', 'eu-west-1') } },
    /^Credential should be scoped to a valid region, not 'eu-west-1'. $/],
    ['service', { headers: { authorization:
      request.headers.authorization.replace('/dynamodb/', '/sqs/') } },
    /^Credential should be scoped to correct service: 'dynamodb'. $/],
  ]) {
    const answer = await send(request, change);
    assert.equal(answer.status, 400, what);
    assert.match(answer.json.__type, /#InvalidSignatureException$/, what);
    if (typeof pattern === 'string') assert.equal(answer.json.message, pattern, what);
    else assert.match(answer.json.message, pattern, what);
  }
});

test('what says what the body means must be signed', async () => {
  const { headers, ...request } = await signed(kKey);
  const { 'x-amz-target': target, ...others } = headers;
  const unsigned = await signer().sign({
    ...request, headers: { host: others.host, 'content-type': others['content-type'] } });
  const answer = await send(unsigned, { headers: { 'x-amz-target': target } });
  assert.equal(answer.json.message,
    "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
});

test('presigned requests', async () => {
  const request = await signer(kTokenKey).presign({
    method: 'POST', protocol: 'http:', hostname: '127.0.0.1', port: server.port, path: '/',
    query: {}, body: '{}',
    headers: { host: `127.0.0.1:${server.port}`,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables' },
  }, { expiresIn: 60, unhoistableHeaders: new Set(['x-amz-target', 'content-type']) });
  const query = new URLSearchParams(request.query).toString().replaceAll('+', '%20');
  const answer = await send(request, { path: `/?${query}` });
  assert.equal(answer.status, 200, answer.text);
  const longer = await send(request, { path: `/?${query.replace('=60', '=6000')}` });
  assert.equal(longer.json.message, kMismatch);
});

test('keys change while the server runs', async () => {
  const fresh = { accessKeyId: 'AKIDTHREE', secretAccessKey: 'secret three' };
  await assert.rejects(list(fresh), { name: 'UnrecognizedClientException' });
  fs.writeFileSync(`${file}.new`, section('default', kKey) + section('three', fresh) +
    section('two', kTokenKey));
  fs.renameSync(`${file}.new`, file);
  await eventually(() => list(fresh).then(() => true, () => false), 'the new key');
  assert.ok(await list(kKey));
  // A file that cannot be used changes nothing, and is complained about.
  fs.writeFileSync(file, 'nonsense');
  await eventually(() => server.stderr.includes('line 1 of the credentials file'), 'a complaint');
  assert.ok(await list(fresh));
});

test('a tail ends when keys change, as its own may have gone', async () => {
  const signed = async (credentials) => (await signer(credentials).sign({
    method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port: server.port,
    path: '/_admin/tail', query: {}, headers: { host: `127.0.0.1:${server.port}` } })).headers;
  const replace = (...sections) => {
    fs.writeFileSync(`${file}.new`, sections.join(''));
    fs.renameSync(`${file}.new`, file);
  };
  const tail = await openTail(server, {}, await signed(kTokenKey));
  assert.ok(!tail.ended);
  replace(section('default', kKey));
  await eventually(() => tail.ended, 'the end');
  assert.ok(!tail.failed);
  assert.equal((await openTail(server, {}, await signed(kTokenKey))).status, 403);
  const again = await openTail(server, {}, await signed(kKey));
  assert.equal(again.status, 200);
  again.close();
  replace(section('default', kKey), section('two', kTokenKey));
  await eventually(() => list(kTokenKey).then(() => true, () => false), 'the key again');
});

test('the admin interface wants the same credentials', async () => {
  const get = (headers = {}) => (
    exchange(server, { method: 'GET', path: '/_admin/streams', headers }));
  const refused = await get();
  assert.equal(refused.status, 403);
  assert.deepEqual(refused.json, { error: 'Request is missing Authentication Token' });
  const request = await signer().sign({
    method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port: server.port,
    path: '/_admin/streams', query: {}, headers: { host: `127.0.0.1:${server.port}` } });
  assert.equal((await get(request.headers)).status, 200);
  // What load balancers ask for is no secret.
  assert.equal((await exchange(server, { method: 'GET', path: '/_health/ready' })).status, 200);
});

test('starts that make no sense are refused', async () => {
  for (const [flags, pattern] of [
    [['--in_memory', '--auth=verify'], /--auth=verify and --credentials_file go together/],
    [['--in_memory', '--auth=verify', `--credentials_file=${directory}/none`],
      /cannot read the credentials file/],
    [['--in_memory', '--port=0', '--host=0.0.0.0'], /--i_know_this_is_open/],
  ]) {
    const { code, stderr } = await runToExit(flags);
    assert.notEqual(code, 0);
    assert.match(stderr, pattern);
  }
});

test('other machines may connect when signatures are verified', async () => {
  fs.writeFileSync(`${file}.other`, section('default', kKey));
  // It goes on until it is ended.
  const { code, stdout } = await runToExit(['--in_memory', '--port=0', '--host=0.0.0.0',
    '--auth=verify', `--credentials_file=${file}.other`], 1000);
  assert.equal(code, null);
  assert.match(stdout, /^millrace ready on http:\/\/0\.0\.0\.0:\d+$/m);
});
