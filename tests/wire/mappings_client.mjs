// What the tests of event source mappings share: tables with streams, and mappings on them.

import {
  CreateEventSourceMappingCommand, CreateFunctionCommand, GetEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { functionInput, useFunctions } from './functions_client.mjs';
import { createTable, eventually, exchange } from './harness.mjs';

export const kMappingsPath = '/2015-03-31/event-source-mappings';
export const kUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const kQueueArn = 'arn:aws:sqs:us-east-1:000000000000:failures';
export const kUnknownUuid = '6d9c1f0e-0000-4000-8000-000000000001';

/** `useFunctions`, with ways to make what a mapping is between. */
export function useMappings(options = {}) {
  const functions = useFunctions(options);
  const { server, send } = functions;

  /** Creates a table with a stream and answers the stream's ARN. */
  async function createStream(name) {
    const table = await createTable(server, name, 'pk:S', undefined, {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    return table.LatestStreamArn;
  }
  const createFunction = (name, rest) => (
    send(new CreateFunctionCommand(functionInput(name, rest))));
  const get = (UUID) => send(new GetEventSourceMappingCommand({ UUID }));
  /** Waits until no change of the mapping is under way, and answers its configuration. */
  const settled = (UUID) => eventually(async () => {
    const mapping = await get(UUID);
    return ['Enabled', 'Disabled'].includes(mapping.State) && mapping;
  }, 'a mapping to settle');
  /** Creates a mapping and waits until it is there. */
  async function map(EventSourceArn, FunctionName, rest = {}) {
    const { UUID } = await send(new CreateEventSourceMappingCommand({
      EventSourceArn, FunctionName, StartingPosition: 'LATEST', ...rest,
    }));
    return settled(UUID);
  }
  let prepared;
  /** The source and the function `handler` of most tests; once, when the server is there. */
  async function prepare() {
    if (prepared !== undefined) return;
    prepared = await createStream('source');
    await createFunction('handler');
  }
  const createCommand = (rest = {}) => new CreateEventSourceMappingCommand({
    EventSourceArn: prepared, FunctionName: 'handler', StartingPosition: 'LATEST', ...rest,
  });
  let functionCount = 0;
  /** A mapping of a function of its own, so that it is the only one between it and the source. */
  async function mapped(rest = {}) {
    functionCount += 1;
    await createFunction(`own-${functionCount}`);
    return map(prepared, `own-${functionCount}`, rest);
  }
  const json = (method, path, body) => exchange(server, {
    method, path, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
  return {
    ...functions, createStream, createFunction, get, settled, map, mapped, prepare, createCommand,
    json, streamArn: () => prepared,
  };
}
