// More writes than the queue of the commit pipeline takes.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import {
  Answers, callUntilStopped, keyOf, kTable, newPut, openMany, recoveryMs, wait, withServer,
} from './load.mjs';

// The packages are installed there.
const { PutItemCommand } = createRequire(new URL('../wire/', import.meta.url))(
  '@aws-sdk/client-dynamodb');

const kConnections = 400;
const kQueue = 32;
const kLoadMs = 1500;

export function fullQueue() {
  return withServer([`--commit_queue_max=${kQueue}`], async (server) => {
    const connections = await openMany(server, kConnections);
    const answers = new Answers();
    const state = { stopped: false };
    const beganMs = performance.now();
    let number = 0;
    const nextCall = () => {
      number += 1;
      return newPut(number % 1000, 1000);
    };
    const calling = Promise.all(connections.map((connection) => (
      callUntilStopped(connection, state, answers, nextCall))));
    // A stock client repeats what is refused, and gets through.
    const client = server.sdk({ maxAttempts: 20 });
    let retries = 0;
    for (let at = 0; at < 20; at += 1) {
      const { $metadata } = await Promise.race([calling, client.send(new PutItemCommand({
        TableName: kTable, Item: keyOf(`stock${at}`) }))]);
      assert.equal($metadata.httpStatusCode, 200);
      retries += $metadata.attempts - 1;
    }
    await Promise.race([wait(kLoadMs), calling]);
    state.stopped = true;
    const successes = await calling;
    const recovered = await recoveryMs(server);
    assert.ok(answers.count(503) > 0, `the queue was full: ${answers}`);
    const lines = server.stderr.split('\n').filter((line) => line.includes('request refused'));
    const seconds = (performance.now() - beganMs) / 1000;
    assert.ok(lines.length > 0 && lines.length < seconds + 2, `${lines.length} lines in the log`);
    assert.ok(Math.min(...successes) > 0, 'every connection got through');
    assert.ok(answers.quantile(0.99) < 1000, `admitted: ${answers}`);
    assert.ok(recovered < 1000, `as quick as before after ${recovered} ms`);
    for (const connection of connections) connection.close();
    return `${kConnections} writers, room for ${kQueue}: ${answers}, at least ` +
      `${Math.min(...successes)} each; stock client: 20 written with ${retries} repetitions; ` +
      `recovered in ${recovered.toFixed(0)} ms`;
  });
}
