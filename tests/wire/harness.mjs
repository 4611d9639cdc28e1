// What every wire test needs: a server of its own, ways to talk to it (stock SDK, raw HTTP, raw
// sockets), tables to work on, and a patient way to wait for a condition. Nothing here knows what
// a right answer looks like; that belongs in the test files.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const kStartDeadlineMs = 20000;
const kStopDeadlineMs = 20000;

/** The present moment in the form of X-Amz-Date. */
export function amzDate() {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, '');
}

/** A complete credential header, with a signature that fits nothing. */
export function authorization() {
  return `AWS4-HMAC-SHA256 Credential=local/${amzDate().slice(0, 8)}/us-east-1/dynamodb/` +
    `aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`;
}

/** Path of the binary under test: --binary=PATH, then MILLRACE_BINARY, then the release build. */
export function binaryPath() {
  const flag = process.argv.find((argument) => argument.startsWith('--binary='));
  if (flag !== undefined) return path.resolve(flag.slice('--binary='.length));
  if (process.env.MILLRACE_BINARY) return path.resolve(process.env.MILLRACE_BINARY);
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.resolve(here, '../../build/release/millrace');
}

/** A fresh directory that `removeDirectory` (or `useServer`) deletes again. */
export function temporaryDirectory() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-wire-'));
}

export function removeDirectory(directory) {
  fs.rmSync(directory, { recursive: true, force: true });
}

/** Asks `probe` again and again until it answers something truthy, which is returned. */
export async function eventually(probe, what, deadlineMs = 15000) {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Runs the binary to its end and returns {code, signal, stdout, stderr}. For starts that must be
 * refused; a server that starts after all is stopped at the deadline and reported by `code` null.
 */
export async function runToExit(flags, deadlineMs = 10000) {
  const child = spawn(binaryPath(), flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { output.stdout += chunk; });
  child.stderr.on('data', (chunk) => { output.stderr += chunk; });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, ...output };
}

