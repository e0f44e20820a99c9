/**
 * Part of the preset, evaluated in each test file: says so where the environment of the preset has been
 * displaced by the project's own, for then no test is checked.
 */
const api = (globalThis as { [key: symbol]: unknown })[Symbol.for('async-leaks')];
const told = Symbol.for('async-leaks.told');
// Each file has a `process` of its own, but all share the core modules.
const shared = require('node:events') as Record<symbol, boolean | undefined>;

if (api === undefined && process.env['ASYNC_LEAKS'] !== 'off' && !shared[told]) {
  shared[told] = true;
  process.stderr.write(
    'async-leaks: the preset is on, but the testEnvironment is not its own, so these tests are not checked; ' +
      'use "async-leaks/jest/environment" or "async-leaks/jest/environment-jsdom", ' +
      'or wrap your environment with withLeakDetection() from "async-leaks/jest".\n',
  );
}

export {};
