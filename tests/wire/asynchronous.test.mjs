// Events that nobody waits for: they are run, whatever happens to the server; they are tried again
// as often and as late as they may be; and what was given up can be found and tried once more.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateAliasCommand, DeleteFunctionCommand, InvokeCommand, PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { useEvents } from './asynchronous_client.mjs';
import { kFunctionArn } from './functions_client.mjs';
import { eventually } from './harness.mjs';
import { kUuid } from './mappings_client.mjs';

const {
  delivery, send, configure, reserve, release, pending, settled, page, ledger, discards,
} = useEvents();

const kFail = "throw new RangeError('it went wrong');";
// Fails as often as the event says.
const kFailures = `
  invoked[context.awsRequestId] = (invoked[context.awsRequestId] ?? 0) + 1;
  if (invoked[context.awsRequestId] <= event.failures) throw new RangeError('it went wrong');`;
const ids = (handler) => handler.notes().map(({ id }) => id);

describe('what was acknowledged is run', () => {
  test('with the id that the caller got, and an empty object for no payload', async () => {
    const handler = await delivery.handler();
    const id = await send(handler.name, { n: 1 });
    assert.match(id, kUuid);
    const reply = await delivery.lambda(new InvokeCommand({
      FunctionName: handler.name, InvocationType: 'Event' }));
    await handler.events(2);
    const notes = handler.notes();
    assert.deepEqual(notes.find((note) => note.id === id).rest, { n: 1 });
    assert.deepEqual(notes.find((note) => note.id === reply.$metadata.requestId).rest, {});
    await settled(handler.name);
    assert.equal(handler.notes().length, 2);
  });

  test('after a kill before the run', async () => {
    const handler = await delivery.handler();
    await reserve(handler.name, 0);
    const sent = [];
    for (let n = 0; n < 5; n += 1) sent.push(await send(handler.name, { n }));
    await eventually(async () => (await pending(handler.name)).heldUntilMs > 0,
      'the server to notice that there is no capacity');
    await delivery.restart();
    assert.equal((await pending(handler.name)).count, 5);
    assert.deepEqual(handler.notes(), []);
    await release(handler.name);
    await delivery.advanceUntil(() => handler.notes().length >= 5, 'the events to be run', 5);
    await settled(handler.name);
    assert.deepEqual(ids(handler).sort(), sent.sort(), 'each once, as nothing happened meanwhile');
    assert.deepEqual(handler.notes().map(({ rest }) => rest.n).sort(), [0, 1, 2, 3, 4]);
  });

  test('after a kill during the run', async () => {
    const handler = await delivery.handler("await until('go');");
    const id = await send(handler.name, { n: 1 });
    await handler.events(1);
    await delivery.restart();
    handler.switchOn('go');
    await delivery.advanceUntil(() => handler.notes().length >= 2, 'the event to be run again');
    await settled(handler.name);
    assert.deepEqual(ids(handler), [id, id]);
    assert.deepEqual(await ledger(handler.name), []);
  });

  test('after an orderly end during the run', async () => {
    const handler = await delivery.handler("await until('go');");
    const id = await send(handler.name, {});
    await handler.events(1);
    const ended = delivery.server.end('SIGTERM');
    handler.switchOn('go');
    assert.deepEqual(await ended, { code: 0, signal: null });
    await delivery.start();
    await eventually(async () => {
      await delivery.advance(1);
      return await pending(handler.name) === undefined;
    }, 'nothing to wait');
    assert.ok(ids(handler).every((each) => each === id));
    assert.deepEqual(await ledger(handler.name), []);
  });
});

