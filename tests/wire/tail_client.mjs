// A client for server-sent events that shows everything it gets: events with data, and ids and
// comments on their own. A plain EventSource hides most of that.

import http from 'node:http';
import { eventually } from './harness.mjs';

/** One open tail. Make it with `openTail`. */
export class Tail {
  constructor() {
    this.events = []; // {id, event, data (parsed), receivedNs}
    this.comments = 0;
    this.lastId = undefined; // also of ids without an event
    this.ended = false; // orderly
    this.failed = false; // the connection broke
    this.pending = '';
  }

  /** Takes text that has come in. */
  feed(text) {
    const receivedNs = process.hrtime.bigint();
    const blocks = (this.pending + text).split('\n\n');
    this.pending = blocks.pop();
    for (const block of blocks) {
      const event = { receivedNs };
      for (const line of block.split('\n')) {
        if (line.startsWith(':')) this.comments += 1;
        const colon = line.indexOf(': ');
        if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (event.id !== undefined) this.lastId = event.id;
      if (event.data !== undefined) this.events.push({ ...event, data: JSON.parse(event.data) });
    }
  }

  /** The events that carry change records. */
  get records() {
    return this.events.filter(({ event }) => /^(INSERT|MODIFY|REMOVE)$/.test(event));
  }

  /** The values of the string attribute `name` of the keys, in order. */
  keys(name = 'pk') {
    return this.records.map(({ data }) => data.dynamodb.Keys[name].S);
  }

  /** Waits until there are so many records. */
  async untilRecords(count) {
    await eventually(() => this.failed || this.records.length >= count,
      `record ${count} of a tail that has ${this.records.length}`);
    return this.records;
  }

  close() {
    this.request.destroy();
  }
}

/** Opens GET /_admin/tail; resolves once it has told its place. `query` is an object. */
export async function openTail(server, query = {}, headers = {}) {
  const tail = new Tail();
  await new Promise((resolve, reject) => {
    tail.request = http.request({
      host: '127.0.0.1',
      port: server.port,
      path: `/_admin/tail?${new URLSearchParams(query)}`,
      headers,
      agent: false,
    }, (response) => {
      tail.status = response.statusCode;
      tail.contentType = response.headers['content-type'];
      response.setEncoding('utf8');
      response.on('data', (text) => {
        if (tail.status === 200) tail.feed(text);
      });
      response.on('end', () => { tail.ended = true; });
      response.on('error', () => { tail.failed = true; });
      resolve();
    });
    tail.request.on('error', (error) => { tail.failed = true; reject(error); });
    tail.request.end();
  });
  if (tail.status === 200) await eventually(() => tail.lastId || tail.ended, 'the place of a tail');
  return tail;
}
