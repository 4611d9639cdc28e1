// What the tests of functions share: clients, packages, and functions that are only there to be
// described. Nothing here runs a function.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { useServer } from './harness.mjs';
import { makeZip } from './zip.mjs';

export const kRole = 'arn:aws:iam::000000000000:role/tests';
export const kFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:';

/** A package whose content depends on `text`. */
export const packageOf = (text = 'exports.handler = async (event) => event;') => (
  makeZip({ 'index.js': text }));

/** A complete CreateFunction request, which `rest` changes. */
export const functionInput = (FunctionName, rest = {}) => ({
  FunctionName, Runtime: 'nodejs20.x', Role: kRole, Handler: 'index.handler',
  Code: { ZipFile: packageOf() }, ...rest,
});

/** A server for a test file, and the means to talk to it with the stock client. */
export function useFunctions(options = {}) {
  let client;
  const server = useServer(options, async (running) => {
    client = new LambdaClient({
      endpoint: running.endpoint, region: 'us-east-1', maxAttempts: 1,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  after(() => client.destroy());
  const send = (command) => client.send(command);
  /** The call must be refused with this name, status and text. */
  const refused = (command, name, status, message) => assert.rejects(send(command), (error) => {
    assert.equal(error.name, name, error.message);
    assert.equal(error.$metadata.httpStatusCode, status);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
  return { server, send, refused };
}
