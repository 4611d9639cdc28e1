// More of everything than the server takes: each scenario has a server of its own and must find
// memory within its bound, fair refusals, others served, and everything as before soon after.
//
//   node overload.mjs [--binary=PATH] [--only=NAME]
//
// Prints a line with figures for each scenario. The last line is "N passed, N failed".

import { largeBodies } from './bodies.mjs';
import { busyConnections, idleConnections } from './connections.mjs';
import { pipelines, slowClients } from './slow.mjs';
import { fullQueue } from './writes.mjs';

const kScenarios = {
  idleConnections, busyConnections, slowClients, pipelines, largeBodies, fullQueue,
};

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7);
let passed = 0;
let failed = 0;
for (const [name, scenario] of Object.entries(kScenarios)) {
  if (only !== undefined && only !== name) continue;
  const beganMs = Date.now();
  try {
    const figures = await scenario();
    passed += 1;
    console.log(`ok ${name} (${((Date.now() - beganMs) / 1000).toFixed(1)} s) - ${figures}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name} - ${error.stack}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
