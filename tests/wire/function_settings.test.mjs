// What belongs to functions: versions, aliases, concurrency, asynchronous settings, URLs and
// permissions, as the stock client sees them.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  AddPermissionCommand, CreateAliasCommand, CreateFunctionCommand,
  CreateFunctionUrlConfigCommand, DeleteAliasCommand, DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand, DeleteFunctionEventInvokeConfigCommand,
  DeleteFunctionUrlConfigCommand, DeleteProvisionedConcurrencyConfigCommand, GetAliasCommand,
  GetFunctionCommand, GetFunctionConcurrencyCommand, GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand, GetPolicyCommand, GetProvisionedConcurrencyConfigCommand,
  ListAliasesCommand, ListFunctionEventInvokeConfigsCommand, ListFunctionUrlConfigsCommand,
  ListProvisionedConcurrencyConfigsCommand, ListVersionsByFunctionCommand, PublishVersionCommand,
  PutFunctionConcurrencyCommand, PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand, RemovePermissionCommand, UpdateAliasCommand,
  UpdateFunctionConfigurationCommand, UpdateFunctionEventInvokeConfigCommand,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { functionInput, kFunctionArn, useFunctions } from './functions_client.mjs';

const { send, refused } = useFunctions();
const kInvalid = 'InvalidParameterValueException';
const kValidation = 'ValidationException';
const kMissing = 'ResourceNotFoundException';
const kQueue = 'arn:aws:sqs:us-east-1:000000000000:outcomes';

/** A function with versions 1 and 2. */
async function createVersions(FunctionName) {
  await send(new CreateFunctionCommand(functionInput(FunctionName, { Publish: true })));
  await send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 30 }));
  await send(new PublishVersionCommand({ FunctionName, Description: 'second' }));
}

describe('versions', () => {
  const FunctionName = 'versioned';
  before(() => createVersions(FunctionName));

  test('are listed in order, in pages', async () => {
    const all = await send(new ListVersionsByFunctionCommand({ FunctionName }));
    assert.deepEqual(all.Versions.map(({ Version, Timeout, FunctionArn, Description }) => (
      [Version, Timeout, FunctionArn, Description])), [
      ['$LATEST', 30, `${kFunctionArn}versioned:$LATEST`, ''],
      ['1', 3, `${kFunctionArn}versioned:1`, ''],
      ['2', 30, `${kFunctionArn}versioned:2`, 'second'],
    ]);
    const page = await send(new ListVersionsByFunctionCommand({ FunctionName, MaxItems: 2 }));
    assert.equal(page.Versions.length, 2);
    const rest = await send(new ListVersionsByFunctionCommand({
      FunctionName, Marker: page.NextMarker,
    }));
    assert.deepEqual(rest.Versions.map(({ Version }) => Version), ['2']);
    assert.equal(rest.NextMarker, undefined);
  });

  test('are made of changes only', async () => {
    const again = await send(new PublishVersionCommand({ FunctionName, Description: 'third' }));
    assert.equal(again.Version, '2');
    assert.equal(again.Description, 'second');
    await refused(new PublishVersionCommand({ FunctionName, CodeSha256: 'x' }), kInvalid, 400,
      /^CodeSHA256 \(x\) is different from current CodeSHA256/);
    await refused(new PublishVersionCommand({ FunctionName, RevisionId: 'x' }),
      'PreconditionFailedException', 412);
    await refused(new PublishVersionCommand({ FunctionName: 'absent' }), kMissing, 404);
  });

  test('numbers are not given twice', async () => {
    await createVersions('renumbered');
    await send(new DeleteFunctionCommand({ FunctionName: 'renumbered', Qualifier: '2' }));
    await send(new UpdateFunctionConfigurationCommand({ FunctionName: 'renumbered', Timeout: 31 }));
    const next = await send(new PublishVersionCommand({ FunctionName: 'renumbered' }));
    assert.equal(next.Version, '3');
  });
});

