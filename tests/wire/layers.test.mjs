// Layers through the stock client: their versions, their packages, and functions that use them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  CreateFunctionCommand, DeleteLayerVersionCommand, GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand, GetLayerVersionCommand, ListLayersCommand,
  ListLayerVersionsCommand, PublishLayerVersionCommand, UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { exchange } from './harness.mjs';
import { functionInput, useFunctions } from './functions_client.mjs';
import { makeZip } from './zip.mjs';

const { server, send, refused } = useFunctions();
const kLayerArn = 'arn:aws:lambda:us-east-1:000000000000:layer:';
const kMissing = 'ResourceNotFoundException';
const publish = (LayerName, rest = {}, text = 'content') => send(new PublishLayerVersionCommand({
  LayerName, Content: { ZipFile: makeZip({ 'python/module.py': text }) }, ...rest,
}));

describe('layers', () => {
  test('are published in versions', async () => {
    const ZipFile = makeZip({ 'python/a.py': 'A = 1' });
    const first = await publish('versions', {
      Content: { ZipFile }, Description: 'd', LicenseInfo: 'MIT',
      CompatibleRuntimes: ['python3.12', 'python3.11'], CompatibleArchitectures: ['x86_64'],
    });
    assert.equal(first.$metadata.httpStatusCode, 201);
    assert.equal(first.LayerArn, `${kLayerArn}versions`);
    assert.equal(first.LayerVersionArn, `${kLayerArn}versions:1`);
    assert.equal(first.Version, 1);
    assert.match(first.CreatedDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    assert.equal(first.Content.CodeSize, ZipFile.length);
    assert.equal(first.Content.CodeSha256, createHash('sha256').update(ZipFile).digest('base64'));
    const answer = await fetch(first.Content.Location);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), ZipFile);
    assert.equal((await publish('versions', {}, 'second')).Version, 2);
    const got = await send(new GetLayerVersionCommand({
      LayerName: 'versions', VersionNumber: 1,
    }));
    const { Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures } = got;
    assert.deepEqual({ Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures }, {
      Description: 'd', LicenseInfo: 'MIT', CompatibleRuntimes: ['python3.12', 'python3.11'],
      CompatibleArchitectures: ['x86_64'],
    });
    const byArn = await send(new GetLayerVersionByArnCommand({ Arn: `${kLayerArn}versions:2` }));
    assert.equal(byArn.Version, 2);
    await refused(new GetLayerVersionCommand({ LayerName: 'versions', VersionNumber: 9 }),
      kMissing, 404, /^The resource you requested does not exist.$/);
    await refused(new GetLayerVersionByArnCommand({ Arn: `${kLayerArn}none:1` }), kMissing, 404);
  });

  test('are listed, the newest version first', async () => {
    for (const name of ['list-b', 'list-a']) {
      await publish(name, { CompatibleRuntimes: ['ruby3.3'] });
      await publish(name, {}, 'next');
    }
    const { Layers } = await send(new ListLayersCommand({}));
    const listed = Layers.filter(({ LayerName }) => LayerName.startsWith('list-'));
    assert.deepEqual(listed.map(({ LayerName, LatestMatchingVersion }) => (
      [LayerName, LatestMatchingVersion.Version])), [['list-a', 2], ['list-b', 2]]);
    const ruby = await send(new ListLayersCommand({ CompatibleRuntime: 'ruby3.3', MaxItems: 1 }));
    assert.equal(ruby.Layers[0].LatestMatchingVersion.LayerVersionArn, `${kLayerArn}list-a:1`);
    const rest = await send(new ListLayersCommand({
      CompatibleRuntime: 'ruby3.3', Marker: ruby.NextMarker,
    }));
    assert.deepEqual(rest.Layers.map(({ LayerName }) => LayerName), ['list-b']);
    const page = await send(new ListLayerVersionsCommand({ LayerName: 'list-a', MaxItems: 1 }));
    assert.deepEqual(page.LayerVersions.map(({ Version }) => Version), [2]);
    const older = await send(new ListLayerVersionsCommand({
      LayerName: 'list-a', Marker: page.NextMarker,
    }));
    assert.deepEqual(older.LayerVersions.map(({ Version }) => Version), [1]);
    // Clients of old expect the member, though it says nothing.
    const raw = await exchange(server, { method: 'GET', path: '/2018-10-31/layers' });
    assert.equal(raw.json.NextMarker, null);
  });

  test('go on working in functions after they were deleted', async () => {
    const { LayerVersionArn, Content } = await publish('deleted');
    const created = await send(new CreateFunctionCommand(functionInput('layered', {
      Layers: [LayerVersionArn],
    })));
    assert.deepEqual(created.Layers, [{ Arn: LayerVersionArn, CodeSize: Content.CodeSize }]);
    const target = { LayerName: 'deleted', VersionNumber: 1 };
    await send(new DeleteLayerVersionCommand(target));
    const again = await send(new DeleteLayerVersionCommand(target));
    assert.equal(again.$metadata.httpStatusCode, 204);
    await refused(new GetLayerVersionCommand(target), kMissing, 404);
    const kept = await send(new GetFunctionConfigurationCommand({ FunctionName: 'layered' }));
    assert.equal(kept.Layers.length, 1);
    await refused(new CreateFunctionCommand(functionInput('late', { Layers: [LayerVersionArn] })),
      'InvalidParameterValueException', 400, /does not exist.$/);
    const cleared = await send(new UpdateFunctionConfigurationCommand({
      FunctionName: 'layered', Layers: [],
    }));
    assert.equal(cleared.Layers, undefined);
    assert.equal((await publish('deleted')).Version, 2);
  });

  test('two versions of one layer are refused', async () => {
    const one = await publish('twice');
    const two = await publish('twice', {}, 'other');
    await refused(new CreateFunctionCommand(functionInput('doubled', {
      Layers: [one.LayerVersionArn, two.LayerVersionArn],
    })), 'InvalidParameterValueException', 400, /^Two different versions of the same layer/);
  });

  test('refusals', async () => {
    const row = (change, name, message) => refused(new PublishLayerVersionCommand({
      LayerName: 'refused', Content: { ZipFile: makeZip({ a: 'b' }) }, ...change,
    }), name, 400, message);
    await row({ LayerName: 'a b' }, 'ValidationException', /at 'layerName' failed/);
    await row({ CompatibleRuntimes: ['cobol'] }, 'ValidationException', /'compatibleRuntimes'/);
    await row({ Description: 'x'.repeat(257) }, 'ValidationException', /at 'description' failed/);
    await row({ Content: { ZipFile: Buffer.from('no zip') } }, 'InvalidParameterValueException',
      /^Could not unzip uploaded file/);
    await row({ Content: {} }, 'InvalidParameterValueException');
    await refused(new ListLayerVersionsCommand({ LayerName: 'refused' }), kMissing, 404);
  });
});
