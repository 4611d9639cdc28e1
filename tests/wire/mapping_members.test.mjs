// The members of event source mappings: what is allowed, and what is said of the rest.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  CreateEventSourceMappingCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { kFunctionArn } from './functions_client.mjs';
import { exchange } from './harness.mjs';
import { kMappingsPath, kQueueArn, useMappings } from './mappings_client.mjs';

const {
  server, send, refused, createFunction, get, settled, mapped, prepare, createCommand, json,
  streamArn,
} = useMappings();

const updateCommand = (UUID, rest) => new UpdateEventSourceMappingCommand({ UUID, ...rest });

const kRanges = [
  ['BatchSize', [1, 10000], [0, 10001]],
  ['MaximumBatchingWindowInSeconds', [0, 300], [-1, 301]],
  ['ParallelizationFactor', [1, 10], [0, 11]],
  ['MaximumRecordAgeInSeconds', [-1, 60, 604800], [-2, 604801]],
  ['MaximumRetryAttempts', [-1, 0, 10000], [-2, 10001]],
  ['TumblingWindowInSeconds', [0, 900], [-1, 901]],
];

describe('members', () => {
  before(prepare);

  test('ranges', async () => {
    const { UUID } = await mapped();
    for (const [member, allowed, forbidden] of kRanges) {
      const path = member[0].toLowerCase() + member.slice(1);
      for (const value of allowed) {
        await settled(UUID);
        const updated = await send(updateCommand(UUID, {
          ParallelizationFactor: 1, TumblingWindowInSeconds: 0, [member]: value,
        }));
        assert.equal(updated[member], value);
      }
      await settled(UUID);
      for (const value of forbidden) {
        for (const command of [updateCommand(UUID, { [member]: value }),
          createCommand({ [member]: value })]) {
          await refused(command, 'ValidationException', 400,
            new RegExp(`^1 validation error detected: Value '${value}' at '${path}' failed to ` +
              'satisfy constraint: Member must have value (greater|less) than or equal to'));
        }
      }
    }
  });

  test('ages below a minute, windows with several lanes', async () => {
    for (const MaximumRecordAgeInSeconds of [0, 1, 59]) {
      await refused(createCommand({ MaximumRecordAgeInSeconds }),
        'InvalidParameterValueException', 400, /MaximumRecordAgeInSeconds/);
    }
    await refused(createCommand({ TumblingWindowInSeconds: 1, ParallelizationFactor: 2 }),
      'InvalidParameterValueException', 400, /TumblingWindowInSeconds/);
    const { UUID } = await mapped({ ParallelizationFactor: 2 });
    await refused(updateCommand(UUID, { TumblingWindowInSeconds: 1 }),
      'InvalidParameterValueException', 400, /TumblingWindowInSeconds/);
    assert.equal((await get(UUID)).TumblingWindowInSeconds, 0);
  });

  test('types', async () => {
    const wrong = {
      EventSourceArn: 1, FunctionName: [], Enabled: 'perhaps', BatchSize: 'many',
      FilterCriteria: [], StartingPosition: {}, FunctionResponseTypes: 'one',
      DestinationConfig: { OnFailure: { Destination: 1 } }, Tags: ['a'],
    };
    for (const [member, value] of Object.entries(wrong)) {
      const answer = await json('POST', kMappingsPath, {
        EventSourceArn: streamArn(), FunctionName: 'handler', StartingPosition: 'LATEST',
        [member]: value,
      });
      assert.equal(answer.status, 400, member);
      assert.equal(answer.headers['x-amzn-errortype'], 'SerializationException', member);
    }
    for (const body of ['{', '[]', '"text"']) {
      const answer = await exchange(server, { method: 'POST', path: kMappingsPath, body });
      assert.equal(answer.headers['x-amzn-errortype'], 'SerializationException', body);
    }
  });

  test('filters', async () => {
    const filters = (...patterns) => ({
      FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) },
    });
    for (const pattern of ['', '{', '{}', '[]', '{"a":[]}', '{"a":"x"}', '{"a":[{"odd":1}]}',
      '{"a":[{"numeric":["<"]}]}', '{"a":[{"wildcard":"**"}]}', '{"a":[{"cidr":"10.0.0.0/99"}]}']) {
      await refused(createCommand(filters(pattern)), 'InvalidParameterValueException', 400,
        /^Invalid filter pattern definition\.$/);
    }
    const sixth = Array.from({ length: 6 }, (_, index) => `{"eventName":["A${index}"]}`);
    await refused(createCommand(filters(...sixth)), 'InvalidParameterValueException', 400,
      /filters/);
    await refused(createCommand(filters(`{"eventName":["${'x'.repeat(4096)}"]}`)),
      'ValidationException', 400, /'filterCriteria.filters.1.member.pattern'/);
    const { UUID, FilterCriteria } = await mapped(filters(...sixth.slice(1)));
    assert.equal(FilterCriteria.Filters.length, 5);
    for (const cleared of [{ FilterCriteria: { Filters: [] } }, { FilterCriteria: {} }]) {
      await settled(UUID);
      await send(updateCommand(UUID, filters(sixth[0])));
      assert.equal((await settled(UUID)).FilterCriteria.Filters.length, 1);
      assert.equal((await send(updateCommand(UUID, cleared))).FilterCriteria, undefined);
    }
  });

  test('destinations', async () => {
    const destination = (Destination, on = 'OnFailure') => ({
      DestinationConfig: { [on]: { Destination } },
    });
    for (const arn of ['arn:aws:sns:us-east-1:000000000000:topic', 'arn:aws:s3:::bucket',
      `${kQueueArn}.fifo`, 'arn:aws:sqs:eu-west-1:000000000000:q', 'failures',
      'arn:aws:events:us-east-1:000000000000:event-bus/default']) {
      await refused(createCommand(destination(arn)), 'InvalidParameterValueException', 400);
    }
    await refused(createCommand(destination(kQueueArn, 'OnSuccess')),
      'InvalidParameterValueException', 400, /OnSuccess/);
    const { UUID, DestinationConfig } = await mapped(destination(`${kFunctionArn}later`));
    assert.equal(DestinationConfig.OnFailure.Destination, `${kFunctionArn}later`);
    const updated = await send(updateCommand(UUID, destination(kQueueArn)));
    assert.equal(updated.DestinationConfig.OnFailure.Destination, kQueueArn);
    await settled(UUID);
    const cleared = await send(updateCommand(UUID, { DestinationConfig: { OnFailure: {} } }));
    assert.deepEqual(cleared.DestinationConfig, { OnFailure: {} });
  });

  test('members of other kinds of sources', async () => {
    const { UUID } = await mapped();
    const members = {
      ScalingConfig: { MaximumConcurrency: 2 }, Queues: ['q'], Topics: ['t'],
      ProvisionedPollerConfig: { MinimumPollers: 2 },
      SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: 'x' }],
      SelfManagedEventSource: { Endpoints: {} },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'x' },
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'x' },
      DocumentDBEventSourceConfig: { DatabaseName: 'x' },
    };
    for (const [member, value] of Object.entries(members)) {
      await refused(createCommand({ [member]: value }), 'InvalidParameterValueException', 400,
        new RegExp(member));
    }
    await refused(updateCommand(UUID, { ScalingConfig: { MaximumConcurrency: 2 } }),
      'InvalidParameterValueException', 400, /ScalingConfig/);
    for (const FunctionResponseTypes of [['Other'],
      ['ReportBatchItemFailures', 'ReportBatchItemFailures']]) {
      await refused(createCommand({ FunctionResponseTypes }), 'ValidationException', 400,
        /'functionResponseTypes'/);
    }
    await refused(createCommand({ MetricsConfig: { Metrics: ['Other'] } }), 'ValidationException',
      400, /'metricsConfig.metrics'/);
  });
});

