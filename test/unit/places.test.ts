/** The line of the user's that a leak is told at, where a library opens things on its own. */
import { afterEach, beforeEach, expect, test } from 'vitest';

import { track, type Tracked } from './tracking.ts';

let tracked: Tracked;
beforeEach(() => {
  tracked = track();
});
afterEach(() => tracked.end());

/** A function of a package, which calls back in its own time. */
function library(code: string): (argument: unknown) => void {
  // oxlint-disable-next-line no-eval -- in no other way can it have frames of a package
  return (0, eval)(`${code}\n//# sourceURL=/app/node_modules/library/index.js`) as (
    argument: unknown,
  ) => void;
}

/** The line of the call to it. */
function lineOfCaller(): number {
  return Number(/places\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)?.[1]);
}

test('is that of the latest call into it, if that made but a tick', async () => {
  const call = library(`(done) => {
    process.nextTick(() => {});
    void Promise.resolve().then(() => new Promise((go) => go())).then(() => {
      setInterval(() => {}, 100_000);
      done();
    });
  }`);
  let line = 0;
  const [leak] = await tracked.test(
    () =>
      new Promise<void>((done) => {
        line = lineOfCaller() + 1;
        call(done);
      }),
  );
  expect(leak).toMatchObject({ type: 'Timeout', probably: true, place: { line } });
});

test('is the user’s, though many frames of the library lie above it', async () => {
  const deep = library(
    '(function deep(depth) { if (depth === 0) setInterval(() => {}, 100_000); else deep(depth - 1); })',
  );
  let line = 0;
  const [leak] = await tracked.test(() => {
    line = lineOfCaller() + 1;
    deep(40);
  });
  expect(leak).toMatchObject({ type: 'Timeout', probably: false, place: { line } });
});

test('is unknown where it gets there by promises alone', async () => {
  const call = library(`(done) => {
    void Promise.resolve().then(() => new Promise((go) => go())).then(() => {
      setInterval(() => {}, 100_000);
      done();
    });
  }`);
  const [leak] = await tracked.test(() => new Promise<void>((done) => call(done)));
  expect(leak).toMatchObject({ type: 'Timeout', probably: false });
  expect(leak?.place).toBeUndefined();
});
