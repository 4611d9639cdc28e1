// Many connections: idle ones, busy ones, and those above the limit.

import assert from 'node:assert/strict';
import net from 'node:net';
import {
  Answers, callUntilStopped, eventually, memory, metric, newGet, newPut, openMany, recoveryMs,
  servedDuring, socketsMax, wait, withServer,
} from './load.mjs';

const kIdle = 10000;
const kIdleKibMax = 24;
const kBusy = 2000;
const kBusyMs = 1500;

/** What the server says to a new connection that says nothing, within a second. */
function greeting(server) {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect({ host: '127.0.0.1', port: server.port });
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk) => { text += chunk; });
    socket.on('error', () => {});
    socket.on('close', end);
    socket.setTimeout(1000, end);
  });
}

/** Each of them has been used once, so that it has all the memory that a connection gets. */
export function idleConnections() {
  const count = socketsMax(kIdle);
  return withServer([`--connections_max=${count + 20}`], async (server) => {
    const before = memory(server).now;
    const idle = await openMany(server, count);
    for (let at = 0; at < count; at += 500) {
      await Promise.all(idle.slice(at, at + 500).map(async (connection) => {
        assert.equal((await connection.call(...newPut(at, 400))).status, 200);
      }));
    }
    assert.ok(await metric(server, 'http_connections') >= count, 'all are held');
    const answers = await servedDuring(server, () => wait(800));
    const kib = (memory(server).now - before) * 1024 / count;
    assert.ok(kib < kIdleKibMax, `${kib} KiB for each connection`);
    assert.ok(answers.quantile(0.99) < 500, `others: ${answers}`);
    assert.ok(idle.every(({ socket }) => !socket.destroyed), 'none was closed');
    // More than the limit are told so, and closed.
    const refusals = await Promise.all(Array.from({ length: 60 }, () => greeting(server)));
    assert.ok(refusals.some((text) => text.startsWith('HTTP/1.1 503 ')), 'one more is told');
    assert.equal((await idle[0].call(...newGet(0))).status, 200, 'those within it stay');
    for (const connection of idle) connection.close();
    await eventually(async () => await metric(server, 'http_connections') < 70, 'their end');
    return `${count} idle connections, ${kib.toFixed(1)} KiB each; others: ${answers}`;
  });
}

export function busyConnections() {
  return withServer([], async (server) => {
    const count = socketsMax(kBusy);
    const connections = await openMany(server, count);
    const answers = new Answers();
    const state = { stopped: false };
    let number = 0;
    const nextCall = () => {
      number += 1;
      return number % 2 === 0 ? newGet(number % 5000) : newPut(number % 5000);
    };
    const calling = Promise.all(connections.map((connection) => (
      callUntilStopped(connection, state, answers, nextCall))));
    await Promise.race([wait(kBusyMs), calling]);
    state.stopped = true;
    const successes = await calling;
    const recovered = await recoveryMs(server);
    assert.equal(answers.count(503), 0, `nothing to refuse: ${answers}`);
    assert.ok(Math.min(...successes) > 0, 'every connection was served');
    assert.ok(answers.quantile(0.99) < 3000, `${answers}`);
    assert.ok(recovered < 1000, `as quick as before after ${recovered} ms`);
    for (const connection of connections) connection.close();
    return `${count} busy connections: ${answers}; recovered in ${recovered.toFixed(0)} ms`;
  });
}
