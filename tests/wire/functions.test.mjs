// Functions as things that are made, described, changed and removed. Running them is tested
// elsewhere.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand,
  GetFunctionConfigurationCommand, ListFunctionsCommand, ListTagsCommand,
  UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand, waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2, LambdaClient,
} from '@aws-sdk/client-lambda';
import { exchange } from './harness.mjs';
import {
  functionInput, kFunctionArn, kRole, packageOf, useFunctions,
} from './functions_client.mjs';
import { makeZip } from './zip.mjs';

const { server, send, refused } = useFunctions();
const create = (name, rest) => send(new CreateFunctionCommand(functionInput(name, rest)));
const configuration = (FunctionName) => (
  send(new GetFunctionConfigurationCommand({ FunctionName })));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('base64');
const withoutMetadata = ({ $metadata: ignored, ...rest }) => rest;

describe('creating', () => {
  test('answers the whole configuration, with defaults', async () => {
    const zip = packageOf();
    const created = await create('made', { Code: { ZipFile: zip } });
    assert.equal(created.$metadata.httpStatusCode, 201);
    const { LastModified, RevisionId, Architectures, RuntimeVersionConfig, ...rest } =
      withoutMetadata(created);
    assert.deepEqual(rest, {
      FunctionName: 'made', FunctionArn: `${kFunctionArn}made`, Runtime: 'nodejs20.x',
      Role: kRole, Handler: 'index.handler', CodeSize: zip.length, Description: '', Timeout: 3,
      MemorySize: 128, CodeSha256: sha256(zip), Version: '$LATEST',
      TracingConfig: { Mode: 'PassThrough' }, State: 'Active', LastUpdateStatus: 'Successful',
      PackageType: 'Zip', EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/made' },
    });
    assert.match(LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    assert.match(RevisionId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.ok(['x86_64', 'arm64'].includes(Architectures[0]));
    assert.match(RuntimeVersionConfig.RuntimeVersionArn, /^arn:aws:lambda:us-east-1::runtime:.+$/);
    assert.deepEqual(withoutMetadata(await configuration('made')), withoutMetadata(created));
  });

  test('every setting comes back', async () => {
    const settings = {
      Description: 'what it does', Timeout: 900, MemorySize: 10240,
      Environment: { Variables: { STAGE: 'test', TEXT: 'caf\u00e9 "quoted"' } },
      TracingConfig: { Mode: 'Active' }, EphemeralStorage: { Size: 1024 },
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead' },
      LoggingConfig: {
        LogFormat: 'JSON', ApplicationLogLevel: 'WARN', SystemLogLevel: 'DEBUG',
        LogGroup: '/custom/group',
      },
      Architectures: ['arm64'], KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1',
    };
    const created = await create('settled', settings);
    for (const [name, value] of Object.entries(settings)) {
      assert.deepEqual(created[name], value, name);
    }
    const vpc = await create('vpc', { VpcConfig: { SubnetIds: ['s-1'], SecurityGroupIds: [] } });
    assert.deepEqual(vpc.VpcConfig.SubnetIds, ['s-1']);
  });

  test('JSON logs have levels of their own', async () => {
    const created = await create('levels', { LoggingConfig: { LogFormat: 'JSON' } });
    assert.deepEqual(created.LoggingConfig, {
      LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO',
      LogGroup: '/aws/lambda/levels',
    });
  });

  test('publishing at once answers version 1', async () => {
    const created = await create('published', { Publish: true });
    assert.equal(created.Version, '1');
    assert.equal(created.FunctionArn, `${kFunctionArn}published:1`);
    assert.equal((await configuration('published')).Version, '$LATEST');
    assert.equal((await configuration('published:1')).Version, '1');
  });

  test('a name is taken once', async () => {
    await create('taken');
    await refused(new CreateFunctionCommand(functionInput('taken')), 'ResourceConflictException',
      409, /^Function already exist: taken$/);
  });

  test('waiters see it active', async () => {
    await create('awaited');
    const client = new LambdaClient({
      endpoint: server.endpoint, region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const seen = await waitUntilFunctionActiveV2({ client, maxWaitTime: 20 },
      { FunctionName: 'awaited' });
    assert.equal(seen.state, 'SUCCESS');
    client.destroy();
  });
});

const kInvalid = 'InvalidParameterValueException';
const kValidation = 'ValidationException';

describe('refusals of CreateFunction', () => {
  const rows = [
    ['role', { Role: 'nobody' }, kValidation, /Value 'nobody' at 'role' failed to satisfy/],
    ['name', { FunctionName: 'a b' }, kValidation, /at 'functionName' failed to satisfy/],
    ['long name', { FunctionName: 'x'.repeat(65) }, kValidation],
    ['no runtime', { Runtime: undefined }, kInvalid, /Runtime and Handler are mandatory/],
    ['no handler', { Handler: undefined }, kInvalid, /Runtime and Handler are mandatory/],
    ['unknown runtime', { Runtime: 'cobol1' }, kInvalid, /Value cobol1 at 'runtime' failed/],
    ['handler with spaces', { Handler: 'a b' }, kValidation, /at 'handler' failed/],
    ['no time', { Timeout: 0 }, kValidation, /'timeout'.* greater than or equal to 1$/],
    ['too much time', { Timeout: 901 }, kValidation, /'timeout'.* less than or equal to 900$/],
    ['little memory', { MemorySize: 127 }, kValidation, /'memorySize'.* or equal to 128$/],
    ['much memory', { MemorySize: 10241 }, kValidation, /'memorySize'.* or equal to 10240$/],
    ['image', { PackageType: 'Image', Code: { ImageUri: 'x' } }, kInvalid],
    ['package type', { PackageType: 'Tar' }, kValidation, /enum value set: \[Image, Zip\]/],
    ['two kinds of code', { Code: { ZipFile: packageOf(), S3Bucket: 'b-1' } }, kInvalid,
      /Please do not provide other FunctionCode parameters when providing a ZipFile/],
    ['no code', { Code: {} }, kInvalid, /Please provide a source for function code/],
    ['bucket', { Code: { S3Bucket: 'some-bucket', S3Key: 'k' } }, kInvalid, /S3|bucket/],
    ['not a zip', { Code: { ZipFile: Buffer.from('no zip') } }, kInvalid,
      /^Could not unzip uploaded file. Please check your file, then try to upload again.$/],
    ['empty zip', { Code: { ZipFile: new Uint8Array() } }, kInvalid],
    ['a way out', { Code: { ZipFile: makeZip({ '../out': 'x' }) } }, kInvalid, /^Could not unzip/],
    ['variable name', { Environment: { Variables: { 'A-B': 'x' } } }, kValidation,
      /at 'environment.variables' failed/],
    ['reserved variable', { Environment: { Variables: { AWS_REGION: 'x' } } }, kInvalid,
      /reserved keys.*AWS_REGION/],
    ['large environment', { Environment: { Variables: { BIG: 'x'.repeat(4096) } } }, kInvalid,
      /exceeded the 4KB limit/],
    ['description', { Description: 'x'.repeat(257) }, kValidation, /at 'description' failed/],
    ['architecture', { Architectures: ['mips'] }, kValidation, /at 'architectures' failed/],
    ['two architectures', { Architectures: ['x86_64', 'arm64'] }, kValidation],
    ['storage', { EphemeralStorage: { Size: 511 } }, kValidation, /at 'ephemeralStorage.size'/],
    ['tracing', { TracingConfig: { Mode: 'Some' } }, kValidation, /at 'tracingConfig.mode'/],
    ['log format', { LoggingConfig: { LogFormat: 'XML' } }, kValidation, /'loggingConfig.logFor/],
    ['levels of text', { LoggingConfig: { LogFormat: 'Text', SystemLogLevel: 'WARN' } }, kInvalid],
    ['dead letters', { DeadLetterConfig: { TargetArn: 'queue' } }, kValidation],
    ['topic', { DeadLetterConfig: { TargetArn: 'arn:aws:sns:us-east-1:000000000000:t' } },
      kInvalid],
    ['layer', { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:none:1'] }, kInvalid,
      /^Layer version arn:aws:lambda:us-east-1:000000000000:layer:none:1 does not exist.$/],
    ['layer name', { Layers: ['none'] }, kValidation, /at 'layers' failed/],
    ['layers', { Layers: Array.from({ length: 6 }, (_, index) => (
      `arn:aws:lambda:us-east-1:000000000000:layer:l${index}:1`)) }, kInvalid, /5 layers/],
    ['tags', { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => (
      [`k${index}`, 'v']))) }, kInvalid],
  ];
  for (const [what, change, name, message] of rows) {
    test(what, async () => {
      await refused(new CreateFunctionCommand(functionInput('refused', change)), name, 400,
        message);
      await refused(new GetFunctionCommand({ FunctionName: 'refused' }),
        'ResourceNotFoundException', 404);
    });
  }

  // The client does not send what it knows to be wrong.
  test('wrong types, missing members and text that is no JSON', async () => {
    const post = (body) => exchange(server, {
      path: '/2015-03-31/functions', body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const wrong = await post({ FunctionName: 'f', Timeout: 'soon' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.headers['x-amzn-errortype'], /^SerializationException/);
    const missing = await post({ FunctionName: 'f' });
    assert.equal(missing.status, 400);
    assert.match(missing.headers['x-amzn-errortype'], /^ValidationException/);
    assert.match(missing.json.message, /Value null at 'role' failed.*Member must not be null/);
    assert.match(missing.json.message, /Value null at 'code' failed.*Member must not be null/);
    assert.equal((await post('{')).status, 400);
    const unknown = await post({ ...functionInput('lenient'), Unknown: 1,
      Code: { ZipFile: packageOf().toString('base64') } });
    assert.equal(unknown.status, 201, unknown.text);
  });
});

describe('reading', () => {
  test('GetFunction has a link to the package, tags, and the configuration', async () => {
    const zip = packageOf('// to be fetched');
    await create('fetched', { Code: { ZipFile: zip }, Tags: { team: 'a' } });
    const got = await send(new GetFunctionCommand({ FunctionName: 'fetched' }));
    assert.equal(got.Configuration.CodeSha256, sha256(zip));
    assert.deepEqual(got.Tags, { team: 'a' });
    assert.equal(got.Concurrency, undefined);
    assert.equal(got.Code.RepositoryType, 'S3');
    const answer = await fetch(got.Code.Location);
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), zip);
    assert.equal((await fetch(`${got.Code.Location}0`)).status, 403);
    assert.equal((await fetch(got.Code.Location.replace(/Expires=\d/, 'Expires=9'))).status, 403);
    const { Tags } = await send(new ListTagsCommand({ Resource: `${kFunctionArn}fetched` }));
    assert.deepEqual(Tags, { team: 'a' });
  });

  test('every form of the name', async () => {
    await create('named', { Publish: true });
    for (const name of ['named', `${kFunctionArn}named`, '000000000000:function:named',
      'named:$LATEST', `${kFunctionArn}named:$LATEST`]) {
      assert.equal((await configuration(name)).Version, '$LATEST', name);
    }
    assert.equal((await configuration(`${kFunctionArn}named:1`)).FunctionArn,
      `${kFunctionArn}named:1`);
    const byQualifier = await send(new GetFunctionCommand({
      FunctionName: 'named', Qualifier: '1',
    }));
    assert.equal(byQualifier.Configuration.Version, '1');
    await refused(new GetFunctionCommand({ FunctionName: 'named:1', Qualifier: '2' }), kInvalid,
      400);
  });

  test('what is not there', async () => {
    await refused(new GetFunctionCommand({ FunctionName: 'nowhere' }),
      'ResourceNotFoundException', 404, new RegExp(`^Function not found: ${kFunctionArn}nowhere$`));
    await refused(new GetFunctionConfigurationCommand({ FunctionName: 'nowhere:7' }),
      'ResourceNotFoundException', 404,
      new RegExp(`^Function not found: ${kFunctionArn}nowhere:7$`));
    await refused(new GetFunctionCommand({
      FunctionName: 'arn:aws:lambda:eu-west-1:000000000000:function:made',
    }), 'ResourceNotFoundException', 404);
  });
});

describe('listing', () => {
  test('pages of names in order', async () => {
    for (const name of ['list-c', 'list-a', 'list-b']) await create(name);
    const all = await send(new ListFunctionsCommand({}));
    const names = all.Functions.map(({ FunctionName }) => FunctionName);
    assert.deepEqual(names, [...names].sort());
    assert.ok(['list-a', 'list-b', 'list-c'].every((name) => names.includes(name)));
    assert.equal(all.NextMarker, undefined);
    const paged = [];
    let Marker;
    do {
      const page = await send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
      assert.ok(page.Functions.length <= 2);
      paged.push(...page.Functions.map(({ FunctionName }) => FunctionName));
      Marker = page.NextMarker;
    } while (Marker);
    assert.deepEqual(paged, names);
  });

  test('all versions on request', async () => {
    await create('versions-listed', { Publish: true });
    const listed = [];
    let Marker;
    do {
      const page = await send(new ListFunctionsCommand({
        FunctionVersion: 'ALL', MaxItems: 3, Marker,
      }));
      listed.push(...page.Functions);
      Marker = page.NextMarker;
    } while (Marker);
    assert.deepEqual(
      listed.filter(({ FunctionName }) => FunctionName === 'versions-listed')
        .map(({ Version, FunctionArn }) => [Version, FunctionArn]),
      [['$LATEST', `${kFunctionArn}versions-listed:$LATEST`],
        ['1', `${kFunctionArn}versions-listed:1`]]);
  });

  test('bounds of the page', async () => {
    await refused(new ListFunctionsCommand({ MaxItems: 0 }), kValidation, 400, /'maxItems'/);
    await refused(new ListFunctionsCommand({ MaxItems: 10001 }), kValidation, 400, /'maxItems'/);
    await refused(new ListFunctionsCommand({ Marker: 'rubbish' }), kInvalid, 400);
  });
});

describe('changing', () => {
  test('code', async () => {
    const created = await create('recoded');
    const ZipFile = packageOf('// new');
    const dry = await send(new UpdateFunctionCodeCommand({
      FunctionName: 'recoded', ZipFile, DryRun: true,
    }));
    assert.equal(dry.CodeSha256, sha256(ZipFile));
    assert.equal((await configuration('recoded')).CodeSha256, created.CodeSha256);
    const updated = await send(new UpdateFunctionCodeCommand({
      FunctionName: 'recoded', ZipFile, RevisionId: created.RevisionId, Publish: true,
    }));
    assert.equal(updated.CodeSha256, sha256(ZipFile));
    assert.equal(updated.Version, '1');
    assert.notEqual((await configuration('recoded')).RevisionId, created.RevisionId);
    await refused(new UpdateFunctionCodeCommand({
      FunctionName: 'recoded', ZipFile, RevisionId: created.RevisionId,
    }), 'PreconditionFailedException', 412, /^The Revision Id provided does not match/);
    await refused(new UpdateFunctionCodeCommand({ FunctionName: 'recoded' }), kInvalid, 400,
      /^Please provide a source for function code.$/);
    await refused(new UpdateFunctionCodeCommand({ FunctionName: 'absent', ZipFile }),
      'ResourceNotFoundException', 404);
  });

  test('configuration: what is given changes, the rest stays', async () => {
    const created = await create('reconfigured', {
      Environment: { Variables: { AA: '1', BB: '2' } }, Description: 'old', Timeout: 10,
    });
    const updated = await send(new UpdateFunctionConfigurationCommand({
      FunctionName: 'reconfigured', Environment: { Variables: { CC: '3' } }, MemorySize: 256,
    }));
    assert.deepEqual(updated.Environment, { Variables: { CC: '3' } });
    assert.equal(updated.MemorySize, 256);
    assert.equal(updated.Description, 'old');
    assert.equal(updated.Timeout, 10);
    assert.equal(updated.CodeSha256, created.CodeSha256);
    assert.equal(updated.LastUpdateStatus, 'Successful');
    assert.notEqual(updated.RevisionId, created.RevisionId);
    await refused(new UpdateFunctionConfigurationCommand({
      FunctionName: 'reconfigured', Timeout: 5, RevisionId: created.RevisionId,
    }), 'PreconditionFailedException', 412);
    await refused(new UpdateFunctionConfigurationCommand({
      FunctionName: 'reconfigured', Timeout: 1000,
    }), kValidation, 400);
    const cleared = await send(new UpdateFunctionConfigurationCommand({
      FunctionName: 'reconfigured', Environment: { Variables: {} }, Description: '',
      DeadLetterConfig: { TargetArn: '' },
    }));
    assert.deepEqual(cleared.Environment, { Variables: {} });
    assert.equal(cleared.DeadLetterConfig, undefined);
    const client = new LambdaClient({
      endpoint: server.endpoint, region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const seen = await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 20 },
      { FunctionName: 'reconfigured' });
    assert.equal(seen.state, 'SUCCESS');
    client.destroy();
  });
});

describe('deleting', () => {
  test('a function with all that it has', async () => {
    await create('deleted', { Publish: true });
    const gone = await send(new DeleteFunctionCommand({ FunctionName: 'deleted' }));
    assert.equal(gone.$metadata.httpStatusCode, 204);
    await refused(new GetFunctionCommand({ FunctionName: 'deleted' }),
      'ResourceNotFoundException', 404);
    await refused(new GetFunctionCommand({ FunctionName: 'deleted:1' }),
      'ResourceNotFoundException', 404);
    await refused(new DeleteFunctionCommand({ FunctionName: 'deleted' }),
      'ResourceNotFoundException', 404);
    assert.equal((await create('deleted')).Version, '$LATEST');
  });

  test('one version', async () => {
    await create('halved', { Publish: true });
    await send(new DeleteFunctionCommand({ FunctionName: 'halved', Qualifier: '1' }));
    await refused(new GetFunctionCommand({ FunctionName: 'halved:1' }),
      'ResourceNotFoundException', 404);
    assert.equal((await configuration('halved')).Version, '$LATEST');
    await refused(new DeleteFunctionCommand({ FunctionName: 'halved', Qualifier: '$LATEST' }),
      kInvalid, 400, /\$LATEST version cannot be deleted without deleting the function/);
  });
});
