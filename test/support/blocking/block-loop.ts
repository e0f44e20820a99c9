/**
 * A setup file for any framework: from now on it blocks the event loop for 200 ms at random moments, which
 * BLOCK_SEED and the worker choose. It has one timer at a time, which is unref'd and older than any test.
 */
import events from 'node:events';
import timers from 'node:timers';

// Node's own module object is one for all realms of a process: a new file's chain ends the one before.
const shared = events as unknown as { blockLoop?: object };
const now = performance.now.bind(performance);
// That of a window has no `unref`. Taken now, and by value: later a test may have faked it, in Node's module too, and a timer of ours
// in a fake clock would look like one of the test's.
const { setTimeout: later } = timers;
const own = {};
shared.blockLoop = own;

const { BLOCK_SEED = '1', VITEST_WORKER_ID = '0' } = process.env;
const { JEST_WORKER_ID = '0', MOCHA_WORKER_ID = '0', NODE_TEST_WORKER_ID = '0' } = process.env;
const others = [JEST_WORKER_ID, MOCHA_WORKER_ID, NODE_TEST_WORKER_ID].map(Number);
const worker = others.reduce((sum, id) => sum + id, Number(VITEST_WORKER_ID) * 10);
let state = (Number(BLOCK_SEED) * 1_000 + worker) >>> 0;

/** mulberry32: from 0 to 1. */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function block(): void {
  if (shared.blockLoop !== own) return;
  const end = now() + 200;
  while (now() < end);
  arm();
}

function arm(): void {
  later(block, random() * 300).unref();
}

arm();
