// Functions over time: states that pass, code that is changed in its directory, and everything
// still there after the server was killed.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import {
  CreateAliasCommand, CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand,
  InvokeCommand, LambdaClient, ListVersionsByFunctionCommand, PublishLayerVersionCommand,
  PutFunctionConcurrencyCommand, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  eventually, exchange, removeDirectory, startServer, temporaryDirectory,
} from './harness.mjs';
import { functionInput, packageOf } from './functions_client.mjs';
import { makeZip } from './zip.mjs';

const clients = [];
after(() => clients.forEach((client) => client.destroy()));

function clientOf(server) {
  const client = new LambdaClient({
    endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  clients.push(client);
  return (command) => client.send(command);
}

async function invoke(send, FunctionName) {
  const { Payload } = await send(new InvokeCommand({ FunctionName, Payload: '{}' }));
  return JSON.parse(Buffer.from(Payload).toString());
}

const answering = (text) => `exports.handler = async () => ${JSON.stringify(text)};\n`;

describe('functions over time', () => {
  test('Pending becomes Active, InProgress becomes Successful', async () => {
    const server = await startServer({
      flags: ['--clock=virtual', '--functions_create_delay=5s'],
    });
    try {
      const send = clientOf(server);
      const later = () => exchange(server, {
        path: '/_admin/clock', body: JSON.stringify({ advance_ms: 5000 }),
      });
      const created = await send(new CreateFunctionCommand(functionInput('slow')));
      assert.deepEqual([created.State, created.StateReasonCode, created.LastUpdateStatus],
        ['Pending', 'Creating', 'InProgress']);
      await assert.rejects(invoke(send, 'slow'), { name: 'ResourceConflictException' });
      await later();
      const read = async () => (await send(new GetFunctionCommand({ FunctionName: 'slow' })))
        .Configuration;
      const active = await read();
      assert.deepEqual([active.State, active.StateReasonCode, active.LastUpdateStatus],
        ['Active', undefined, 'Successful']);
      const update = new UpdateFunctionConfigurationCommand({ FunctionName: 'slow', Timeout: 9 });
      assert.equal((await send(update)).LastUpdateStatus, 'InProgress');
      await assert.rejects(send(update), { name: 'ResourceConflictException' });
      await later();
      assert.equal((await read()).LastUpdateStatus, 'Successful');
    } finally {
      await server.close();
    }
  });

  test('code in a directory is used in place, and again when it changes', async () => {
    const root = temporaryDirectory();
    const S3Key = path.join(root, 'code');
    fs.mkdirSync(S3Key);
    fs.writeFileSync(path.join(S3Key, 'index.js'), answering('first'));
    const server = await startServer({
      flags: ['--functions_dir_bucket=local-dir', `--functions_dir_roots=${root}`],
    });
    try {
      const send = clientOf(server);
      await send(new CreateFunctionCommand(functionInput('placed', {
        Code: { S3Bucket: 'local-dir', S3Key },
      })));
      assert.equal(await invoke(send, 'placed'), 'first');
      const { Code } = await send(new GetFunctionCommand({ FunctionName: 'placed' }));
      assert.equal(Code.Location, undefined);
      fs.writeFileSync(path.join(S3Key, 'index.js'), answering('second'));
      await eventually(async () => await invoke(send, 'placed') === 'second', 'the new code');
      for (const outside of [path.dirname(root), path.join(root, '..'), path.join(root, 'none')]) {
        await assert.rejects(send(new UpdateFunctionCodeCommand({
          FunctionName: 'placed', S3Bucket: 'local-dir', S3Key: outside,
        })), { name: 'InvalidParameterValueException' }, outside);
      }
      await send(new UpdateFunctionCodeCommand({
        FunctionName: 'placed', ZipFile: packageOf(answering('packed')),
      }));
      assert.equal(await invoke(send, 'placed'), 'packed');
    } finally {
      await server.close();
      removeDirectory(root);
    }
  });

  test('what was acknowledged is there after a kill, what was deleted is not', async () => {
    const dataDirectory = temporaryDirectory();
    let server = await startServer({ dataDirectory });
    try {
      const send = clientOf(server);
      const FunctionName = 'kept';
      const layer = await send(new PublishLayerVersionCommand({
        LayerName: 'kept', Content: { ZipFile: makeZip({ 'nodejs/node_modules/l.js': '' }) },
      }));
      await send(new CreateFunctionCommand(functionInput(FunctionName, {
        Code: { ZipFile: packageOf(answering('one')) }, Publish: true,
        Layers: [layer.LayerVersionArn], Tags: { k: 'v' },
      })));
      await send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
      await send(new PutFunctionConcurrencyCommand({
        FunctionName, ReservedConcurrentExecutions: 2,
      }));
      await send(new UpdateFunctionCodeCommand({
        FunctionName, ZipFile: packageOf(answering('two')),
      }));
      await send(new CreateFunctionCommand(functionInput('removed')));
      await send(new DeleteFunctionCommand({ FunctionName: 'removed' }));
      const before = await send(new GetFunctionCommand({ FunctionName }));
      await server.end('SIGKILL');

      server = await startServer({ dataDirectory });
      const again = clientOf(server);
      const now = await again(new GetFunctionCommand({ FunctionName }));
      assert.deepEqual(now.Configuration, before.Configuration);
      assert.deepEqual(now.Tags, { k: 'v' });
      assert.deepEqual(now.Concurrency, { ReservedConcurrentExecutions: 2 });
      const { Versions } = await again(new ListVersionsByFunctionCommand({ FunctionName }));
      assert.deepEqual(Versions.map(({ Version }) => Version), ['$LATEST', '1']);
      assert.equal(await invoke(again, 'kept:live'), 'one');
      assert.equal(await invoke(again, 'kept'), 'two');
      // A link of the process that was killed opens nothing any more.
      const oldLink = before.Code.Location.replace(/:\d+\//, `:${server.port}/`);
      assert.equal((await fetch(oldLink)).status, 403);
      assert.equal((await fetch(now.Code.Location)).status, 200);
      await assert.rejects(again(new GetFunctionCommand({ FunctionName: 'removed' })),
        { name: 'ResourceNotFoundException' });
    } finally {
      await server.close();
      removeDirectory(dataDirectory);
    }
  });
});
