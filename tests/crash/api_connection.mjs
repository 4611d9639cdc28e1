// A keep-alive connection with as little between the test and the socket as possible, because the
// more requests are in the server at the moment of a kill, the more the kill finds.

import { once } from 'node:events';
import net from 'node:net';
import { apiHeaders } from '../wire/harness.mjs';

/** Thrown into the waiting call when the server is gone. */
function lost() {
  return Object.assign(new Error('connection lost'), { connectionLost: true });
}

/** One connection, one request at a time. */
export class ApiConnection {
  /** All that are open, for tests that cut some of them. */
  static opened = new Set();

  static async open(port) {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    const connection = new ApiConnection(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    this.chunks = [];
    this.waiting = undefined;
    this.heads = new Map();
    ApiConnection.opened.add(this);
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      ApiConnection.opened.delete(this);
      this.waiting?.reject(lost());
      this.waiting = undefined;
    });
  }

  /** Sends one API call; an operation of another service is given with its whole target, as in
   *  AmazonSQS.SendMessage. Resolves to {status, json}, rejects with `connectionLost` set. */
  call(operation, body) {
    if (this.socket.destroyed) return Promise.reject(lost());
    const text = JSON.stringify(body);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(
        `${this.#head(operation)}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    });
  }

  close() {
    this.socket.destroy();
  }

  #head(operation) {
    if (!this.heads.has(operation)) {
      const headers = apiHeaders(operation);
      if (operation.includes('.')) headers['X-Amz-Target'] = operation;
      const lines = Object.entries(headers).map(([name, value]) => (
        `${name}: ${value}\r\n`));
      this.heads.set(operation, `POST / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}`);
    }
    return this.heads.get(operation);
  }

  #receive(chunk) {
    this.chunks.push(chunk);
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)[1]);
    if (bytes.length < end + 4 + length) return;
    this.chunks = [];
    const { resolve } = this.waiting;
    this.waiting = undefined;
    const text = bytes.toString('utf8', end + 4, end + 4 + length);
    resolve({ status: Number(head.slice(9, 12)), json: text === '' ? {} : JSON.parse(text) });
  }
}
