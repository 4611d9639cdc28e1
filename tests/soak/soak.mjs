// Mixed load with random interruptions for as long as one likes, and everything checked all the
// time.
//
//   node soak.mjs [--binary=PATH] [--minutes=1] [--seed=NUMBER] [--clock=virtual|system]
//                 [--round_seconds=60] [--workers=12] [--rss_max_mb=1024] [--p99_max_ms=1000]
//                 [--data_max_mb=2048] [--sabotage=NAME]
//
// Rounds follow each other in one data folder. Each has tables, queues, functions and mappings of
// its own and ends with a comparison of everything; some rounds kill the server, some leave it
// alone so that a process gets old. The last line is "N passed, N failed"; a failed run keeps its
// folder.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { removeDirectory, temporaryDirectory } from '../wire/harness.mjs';
import { flag, generator } from '../crash/random.mjs';
import { interruptions, kInterruptionsAll } from './chaos.mjs';
import { newFigures, quantile, Round } from './client.mjs';
import { DeliveryLoad } from './delivery_load.mjs';
import { ExpiryLoad } from './expiry_load.mjs';
import { ItemsLoad } from './items_load.mjs';
import { QueuesLoad } from './queues_load.mjs';
import { sabotage } from './sabotage.mjs';
import { Servers } from './servers.mjs';
import { TransfersLoad } from './transfers_load.mjs';

// Records of deleted tables are kept for the retention: more than a round takes, jumps of the clock
// included, and so little that a long run sees them go.
const kFlags = ['--stream_retention=1h', '--shard_rollover=5s', '--stream_shards=2',
  '--mapping_retry_base=20ms', '--mapping_retry_max=200ms', '--functions_running_max=8',
  '--ttl_interval=100ms'];
const kTellers = 4;
const kSampleMs = 500;

const textFlag = (name, otherwise) => (
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ??
  otherwise);

async function checkAll(round, loads, failed) {
  await round.pause(failed);
  const found = await loads.items.check();
  for (const name of ['transfers', 'expiry', 'queues']) await loads[name].check();
  await loads.delivery.check(found);
  return found;
}

async function runRound(round, random, settings, endMs) {
  const { servers } = round;
  const items = new ItemsLoad(round, random, settings.workers);
  const loads = {
    items,
    transfers: new TransfersLoad(round, random, kTellers),
    expiry: new ExpiryLoad(round, random),
    queues: new QueuesLoad(round, random),
    delivery: new DeliveryLoad(round, items, settings.folder),
  };
  for (const load of Object.values(loads)) await load.create();
  const working = Object.values(loads).map((load) => Promise.all(load.run()));
  const { following } = loads.delivery;
  const failed = Promise.race([servers.failed,
    ...working.map((each) => each.then(() => new Promise(() => {})))]);
  failed.catch(() => {});
  // Odd rounds end the process again and again, even ones let it get old.
  const events = interruptions(round, random, round.number % 2 === 1);
  // The first one goes on until there was one of each, however slow the machine is.
  let left = round.number === 1 ? kInterruptionsAll : 0;
  while (Date.now() < endMs || left > 0) {
    await Promise.race([wait(settings.gapMs + random(3 * settings.gapMs)), failed]);
    await Promise.race([events.next().value(), failed]);
    left -= 1;
    if (random(6) === 0) {
      await Promise.race([checkAll(round, loads, failed), failed]);
      round.resume();
    }
  }
  if (settings.sabotage !== undefined) {
    await round.pause(failed);
    await sabotage(settings.sabotage, servers.current, loads);
  }
  const found = await Promise.race([checkAll(round, loads, failed), failed]);
  round.stopped = true;
  round.resume();
  const finish = async () => {
    await loads.expiry.finish();
    await loads.queues.finish();
    await loads.delivery.finish(found);
    await following;
    await Promise.all(working);
    for (const load of Object.values(loads).reverse()) await load.remove();
  };
  await Promise.race([finish(), failed]);
  round.figures.rounds += 1;
}

/** Takes note of memory and disk until it is told to stop. */
async function watch(servers, state) {
  while (!state.done) {
    servers.sample();
    await wait(kSampleMs);
  }
}

const kRows = [
  ['rounds', 'rounds'], ['calls answered', 'calls'], ['item writes', 'writes'],
  ['item reads compared', 'reads'], ['transfers', 'transfers'], ['audits', 'audits'],
  ['stream records', 'records'], ['records delivered to functions', 'delivered'],
  ['... and delivered again', 'repeated'], ['messages received', 'messages'],
  ['... and received again', 'messagesAgain'], ['items expired', 'expired'],
  ['SIGKILL', 'kills'], ['SIGTERM', 'stops'], ['SIGSTOP', 'pauses'],
  ['starts killed', 'startsKilled'], ['connections cut', 'cuts'], ['clock jumps', 'jumps'],
  ['calls without answer', 'lost'], ['calls refused', 'refused'],
  ['offline checks', 'verified'], ['comparisons of everything known', 'checks'],
];

