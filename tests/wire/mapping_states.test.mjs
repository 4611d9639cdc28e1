// What event source mappings say of themselves over time: the states between states, and what
// became of the last batch.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, DeleteFunctionCommand,
  GetEventSourceMappingCommand, PutFunctionConcurrencyCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { eventually, ok } from './harness.mjs';
import { useMappings } from './mappings_client.mjs';
import { makeZip } from './zip.mjs';

// Changes show for a second here, as those of the service do.
const slow = useMappings({ flags: ['--mapping_transition=1s'] });
const quick = useMappings({ flags: ['--mapping_retry_base=10ms'] });

describe('states between states', () => {
  test('creating, disabling, deleting', async () => {
    const { send, refused, get, settled } = slow;
    await slow.prepare();
    const { UUID, State } = await send(slow.createCommand());
    assert.equal(State, 'Creating');
    assert.equal((await get(UUID)).State, 'Creating');
    const update = (rest) => new UpdateEventSourceMappingCommand({ UUID, ...rest });
    const remove = new DeleteEventSourceMappingCommand({ UUID });
    for (const command of [update({ BatchSize: 5 }), remove]) {
      await refused(command, 'ResourceInUseException', 400, /because it is in use\.$/);
    }
    assert.equal((await settled(UUID)).State, 'Enabled');
    assert.equal((await send(update({ BatchSize: 5 }))).State, 'Updating');
    await refused(update({ BatchSize: 6 }), 'ResourceInUseException', 400);
    await settled(UUID);
    assert.equal((await send(update({ Enabled: false }))).State, 'Disabling');
    assert.equal((await get(UUID)).State, 'Disabling');
    assert.equal((await settled(UUID)).State, 'Disabled');
    assert.equal((await send(update({ Enabled: true }))).State, 'Enabling');
    await settled(UUID);
    const deleted = await send(new DeleteEventSourceMappingCommand({ UUID }));
    assert.equal(deleted.State, 'Deleting');
    assert.equal((await get(UUID)).State, 'Deleting');
    await refused(update({ BatchSize: 7 }), 'ResourceInUseException', 400);
    await refused(new DeleteEventSourceMappingCommand({ UUID }), 'ResourceInUseException', 400);
    await eventually(async () => {
      try {
        assert.equal((await get(UUID)).State, 'Deleting');
        return false;
      } catch (error) {
        assert.equal(error.name, 'ResourceNotFoundException');
        return true;
      }
    }, 'the mapping to be gone');
  });
});

describe('the last result', () => {
  const { send, get, settled, createStream, createFunction, map, server } = quick;
  const kFailing = makeZip({ 'index.js': 'exports.handler = async () => { throw new Error(); };' });
  let count = 0;

  /** A table of its own with a mapping, and a way to write to it. */
  async function deliver(functionInput = {}, rest = {}) {
    count += 1;
    const arn = await createStream(`results-${count}`);
    await createFunction(`results-${count}`, functionInput);
    const mapping = await map(arn, `results-${count}`, rest);
    const put = () => ok(server, 'PutItem', {
      TableName: `results-${count}`, Item: { pk: { S: 'a' }, n: { S: String(Math.random()) } },
    });
    const result = (text) => eventually(
      async () => (await get(mapping.UUID)).LastProcessingResult === text, `the result ${text}`);
    return { ...mapping, name: `results-${count}`, put, result };
  }

  before(quick.prepare);

  test('nothing, then OK', async () => {
    const mapping = await deliver();
    assert.equal((await get(mapping.UUID)).LastProcessingResult, 'No records processed');
    await mapping.put();
    await mapping.result('OK');
    const { State, LastModified } = await get(mapping.UUID);
    assert.equal(State, 'Enabled');
    assert.equal(LastModified.getTime(), mapping.LastModified.getTime(), 'results are no changes');
  });

  test('a handler that fails', async () => {
    const mapping = await deliver({ Code: { ZipFile: kFailing } });
    await mapping.put();
    await mapping.result('PROBLEM: Function call failed');
    // A mapping that is blocked can be changed and deleted like any other.
    await settled(mapping.UUID);
    await send(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID, BatchSize: 3 }));
    await settled(mapping.UUID);
    await send(new DeleteEventSourceMappingCommand({ UUID: mapping.UUID }));
    await assert.rejects(send(new GetEventSourceMappingCommand({ UUID: mapping.UUID })),
      { name: 'ResourceNotFoundException' });
  });

  test('a function that is gone, and comes back', async () => {
    const mapping = await deliver();
    await send(new DeleteFunctionCommand({ FunctionName: mapping.name }));
    await mapping.put();
    await mapping.result('PROBLEM: Function not found');
    await createFunction(mapping.name);
    await mapping.result('OK');
  });

  test('a function that may not run', async () => {
    const mapping = await deliver();
    await send(new PutFunctionConcurrencyCommand({
      FunctionName: mapping.name, ReservedConcurrentExecutions: 0,
    }));
    await mapping.put();
    await mapping.result('PROBLEM: Throttled');
    await send(new PutFunctionConcurrencyCommand({
      FunctionName: mapping.name, ReservedConcurrentExecutions: 1,
    }));
    await mapping.result('OK');
  });

  test('filters, and a start in the middle', async () => {
    const mapping = await deliver({}, {
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] },
    });
    await mapping.put();
    const all = await send(new CreateEventSourceMappingCommand({
      EventSourceArn: mapping.EventSourceArn, FunctionName: 'handler',
      StartingPosition: 'TRIM_HORIZON',
    }));
    await eventually(async () => (await get(all.UUID)).LastProcessingResult === 'OK',
      'the other mapping');
    assert.equal((await get(mapping.UUID)).LastProcessingResult, 'No records processed');
  });
});
