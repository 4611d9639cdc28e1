// Looking at processes that a server has started, by their ids.

import fs from 'node:fs';
import { eventually } from './harness.mjs';

/** Whether there is such a process; one that has ended and was not yet waited for is none. */
export function alive(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until none of them is left. */
export const gone = (pids, deadlineMs) => (
  eventually(() => !pids.some(alive), `the end of processes ${pids}`, deadlineMs));