describe('attempts', () => {
  for (const attempts of [0, 1, 2]) {
    test(`${attempts} more, then it is given up`, async () => {
      const handler = await delivery.handler(kFail);
      await configure(handler.name, { MaximumRetryAttempts: attempts });
      const id = await send(handler.name, { n: 1 });
      const [entry] = await discards(handler.name, 1);
      await settled(handler.name);
      assert.deepEqual(ids(handler), new Array(attempts + 1).fill(id));
      assert.equal(entry.attempts, attempts + 1);
      assert.equal(entry.condition, 'RetriesExhausted');
      assert.equal(entry.requestId, id);
    });

    test(`${attempts} failures are not too many for the default`, async () => {
      const handler = await delivery.handler(kFailures);
      const id = await send(handler.name, { failures: attempts });
      await handler.events(attempts + 1);
      await settled(handler.name);
      assert.deepEqual(ids(handler), new Array(attempts + 1).fill(id));
      assert.deepEqual(await ledger(handler.name), []);
    });
  }

  test('a process that ends and a timeout are failures, too', async () => {
    for (const [react, rest, message] of [
      ['process.exit(3);', {}, /Runtime exited with error: exit status 3$/],
      ["await until('never');", { Timeout: 1 }, /Task timed out after 1\.00 seconds$/]]) {
      const handler = await delivery.handler(react, rest);
      await configure(handler.name, { MaximumRetryAttempts: 1 });
      await send(handler.name, {});
      const [entry] = await discards(handler.name, 1);
      assert.equal(entry.attempts, 2);
      assert.match(entry.errorMessage, message);
    }
  });

  test('no capacity is no attempt', async () => {
    const handler = await delivery.handler(kFail);
    await configure(handler.name, { MaximumRetryAttempts: 0 });
    await reserve(handler.name, 0);
    await send(handler.name, {});
    await eventually(async () => (await pending(handler.name))?.heldUntilMs > 0, 'a delay');
    for (let round = 0; round < 3; round += 1) {
      const { nextTryMs } = await pending(handler.name);
      const { now_ms: now } = await delivery.clock();
      await delivery.clock({ advance_ms: Math.max(nextTryMs - now, 0) });
      await eventually(async () => (await pending(handler.name)).nextTryMs > nextTryMs,
        'another delay');
    }
    assert.deepEqual(handler.notes(), []);
    await release(handler.name);
    await delivery.advanceUntil(async () => (await ledger(handler.name)).length > 0, 'the run', 10);
    assert.equal((await ledger(handler.name))[0].attempts, 1);
    assert.equal(handler.notes().length, 1);
  });

  test('what an alias says goes before what the function says', async () => {
    const handler = await delivery.handler(kFail);
    await delivery.lambda(new PublishVersionCommand({ FunctionName: handler.name }));
    for (const Name of ['live', 'plain']) {
      await delivery.lambda(new CreateAliasCommand({
        FunctionName: handler.name, Name, FunctionVersion: '1' }));
    }
    await configure(handler.name, { MaximumRetryAttempts: 2 });
    await configure(handler.name, { Qualifier: '1', MaximumRetryAttempts: 1 });
    await configure(handler.name, { Qualifier: 'live', MaximumRetryAttempts: 0 });
    for (const qualifier of ['live', 'plain', '1', '$LATEST']) {
      await send(handler.name, {}, { Qualifier: qualifier });
    }
    const entries = await discards(handler.name, 4);
    assert.deepEqual(
      Object.fromEntries(entries.map((entry) => [entry.qualifier, entry.attempts])),
      { live: 1, plain: 2, 1: 2, $LATEST: 3 });
    assert.ok(entries.every(({ qualifier, executedVersion }) => (
      executedVersion === (qualifier === '$LATEST' ? '$LATEST' : '1'))));
  });

  test('a function that is deleted while events wait', async () => {
    const handler = await delivery.handler();
    await reserve(handler.name, 0);
    const id = await send(handler.name, { n: 1 });
    await eventually(async () => (await pending(handler.name))?.heldUntilMs > 0, 'a delay');
    await delivery.lambda(new DeleteFunctionCommand({ FunctionName: handler.name }));
    await delivery.advanceUntil(async () => (await ledger(handler.name)).length > 0, 'its end', 5);
    const [entry] = await ledger(handler.name);
    assert.equal(entry.requestId, id);
    assert.equal(entry.attempts, 0);
    assert.equal(entry.errorMessage, `Function not found: ${kFunctionArn}${handler.name}:$LATEST`);
  });
});

