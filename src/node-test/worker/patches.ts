/**
 * Wraps the methods of node:test's class `Test`, once. None of its exports is wrapped, so that it still finds the line that calls
 * them. See internals.ts.
 */
import { guard } from '../../process/faults.js';
import { inScope, type TestFunction } from '../../session/wrap.js';
import type { Tracker } from '../../tracker/index.js';
import { isHook, isSuite, type Methods, type NodeTest } from './internals.js';
import type { Root } from './root.js';
import type { Tests } from './tests.js';

/** What the wrapped methods call. */
export interface Watcher {
  readonly tests: Tests;
  readonly root: Root;
  readonly tracker: Tracker;
  /** Whether a task is none of the tests that are checked: they are over, or it is ours, or stands for a file of another process. */
  isForeign(task: NodeTest): boolean;
}

/** The methods of node:test, as they were. */
export function methodsOf(prototype: NodeTest): Methods {
  const { run, runInAsyncScope, runHook, getRunArgs, isClearToSend, postRun, fail, createSubtest } =
    prototype;
  return { run, runInAsyncScope, runHook, getRunArgs, isClearToSend, postRun, fail, createSubtest };
}

/** node:test runs `hooks.after` of a test only if there is an entry. */
const LAST = { error: null, run: () => Promise.resolve() };

/**
 * @param original the methods as they were.
 * @param runsFiles called when node:test is about to run files in processes of their own.
 */
export function patch(prototype: NodeTest, original: Methods, watcher: Watcher, runsFiles: () => void): void {
  const { tests, root, tracker } = watcher;

  prototype.createSubtest = function (Factory, ...rest) {
    if ((Factory as { name?: string }).name === 'FileTest') guard(runsFiles);
    return original.createSubtest.call(this, Factory, ...rest);
  };

  prototype.getRunArgs = function () {
    const args = original.getRunArgs.call(this);
    if (args?.ctx !== undefined && !watcher.isForeign(this)) tests.noteContext(this, args.ctx);
    return args;
  };

  // Bodies of tests, describe bodies, hooks: all that is the user's.
  prototype.runInAsyncScope = function (
    this: NodeTest,
    fn: TestFunction,
    context: unknown,
    ...args: unknown[]
  ) {
    const run = original.runInAsyncScope as (...all: unknown[]) => unknown;
    if (watcher.isForeign(this)) return run.call(this, fn, context, ...args);
    if (this === root.test) guard(() => root.followFiles());
    const scope = guard(() => tests.scopeOf(this, context));
    if (scope === undefined) return run.call(this, fn, context, ...args);
    const within = <T>(step: () => T): T => tracker.run(scope, step);
    // A function that calls back may return a thenable, and node:test takes offence only at a promise.
    const callsBack = args.length > 1;
    const wrapped = callsBack
      ? function asyncLeaksTest(this: unknown, ...all: unknown[]): unknown {
          return within(() => fn.apply(this, all));
        }
      : inScope(fn, () => within);
    // Within the original, because an AsyncResource has a context of its own.
    return run.call(this, wrapped, context, ...args);
  } as NodeTest['runInAsyncScope'];

  prototype.run = function (...args) {
    if (this === root.test) return root.run(() => original.run.apply(this, args));
    if (watcher.isForeign(this)) return original.run.apply(this, args);
    guard(() => {
      root.beginRun();
      if (isHook(this)) return;
      tests.begin(this);
      this.hooks.after.push(LAST);
    });
    return tracker.run(tracker.nobody, () => original.run.apply(this, args));
  };

  prototype.runHook = function (name, args) {
    // What the user's hooks opened for a test of ours would be left open.
    if (root.isAdding && name.endsWith('Each')) return Promise.resolve();
    const run = (): Promise<void> => original.runHook.call(this, name, args);
    if (name !== 'after' || this === root.test || watcher.isForeign(this)) return run();
    return isSuite(this) ? tests.endSuite(this, run) : tests.endTest(this, run);
  };

  prototype.fail = function (error) {
    if (!watcher.isForeign(this)) guard(() => tests.noteFailure(this, error));
    return original.fail.call(this, error);
  };

  prototype.isClearToSend = function () {
    return !tests.isHeld(this) && original.isClearToSend.call(this);
  };

  prototype.postRun = function (...args) {
    const foreign = watcher.isForeign(this);
    if (!foreign && !isSuite(this) && this !== root.test) guard(() => tests.giveUp(this));
    const result = original.postRun.apply(this, args);
    if (!foreign && this.parent === root.test) guard(() => root.endIfHeld());
    return result;
  };
}