describe('aliases', () => {
  const FunctionName = 'aliased';
  before(() => createVersions(FunctionName));
  const create = (Name, rest = {}) => send(new CreateAliasCommand({
    FunctionName, Name, FunctionVersion: '1', ...rest,
  }));

  test('are made, read, moved, listed and deleted', async () => {
    const created = await create('prod', {
      Description: 'd', RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
    });
    const { $metadata, RevisionId, ...rest } = created;
    assert.equal($metadata.httpStatusCode, 201);
    assert.match(RevisionId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, {
      AliasArn: `${kFunctionArn}aliased:prod`, Name: 'prod', FunctionVersion: '1',
      Description: 'd', RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
    });
    const resolved = await send(new GetFunctionCommand({ FunctionName: 'aliased:prod' }));
    assert.equal(resolved.Configuration.Version, '1');
    assert.equal(resolved.Configuration.FunctionArn, `${kFunctionArn}aliased:prod`);
    const moved = await send(new UpdateAliasCommand({
      FunctionName, Name: 'prod', FunctionVersion: '2', RevisionId,
      RoutingConfig: { AdditionalVersionWeights: {} },
    }));
    assert.equal(moved.FunctionVersion, '2');
    assert.equal(moved.RoutingConfig, undefined);
    assert.equal(moved.Description, 'd');
    await refused(new UpdateAliasCommand({ FunctionName, Name: 'prod', RevisionId }),
      'PreconditionFailedException', 412);
    await create('beta');
    const page = await send(new ListAliasesCommand({ FunctionName, MaxItems: 1 }));
    assert.deepEqual(page.Aliases.map(({ Name }) => Name), ['beta']);
    const second = await send(new ListAliasesCommand({ FunctionName, Marker: page.NextMarker }));
    assert.deepEqual(second.Aliases.map(({ Name }) => Name), ['prod']);
    const ofTwo = await send(new ListAliasesCommand({ FunctionName, FunctionVersion: '2' }));
    assert.deepEqual(ofTwo.Aliases.map(({ Name }) => Name), ['prod']);
    await refused(new DeleteFunctionCommand({ FunctionName, Qualifier: '2' }),
      'ResourceConflictException', 409);
    await refused(new DeleteFunctionCommand({ FunctionName, Qualifier: 'prod' }), kInvalid, 400);
    await send(new DeleteAliasCommand({ FunctionName, Name: 'prod' }));
    await send(new DeleteAliasCommand({ FunctionName, Name: 'prod' }));
    await refused(new GetAliasCommand({ FunctionName, Name: 'prod' }), kMissing, 404,
      new RegExp(`^Cannot find alias arn: ${kFunctionArn}aliased:prod$`));
  });

  test('refusals', async () => {
    await create('twice');
    await refused(new CreateAliasCommand({ FunctionName, Name: 'twice', FunctionVersion: '1' }),
      'ResourceConflictException', 409,
      new RegExp(`^Alias already exists: ${kFunctionArn}aliased:twice$`));
    const row = (change, name, status, message) => refused(new CreateAliasCommand({
      FunctionName, Name: 'refused', FunctionVersion: '1', ...change,
    }), name, status, message);
    const weights = (AdditionalVersionWeights) => ({ RoutingConfig: { AdditionalVersionWeights } });
    await row({ Name: '12' }, kValidation, 400, /at 'name' failed to satisfy/);
    await row({ FunctionVersion: 'prod' }, kValidation, 400);
    await row({ FunctionVersion: '9' }, kMissing, 404, /^Function not found: .*:aliased:9$/);
    await row({ FunctionName: 'absent' }, kMissing, 404);
    await row(weights({ 2: 2 }), kValidation, 400);
    await row(weights({ 2: 0.1, 3: 0.1 }), kInvalid, 400, /cannot be greater than 1$/);
    await row(weights({ 1: 0.1 }), kInvalid, 400, /already included in routing configuration/);
    await row(weights({ 9: 0.1 }), kMissing, 404);
    await row({ FunctionVersion: '$LATEST', ...weights({ 1: 0.1 }) }, kInvalid, 400,
      /^\$LATEST is not supported for an alias pointing to more than 1 version$/);
  });
});

