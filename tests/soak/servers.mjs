// The server under test over all its lives: starting, ending and pausing it, its clock, its memory,
// and the checks that belong to the process itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { binaryPath, eventually, exchange, startServer } from '../wire/harness.mjs';

const kClockTickMs = 100;
// Lines of the server's log that tell of something that must not happen.
const kBadLine = /\berror\b|\bfatal\b|Sanitizer|CHECK failed/i;

/** What a folder holds; what goes away meanwhile does not count. */
function folderBytes(folder) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  return entries.reduce((sum, entry) => {
    const file = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? folderBytes(file)
      : fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

export class Servers {
  constructor(dataDirectory, settings, figures) {
    this.options = { dataDirectory, flags: settings.flags };
    this.virtual = settings.virtual;
    this.figures = figures;
    this.generation = 0; // counts the processes
    this.disturbances = 0; // counts everything that makes clients wait
    this.offsetMs = 0; // how far the clock has jumped
    this.stopped = false;
    // Rejects when the process ends on its own.
    this.failed = new Promise((_, reject) => { this.fail = reject; });
    this.failed.catch(() => {});
  }

  async start() {
    this.starting = this.#life();
    await this.starting;
    if (this.virtual) this.ticking = this.#tick();
  }

  async #life() {
    const server = await startServer(this.options);
    server.agent.maxSockets = 4;
    this.current = server;
    this.generation += 1;
    this.ending = false;
    server.exited.then(({ code, signal }) => {
      if (this.ending && this.current === server) return;
      this.fail(new Error(
        `the server ended by itself: code ${code}, signal ${signal}\n${server.stderr}`));
    });
    if (this.virtual) await this.setClock();
    return server;
  }

  /** The time that the server is to have. */
  nowMs() { return Date.now() + this.offsetMs; }

  async setClock() {
    const answer = await exchange(this.current, {
      method: 'POST', path: '/_admin/clock', body: JSON.stringify({ now_ms: this.nowMs() }),
    });
    // It may be there already.
    assert.ok(answer.status === 200 || /goes forwards only/.test(answer.text), answer.text);
  }

  async #tick() {
    while (!this.stopped) {
      await wait(kClockTickMs);
      // The process may be ended or be starting.
      await this.setClock().catch((error) => { if (error.code === 'ERR_ASSERTION') throw error; });
    }
  }

  /** Ends the process with a signal, looks at what it said and left, and starts the next one. */
  async replace(signal, crashWhileStartingMs) {
    const old = this.current;
    let started;
    this.starting = new Promise((resolve) => { started = resolve; });
    this.disturbances += 1;
    this.ending = true;
    const { code, signal: by } = await old.end(signal);
    if (signal === 'SIGTERM') assert.equal(code, 0, `an orderly end: ${by} ${old.stderr}`);
    this.checkLog(old);
    await this.verify();
    if (crashWhileStartingMs !== undefined) await this.#crashWhileStarting(crashWhileStartingMs);
    await this.#life();
    this.disturbances += 1;
    this.figures.restarts += 1;
    started(this.current);
  }

  /** Kills a starting server, so that recovery itself is interrupted. */
  async #crashWhileStarting(delayMs) {
    const child = spawn(binaryPath(), [`--data_dir=${this.options.dataDirectory}`, '--port=0'],
      { stdio: 'ignore' });
    await wait(delayMs);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.figures.startsKilled += 1;
  }

  /** Stops the process for a while, as a machine that is suspended does. */
  async pause(durationMs) {
    this.disturbances += 1;
    this.current.child.kill('SIGSTOP');
    await wait(durationMs);
    this.current.child.kill('SIGCONT');
    this.disturbances += 1;
  }

  /** Moves the clock forward. */
  async jump(byMs) {
    this.disturbances += 1;
    this.offsetMs += byMs;
    await this.setClock();
    this.disturbances += 1;
  }

  checkLog(server) {
    const bad = server.stderr.split('\n').filter((line) => kBadLine.test(line));
    assert.deepEqual(bad, [], 'lines of the log');
  }

  /** The offline check of the database, while no server runs. */
  async verify() {
    const program = process.env.MILLRACE_VERIFY ??
      path.join(path.dirname(binaryPath()), 'millrace_verify');
    const child = spawn(program, [`--data_dir=${this.options.dataDirectory}`],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => { output += chunk; });
    }
    const [code] = await once(child, 'close');
    assert.equal(code, 0, `${program}: ${output}`);
    this.figures.verified += 1;
  }

  /** Waits until the server has nothing to do: requests of connections that were cut may be under
   *  way after their clients have gone. */
  async quiet() {
    await eventually(async () => {
      const { text } = await exchange(this.current, { method: 'GET', path: '/metrics' });
      // The question itself is one.
      return Number(/^millrace_http_in_flight_requests (\S+)$/m.exec(text)[1]) <= 1;
    }, 'requests in flight to end', 30000);
  }

  /** Takes note of memory and disk space. */
  sample() {
    const { figures } = this;
    try {
      const status = fs.readFileSync(`/proc/${this.current.child.pid}/status`, 'utf8');
      figures.rssMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
      figures.rssMaxMb = Math.max(figures.rssMaxMb, figures.rssMb);
    } catch {
      // Between two lives, or not Linux.
    }
    const bytes = folderBytes(this.options.dataDirectory);
    figures.dataMaxMb = Math.max(figures.dataMaxMb, bytes / 1024 / 1024);
  }

  /** Ends everything; the last process in an orderly way if `orderly`. */
  async end(orderly) {
    this.stopped = true;
    this.ending = true;
    await this.ticking;
    if (this.current === undefined) return;
    const { code } = await this.current.end(orderly ? 'SIGTERM' : 'SIGKILL');
    if (!orderly) return;
    assert.equal(code, 0, 'the last end');
    this.checkLog(this.current);
    await this.verify();
  }
}
