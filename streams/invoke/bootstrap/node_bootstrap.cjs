// Runs a Node.js handler: the process that the server starts for a function with a Node.js runtime.
//
// It asks the Runtime API for one event after the other, calls the handler and sends back what it
// returns or how it failed. It is part of the server's binary and uses only what Node.js brings.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');

const kBase = '/2018-06-01/runtime';
const kStreaming = Symbol('streaming response');
const kMajorWithoutCallbacks = 24;

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

let invocation; // the one being run: {requestId}
let nextEvent; // what will be run after it, if it has been asked for

/**
 * The connection to the Runtime API. Requests are answered in the order in which they are sent.
 * Node's own HTTP client takes several times as long for a call, so only streams use it.
 */
const api = {
  socket: undefined,
  waiting: [], // of each request without an answer: {resolve, reject}
  input: undefined, // bytes of an answer that is not complete

  open() {
    const socket = net.connect({ host, port, noDelay: true });
    socket.on('data', (bytes) => this.take(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket !== socket) return;
      const lost = this.forget();
      for (const { reject } of lost) reject(new Error('the Runtime API has gone'));
    });
    this.socket = socket;
  },

  /** Gives the connection up; returns those who wait for answers. */
  forget() {
    const lost = this.waiting;
    Object.assign(this, { socket: undefined, waiting: [], input: undefined });
    return lost;
  },

  send(text) {
    if (this.socket === undefined) this.open();
    // What is sent in one go travels in one packet.
    this.socket.cork();
    this.socket.write(text);
    process.nextTick((socket) => socket.uncork(), this.socket);
    this.socket.ref();
    return new Promise((resolve, reject) => { this.waiting.push({ resolve, reject }); });
  },

  take(bytes) {
    this.input = this.input === undefined ? bytes : Buffer.concat([this.input, bytes]);
    while (this.input !== undefined) {
      const end = this.input.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [statusLine, ...lines] = this.input.toString('utf8', 0, end).split('\r\n');
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const size = end + 4 + Number(headers['content-length'] ?? 0);
      if (this.input.length < size) return;
      const body = this.input.subarray(end + 4, size);
      this.input = this.input.length > size ? this.input.subarray(size) : undefined;
      const answered = this.waiting.shift();
      // While a handler runs, the connection is no reason to go on.
      if (this.waiting.length === 0) this.socket.unref();
      answered.resolve({ status: Number(statusLine.split(' ')[1]), headers, body });
    }
  },
};

/** One call of the Runtime API: resolves to {status, headers, body}. */
function call(method, target, body, headers = {}) {
  let head = `${method} ${kBase}${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n`;
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
  if (body === undefined) return api.send(`${head}\r\n`);
  const length = Buffer.byteLength(body);
  return api.send(
    `${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`);
}

/** Asks for the next event. */
function askForEvent() {
  const asked = call('GET', '/invocation/next');
  asked.catch(() => {}); // whoever takes the event hears of it
  return asked;
}

/** A failure whose type is said by us. */
class RuntimeFailure extends Error {
  constructor(type, message) {
    super(message);
    this.name = type;
  }
}

function failureOf(error) {
  if (error instanceof Error) {
    return {
      errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function postFailure(target, failure) {
  return call('POST', target, JSON.stringify(failure), {
    'Lambda-Runtime-Function-Error-Type': failure.errorType.replace(/[^\x20-\x7e]/g, '?'),
  });
}

// ---------------------------------------------------------------------------------------- logging

const kLevels = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };

function writeLine(level, parts) {
  const time = new Date().toISOString();
  const requestId = invocation?.requestId;
  if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') {
    const least = kLevels[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? kLevels.TRACE;
    if (kLevels[level] < least) return;
    const message = parts.length === 1 && typeof parts[0] === 'object' && parts[0] !== null
      && !(parts[0] instanceof Error) ? parts[0] : format(...parts);
    process.stdout.write(`${JSON.stringify({ timestamp: time, level, requestId, message })}\n`);
    return;
  }
  // One message is one line of the log.
  const text = format(...parts).replace(/\n/g, '\r');
  process.stdout.write(`${time}\t${requestId}\t${level}\t${text}\n`);
}

/** Resolves when what was written has left the process: it belongs to the invocation that runs. */
async function flushOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) {
      await new Promise((resolve) => { stream.write('', () => resolve()); });
    }
  }
}

