// Reports a run of node --test in few lines: one per file, the full story of what failed, and the
// totals as the last line, "N passed, N failed". Thousands of passing rows are not worth a line.

import path from 'node:path';

/** Text of a failure: the reason behind node's own wrapping. */
function reason(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause).split('\n').map((line) => `    ${line}`).join('\n');
}

export default async function* reporter(source) {
  const files = new Map();
  const suites = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      suites.length = data.nesting;
      suites.push(data.name);
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const name = path.basename(data.file ?? data.name);
    const counts = files.get(name) ?? { passed: 0, failed: 0 };
    files.set(name, counts);
    if (data.skip !== undefined || data.todo !== undefined) continue;
    if (type === 'test:pass') {
      counts.passed += 1;
      continue;
    }
    counts.failed += 1;
    const place = [...suites.slice(0, data.nesting), data.name].join(' > ');
    yield `FAILED ${name}: ${place}\n${reason(data.details?.error)}\n`;
  }
  let passed = 0;
  let failed = 0;
  for (const [name, counts] of files) {
    yield `${name}: ${counts.passed} passed, ${counts.failed} failed\n`;
    passed += counts.passed;
    failed += counts.failed;
  }
  yield `${passed} passed, ${failed} failed\n`;
}
