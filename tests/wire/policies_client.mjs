// What the tests of policies share: a server that knows several users, each with policies of its
// own, and stock clients that sign as one of them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startServer, removeDirectory, temporaryDirectory } from './harness.mjs';

export const kTableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/';

const kClients = {
  tables: DynamoDBClient, streams: DynamoDBStreamsClient, queues: SQSClient,
  functions: LambdaClient, logs: CloudWatchLogsClient,
};

/** A statement that allows `actions` on `resources` under `condition`. */
export const allow = (actions, resources = '*', condition = undefined) => ({
  Effect: 'Allow', Action: actions, Resource: resources,
  ...(condition === undefined ? {} : { Condition: condition }) });

export const deny = (actions, resources = '*', condition = undefined) => ({
  ...allow(actions, resources, condition), Effect: 'Deny' });

/** A document of these statements. */
export const policy = (...statements) => ({ Version: '2012-10-17', Statement: statements });

const userArn = (name) => `arn:aws:iam::000000000000:user/${name}`;

/** What a caller is told whom no policy allows `action`. */
export const silence = (user, action, resource) => (
  `User: ${userArn(user)} is not authorized to perform: ${action} on resource: ${resource} ` +
  `because no identity-based policy allows the ${action} action`);

/** What a caller is told whom a policy denies `action`. */
export const denial = (user, action, resource, kind = 'an identity-based') => (
  `User: ${userArn(user)} is not authorized to perform: ${action} on resource: ${resource} ` +
  `with an explicit deny in ${kind} policy`);

/**
 * Hooks that run a server whose users are the members of `users`: name to list of policies. The
 * key of a user is called AK-<name>; `root` may do everything, the key AK-nobody is no user's.
 * `prepare` runs once the server does, with the function `as`.
 */
export function usePolicies(users, prepare = async () => {}, flags = []) {
  const state = { server: undefined };
  const clients = new Map();
  const names = ['root', 'nobody', ...Object.keys(users)];

  const writeUsers = (all) => fs.writeFileSync(state.file, JSON.stringify({
    users: Object.entries({ root: [policy(allow('*'))], ...all }).map(
      ([name, policies]) => ({ name, access_keys: [`AK-${name}`], policies })) }));

  before(async () => {
    state.directory = temporaryDirectory();
    state.file = path.join(state.directory, 'policies.json');
    const credentials = path.join(state.directory, 'credentials');
    fs.writeFileSync(credentials, names.map((name) => (
      `[key-${name}]\naws_access_key_id = AK-${name}\naws_secret_access_key = s-${name}\n`))
      .join(''), { mode: 0o600 });
    writeUsers(users);
    state.server = await startServer({ flags: [
      '--auth=verify', `--credentials_file=${credentials}`, `--policies_file=${state.file}`,
      ...flags.map((flag) => flag.replace('DIRECTORY', state.directory))] });
    await prepare(as);
  });

  after(async () => {
    for (const client of clients.values()) client.destroy();
    await state.server?.close();
    removeDirectory(state.directory);
  });

  const credentialsOf = (name) => ({
    accessKeyId: `AK-${name}`, secretAccessKey: `s-${name}` });

  /** The client of a service that signs as `name`. */
  const as = (name, service = 'tables') => {
    const key = `${name} ${service}`;
    if (!clients.has(key)) {
      clients.set(key, new kClients[service]({
        endpoint: state.server.endpoint, region: 'us-east-1', maxAttempts: 1,
        credentials: credentialsOf(name) }));
    }
    return clients.get(key);
  };

  /** The command must be refused to `name` with exactly this message. */
  const refused = (name, command, message, service = 'tables', status = 400) => assert.rejects(
    as(name, service).send(command), (error) => {
      assert.match(error.name, /^AccessDenied(Exception)?$/, `${error.name}: ${error.message}`);
      assert.equal(error.message, message);
      assert.equal(error.$metadata.httpStatusCode, status);
      return true;
    });

  return { state, as, refused, writeUsers, credentialsOf };
}
