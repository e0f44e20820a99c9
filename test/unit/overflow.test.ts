/** The end of a test's stack in the midst of a callback of ours: it gives up on that one resource, and all else stays right. */
import { AsyncResource } from 'node:async_hooks';
import { stat } from 'node:fs';
import { channel } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createTracker, type Scope, type Tracker } from '../../src/tracker/index.ts';

/** How many of the last depths are tried, for each size of frame. */
const DEPTHS = 120;
const SIZES = 20;
const nothing = () => {};
const turn = () => new Promise((done) => setImmediate(done));
const limit = Error.stackTraceLimit;

let tracker: Tracker;
let scope: Scope;

// One for all: where the stack ends in the midst of Node's own hooks, Node 20 to 26 enable no other any more.
beforeAll(() => {
  tracker = createTracker({
    file: import.meta.filename,
    grace: 250,
    stackDepth: 24,
    includeUnref: false,
    allow: [],
    roleOf: (name) => (name === 'vitest' || name.startsWith('@vitest/') ? 'framework' : 'library'),
  });
});
afterAll(() => tracker.dispose());

beforeEach(() => {
  scope = tracker.open('test', 'test');
  tracker.start(scope);
});
afterEach(() => {
  Error.stackTraceLimit = limit;
  tracker.release();
});

/** The scope's list is whole, and as long as it says. */
function expectWhole(): void {
  let length = 0;
  for (let resource = scope.first; resource !== undefined; resource = resource.next) {
    length++;
    if (resource.next !== undefined) expect(resource.next.previous).toBe(resource);
  }
  expect(scope.live).toBe(length);
}

/** Calls `open` at each of the last depths of the stack, for each size of frame; returns how often it threw, and how often not. */
async function openAtTheEnd(open: () => void): Promise<{ threw: number; passed: number }> {
  const found = { threw: 0, passed: 0 };
  let left = 0;
  let wrongLimits = 0;
  const dive = (...size: number[]): void => {
    try {
      dive(...size);
    } catch {}
    if (left === 0) return;
    left--;
    // Nothing but what is tried calls anything here: the stack may have no room for it.
    try {
      open();
      found.passed++;
    } catch {
      found.threw++;
    }
    if (Error.stackTraceLimit !== limit) wrongLimits++;
    Error.stackTraceLimit = limit;
  };
  open(); // V8 has not compiled it before
  for (let size = 0; size < SIZES; size++) {
    left = DEPTHS;
    const before = tracker.current();
    dive(...Array.from({ length: size }, () => 0));
    expect(tracker.current()).toBe(before);
    expect(wrongLimits).toBe(0);
    expectWhole();
    await turn();
    expect(tracker.current()).toBe(scope);
  }
  return found;
}

const listen = channel('tracing:net.server.listen:asyncStart');
const server = {};

const openings: Record<string, () => void> = {
  'init and destroy of a timer': () => clearTimeout(setTimeout(nothing, 1)),
  'init and destroy of an immediate': () => clearImmediate(setImmediate(nothing)),
  'init of a tick': () => process.nextTick(nothing),
  'init of a request': () => stat('.', nothing),
  'init and before of an AsyncResource': () => new AsyncResource('X').runInAsyncScope(nothing),
  'init of an AsyncResource that only a call ends': () =>
    void new AsyncResource('X', { requireManualDestroy: true }).emitDestroy(),
  'init of a promise, and before and after of its callback': () => void Promise.resolve().then(nothing),
  'an async function': () => void (async () => null)(),
  'a listener to a channel': () => listen.publish({ server }),
};

describe.each(Object.entries(openings))('%s', (_, open) => {
  test.each([10, 20_000])('after %i calls', async (calls) => {
    await tracker.run(scope, async () => {
      // Node 20 goes on hooking promises by itself for a turn.
      await turn();
      for (let i = 0; i < calls; i++) {
        open();
        if (i % 1000 === 0) await turn();
      }
      const { threw, passed } = await openAtTheEnd(open);
      expect(threw).toBeGreaterThan(0);
      expect(passed).toBeGreaterThan(0);
      setTimeout(nothing, 60_000);
    });
    tracker.stop(scope);
    const leaks = (await tracker.judge([scope])).get(scope) ?? [];
    expect(leaks.map(({ type }) => type)).toEqual(['Timeout']);
    expect(tracker.fault).toBeUndefined();
  });
});

test('what is destroyed at the end of the stack is struck out later', async () => {
  const { hook } = tracker as unknown as {
    hook: { destroy(id: number): void; live: Map<number, { id: number }> };
  };
  await tracker.run(scope, async () => {
    for (let i = 0; i < 300; i++) setTimeout(nothing, 60_000);
    const ids = [...hook.live.values()].map(({ id }) => id);
    await openAtTheEnd(() => {
      const id = ids.at(-1);
      if (id === undefined) return;
      ids.length--;
      hook.destroy(id);
    });
  });
});

test('a scope that was to be heard of is, once there is room', async () => {
  let heard = 0;
  const use = (depth: number): number => (depth === 0 ? ++heard : use(depth - 1));
  for (let i = 0; i < 20; i++) {
    scope = tracker.open('test', 'test');
    heard = 0;
    tracker.whenUsed(scope, () => void use(20));
    await tracker.run(scope, () => openAtTheEnd(() => clearTimeout(setTimeout(nothing, 1))));
    expect(heard).toBe(1);
  }
  expect(tracker.fault).toBeUndefined();
});

test.each<[string, PropertyDescriptor]>([
  ['throws', { get: () => sayNo(), set: () => sayNo() }],
  ['recurses', { get: () => recurse(), set: () => recurse() }],
])('an `Error.stackTraceLimit` of the test that %s costs a stack, and no leak', async (_, descriptor) => {
  const own = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
  Object.defineProperty(Error, 'stackTraceLimit', { configurable: true, ...descriptor });
  try {
    await tracker.run(scope, async () => setTimeout(nothing, 60_000));
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', own);
  }
  tracker.stop(scope);
  const leaks = (await tracker.judge([scope])).get(scope) ?? [];
  expect(leaks.map(({ type }) => type)).toEqual(['Timeout']);
  expect(tracker.fault).toBeUndefined();
});

test('a fault of ours is kept', () => {
  tracker.whenUsed(scope, () => {
    throw new RangeError('Invalid array length');
  });
  tracker.run(scope, () => clearTimeout(setTimeout(nothing, 1)));
  expect(tracker.fault).toEqual(new RangeError('Invalid array length'));
});

function sayNo(): never {
  throw new Error('not here');
}

function recurse(): never {
  return recurse();
}
