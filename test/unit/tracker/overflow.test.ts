/** A test's stack overflows inside one of our callbacks: we give up on that one resource, and everything else stays right. */
import { AsyncResource } from 'node:async_hooks';
import { stat } from 'node:fs';
import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createTracker, type Scope, type Tracker } from '../../../src/tracker/index.ts';

/** How many of the last depths to try, for each size of frame. */
const DEPTHS = 120;
const SIZES = 20;
const nodeMajor = Number(process.versions.node.split('.')[0]);
const nothing = () => {};
const turn = () => new Promise((done) => setImmediate(done));
const limit = Error.stackTraceLimit;

let tracker: Tracker;
let scope: Scope;

const start = (): Tracker =>
  createTracker({
    file: import.meta.filename,
    grace: 250,
    stackDepth: 24,
    includeUnref: false,
    allow: [],
    roleOf: (name) => (name === 'vitest' || name.startsWith('@vitest/') ? 'framework' : 'library'),
  });

/** Goes on as the next file of the process. */
function startNext(): void {
  tracker = start();
  scope = tracker.open('test', 'test');
  tracker.start(scope);
}

function end(): void {
  tracker.release();
  tracker.dispose();
}

beforeEach(startNext);
afterEach(() => {
  Error.stackTraceLimit = limit;
  end();
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
  'init of an AsyncResource': () => void new AsyncResource('X'),
  // From 24 on, Node may abort if the stack ends in what it does around `before`: with an empty hook, too.
  ...(nodeMajor < 24 && {
    'init and before of an AsyncResource': () => new AsyncResource('X').runInAsyncScope(nothing),
  }),
  'init of an AsyncResource that only a call ends': () =>
    void new AsyncResource('X', { requireManualDestroy: true }).emitDestroy(),
  'init of a promise, and before and after of its callback': () => void Promise.resolve().then(nothing),
  'an async function': () => void (async () => null)(),
  'a listener to a channel': () => listen.publish({ server }),
};

describe.each(Object.entries(openings))('%s', (_, open) => {
  test.each([10, 20_000])('after %i calls', async (calls) => {
    await tracker.run(scope, async () => {
      // Node 20 still hooks promises for one more turn.
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
    hook: { destroy(id: number): void; registry: { live: Map<number, { id: number }> } };
  };
  await tracker.run(scope, async () => {
    for (let i = 0; i < 300; i++) setTimeout(nothing, 60_000);
    const ids = [...hook.registry.live.values()].map(({ id }) => id);
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

/** Ends where Node has counted a call of its hooks as begun, and does not yet count it as ended whatever comes. */
class Interrupted extends AsyncResource {}
const interruption = new Error('in the midst of emitInitNative');
Object.setPrototypeOf(
  Interrupted.prototype,
  new Proxy(AsyncResource.prototype, {
    get(prototype, name) {
      if (String(name) === 'Symbol(resource_symbol)') throw interruption;
      return Reflect.get(prototype, name) as unknown;
    },
  }),
);

describe('in the midst of what Node does before it calls hooks', () => {
  test('the next files are followed all the same', async () => {
    expect(() => new Interrupted('X')).toThrow(interruption);
    for (let file = 0; file < 3; file++) {
      end();
      startNext();
      await tracker.run(scope, async () => {
        await turn();
        setTimeout(nothing, 60_000);
        clearTimeout(setTimeout(nothing, 60_000));
      });
      tracker.stop(scope);
      const leaks = (await tracker.judge([scope])).get(scope) ?? [];
      expect(leaks.map(({ type }) => type)).toEqual(['Timeout']);
      expect(tracker.fault).toBeUndefined();
    }
  });

  test('a file that Node does not report to is a fault', () => {
    expect(() => new Interrupted('X')).toThrow(interruption);
    const other = start();
    expect(String(other.fault)).toContain('Node calls no new async hook in this process');
    other.dispose();
  });

  test('what is destroyed is still struck out', async () => {
    expect(() => new Interrupted('X')).toThrow(interruption);
    end();
    startNext();
    tracker.run(scope, () => clearTimeout(setTimeout(nothing, 60_000)));
    expect(scope.live).toBe(1);
    while (scope.resources().some(({ type }) => type === 'Timeout')) await turn();
  });
});

function sayNo(): never {
  throw new Error('not here');
}

function recurse(): never {
  return recurse();
}
