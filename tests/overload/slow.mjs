// Clients that are slow or gone: replies that nobody reads, bodies that come byte by byte, halves
// of requests, connections that vanish, pipelines without end. Others are served meanwhile.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import {
  eventually, keyOf, kTable, memory, metric, newGet, newPut, openMany, quiet, requestBytes,
  servedDuring, wait, withServer,
} from './load.mjs';

const kSlow = 150;
const kReaders = 40;
const kBytesMax = 64 << 20;
// Beside what is counted there are replies in the making, one for each worker and as many on their
// way, of twice their size while they grow; the caches; and what the allocator gives back only a
// moment later. All replies together would be 620 MiB, and twice that while they grow.
const kSlackMib = 400;
const kPipelines = 20;
const kPipelined = 4000;
const kPipelinesMib = 64;

async function connect(server) {
  const socket = net.connect({ host: '127.0.0.1', port: server.port, noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const connectMany = (server, count) => (
  Promise.all(Array.from({ length: count }, () => connect(server))));

/** Asks for large replies and does not read them. */
async function slowReaders(server) {
  const sockets = await connectMany(server, kReaders);
  const Keys = Array.from({ length: 40 }, (_, at) => keyOf(`large${at}`));
  for (const socket of sockets) {
    socket.pause();
    socket.write(requestBytes(server, 'BatchGetItem', { RequestItems: { [kTable]: { Keys } } }));
  }
  return sockets;
}

/** Sends bodies byte by byte. */
async function slowWriters(server, state) {
  const sockets = await connectMany(server, kSlow);
  const bytes = requestBytes(server, ...newPut(1, 2000));
  const head = bytes.indexOf('\r\n\r\n') + 4;
  const dripping = Promise.all(sockets.map(async (socket) => {
    socket.write(bytes.subarray(0, head));
    for (let at = head; at < bytes.length && !state.stopped; at += 1) {
      socket.write(bytes.subarray(at, at + 1));
      await wait(10);
    }
  }));
  return { sockets, dripping };
}

/** Half of a head, and nothing more. */
async function halves(server) {
  const sockets = await connectMany(server, kSlow);
  for (const socket of sockets) socket.write('POST / HTTP/1.1\r\nHost: local');
  return sockets;
}

export function slowClients() {
  return withServer([`--in_flight_bytes_max=${kBytesMax}`], async (server) => {
    const [loader] = await openMany(server, 1);
    for (let at = 0; at < 40; at += 1) {
      assert.equal((await loader.call(...newPut(`large${at}`, 390 * 1024))).status, 200);
    }
    loader.close();
    await quiet(server);
    const before = memory(server).now;
    const state = { stopped: false };
    let sockets = [];
    const answers = await servedDuring(server, async () => {
      const readers = await slowReaders(server);
      const writers = await slowWriters(server, state);
      sockets = [...readers, ...writers.sockets, ...await halves(server)];
      await wait(2500);
      state.stopped = true;
      await writers.dripping;
      // What is left beside the bodies are replies that nobody reads, no more than fit.
      await eventually(async () => await metric(server, 'http_in_flight_requests') <= kSlow + 12,
        'replies to be made', 30000);
      assert.ok(await metric(server, 'http_in_flight_bytes') > 0, 'replies that nobody reads');
    });
    const mib = memory(server).peak - before;
    assert.ok(mib < (kBytesMax >> 20) + kSlackMib, `${mib} MiB for slow clients`);
    assert.ok(answers.quantile(0.99) < 1000, `others: ${answers}`);
    // Half of them vanish without a word.
    sockets.forEach((socket, at) => {
      if (at % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    });
    const beganMs = performance.now();
    await quiet(server);
    const quietMs = performance.now() - beganMs;
    assert.ok(quietMs < 1000, `quiet after ${quietMs} ms`);
    return `${sockets.length} slow clients, ${mib.toFixed(0)} MiB for them; others: ${answers}; ` +
      `quiet after ${quietMs.toFixed(0)} ms`;
  });
}

/** Sends thousands of requests before it reads a reply, then reads all. */
export function pipelines() {
  return withServer([], async (server) => {
    const [loader] = await openMany(server, 1);
    for (let at = 0; at < kPipelined; at += 100) await loader.call(...newPut(at, 500));
    loader.close();
    const before = memory(server).now;
    let received = 0;
    const answers = await servedDuring(server, async () => {
      const requests = Buffer.concat(Array.from({ length: kPipelined }, (_, at) => (
        requestBytes(server, ...newGet(at - at % 100)))));
      const sockets = await connectMany(server, kPipelines);
      for (const socket of sockets) {
        socket.pause();
        socket.write(requests);
      }
      await wait(300);
      await Promise.all(sockets.map((socket) => new Promise((resolve, reject) => {
        let replies = 0;
        let rest = '';
        socket.on('data', (chunk) => {
          const text = rest + chunk.toString('latin1');
          replies += text.split('HTTP/1.1 200 OK\r\n').length - 1;
          // Not to be counted twice when it is cut in two.
          rest = text.slice(Math.max(text.lastIndexOf('HTTP/1.1 200 OK\r\n') + 1,
            text.length - 16));
          if (replies === kPipelined) {
            received += replies;
            socket.destroy();
            resolve();
          }
        });
        socket.on('close', () => reject(new Error(`${replies} replies of ${kPipelined}`)));
        socket.resume();
      })));
    });
    const mib = memory(server).peak - before;
    assert.ok(mib < kPipelinesMib, `${mib} MiB for pipelines`);
    // Most of it is this process, which has all the replies to read.
    assert.ok(answers.quantile(0.99) < 3000, `others: ${answers}`);
    return `${kPipelines} pipelines, ${received} replies, ${mib.toFixed(0)} MiB for them; ` +
      `others: ${answers}`;
  });
}
