// What happens to the server during a round, in an order that the seed decides: ends of its
// process, pauses, cut connections, jumps of the clock.

import net from 'node:net';
import { ApiConnection } from '../crash/api_connection.mjs';

const kPauseMs = { least: 50, spread: 800 };
const kJumpMs = { least: 1000, spread: 60000 };
const kStartKilledAfterMs = 80;

/** After so many interruptions of a round that ends processes there was each kind. */
export const kInterruptionsAll = 7;

const kHalfRequest = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: '
  + 'application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\n'
  + 'Content-Length: 1000\r\n\r\n{"TableName":';

const shuffled = (list, random) => {
  const rest = [...list];
  return list.map(() => rest.splice(random(rest.length), 1)[0]);
};

/** Cuts a part of the connections in the middle of what they do; leaves others half said. */
function cut(round, random) {
  const all = [...ApiConnection.opened].filter(({ socket }) => socket.remotePort !== undefined);
  for (const { socket } of all) {
    if (random(3) > 0) continue;
    if (random(2) === 0) socket.destroy();
    else socket.resetAndDestroy();
    round.figures.cuts += 1;
  }
  const { port } = round.servers.current;
  const half = net.connect({ host: '127.0.0.1', port }, () => {
    half.write(kHalfRequest);
    if (random(2) === 0) half.end();
    setTimeout(() => half.destroy(), 50 + random(500)).unref();
  });
  half.on('error', () => {});
}

/** The interruptions of a round, without end: functions that make one each. */
export function* interruptions(round, random, mayEnd) {
  const { servers, figures } = round;
  const kill = async () => {
    const crash = random(3) === 0 ? random(kStartKilledAfterMs) : undefined;
    figures.kills += 1;
    await servers.replace('SIGKILL', crash);
  };
  const stop = async () => {
    figures.stops += 1;
    await servers.replace('SIGTERM');
  };
  const pause = async () => {
    figures.pauses += 1;
    await servers.pause(kPauseMs.least + random(kPauseMs.spread));
  };
  const jump = async () => {
    figures.jumps += 1;
    await servers.jump(kJumpMs.least + random(kJumpMs.spread));
  };
  const calm = [async () => cut(round, random), pause, ...(servers.virtual ? [jump] : [])];
  const deck = mayEnd ? [kill, kill, kill, stop, ...calm] : [...calm, ...calm];
  for (;;) yield* shuffled(deck, random);
}