describe('concurrency', () => {
  const FunctionName = 'limited';
  before(() => createVersions(FunctionName));

  test('reserved', async () => {
    const read = async () => (await send(new GetFunctionConcurrencyCommand({ FunctionName })))
      .ReservedConcurrentExecutions;
    assert.equal(await read(), undefined);
    const put = await send(new PutFunctionConcurrencyCommand({
      FunctionName, ReservedConcurrentExecutions: 7,
    }));
    assert.equal(put.ReservedConcurrentExecutions, 7);
    assert.equal(await read(), 7);
    const got = await send(new GetFunctionCommand({ FunctionName }));
    assert.deepEqual(got.Concurrency, { ReservedConcurrentExecutions: 7 });
    await refused(new PutFunctionConcurrencyCommand({
      FunctionName, ReservedConcurrentExecutions: 901,
    }), kInvalid, 400, /below its minimum value of \[100\]/);
    await refused(new PutFunctionConcurrencyCommand({
      FunctionName, ReservedConcurrentExecutions: -1,
    }), kValidation, 400);
    await send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    assert.equal(await read(), undefined);
  });

  test('provisioned', async () => {
    const target = { FunctionName, Qualifier: '1' };
    await refused(new GetProvisionedConcurrencyConfigCommand(target),
      'ProvisionedConcurrencyConfigNotFoundException', 404,
      /^No Provisioned Concurrency Config found for this function$/);
    await refused(new PutProvisionedConcurrencyConfigCommand({
      FunctionName, Qualifier: '$LATEST', ProvisionedConcurrentExecutions: 1,
    }), kInvalid, 400, /cannot be applied to unpublished function versions/);
    const put = await send(new PutProvisionedConcurrencyConfigCommand({
      ...target, ProvisionedConcurrentExecutions: 1,
    }));
    assert.equal(put.$metadata.httpStatusCode, 202);
    assert.equal(put.RequestedProvisionedConcurrentExecutions, 1);
    const got = await send(new GetProvisionedConcurrencyConfigCommand(target));
    assert.equal(got.RequestedProvisionedConcurrentExecutions, 1);
    assert.equal(got.Status, 'READY');
    const { ProvisionedConcurrencyConfigs } = await send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
    assert.deepEqual(ProvisionedConcurrencyConfigs.map(({ FunctionArn }) => FunctionArn),
      [`${kFunctionArn}limited:1`]);
    await send(new DeleteProvisionedConcurrencyConfigCommand(target));
    await refused(new GetProvisionedConcurrencyConfigCommand(target),
      'ProvisionedConcurrencyConfigNotFoundException', 404);
  });
});

describe('asynchronous settings', () => {
  const FunctionName = 'eventual';
  before(() => createVersions(FunctionName));

  test('are put, updated, listed and deleted', async () => {
    await refused(new GetFunctionEventInvokeConfigCommand({ FunctionName }), kMissing, 404,
      new RegExp(`^The function ${kFunctionArn}eventual:\\$LATEST doesn't have an EventInvoke`));
    const put = await send(new PutFunctionEventInvokeConfigCommand({
      FunctionName, MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: kQueue } },
    }));
    assert.ok(put.LastModified instanceof Date);
    assert.ok(Math.abs(put.LastModified - Date.now()) < 60_000);
    assert.equal(put.FunctionArn, `${kFunctionArn}eventual:$LATEST`);
    assert.equal(put.MaximumRetryAttempts, 1);
    assert.deepEqual(put.DestinationConfig, { OnSuccess: {}, OnFailure: { Destination: kQueue } });
    const updated = await send(new UpdateFunctionEventInvokeConfigCommand({
      FunctionName, MaximumEventAgeInSeconds: 60,
    }));
    assert.equal(updated.MaximumRetryAttempts, 1);
    assert.equal(updated.MaximumEventAgeInSeconds, 60);
    const replaced = await send(new PutFunctionEventInvokeConfigCommand({
      FunctionName, MaximumEventAgeInSeconds: 120,
    }));
    assert.equal(replaced.MaximumRetryAttempts, undefined);
    assert.deepEqual(replaced.DestinationConfig, { OnSuccess: {}, OnFailure: {} });
    await send(new PutFunctionEventInvokeConfigCommand({
      FunctionName, Qualifier: '1', MaximumRetryAttempts: 0,
    }));
    const page = await send(new ListFunctionEventInvokeConfigsCommand({
      FunctionName, MaxItems: 1,
    }));
    const rest = await send(new ListFunctionEventInvokeConfigsCommand({
      FunctionName, Marker: page.NextMarker,
    }));
    assert.deepEqual([...page.FunctionEventInvokeConfigs, ...rest.FunctionEventInvokeConfigs]
      .map(({ FunctionArn }) => FunctionArn).sort(),
    [`${kFunctionArn}eventual:$LATEST`, `${kFunctionArn}eventual:1`]);
    await send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    await refused(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }), kMissing, 404);
  });

  test('refusals', async () => {
    const row = (change, name, status = 400) => refused(new PutFunctionEventInvokeConfigCommand({
      FunctionName, ...change,
    }), name, status);
    const destination = (Destination) => ({ DestinationConfig: { OnSuccess: { Destination } } });
    await row({}, kInvalid);
    await row({ MaximumRetryAttempts: 3 }, kValidation);
    await row({ MaximumEventAgeInSeconds: 59 }, kValidation);
    await row({ MaximumEventAgeInSeconds: 21601 }, kValidation);
    await row(destination('queue'), kValidation);
    await row(destination('arn:aws:s3:::bucket'), kInvalid);
    await row(destination(`${kFunctionArn}eventual`), kInvalid);
    await row({ Qualifier: '9', MaximumRetryAttempts: 1 }, kMissing, 404);
    await row({ FunctionName: 'absent', MaximumRetryAttempts: 1 }, kMissing, 404);
    await refused(new UpdateFunctionEventInvokeConfigCommand({
      FunctionName, Qualifier: '2', MaximumRetryAttempts: 1,
    }), kMissing, 404);
  });
});

