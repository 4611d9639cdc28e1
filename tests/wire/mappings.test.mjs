// Event source mappings as things that are made, described, changed and removed. What they deliver
// is tested elsewhere.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  CreateAliasCommand, DeleteEventSourceMappingCommand, GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand, ListTagsCommand, PublishVersionCommand, TagResourceCommand,
  UntagResourceCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { kFunctionArn } from './functions_client.mjs';
import {
  kMappingsPath, kQueueArn, kUnknownUuid, kUuid, useMappings,
} from './mappings_client.mjs';

const {
  send, refused, createStream, createFunction, get, settled, map, mapped, prepare, createCommand,
  json, streamArn,
} = useMappings();

const kMissing = 'The resource you requested does not exist.';

const updateCommand = (UUID, rest) => new UpdateEventSourceMappingCommand({ UUID, ...rest });
const remove = async (UUID) => {
  await settled(UUID);
  return send(new DeleteEventSourceMappingCommand({ UUID }));
};

describe('creating', () => {
  before(prepare);

  test('answers the whole configuration, with defaults', async () => {
    await createFunction('defaults');
    const { $metadata, ...created } = await send(createCommand({ FunctionName: 'defaults' }));
    assert.equal($metadata.httpStatusCode, 202);
    const { UUID, LastModified, ...rest } = created;
    assert.match(UUID, kUuid);
    assert.ok(LastModified instanceof Date);
    assert.ok(Math.abs(Date.now() - LastModified.getTime()) < 60000);
    const expected = {
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
      EventSourceArn: streamArn(), FunctionArn: `${kFunctionArn}defaults`,
      StartingPosition: 'LATEST', BatchSize: 100, MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 1, MaximumRecordAgeInSeconds: -1, MaximumRetryAttempts: -1,
      BisectBatchOnFunctionError: false, TumblingWindowInSeconds: 0, FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: {} }, State: 'Creating',
      StateTransitionReason: 'User action', LastProcessingResult: 'No records processed',
    };
    assert.deepEqual(rest, expected);
    const { $metadata: metadata, ...seen } = await settled(UUID);
    assert.equal(metadata.httpStatusCode, 200);
    assert.deepEqual(seen, { ...created, State: 'Enabled' });
  });

  test('every member comes back', async () => {
    await createFunction('complete');
    const given = {
      BatchSize: 7, MaximumBatchingWindowInSeconds: 2, ParallelizationFactor: 3,
      MaximumRecordAgeInSeconds: 60, MaximumRetryAttempts: 4, BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      DestinationConfig: { OnFailure: { Destination: kQueueArn } },
      MetricsConfig: { Metrics: ['EventCount'] },
      KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1', StartingPosition: 'TRIM_HORIZON',
    };
    const created = await send(createCommand({
      FunctionName: 'complete', Enabled: false, Tags: { team: 'a' }, ...given,
    }));
    for (const [name, value] of Object.entries(given)) {
      assert.deepEqual(created[name], value, name);
    }
    assert.equal(created.Enabled, undefined);
    assert.equal(created.FunctionName, undefined);
    assert.equal((await settled(created.UUID)).State, 'Disabled');
    const { Tags } = await send(new ListTagsCommand({ Resource: created.EventSourceMappingArn }));
    assert.deepEqual(Tags, { team: 'a' });
    const tumbling = await mapped({ TumblingWindowInSeconds: 30 });
    assert.equal(tumbling.TumblingWindowInSeconds, 30);
  });

  test('at a time', async () => {
    const time = new Date(Date.now() - 60000);
    const mapping = await mapped({
      StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: time,
    });
    assert.equal(mapping.StartingPosition, 'AT_TIMESTAMP');
    assert.equal(mapping.StartingPositionTimestamp.getTime(), time.getTime());
    await refused(createCommand({ StartingPosition: 'AT_TIMESTAMP' }),
      'InvalidParameterValueException', 400, /StartingPositionTimestamp/);
    await refused(createCommand({ StartingPositionTimestamp: time }),
      'InvalidParameterValueException', 400, /StartingPositionTimestamp/);
  });

  test('functions by every form of their name', async () => {
    await createFunction('forms');
    await send(new PublishVersionCommand({ FunctionName: 'forms' }));
    await send(new CreateAliasCommand({
      FunctionName: 'forms', Name: 'live', FunctionVersion: '1',
    }));
    const arn = `${kFunctionArn}forms`;
    const names = {
      'forms:1': `${arn}:1`, '000000000000:function:forms:live': `${arn}:live`, [arn]: arn,
    };
    for (const [FunctionName, FunctionArn] of Object.entries(names)) {
      assert.equal((await map(streamArn(), FunctionName)).FunctionArn, FunctionArn);
    }
  });

  test('what does not exist', async () => {
    const invalid = (rest, message) => (
      refused(createCommand(rest), 'InvalidParameterValueException', 400, message));
    await invalid({ FunctionName: 'nobody' }, /^Function does not exist$/);
    await invalid({ FunctionName: 'handler:7' }, /^Function does not exist$/);
    for (const EventSourceArn of [
      streamArn().replace('table/source', 'table/other'), `${streamArn()}x`,
      streamArn().replace('us-east-1', 'eu-west-1'), streamArn().replace(/\/stream.*/, ''),
    ]) {
      await invalid({ EventSourceArn }, /^Stream not found: arn:aws:dynamodb:/);
    }
    for (const EventSourceArn of [
      'arn:aws:kinesis:us-east-1:000000000000:stream/s', 'arn:aws:kafka:us-east-1:0:cluster/c/d',
      undefined,
    ]) {
      await invalid({ EventSourceArn }, /Unrecognized event source/);
    }
    await refused(createCommand({ FunctionName: kFunctionArn.replace('us-east', 'eu-west') + 'f' }),
      'ResourceNotFoundException', 404);
  });

  test('what must be there', async () => {
    const missing = async (member, path) => {
      const body = { EventSourceArn: streamArn(), FunctionName: 'handler',
        StartingPosition: 'LATEST' };
      delete body[member];
      const answer = await json('POST', kMappingsPath, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers['x-amzn-errortype'], 'ValidationException');
      assert.equal(answer.json.message, '1 validation error detected: Value null at ' +
        `'${path}' failed to satisfy constraint: Member must not be null`);
    };
    await missing('FunctionName', 'functionName');
    await missing('StartingPosition', 'startingPosition');
    await refused(createCommand({ StartingPosition: 'MIDDLE' }), 'ValidationException', 400,
      /'MIDDLE' at 'startingPosition'.*\[TRIM_HORIZON, LATEST, AT_TIMESTAMP\]/);
  });

  test('one mapping between a source and a function', async () => {
    const { UUID, FunctionArn } = await mapped();
    await refused(createCommand({ FunctionName: FunctionArn }), 'ResourceConflictException', 409,
      new RegExp(`already exists.*UUID ${UUID}$`));
    const name = FunctionArn.slice(kFunctionArn.length);
    const others = await Promise.allSettled([1, 2, 3, 4].map(async () => {
      const other = await createStream(`pair-${name}-${Math.random()}`.replace('.', ''));
      return map(other, name);
    }));
    assert.ok(others.every(({ status }) => status === 'fulfilled'), 'other sources are fine');
    await createFunction('raced');
    const raced = await Promise.allSettled(
      Array.from({ length: 8 }, () => send(createCommand({ FunctionName: 'raced' }))));
    assert.equal(raced.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const { reason } of raced.filter(({ status }) => status === 'rejected')) {
      assert.equal(reason.name, 'ResourceConflictException');
    }
  });
});

