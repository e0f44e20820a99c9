/**
 * What Vitest and Jest give to a test file as globals, in the words of node:test: as much of it as fixtures for all frameworks
 * use. Functions of node:test are taken as they are, so that it still sees the line that calls them.
 */
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, describe, it, mock, test } from 'node:test';
import { runInThisContext } from 'node:vm';
import expecting from '../globals/expect.cjs';

/**
 * Calls a function of node:test as if the line that called ours had done so: node:test, and the report, show that line. Takes our
 * function, above which the line is.
 */
function callAsCaller(ours, run, ...args) {
  const here = {};
  Error.captureStackTrace(here, ours);
  const [, filename, line, column] = /((?:file:|\/)[^\n]*?):(\d+):(\d+)\)?(?:\n|$)/.exec(here.stack) ?? [];
  const place = { filename, lineOffset: line - 1, columnOffset: column - 1 };
  return runInThisContext('(run, args) => run(...args)', place)(run, args);
}

/** `each` of a test or a suite, with the printf placeholders of the other frameworks. */
const eachOf = (run) => (rows) =>
  function each(name, body) {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      let next = 0;
      const title = name.replaceAll(/%[sdifjo]/g, () => String(values[next++]));
      callAsCaller(each, run, title, () => body(...values));
    }
  };

/** node:test runs all tests of a suite concurrently, or none; those directly in a file never. */
function suite(name, body) {
  const concurrency = String(body).includes('test.concurrent');
  return callAsCaller(suite, describe, name, { concurrency }, body);
}
suite.skip = describe.skip;
suite.each = eachOf(describe);

for (const run of [test, it]) {
  run.each = eachOf(run);
  run.concurrent = run;
}

/** node:test's own clock does not move by itself, so the fixtures take the one of the other frameworks, which sinon has, too. */
let clock;
const jest = {
  useFakeTimers({ advanceTimers: shouldAdvanceTime = false } = {}) {
    const { install } = createRequire(import.meta.url)('@sinonjs/fake-timers');
    clock?.uninstall();
    // Node itself calls `process.nextTick`, and a clock that is forgotten would keep it from reporting anything.
    const toNotFake = ['nextTick', 'queueMicrotask'];
    const options = { shouldAdvanceTime, shouldClearNativeTimers: true, toNotFake };
    clock = callAsCaller(jest.useFakeTimers, install, options);
    return jest;
  },
  useRealTimers() {
    clock?.uninstall();
    clock = undefined;
    return jest;
  },
  clearAllTimers: () => clock.reset(),
  runAllTimers: () => clock.runAll(),
  advanceTimersByTime: (ms) => clock.tick(ms),
  fn: (implementation) => mock.fn(implementation),
  spyOn(object, name) {
    const spy = mock.method(object, name);
    return Object.assign(spy, { mockRestore: () => spy.mock.restore() });
  },
};

Object.assign(globalThis, {
  jest,
  test,
  it,
  describe: suite,
  expect: expecting.expect,
  beforeAll: before,
  afterAll: after,
  beforeEach,
  afterEach,
});