describe('URLs', () => {
  const FunctionName = 'addressed';
  before(() => createVersions(FunctionName));

  test('are configured', async () => {
    const Cors = { AllowOrigins: ['*'], AllowMethods: ['GET'], MaxAge: 60 };
    const created = await send(new CreateFunctionUrlConfigCommand({
      FunctionName, AuthType: 'NONE', Cors,
    }));
    assert.equal(created.$metadata.httpStatusCode, 201);
    assert.match(created.FunctionUrl,
      /^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/);
    assert.equal(created.FunctionArn, `${kFunctionArn}addressed`);
    assert.deepEqual(created.Cors, Cors);
    assert.equal(created.InvokeMode, 'BUFFERED');
    await refused(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }),
      'ResourceConflictException', 409);
    const updated = await send(new UpdateFunctionUrlConfigCommand({
      FunctionName, AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM',
    }));
    assert.equal(updated.FunctionUrl, created.FunctionUrl);
    assert.equal(updated.AuthType, 'AWS_IAM');
    assert.deepEqual(updated.Cors, Cors);
    const got = await send(new GetFunctionUrlConfigCommand({ FunctionName }));
    assert.equal(got.InvokeMode, 'RESPONSE_STREAM');
    assert.equal(got.CreationTime, created.CreationTime);
    const { FunctionUrlConfigs } = await send(new ListFunctionUrlConfigsCommand({ FunctionName }));
    assert.equal(FunctionUrlConfigs.length, 1);
    await send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    await refused(new GetFunctionUrlConfigCommand({ FunctionName }), kMissing, 404);
    await refused(new CreateFunctionUrlConfigCommand({
      FunctionName, Qualifier: '1', AuthType: 'NONE',
    }), kValidation, 400);
    await refused(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'SOME' }),
      kValidation, 400);
  });
});

describe('permissions', () => {
  const FunctionName = 'permitted';
  before(() => createVersions(FunctionName));
  const add = (StatementId, rest = {}) => new AddPermissionCommand({
    FunctionName, StatementId, Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com',
    ...rest,
  });

  test('make up a policy', async () => {
    await refused(new GetPolicyCommand({ FunctionName }), kMissing, 404,
      /^The resource you requested does not exist.$/);
    const added = await send(add('one', {
      SourceArn: 'arn:aws:s3:::bucket', SourceAccount: '000000000000',
    }));
    assert.equal(added.$metadata.httpStatusCode, 201);
    const statement = {
      Sid: 'one', Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' },
      Action: 'lambda:InvokeFunction', Resource: `${kFunctionArn}permitted`,
      Condition: {
        StringEquals: { 'AWS:SourceAccount': '000000000000' },
        ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' },
      },
    };
    assert.deepEqual(JSON.parse(added.Statement), statement);
    await send(add('two', { Principal: '*' }));
    const { Policy, RevisionId } = await send(new GetPolicyCommand({ FunctionName }));
    const policy = JSON.parse(Policy);
    assert.equal(policy.Version, '2012-10-17');
    assert.deepEqual(policy.Statement[0], statement);
    assert.equal(policy.Statement[1].Principal, '*');
    await refused(add('one'), 'ResourceConflictException', 409, /^The statement id \(one\)/);
    await refused(new RemovePermissionCommand({ FunctionName, StatementId: 'none' }), kMissing,
      404, /^Statement none is not found in resource policy.$/);
    await refused(new RemovePermissionCommand({
      FunctionName, StatementId: 'one', RevisionId: 'x',
    }), 'PreconditionFailedException', 412);
    await send(new RemovePermissionCommand({ FunctionName, StatementId: 'one', RevisionId }));
    await send(new RemovePermissionCommand({ FunctionName, StatementId: 'two' }));
    await refused(new GetPolicyCommand({ FunctionName }), kMissing, 404);
  });

  test('of one version', async () => {
    const added = await send(add('versioned', { Qualifier: '1' }));
    assert.equal(JSON.parse(added.Statement).Resource, `${kFunctionArn}permitted:1`);
    await refused(new GetPolicyCommand({ FunctionName }), kMissing, 404);
    await send(new GetPolicyCommand({ FunctionName, Qualifier: '1' }));
    await refused(add('latest', { Qualifier: '$LATEST' }), kInvalid, 400,
      /^We currently do not support adding policies for \$LATEST.$/);
    await refused(add('nobody', { Principal: 'nobody' }), kInvalid, 400, /principal was invalid/);
    await refused(add('bad id'), kValidation, 400, /at 'statementId' failed/);
  });
});