describe('age', () => {
  test('what has become too old is not run', async () => {
    const handler = await delivery.handler();
    await configure(handler.name, { MaximumEventAgeInSeconds: 60 });
    await reserve(handler.name, 0);
    await send(handler.name, {});
    await eventually(async () => (await pending(handler.name))?.heldUntilMs > 0, 'a delay');
    await delivery.advance(61);
    const [entry] = await discards(handler.name, 1);
    assert.equal(entry.condition, 'EventAgeExceeded');
    assert.equal(entry.attempts, 0);
    assert.ok(entry.discardedMs - entry.receivedMs > 60000);
    await release(handler.name);
    assert.deepEqual(handler.notes(), []);
  });
});

describe('the ledger of events that were given up', () => {
  test('list, pages, one entry, redrive, delete', async () => {
    const handler = await delivery.handler("if (!switched('well')) throw new Error('not well');");
    await configure(handler.name, { MaximumRetryAttempts: 0 });
    const sent = [];
    for (let n = 0; n < 3; n += 1) {
      sent.push(await send(handler.name, { n }));
      await discards(handler.name, n + 1);
    }
    const entries = await ledger(handler.name);
    assert.deepEqual(entries.map(({ requestId }) => requestId), sent);
    const first = (await page('GET', `${handler.name}/discards?limit=2`)).json;
    assert.deepEqual(first.discards, entries.slice(0, 2));
    const rest = (await page('GET', `${handler.name}/discards?limit=2&after=${first.after}`)).json;
    assert.deepEqual(rest, { discards: entries.slice(2) });

    const shown = (await page('GET', `${handler.name}/discards/${entries[1].id}`)).json;
    const { errorMessage, ...members } = entries[1];
    assert.equal(errorMessage, 'not well');
    const { failure, payload, ...others } = shown;
    assert.deepEqual(others, members);
    assert.deepEqual(JSON.parse(payload), { n: 1 });
    assert.equal(JSON.parse(failure).errorMessage, 'not well');

    const again = await page('POST', `${handler.name}/discards/${entries[0].id}/redrive`);
    assert.equal(again.status, 200);
    await eventually(() => handler.notes().length === 4, 'the event to be tried again');
    const failed = await eventually(async () => {
      const now = await ledger(handler.name);
      return now.length === 3 && now;
    }, 'it to be given up again');
    assert.equal(failed.find(({ requestId }) => requestId === sent[0]).attempts, 1);

    handler.switchOn('well');
    const { id } = failed.find(({ requestId }) => requestId === sent[1]);
    assert.equal((await page('POST', `${handler.name}/discards/${id}/redrive`)).status, 200);
    await eventually(() => handler.notes().length === 5, 'the event to be tried again');
    await settled(handler.name);
    assert.deepEqual(handler.notes().at(-1).rest, { n: 1 });
    assert.equal(handler.notes().at(-1).id, sent[1]);
    assert.equal((await ledger(handler.name)).length, 2);

    const last = (await ledger(handler.name)).find(({ requestId }) => requestId === sent[2]);
    assert.equal((await page('DELETE', `${handler.name}/discards/${last.id}`)).status, 200);
    assert.deepEqual((await ledger(handler.name)).map(({ requestId }) => requestId), [sent[0]]);
    assert.equal((await page('DELETE', `${handler.name}/discards/${last.id}`)).status, 404);
    assert.equal((await page('GET', `${handler.name}/discards/${last.id}`)).status, 404);
    assert.equal(
      (await page('POST', `${handler.name}/discards/${last.id}/redrive`)).status, 404);
  });

  test('is there after a kill', async () => {
    const handler = await delivery.handler(kFail);
    await configure(handler.name, { MaximumRetryAttempts: 0 });
    await send(handler.name, { n: 1 });
    const before = await discards(handler.name, 1);
    await delivery.restart();
    assert.deepEqual(await ledger(handler.name), before);
  });

  test('refusals', async () => {
    assert.deepEqual(await ledger('nobody'), []);
    for (const [method, target, status] of [
      ['GET', 'nobody/discards/1', 404], ['GET', 'nobody/discards/x', 404],
      ['PUT', 'nobody/discards/1', 405], ['GET', 'nobody/discards/1/redrive', 405],
      ['POST', 'nobody/discards', 405], ['GET', 'nobody/discards?limit=0', 400],
      ['GET', 'nobody/discards?after=x', 400]]) {
      const answer = await page(method, target);
      assert.equal(answer.status, status, target);
      assert.ok(answer.json.error);
    }
  });
});