describe('reading', () => {
  before(prepare);

  test('unknown ids', async () => {
    for (const command of [GetEventSourceMappingCommand, UpdateEventSourceMappingCommand,
      DeleteEventSourceMappingCommand]) {
      await refused(new command({ UUID: kUnknownUuid }), 'ResourceNotFoundException', 404,
        new RegExp(`^${kMissing}$`));
    }
    const answer = await json('GET', `${kMappingsPath}/nothing`);
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.json, { Type: 'User', message: kMissing, Message: kMissing });
    assert.match(answer.headers['x-amzn-requestid'], kUuid);
    assert.match(answer.headers['content-type'], /^application\/json$/);
  });

  test('lists of one source or function, in pages', async () => {
    const other = await createStream('listed');
    await createFunction('listed-a');
    await createFunction('listed-b');
    const uuids = [];
    for (const name of ['listed-a', 'listed-b', 'handler']) {
      uuids.push((await map(other, name)).UUID);
    }
    uuids.sort();
    const list = (rest) => send(new ListEventSourceMappingsCommand(rest));
    const whole = await list({ EventSourceArn: other });
    assert.deepEqual(whole.EventSourceMappings.map(({ UUID }) => UUID), uuids);
    assert.equal(whole.NextMarker, undefined);
    assert.deepEqual(whole.EventSourceMappings[0], (({ $metadata, ...rest }) => rest)(
      await get(uuids[0])));
    const pages = [];
    for (let Marker; ;) {
      const page = await list({ EventSourceArn: other, MaxItems: 2, Marker });
      pages.push(page.EventSourceMappings.map(({ UUID }) => UUID));
      Marker = page.NextMarker;
      if (Marker === undefined) break;
    }
    assert.deepEqual(pages, [uuids.slice(0, 2), uuids.slice(2)]);
    for (const FunctionName of ['listed-a', `${kFunctionArn}listed-a`]) {
      const { EventSourceMappings } = await list({ FunctionName });
      assert.deepEqual(EventSourceMappings.map((mapping) => mapping.FunctionArn),
        [`${kFunctionArn}listed-a`]);
    }
    assert.deepEqual((await list({ FunctionName: 'listed-a:live' })).EventSourceMappings, []);
    assert.deepEqual((await list({ FunctionName: 'nobody' })).EventSourceMappings, []);
    await refused(new ListEventSourceMappingsCommand({ MaxItems: 0 }), 'ValidationException', 400);
    await refused(new ListEventSourceMappingsCommand({ Marker: '!' }),
      'InvalidParameterValueException', 400);
  });

  test('older clients put a slash behind collections', async () => {
    const answer = await json('GET', `${kMappingsPath}/?MaxItems=1&Unknown=x`);
    assert.equal(answer.status, 200);
    assert.equal(answer.json.EventSourceMappings.length, 1);
    await createFunction('slash');
    const created = await json('POST', `${kMappingsPath}/`, {
      EventSourceArn: streamArn(), FunctionName: 'slash', StartingPosition: 'LATEST', Unknown: {},
    });
    assert.equal(created.status, 202);
    assert.equal(typeof created.json.LastModified, 'number');
    assert.ok(Math.abs(created.json.LastModified - Date.now() / 1000) < 60, 'in seconds');
    assert.equal(typeof created.json.StateTransitionReason, 'string');
  });
});