function takeOverConsole() {
  // So that output is complete even if the handler ends the process.
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
  const levels = {
    trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR',
  };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...parts) => writeLine(level, parts);
  }
  console.fatal = (...parts) => writeLine('FATAL', parts);
}

// ---------------------------------------------------------------------------------------- loading

/** The file of a module without or with its extension, or undefined. */
function findFile(root, name) {
  const base = path.resolve(root, name);
  return ['', '.js', '.mjs', '.cjs'].map((extension) => base + extension)
    .find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Whether a .js file is an ES module: as the nearest package.json says. */
function isModulePackage(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (fs.existsSync(description)) {
      return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
    }
    if (folder === path.dirname(folder)) return false;
  }
}

async function loadModule(root, name) {
  const file = findFile(root, name);
  if (file === undefined) {
    throw new RuntimeFailure('Runtime.ImportModuleError', `Error: Cannot find module '${name}'`);
  }
  try {
    const extension = path.extname(file);
    const isModule = extension === '.mjs' || (extension === '.js' && isModulePackage(file));
    return isModule ? await import(pathToFileURL(file).href) : require(file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeFailure('Runtime.UserCodeSyntaxError', String(error));
    }
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw new RuntimeFailure('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

/** The function that a handler ("folder/file.export") names. */
async function loadHandler(root, handler) {
  const folder = path.dirname(handler);
  const [, file, exported] = /^([^.]*)\.(.+)$/.exec(path.basename(handler)) ?? [];
  if (file === undefined || handler.includes('..')) {
    throw new RuntimeFailure('Runtime.MalformedHandlerName', `'${handler}' is not a valid handler`);
  }
  const loaded = await loadModule(root, path.join(folder, file));
  const find = (from) => exported.split('.').reduce((value, name) => value?.[name], from);
  const found = find(loaded) ?? find(loaded.default);
  if (found === undefined) {
    throw new RuntimeFailure('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new RuntimeFailure('Runtime.HandlerNotFound', `${handler} is not a function`);
  }
  const major = Number(/^nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV?.split('AWS_Lambda_')[1]
    ?? '')?.[1] ?? 0);
  if (found.length >= 3 && major >= kMajorWithoutCallbacks && !found[kStreaming]) {
    throw new RuntimeFailure('Runtime.CallbackHandlerDeprecated',
      'Handlers that take a callback are not supported by this runtime: return a promise');
  }
  return found;
}

// ---------------------------------------------------------------------------- streaming responses

/** `awslambda`, which handlers that stream their response expect to be there. */
const streaming = {
  streamifyResponse(handler, options) {
    handler[kStreaming] = { options };
    return handler;
  },
  HttpResponseStream: {
    from(stream, description) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.write(JSON.stringify(description));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

/** The body of a response as it is written. */
function responseStream(requestId, answered) {
  const stream = http.request({
    host, port, method: 'POST', path: `${kBase}/invocation/${requestId}/response`,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    },
  });
  stream.on('response', (response) => {
    response.resume();
    answered();
  });
  stream.on('error', answered);
  stream.setContentType = (type) => {
    if (!stream.headersSent) stream.setHeader('Content-Type', type);
  };
  return stream;
}

async function runStreaming(handler, event, context) {
  let stream;
  const sent = new Promise((resolve, reject) => {
    stream = responseStream(context.awsRequestId, (error) => (error ? reject(error) : resolve()));
  });
  try {
    await handler(event, stream, context);
    await flushOutput();
    if (!stream.writableEnded) stream.end();
  } catch (error) {
    if (!stream.headersSent) {
      stream.destroy();
      sent.catch(() => {});
      throw error;
    }
    const failure = failureOf(error);
    stream.addTrailers({
      'Lambda-Runtime-Function-Error-Type': failure.errorType,
      'Lambda-Runtime-Function-Error-Body':
        Buffer.from(JSON.stringify(failure)).toString('base64'),
    });
    stream.end();
  }
  await sent;
}

// ------------------------------------------------------------------------------------ invocations

function contextOf(headers) {
  const { env } = process;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: parsed('lambda-runtime-client-context'),
    identity: parsed('lambda-runtime-cognito-identity'),
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    checkpointToken: headers['lambda-runtime-checkpoint-token'],
    replayId: headers['lambda-runtime-replay-id'],
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

/** Resolves once the event loop has nothing left to do. */
function emptyEventLoop() {
  return new Promise((resolve) => { process.once('beforeExit', resolve); });
}

/** Runs a handler that answers through a callback (or context.done and its kin). */
function runWithCallback(handler, event, context) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => {
      const finish = () => (error === undefined || error === null ? resolve(result)
        : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) emptyEventLoop().then(finish);
      else finish();
    };
    context.done = settle;
    context.succeed = (result) => settle(null, result);
    context.fail = (error) => settle(error ?? 'handled');
    const returned = handler(event, context, settle);
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
  });
}

async function runHandler(handler, event, context) {
  if (handler.length >= 3) return runWithCallback(handler, event, context);
  return handler(event, context);
}

/** The text of a response. */
function responseText(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (error) {
    throw new RuntimeFailure('Runtime.MarshalError', `Unable to stringify response body: ${error}`);
  }
}

async function runOne(handler) {
  const { headers, body } = await (nextEvent ?? askForEvent());
  nextEvent = undefined;
  const context = contextOf(headers);
  const requestId = context.awsRequestId;
  if (headers['lambda-runtime-trace-id']) {
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  }
  invocation = { requestId };
  const target = `/invocation/${requestId}`;
  // A promise that nobody will settle any more: the process would end without a word.
  const unsettled = () => {
    postFailure(`${target}/error`, {
      errorType: 'Runtime.NodeJsExit', trace: [],
      errorMessage: 'The event loop is empty and the handler has not answered',
    }).then(() => process.exit(0));
  };
  if (!handler[kStreaming] && handler.length < 3) process.once('beforeExit', unsettled);
  try {
    if (handler[kStreaming]) {
      await runStreaming(handler, JSON.parse(body), context);
    } else {
      const text = responseText(await runHandler(handler, JSON.parse(body), context));
      process.off('beforeExit', unsettled);
      await flushOutput();
      // Both in one packet: whatever is said of the response, there is nothing to do about it.
      const sent = call('POST', `${target}/response`, text);
      nextEvent = askForEvent();
      await sent;
    }
  } catch (error) {
    process.off('beforeExit', unsettled);
    const failure = failureOf(error);
    writeLine('ERROR', ['Invoke Error ', JSON.stringify(failure)]);
    await flushOutput();
    await postFailure(`${target}/error`, failure);
  }
  invocation = undefined;
}

/** Reports what nobody has caught, then ends: the state of the process is unknown. */
async function endWith(type, error) {
  const failure = { ...failureOf(error), errorType: type };
  writeLine('ERROR', [`${type} `, JSON.stringify(failure)]);
  const target = invocation === undefined ? '/init/error'
    : `/invocation/${invocation.requestId}/error`;
  // The kept connection may be in the middle of something. Nobody is to hear of its end.
  const { socket } = api;
  api.forget();
  socket?.destroy();
  await flushOutput();
  await postFailure(target, failure).catch(() => {});
  process.exit(128 + 1);
}

async function main() {
  takeOverConsole();
  globalThis.awslambda = streaming;
  process.on('uncaughtException', (error) => endWith('Runtime.UncaughtException', error));
  process.on('unhandledRejection', (error) => (
    endWith('Runtime.UnhandledPromiseRejection', error)));
  const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
  let handler;
  try {
    handler = await loadHandler(root, process.env._HANDLER ?? '');
  } catch (error) {
    const failure = failureOf(error);
    writeLine('ERROR', ['Init Error ', JSON.stringify(failure)]);
    await flushOutput();
    await postFailure('/init/error', failure);
    process.exit(1);
  }
  for (;;) await runOne(handler);
}

// When the server has gone nobody is left to run for.
main().catch(() => process.exit(0));
