// What the tests of invocations share: a Node and a Python handler that do what the event says, and
// ways to call them.

import {
  CreateFunctionCommand, InvokeCommand,
} from '@aws-sdk/client-lambda';
import { functionInput, useFunctions } from './functions_client.mjs';
import { exchange } from './harness.mjs';
import { makeZip } from './zip.mjs';

// One Node handler for most tests: the event says what to do.
const kNode = `
const fs = require('fs');
const acts = {
  echo: (event) => event,
  nothing: () => undefined,
  context: (event, context) => ({
    id: context.awsRequestId, arn: context.invokedFunctionArn, version: context.functionVersion,
    name: context.functionName, memory: context.memoryLimitInMB, client: context.clientContext,
    left: context.getRemainingTimeInMillis(), group: context.logGroupName,
    trace: process.env._X_AMZN_TRACE_ID,
  }),
  fail: () => { throw new TypeError('it went wrong'); },
  exit: (event) => process.exit(event.code),
  kill: () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); },
  hang: () => new Promise(() => setInterval(() => {}, 1000)),
  print: (event) => {
    for (let line = 0; line < event.lines; line += 1) console.log('line ' + line);
    return null;
  },
  large: (event) => 'x'.repeat(event.size),
  write: (event) => fs.writeFileSync(event.file, JSON.stringify(event)),
};
exports.handler = async (event, context) => (acts[event.act] ?? acts.echo)(event, context);
`;
const kPython = `
import sys

def handler(event, context):
    if event.get("act") == "fail":
        raise ValueError("it went wrong")
    if event.get("act") == "exit":
        sys.exit(event["code"])
    if event.get("act") == "context":
        return {"id": context.aws_request_id, "arn": context.invoked_function_arn,
                "client": context.client_context.custom if context.client_context else None}
    return event
`;

/** The payload of a reply as text. */
export const textOf = (payload) => Buffer.from(payload ?? []).toString('utf8');

/** `useFunctions`, with functions that run. */
export function useHandlers(options = {}) {
  const functions = useFunctions(options);
  const { server, send } = functions;
  const node = (name, rest = {}, text = kNode) => (
    send(new CreateFunctionCommand(functionInput(name, {
      Code: { ZipFile: makeZip({ 'index.js': text }) }, Timeout: 10, ...rest,
    }))));
  const python = (name, rest = {}, text = kPython) => (
    send(new CreateFunctionCommand(functionInput(name, {
      Code: { ZipFile: makeZip({ 'main.py': text }) }, Runtime: 'python3.12',
      Handler: 'main.handler', Timeout: 10, ...rest,
    }))));
  /** Invokes and answers the reply with the payload as text and, if it is that, as JSON. */
  async function invoke(FunctionName, event, rest = {}) {
    const reply = await send(new InvokeCommand({
      FunctionName, Payload: event === undefined ? undefined : JSON.stringify(event), ...rest,
    }));
    const body = textOf(reply.Payload);
    let json;
    try {
      json = JSON.parse(body);
    } catch {
      json = undefined;
    }
    return { ...reply, body, json };
  }
  const raw = (name, { headers = {}, body = '{}', query = '' } = {}) => exchange(server, {
    method: 'POST', path: `/2015-03-31/functions/${name}/invocations${query}`, headers, body,
  });

  let prepared = false;
  /** The functions of most tests; once, when the server is there. */
  async function prepare() {
    if (prepared) return;
    prepared = true;
    await node('node');
    await python('python');
  }
  return { ...functions, node, python, invoke, raw, prepare };
}
