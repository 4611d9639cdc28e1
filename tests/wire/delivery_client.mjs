// What the tests of deliveries share: a server that can be killed and started again, tables and
// queues with mappings to Node handlers, and the notes that these handlers take.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import {
  CreateEventSourceMappingCommand, CreateFunctionCommand, GetEventSourceMappingCommand,
  LambdaClient, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { functionInput } from './functions_client.mjs';
import {
  createTable, eventually, exchange, ok, removeDirectory, startServer, temporaryDirectory,
} from './harness.mjs';
import { makeZip } from './zip.mjs';

export const kQueueArn = 'arn:aws:sqs:us-east-1:000000000000:';
export const kFunctionError = 'PROBLEM: Function call failed';

// Writes down what it gets, one line for each event, and then does what the test has put in the
// place of the last function's body. `names` are those of the records; `switched` and `until` look
// at what the test has switched on meanwhile.
const handlerText = (react) => `
const fs = require('node:fs');
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
const switched = (name) => fs.existsSync(process.env.NOTES + '.' + name);
async function until(name) {
  while (!switched(name)) {
    if (!fs.existsSync(process.env.NOTES)) process.exit();  // the test is over
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
/** A call of the server, as any handler could make it: {status, text}. */
function call(operation, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(process.env.AWS_ENDPOINT_URL, { method: 'POST', agent, headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'DynamoDB_20120810.' + operation,
      Authorization: 'AWS4-HMAC-SHA256 Credential=function/20260101/us-east-1/dynamodb/' +
        'aws4_request, SignedHeaders=host, Signature=' + '0'.repeat(64),
      'X-Amz-Date': '20260101T000000Z', ...headers,
    } }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
function nameOf({ body, dynamodb }) {
  if (dynamodb === undefined) return body;
  const { Keys, NewImage } = dynamodb;
  return NewImage?.n === undefined ? Keys.pk.S : Keys.pk.S + ' ' + NewImage.n.N;
}
const invoked = {};
async function react(event, context, names) { ${react} }
exports.handler = async (event, context) => {
  const names = event.Records?.map(nameOf);
  const { Records, ...rest } = event;
  const note = { names, rest, id: context.awsRequestId, token: context.checkpointToken };
  if (process.env.WHOLE) note.event = event;
  if (process.env.SIZES) note.size = Buffer.byteLength(JSON.stringify(event));
  fs.appendFileSync(process.env.NOTES, JSON.stringify(note) + '\\n');
  return react(event, context, names);
};
`;

/** The notes of a handler, and what it looks at. */
class Handler {
  constructor(name, file) {
    this.name = name;
    this.file = file;
    this.seen = [];
    this.offset = 0;
    fs.writeFileSync(file, '');
  }

  get arn() { return `arn:aws:lambda:us-east-1:000000000000:function:${this.name}`; }

  /** What it has noted so far: {names, rest, id, token, and event or size if that is wanted}. */
  notes() {
    const bytes = fs.statSync(this.file).size - this.offset;
    if (bytes === 0) return this.seen;
    const text = Buffer.alloc(bytes);
    const descriptor = fs.openSync(this.file, 'r');
    const count = fs.readSync(descriptor, text, 0, bytes, this.offset);
    fs.closeSync(descriptor);
    const whole = text.subarray(0, text.subarray(0, count).lastIndexOf(10) + 1);
    this.offset += whole.length;
    for (const line of whole.toString('utf8').split('\n')) {
      if (line !== '') this.seen.push(JSON.parse(line));
    }
    return this.seen;
  }

  /** The names of the records of each event so far. */
  batches() { return this.notes().map(({ names }) => names); }

  names() { return this.batches().flat(); }

  /** Waits for so many events, and answers the names of their records. */
  async events(count) {
    await eventually(() => this.notes().length >= count, `${count} events at ${this.name}`);
    return this.batches();
  }

  /** Waits for so many records, and answers their names. */
  async records(count) {
    await eventually(() => this.names().length >= count, `${count} records at ${this.name}`);
    return this.names();
  }

  switchOn(name) { fs.writeFileSync(`${this.file}.${name}`, ''); }

  switchOff(name) { fs.rmSync(`${this.file}.${name}`); }
}

/** A server of its own for a test file, and what tests of deliveries do with it. */
class Delivery {
  constructor(flags) {
    this.flags = flags;
    this.server = {};
    this.count = 0;
  }

