// What the tests of asynchronous events share: a server whose clock the tests move, and looks at
// what waits and at what was given up.

import assert from 'node:assert/strict';
import {
  DeleteFunctionConcurrencyCommand, InvokeCommand, PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { useDelivery } from './delivery_client.mjs';
import { eventually, exchange } from './harness.mjs';

/** `useDelivery`, with events that nobody waits for. */
export function useEvents(flags = ['--clock=virtual', '--async_retry_base=0s']) {
  const delivery = useDelivery(flags);

  /** Hands over an event and answers its id. */
  async function send(FunctionName, event, rest = {}) {
    const reply = await delivery.lambda(new InvokeCommand({
      FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event), ...rest,
    }));
    assert.equal(reply.StatusCode, 202);
    return reply.$metadata.requestId;
  }

  const configure = (FunctionName, rest) => (
    delivery.lambda(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...rest })));
  const reserve = (FunctionName, ReservedConcurrentExecutions) => delivery.lambda(
    new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  const release = (FunctionName) => (
    delivery.lambda(new DeleteFunctionConcurrencyCommand({ FunctionName })));

  /** What waits for a function; undefined if nothing does. */
  const pending = async (name) => (await delivery.admin('outgoing')).events
    .find(({ functionName }) => functionName === name);
  const settled = (name) => eventually(
    async () => await pending(name) === undefined, `the events of ${name} to be done with`);

  /** What the page of an operator answers, whatever it is. */
  const page = (method, target) => exchange(delivery.server, {
    method, path: `/_admin/functions/${target}` });
  const ledger = async (name, query = '') => (
    (await page('GET', `${name}/discards${query}`)).json.discards);
  /** Waits until so many events of a function have been given up; answers their entries. */
  const discards = (name, count) => eventually(async () => {
    const entries = await ledger(name);
    return entries.length >= count && entries;
  }, `${count} events of ${name} to be given up`);

  return {
    delivery, send, configure, reserve, release, pending, settled, page, ledger, discards,
  };
}