describe('queues', () => {
  let client;
  before(async () => {
    await prepare();
    client = new SQSClient({
      endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  after(() => client.destroy());

  const kQueues = 'arn:aws:sqs:us-east-1:000000000000:';
  const createQueue = async (QueueName, Attributes) => {
    await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    return kQueues + QueueName;
  };
  const command = (EventSourceArn, rest = {}) => new CreateEventSourceMappingCommand({
    EventSourceArn, FunctionName: 'handler', ...rest,
  });
  const invalid = (queue, rest, message) => (
    refused(command(queue, rest), 'InvalidParameterValueException', 400, message));

  test('defaults, and the members that queues have', async () => {
    const queue = await createQueue('plain');
    const { $metadata, UUID, LastModified, ...created } = await send(command(queue));
    assert.equal($metadata.httpStatusCode, 202);
    assert.deepEqual(created, {
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${UUID}`,
      EventSourceArn: queue, FunctionArn: `${kFunctionArn}handler`, BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [], State: 'Creating',
      StateTransitionReason: 'User action', LastProcessingResult: 'No records processed',
    });
    assert.equal((await settled(UUID)).State, 'Enabled');
    const given = {
      BatchSize: 100, MaximumBatchingWindowInSeconds: 1, ScalingConfig: { MaximumConcurrency: 5 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["a"]}}' }] },
    };
    const updated = await send(updateCommand(UUID, given));
    for (const [name, value] of Object.entries(given)) {
      assert.deepEqual(updated[name], value, name);
    }
    await settled(UUID);
    assert.equal((await send(updateCommand(UUID, { ScalingConfig: {} }))).ScalingConfig, undefined);
    const pollers = { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 4 } };
    const other = await send(command(await createQueue('pollers'), pollers));
    assert.deepEqual(other.ProvisionedPollerConfig, pollers.ProvisionedPollerConfig);
  });

  test('batches above 10 need a window, FIFO queues have neither', async () => {
    const queue = await createQueue('batches');
    await invalid(queue, { BatchSize: 11 }, /[Bb]atch/);
    const fifo = await createQueue('batches.fifo', { FifoQueue: 'true' });
    await invalid(fifo, { BatchSize: 11 }, /FIFO/);
    await invalid(fifo, { MaximumBatchingWindowInSeconds: 1 }, /FIFO/);
    assert.equal((await send(command(fifo, { BatchSize: 10 }))).BatchSize, 10);
  });

  test('messages stay invisible for as long as the function may run', async () => {
    const queue = await createQueue('short', { VisibilityTimeout: '4' });
    await createFunction('long', { Timeout: 5 });
    await invalid(queue, { FunctionName: 'long' },
      /visibility timeout: 4 seconds is less than Function timeout: 5 seconds$/);
    await send(command(queue));
  });

  test('what queues do not have', async () => {
    const queue = await createQueue('refusing');
    await invalid(`${kQueues}missing`, {}, /NonExistentQueue/);
    for (const [member, value] of Object.entries({
      ParallelizationFactor: 2, MaximumRecordAgeInSeconds: 60, MaximumRetryAttempts: 1,
      BisectBatchOnFunctionError: true, TumblingWindowInSeconds: 1,
      DestinationConfig: { OnFailure: { Destination: kQueueArn } },
    })) {
      await invalid(queue, { [member]: value }, new RegExp(member));
    }
    await invalid(queue, { StartingPosition: 'LATEST' },
      new RegExp(`^Unsupported starting position for arn type: ${queue}$`));
    await invalid(queue, { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
      /^Invalid filter pattern definition\.$/);
    for (const [rest, path] of [
      [{ ScalingConfig: { MaximumConcurrency: 1 } }, 'scalingConfig.maximumConcurrency'],
      [{ ScalingConfig: { MaximumConcurrency: 1001 } }, 'scalingConfig.maximumConcurrency'],
      [{ ProvisionedPollerConfig: { MinimumPollers: 201 } },
        'provisionedPollerConfig.minimumPollers'],
      [{ ProvisionedPollerConfig: { MaximumPollers: 2001 } },
        'provisionedPollerConfig.maximumPollers'],
    ]) {
      await refused(command(queue, rest), 'ValidationException', 400, new RegExp(`'${path}'`));
    }
  });
});