describe('changing', () => {
  before(prepare);

  test('one member at a time, the others stay', async () => {
    const before = await mapped({ BatchSize: 5, MaximumRetryAttempts: 3 });
    const changed = await send(updateCommand(before.UUID, { BatchSize: 6 }));
    assert.equal(changed.$metadata.httpStatusCode, 202);
    assert.equal(changed.State, 'Updating');
    assert.equal(changed.BatchSize, 6);
    assert.equal(changed.MaximumRetryAttempts, 3);
    assert.ok(changed.LastModified >= before.LastModified);
    assert.equal((await settled(before.UUID)).State, 'Enabled');
    const same = await json('PUT', `${kMappingsPath}/${before.UUID}`, {
      StartingPosition: 'TRIM_HORIZON',
    });
    assert.equal(same.status, 202, 'members that cannot be changed are not known here');
    assert.equal(same.json.StartingPosition, 'LATEST');
  });

  test('enabling and disabling', async () => {
    const { UUID } = await mapped();
    const disabled = await send(updateCommand(UUID, { Enabled: false }));
    assert.equal(disabled.State, 'Disabling');
    assert.equal((await settled(UUID)).State, 'Disabled');
    const unchanged = await send(updateCommand(UUID, { Enabled: false }));
    assert.equal(unchanged.State, 'Updating');
    assert.equal((await settled(UUID)).State, 'Disabled');
    assert.equal((await send(updateCommand(UUID, { Enabled: true }))).State, 'Enabling');
    assert.equal((await settled(UUID)).State, 'Enabled');
  });

  test('the function', async () => {
    const { UUID } = await mapped();
    await refused(updateCommand(UUID, { FunctionName: 'nobody' }),
      'InvalidParameterValueException', 400, /^Function does not exist$/);
    await createFunction('next');
    const changed = await send(updateCommand(UUID, { FunctionName: 'next' }));
    assert.equal(changed.FunctionArn, `${kFunctionArn}next`);
    const other = await mapped();
    await refused(updateCommand(other.UUID, { FunctionName: 'next' }), 'ResourceConflictException',
      409, new RegExp(UUID));
  });

  test('deleting', async () => {
    const { UUID, FunctionArn } = await mapped();
    const deleted = await remove(UUID);
    assert.equal(deleted.$metadata.httpStatusCode, 202);
    assert.equal(deleted.State, 'Deleting');
    assert.equal(deleted.FunctionArn, FunctionArn);
    await refused(new GetEventSourceMappingCommand({ UUID }), 'ResourceNotFoundException', 404);
    await refused(new DeleteEventSourceMappingCommand({ UUID }), 'ResourceNotFoundException', 404);
    const again = await map(streamArn(), FunctionArn);
    assert.notEqual(again.UUID, UUID, 'the pair is free again');
  });
});

describe('tags', () => {
  before(prepare);

  test('of a mapping', async () => {
    const { UUID, EventSourceMappingArn: Resource } = await mapped({ Tags: { a: '1' } });
    const tags = async () => (await send(new ListTagsCommand({ Resource }))).Tags;
    const tagged = await send(new TagResourceCommand({ Resource, Tags: { b: '2', a: '3' } }));
    assert.equal(tagged.$metadata.httpStatusCode, 204);
    assert.deepEqual(await tags(), { a: '3', b: '2' });
    await send(new UntagResourceCommand({ Resource, TagKeys: ['a', 'unknown'] }));
    assert.deepEqual(await tags(), { b: '2' });
    await refused(new TagResourceCommand({ Resource, Tags: Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`key${index}`, '']),
    ) }), 'InvalidParameterValueException', 400, /50/);
    await refused(new TagResourceCommand({ Resource, Tags: { 'aws:a': 'b' } }),
      'InvalidParameterValueException', 400);
    await remove(UUID);
    await refused(new ListTagsCommand({ Resource }), 'ResourceNotFoundException', 404);
  });
});