function summary(figures, seconds) {
  const rows = kRows.map(([text, name]) => [text, String(figures[name])]);
  rows.push(['seconds', seconds.toFixed(0)]);
  for (const [text, part] of [['p50', 0.5], ['p99', 0.99], ['p99.9', 0.999]]) {
    rows.push([`${text} of calls, ms`, quantile(figures.latenciesMs, part).toFixed(1)]);
  }
  rows.push(['largest RSS, MiB', figures.rssMaxMb.toFixed(0)]);
  rows.push(['largest data folder, MiB', figures.dataMaxMb.toFixed(0)]);
  const width = Math.max(...rows.map(([text]) => text.length));
  return rows.map(([text, value]) => `  ${text.padEnd(width)}  ${value.padStart(10)}`).join('\n');
}

/** What must hold of a whole run. */
function checkFigures(figures, settings) {
  for (const name of ['writes', 'reads', 'transfers', 'audits', 'records', 'messages', 'kills',
    'stops', 'pauses', 'cuts']) {
    assert.ok(figures[name] > 0, `there were ${name}`);
  }
  assert.ok(figures.rssMaxMb < settings.rssMaxMb, `RSS of ${figures.rssMaxMb} MiB`);
  assert.ok(figures.dataMaxMb < settings.dataMaxMb, `folder of ${figures.dataMaxMb} MiB`);
  const p99 = quantile(figures.latenciesMs, 0.99);
  assert.ok(p99 < settings.p99MaxMs, `p99 of ${p99} ms`);
  figures.checks += 3;
}

async function main() {
  const minutes = flag('minutes', 1);
  const seed = flag('seed', Date.now() % 2 ** 31);
  const folder = temporaryDirectory();
  const settings = {
    folder, virtual: textFlag('clock', 'virtual') === 'virtual', workers: flag('workers', 12),
    rssMaxMb: flag('rss_max_mb', 1024), dataMaxMb: flag('data_max_mb', 2048),
    // A machine that does many things at once shows in a short run.
    p99MaxMs: flag('p99_max_ms', minutes < 5 ? 3000 : 1000),
    // Short runs have as many interruptions as they can bear.
    gapMs: Math.min(1500, Math.max(150, minutes * 600)),
    flags: [...kFlags], sabotage: textFlag('sabotage'),
  };
  if (settings.virtual) settings.flags.push('--clock=virtual');
  const dataDirectory = path.join(folder, 'data');
  fs.mkdirSync(dataDirectory);
  const figures = newFigures();
  const servers = new Servers(dataDirectory, settings, figures);
  const state = { done: false };
  const random = generator(seed);
  const beganMs = Date.now();
  const endMs = beganMs + minutes * 60000;
  console.log(`seed ${seed}, data in ${folder}`);
  let failed = 0;
  const watching = watch(servers, state);
  try {
    await servers.start();
    for (let number = 1; Date.now() < endMs; number += 1) {
      const round = new Round(number, servers, figures);
      await runRound(round, generator(random(2 ** 31)), settings,
        Math.min(endMs, Date.now() + flag('round_seconds', 60) * 1000));
      const seconds = ((Date.now() - beganMs) / 1000).toFixed(0);
      console.log(`ok ${number} - ${seconds} s, `
        + `${figures.calls} calls, ${figures.records} records, ${figures.restarts} restarts, `
        + `RSS ${figures.rssMb.toFixed(0)} MiB, folder ${figures.dataMaxMb.toFixed(0)} MiB`);
    }
    checkFigures(figures, settings);
    await servers.end(true);
  } catch (error) {
    failed = 1;
    console.log(`not ok - ${error.stack}`);
    // What a client came upon may be that there is no server any more.
    const ended = await Promise.race([servers.failed.catch((cause) => cause), wait(500)]);
    if (ended !== undefined && ended !== error) console.log(`not ok - ${ended.message}`);
    console.log(`the server said: ${servers.current?.stderr}`);
    console.log(`kept for inspection: ${folder}; repeat with --seed=${seed}`);
    await servers.end(false).catch(() => {});
  }
  state.done = true;
  await watching;
  console.log(summary(figures, (Date.now() - beganMs) / 1000));
  if (failed === 0) removeDirectory(folder);
  console.log(`${figures.checks} passed, ${failed} failed`);
  process.exit(failed);
}

await main();