/** One running server process. Make it with `startServer`. */
export class Server {
  constructor(child, dataDirectory, ownsDirectory, clientTls) {
    this.child = child;
    this.dataDirectory = dataDirectory;
    this.ownsDirectory = ownsDirectory;
    this.stdout = '';
    this.stderr = '';
    this.port = 0;
    this.clientTls = clientTls;
    this.http = clientTls === undefined ? http : https;
    this.agent = new this.http.Agent({ keepAlive: true, maxSockets: 64, ...clientTls });
    this.clients = [];
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get endpoint() {
    return `${this.clientTls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** What any stock SDK client of this server is made with. */
  get clientOptions() {
    return {
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
      ...(this.clientTls !== undefined && { requestHandler: { httpsAgent: this.agent } }),
    };
  }

  /** A stock SDK client. Retries are off so that every answer is seen as it came. */
  sdk(options = {}) {
    const client = new DynamoDBClient({ ...this.clientOptions, ...options });
    this.clients.push(client);
    return client;
  }

  /** A document client over `sdk()`. */
  documents(translate = {}) {
    return DynamoDBDocumentClient.from(this.sdk(), translate);
  }

  /** Sends `signal` to this process only and waits for its end: {code, signal}. */
  async end(signal) {
    for (const client of this.clients.splice(0)) client.destroy();
    this.agent.destroy();
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kStopDeadlineMs);
    const result = await this.exited;
    clearTimeout(timer);
    return result;
  }

  /** Ends the process the orderly way and removes its directory if the harness made it. */
  async close() {
    const result = await this.end('SIGTERM');
    if (this.ownsDirectory) removeDirectory(this.dataDirectory);
    return result;
  }
}

/**
 * Starts a server on a free port and waits for its ready line. Extra flags come last. `clientTls`
 * is what clients connect with ({ca} and so on) if the flags make the server speak TLS. `binary` is
 * another program than the server under test. The error of one that does not start has its exit
 * `code`.
 */
export async function startServer({
  flags = [], dataDirectory, clientTls, binary = binaryPath(),
} = {}) {
  const ownsDirectory = dataDirectory === undefined;
  const directory = ownsDirectory ? temporaryDirectory() : dataDirectory;
  const child = spawn(
    binary,
    [`--data_dir=${directory}`, '--port=0', '--host=127.0.0.1', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  const server = new Server(child, directory, ownsDirectory, clientTls);
  child.stdout.on('data', (chunk) => { server.stdout += chunk; });
  child.stderr.on('data', (chunk) => { server.stderr += chunk; });
  let ended = false;
  child.on('error', (error) => { ended = true; server.stderr += String(error); });
  child.on('close', () => { ended = true; });
  const ready = await eventually(
    () => ended ||
      /^millrace ready on (https?):\/\/127\.0\.0\.1:(\d+)$/m.exec(server.stdout),
    'the ready line', kStartDeadlineMs);
  if (ready === true) {
    throw Object.assign(
      new Error(`the server did not start: ${server.stdout}${server.stderr}`),
      { code: child.exitCode });
  }
  server.port = Number(ready[2]);
  assert.equal(ready[1], clientTls === undefined ? 'http' : 'https');
  return server;
}

/**
 * Registers hooks that run one server for the whole test file. The returned object is empty until
 * the tests run, then it is the server.
 */
export function useServer(options = {}, prepare = async () => {}) {
  const holder = {};
  let server;
  before(async () => {
    server = await startServer(options);
    Object.setPrototypeOf(holder, server);
    await prepare(holder);
  });
  after(async () => { if (server !== undefined) await server.close(); });
  return holder;
}

/**
 * One HTTP exchange with nothing done behind the caller's back. A header set to null is left out.
 * Answers {status, headers, body (bytes as sent), text (decoded), json (undefined if not JSON)}.
 */
export function exchange(server, { method = 'POST', path: target = '/', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = server.http.request(
      { host: '127.0.0.1', port: server.port, method, path: target, agent: server.agent },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const answer = { status: response.statusCode, headers: response.headers, body: bytes };
          answer.text = (response.headers['content-encoding'] === 'gzip'
            ? zlib.gunzipSync(bytes) : bytes).toString('utf8');
          try {
            answer.json = JSON.parse(answer.text);
          } catch {
            answer.json = undefined;
          }
          resolve(answer);
        });
      });
    request.on('error', reject);
    for (const [name, value] of Object.entries(headers)) {
      if (value !== null && value !== undefined) request.setHeader(name, value);
    }
    request.end(body);
  });
}

/** The headers of an ordinary API call. */
export function apiHeaders(operation) {
  return {
    'Content-Type': 'application/x-amz-json-1.0',
    'X-Amz-Target': `DynamoDB_20120810.${operation}`,
    'X-Amz-Date': amzDate(),
    Authorization: authorization(),
  };
}

/** One API call; `body` is an object to be written as JSON, or text or bytes sent as they are. */
export function call(server, operation, body, headers = {}) {
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  return exchange(server, {
    headers: { ...apiHeaders(operation), ...headers },
    body: raw ? body : JSON.stringify(body),
  });
}

/** An API call that must succeed; answers its JSON. */
export async function ok(server, operation, body) {
  const answer = await call(server, operation, body);
  assert.equal(answer.status, 200, `${operation}: ${answer.text}`);
  return answer.json;
}

/** CRC-32 (IEEE) of `bytes`, written out because Node has none before version 22. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** What protocol.md promises of the headers of every API answer, success or error. */
export function assertAnswerHeaders(answer) {
  assert.match(answer.headers['x-amzn-requestid'] ?? '', /^[0-9A-Z]{52}$/);
  assert.equal(answer.headers['x-amz-crc32'], String(crc32(answer.body)));
  assert.equal(answer.headers['content-length'], String(answer.body.length));
  assert.ok(!Number.isNaN(Date.parse(answer.headers.date)), 'Date header');
  assert.ok(answer.headers.server, 'Server header');
}

/** A key schema from 'pk:S' and an optional 'sk:N', in CreateTable's own words. */
export function keySchema(hash, range) {
  const parts = [hash, range].filter((part) => part !== undefined).map((part) => part.split(':'));
  return {
    KeySchema: parts.map(([name], index) => (
      { AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: parts.map(([name, type]) => (
      { AttributeName: name, AttributeType: type })),
  };
}

/** Waits until the table is ACTIVE and answers its description. */
export async function waitActive(server, name) {
  return eventually(async () => {
    const { json } = await call(server, 'DescribeTable', { TableName: name });
    return json?.Table?.TableStatus === 'ACTIVE' ? json.Table : undefined;
  }, `table ${name} to become ACTIVE`);
}

/** Waits until the table is gone. */
export async function waitGone(server, name) {
  await eventually(async () => {
    const answer = await call(server, 'DescribeTable', { TableName: name });
    return answer.status === 400 && /ResourceNotFoundException$/.test(answer.json.__type);
  }, `table ${name} to disappear`);
}

/** Creates an on-demand table (`extra` overrides) and waits until it can be used. */
export async function createTable(server, name, hash, range, extra = {}) {
  await ok(server, 'CreateTable', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST', ...keySchema(hash, range), ...extra,
  });
  return waitActive(server, name);
}

/** Puts many items, a bounded number at a time. */
export async function putAll(server, table, items) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await ok(server, 'PutItem', { TableName: table, Item: item });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/**
 * A plain socket for what an HTTP client would not do: `write` sends bytes, `next` answers the
 * next whole response {status, headers, body}, `closed` resolves when the server hangs up.
 */
export class RawConnection {
  /** `clientTls` null: without TLS, whatever the server speaks. */
  static async open(server, clientTls = server.clientTls) {
    const address = { host: '127.0.0.1', port: server.port, noDelay: true };
    const secure = clientTls !== undefined && clientTls !== null;
    const socket = secure ? tls.connect({ ...address, ...clientTls }) : net.connect(address);
    const connection = new RawConnection(socket);
    await once(socket, secure ? 'secureConnect' : 'connect');
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.buffer = Buffer.alloc(0);
    this.ended = false;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => { this.ended = true; resolve(); });
    });
    socket.on('error', () => {});
    socket.on('data', (chunk) => { this.buffer = Buffer.concat([this.buffer, chunk]); });
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  async next() {
    return eventually(() => {
      const response = this.#take();
      if (response === undefined && this.ended) throw new Error('the server closed the connection');
      return response;
    }, 'a response on a raw connection');
  }

  #take() {
    const end = this.buffer.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine, ...lines] = this.buffer.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = Number(headers['content-length'] ?? 0);
    if (this.buffer.length < end + 4 + length) return undefined;
    const body = Buffer.from(this.buffer.subarray(end + 4, end + 4 + length));
    this.buffer = this.buffer.subarray(end + 4 + length);
    return { status: Number(statusLine.split(' ')[1]), headers, body, text: body.toString('utf8') };
  }

  close() {
    this.socket.destroy();
  }
}

/** The bytes of one API request for a RawConnection. */
export function requestBytes(server, operation, body, headers = {}) {
  const payload = Buffer.isBuffer(body) ? body : Buffer.from(
    typeof body === 'string' ? body : JSON.stringify(body));
  const all = {
    Host: `127.0.0.1:${server.port}`, ...apiHeaders(operation),
    'Content-Length': String(payload.length), ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines}\r\n`), payload]);
}
