// What goes across functions: tags, the account's limits, and the settings that have one state.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateFunctionCommand, GetAccountSettingsCommand, GetFunctionCodeSigningConfigCommand,
  GetFunctionRecursionConfigCommand, GetRuntimeManagementConfigCommand, ListTagsCommand,
  PublishVersionCommand, PutFunctionConcurrencyCommand, PutFunctionRecursionConfigCommand,
  TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import { functionInput, kFunctionArn, packageOf, useFunctions } from './functions_client.mjs';
import { exchange } from './harness.mjs';

const { server, send, refused } = useFunctions();
const create = (name, rest) => send(new CreateFunctionCommand(functionInput(name, rest)));
const withoutMetadata = ({ $metadata: ignored, ...rest }) => rest;

describe('the account', () => {
  test('limits and usage', async () => {
    const before = withoutMetadata(await send(new GetAccountSettingsCommand({})));
    assert.deepEqual(before, {
      AccountLimit: {
        TotalCodeSize: 80530636800, CodeSizeUnzipped: 262144000, CodeSizeZipped: 52428800,
        ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000,
      },
      AccountUsage: { TotalCodeSize: 0, FunctionCount: 0 },
    });
    await create('counted');
    await send(new PutFunctionConcurrencyCommand({
      FunctionName: 'counted', ReservedConcurrentExecutions: 7,
    }));
    const after = await send(new GetAccountSettingsCommand({}));
    assert.equal(after.AccountLimit.UnreservedConcurrentExecutions, 993);
    assert.deepEqual(after.AccountUsage, {
      TotalCodeSize: packageOf().length, FunctionCount: 1,
    });
    const slash = await exchange(server, { method: 'GET', path: '/2016-08-19/account-settings/' });
    assert.equal(slash.status, 200);
  });
});

describe('settings that have one state', () => {
  test('code signing and the management of runtimes', async () => {
    await create('still');
    assert.deepEqual(withoutMetadata(await send(new GetFunctionCodeSigningConfigCommand({
      FunctionName: 'still',
    }))), { FunctionName: 'still' });
    assert.deepEqual(withoutMetadata(await send(new GetRuntimeManagementConfigCommand({
      FunctionName: 'still',
    }))), { UpdateRuntimeOn: 'Auto', FunctionArn: `${kFunctionArn}still` });
    for (const command of [GetFunctionCodeSigningConfigCommand, GetRuntimeManagementConfigCommand,
      GetFunctionRecursionConfigCommand]) {
      await refused(new command({ FunctionName: 'nobody' }), 'ResourceNotFoundException', 404,
        /^Function not found: /);
    }
  });

  test('recursion', async () => {
    await create('round');
    const get = async () => (
      await send(new GetFunctionRecursionConfigCommand({ FunctionName: 'round' }))).RecursiveLoop;
    const put = (RecursiveLoop, FunctionName = 'round') => (
      new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop }));
    assert.equal(await get(), 'Terminate');
    assert.equal((await send(put('Allow'))).RecursiveLoop, 'Allow');
    assert.equal(await get(), 'Allow');
    await send(put('Terminate'));
    assert.equal(await get(), 'Terminate');
    await refused(put('Perhaps'), 'ValidationException', 400, /'Perhaps' at 'recursiveLoop'/);
    await refused(put(undefined), 'ValidationException', 400, /Value null at 'recursiveLoop'/);
    await refused(put('Allow', 'nobody'), 'ResourceNotFoundException', 404);
  });

  test('operations that are not there', async () => {
    for (const [method, path] of [['GET', '/2020-04-22/code-signing-configs/'],
      ['POST', '/2025-12-01/durable-executions'], ['GET', '/2018-06-01/runtime/invocation/next'],
      ['PATCH', '/2015-03-31/functions/f']]) {
      const answer = await exchange(server, { method, path });
      assert.equal(answer.status, 404);
      assert.equal(answer.headers['x-amzn-errortype'], 'UnknownOperationException');
      assert.equal(answer.json.message, answer.json.Message);
    }
  });
});

describe('tags of functions', () => {
  test('are added, listed and removed', async () => {
    await create('tagged', { Tags: { a: '1' } });
    const Resource = `${kFunctionArn}tagged`;
    const tags = async () => (await send(new ListTagsCommand({ Resource }))).Tags;
    assert.deepEqual(await tags(), { a: '1' });
    const tagged = await send(new TagResourceCommand({ Resource, Tags: { 'b c/\u00e9': '2 3' } }));
    assert.equal(tagged.$metadata.httpStatusCode, 204);
    assert.deepEqual(await tags(), { a: '1', 'b c/\u00e9': '2 3' });
    const untagged = await send(new UntagResourceCommand({
      Resource, TagKeys: ['b c/\u00e9', 'unknown'],
    }));
    assert.equal(untagged.$metadata.httpStatusCode, 204);
    assert.deepEqual(await tags(), { a: '1' });
  });

  test('what is refused', async () => {
    await create('limited');
    const Resource = `${kFunctionArn}limited`;
    await send(new PublishVersionCommand({ FunctionName: 'limited' }));
    await refused(new ListTagsCommand({ Resource: `${Resource}:1` }),
      'InvalidParameterValueException', 400, /versions are not supported/);
    await refused(new ListTagsCommand({ Resource: `${kFunctionArn}nobody` }),
      'ResourceNotFoundException', 404);
    await refused(new ListTagsCommand({ Resource: 'limited' }), 'ValidationException', 400);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, '']));
    for (const Tags of [many, { ['k'.repeat(129)]: '' }, { k: 'v'.repeat(257) }, { 'aws:k': '' }]) {
      await refused(new TagResourceCommand({ Resource, Tags }), 'InvalidParameterValueException',
        400);
    }
    await refused(new TagResourceCommand({ Resource, Tags: undefined }), 'ValidationException',
      400, /Value null at 'tags'/);
    const keys = await exchange(server, {
      method: 'DELETE', path: `/2017-03-31/tags/${encodeURIComponent(Resource)}`,
    });
    assert.equal(keys.status, 400);
    assert.match(keys.json.message, /Value null at 'tagKeys'/);
  });
});