  async start() {
    this.directory ??= temporaryDirectory();
    const running = await startServer({
      dataDirectory: path.join(this.directory, 'data'), flags: this.flags,
    });
    Object.setPrototypeOf(this.server, running);
    const options = {
      endpoint: running.endpoint, region: 'us-east-1', maxAttempts: 1,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    this.lambdaClient = new LambdaClient(options);
    this.queueClient = new SQSClient(options);
    running.clients.push(this.lambdaClient, this.queueClient);
  }

  /** Kills the server and starts it again. Its clock does not go backwards. */
  async restart() {
    const { now_ms: before } = await this.clock();
    await this.server.end('SIGKILL');
    await this.start();
    const { now_ms: now } = await this.clock();
    if (now < before) await this.clock({ now_ms: before });
  }

  async end() {
    await this.server.end?.('SIGTERM');
    if (this.directory !== undefined) removeDirectory(this.directory);
  }

  lambda(command) { return this.lambdaClient.send(command); }

  queues(command) { return this.queueClient.send(command); }

  /** What an operator's route answers. */
  async admin(target, body) {
    const answer = await exchange(this.server, {
      method: body === undefined ? 'GET' : 'POST', path: `/_admin/${target}`,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    assert.equal(answer.status, 200, `${target}: ${answer.text}`);
    return answer.json;
  }

  clock(body) { return this.admin('clock', body); }

  advance(seconds) { return this.clock({ advance_ms: Math.round(seconds * 1000) }); }

  /** Lets time pass in steps until the condition holds. */
  advanceUntil(probe, what, seconds = 1) {
    return eventually(async () => {
      const answer = await probe();
      if (!answer) await this.advance(seconds);
      return answer;
    }, what);
  }

  /** A counter of a mapping: polled_events, filtered_out_events, failed_invoke_events, ... */
  async counted(name, uuid) {
    const { text } = await exchange(this.server, { method: 'GET', path: '/metrics' });
    const line = new RegExp(`^lambda_${name}_total\\{[^}]*"${uuid}"[^}]*\\} (\\S+)$`, 'm');
    return Number(line.exec(text)?.[1]);
  }

  counts(name, uuid, count) {
    return eventually(async () => await this.counted(name, uuid) >= count, `${count} ${name}`);
  }

  next(kind) {
    this.count += 1;
    return `${kind}-${this.count}`;
  }

  /** A function with a handler that takes notes and then does what `react` says. */
  async handler(react = '', rest = {}) {
    const { variables = {}, name = this.next('function'), ...more } = rest;
    const handler = new Handler(name, path.join(this.directory, name));
    await this.createFunction(handler, react, { variables, ...more });
    return handler;
  }

  createFunction(handler, react, { variables = {}, ...rest } = {}) {
    return this.lambda(new CreateFunctionCommand(functionInput(handler.name, {
      Code: { ZipFile: makeZip({ 'index.js': handlerText(react) }) }, Timeout: 20,
      Environment: { Variables: { NOTES: handler.file, ...variables } }, ...rest,
    })));
  }

  /** A table with a stream: {name, arn, put}. */
  async table(extra = {}) {
    const name = this.next('table');
    const { LatestStreamArn: arn } = await createTable(this.server, name, 'pk:S', undefined, {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }, ...extra,
    });
    const put = (pk, more = {}) => ok(this.server, 'PutItem', {
      TableName: name, Item: { pk: { S: pk }, ...more } });
    const putAll = async (names, more) => { for (const each of names) await put(each, more); };
    const remove = (pk) => ok(this.server, 'DeleteItem', {
      TableName: name, Key: { pk: { S: pk } } });
    return { name, arn, put, putAll, remove };
  }

  /** A queue: {name, url, arn, take}; `take` waits for so many messages and removes them. */
  async queue(Attributes = {}, name = this.next('queue')) {
    const { QueueUrl } = await this.queues(new CreateQueueCommand({ QueueName: name, Attributes }));
    // The address is of the server as it is now.
    const url = () => QueueUrl.replace(/:\d+\//, `:${this.server.port}/`);
    const take = async (count) => {
      const taken = [];
      await eventually(async () => {
        if (taken.length >= count) return true;
        const { Messages = [] } = await this.queues(new ReceiveMessageCommand({
          QueueUrl: url(), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
        }));
        for (const message of Messages) {
          taken.push(message);
          await this.queues(new DeleteMessageCommand({
            QueueUrl: url(), ReceiptHandle: message.ReceiptHandle }));
        }
        return false;
      }, `${count} messages in ${name}`);
      assert.equal(taken.length, count);
      return taken;
    };
    /** How many messages are visible, and how many are not. */
    const sizes = async () => {
      const { Attributes: now } = await this.queues(new GetQueueAttributesCommand({
        QueueUrl: url(), AttributeNames: ['All'] }));
      return [Number(now.ApproximateNumberOfMessages),
        Number(now.ApproximateNumberOfMessagesNotVisible)];
    };
    return { name, url, arn: kQueueArn + name, take, sizes };
  }

  get(UUID) { return this.lambda(new GetEventSourceMappingCommand({ UUID })); }

  settled(UUID) {
    return eventually(async () => {
      const mapping = await this.get(UUID);
      return ['Enabled', 'Disabled'].includes(mapping.State) && mapping;
    }, 'a mapping to settle');
  }

  async map(source, handler, rest = {}) {
    const { UUID } = await this.lambda(new CreateEventSourceMappingCommand({
      EventSourceArn: source.arn, FunctionName: handler.name,
      ...(source.url === undefined ? { StartingPosition: 'TRIM_HORIZON' } : {}), ...rest,
    }));
    await this.settled(UUID);
    return UUID;
  }

  async update(UUID, rest) {
    await this.lambda(new UpdateEventSourceMappingCommand({ UUID, ...rest }));
    return this.settled(UUID);
  }

  /**
   * A table with records in it already, a handler, and a mapping between them that tells a queue
   * what it gives up: {table, handler, uuid, failures}.
   */
  async scene({ react, records = [], mapping = {}, handler: given, ...rest } = {}) {
    const table = await this.table();
    const handler = given ?? await this.handler(react, rest);
    const failures = await this.queue();
    await table.putAll(records);
    const uuid = await this.map(table, handler, {
      DestinationConfig: { OnFailure: { Destination: failures.arn } }, ...mapping });
    /** Waits for so many messages about records that were given up. */
    const discards = async (count) => (
      (await failures.take(count)).map(({ Body }) => JSON.parse(Body)));
    const result = (text) => eventually(
      async () => (await this.get(uuid)).LastProcessingResult === text, `the result ${text}`);
    return { table, handler, uuid, failures, discards, result };
  }
}

/** A server for the tests of a file. Batches that failed are tried again at once. */
export function useDelivery(flags = ['--clock=virtual', '--mapping_retry_base=0s']) {
  const delivery = new Delivery(flags);
  before(() => delivery.start());
  after(() => delivery.end());
  return delivery;
}
