/** Puts us between Mocha and its users: each method that is replaced here calls Mocha's own. */
import type { ResolvedOptions } from '../config/options.js';
import { guard } from '../process/faults.js';
import { capture } from '../tracker/stacks/site.js';
import { hideOwnFrames } from '../session/own-frames.js';
import { endParallel, endSerial, startParallel, tellFault } from './end.js';
import type { Done, HookName, Mocha, MochaClass, Runnable, Runner, Suite } from './mocha.js';
import { MochaRun } from './run.js';

// Taken now: later a test may have faked it.
const { setImmediate } = globalThis;

/** Marks a Mocha that we have changed, in this copy of the package or in another one. */
const INSTALLED = Symbol.for('async-leaks/mocha');

/** The run that is followed. There is one at a time: a run within a test is the test's. */
let current: MochaRun | undefined;

/** The frames kept of a call that defines a hook: Mocha's own are two, and a helper may be between. */
const DEPTH = 8;

const runOf = (runner: Runner): MochaRun | undefined => (current?.runner === runner ? current : undefined);

/**
 * From now on follows what this Mocha runs.
 * @param readOptions is called as a run begins. It throws one sentence for a wrong option.
 * @param root absolute path that shown paths are relative to.
 */
export function install(kind: MochaClass, readOptions: () => ResolvedOptions, root: string): void {
  if (INSTALLED in kind.prototype) return;
  Object.defineProperty(kind.prototype, INSTALLED, { value: true });
  const { emit } = kind.Runner.prototype;
  /** A fault of ours came as they were to be followed. */
  const unfollowed = new WeakSet<Mocha>();

  /** The run of an instance; undefined if that is not to be followed. */
  const follow = (mocha: Mocha): MochaRun | undefined => {
    if (current?.mocha === mocha) return current;
    if (current?.runner !== undefined || mocha.options.dryRun || unfollowed.has(mocha)) return undefined;
    const options = readOptions();
    if (options.mode === 'off') return undefined;
    current?.end(); // it was loaded, and never run
    current = guard(() => new MochaRun(mocha, { kind, emit, options, root }));
    if (current === undefined) unfollowed.add(mocha);
    return current;
  };
  const forget = (): void => {
    current = undefined;
  };

  followRuns(kind, follow, forget, readOptions, root);
  followRunnables(kind);
  followVerdicts(kind);
}

type Follow = (mocha: Mocha) => MochaRun | undefined;

/** The loading of files, and whole runs. */
function followRuns(
  { prototype }: MochaClass,
  follow: Follow,
  forget: () => void,
  readOptions: () => ResolvedOptions,
  root: string,
): void {
  const { loadFiles, loadFilesAsync, run } = prototype;
  prototype.loadFiles = function (callback) {
    const own = follow(this);
    if (own === undefined) return loadFiles.call(this, callback);
    try {
      return own.unowned(() => loadFiles.call(this, callback));
    } catch (error) {
      return rethrow(error);
    }
  };
  prototype.loadFilesAsync = function (options) {
    const own = follow(this);
    if (own === undefined) return loadFilesAsync.call(this, options);
    return own.unowned(() => loadFilesAsync.call(this, options).catch(rethrow));
  };
  prototype.run = function (callback) {
    if (current?.runner !== undefined) return run.call(this, callback);
    const state = { isOver: false, isFailing: false };
    const done = (failures: number): void => {
      state.isOver = true;
      callback?.(failures === 0 && state.isFailing ? 1 : failures);
    };
    const isOver = (): boolean => state.isOver;
    if (this._runnerClass.prototype.isParallelMode()) {
      if (!startParallel(this, readOptions(), root)) return run.call(this, callback);
      const runner = run.call(this, done);
      runner.once('end', () => {
        state.isFailing = endParallel(this, root, isOver);
      });
      return runner;
    }
    const own = follow(this);
    if (own === undefined) {
      const unseen = run.call(this, done);
      // Not that of the run around it.
      if (current === undefined)
        unseen.once('end', () => (state.isFailing = tellFault(this, readOptions(), root)));
      return unseen;
    }
    const runner = own.unowned(() => run.call(this, done));
    own.attach(runner);
    runner.once('end', () => {
      forget();
      state.isFailing = endSerial(own, isOver);
    });
    return runner;
  };
}

/** Takes our frames out of what a file of the user's has thrown as it was loaded. */
function rethrow(error: unknown): never {
  hideOwnFrames(error);
  throw error;
}

/** The functions of tests and of test hooks. */
function followRunnables({ Runnable: { prototype }, Suite }: MochaClass): void {
  const { run } = prototype;
  prototype.run = function (this: Runnable, callback: Done) {
    if (current?.runner === undefined || current.runner.currentRunnable !== this)
      return run.call(this, callback);
    return current.execute(this, run, callback);
  };
  for (const name of ['beforeAll', 'afterAll'] as const) {
    const own = Suite.prototype[name];
    const define = function (this: Suite, ...args: unknown[]): unknown {
      const hook = own.apply(this, args);
      current?.noteHook(this, name, capture(DEPTH, define));
      return hook;
    };
    Suite.prototype[name] = define;
  }
}

/** What a runner does after tests and suites, and what it tells. */
function followVerdicts({ Runner: { prototype } }: MochaClass): void {
  const { emit, hook, hookUp } = prototype;
  const after = (wait: Promise<void> | undefined, callback: Done, error: unknown, suite?: Suite): unknown =>
    // What Mocha does next may throw, and must not do so in a promise.
    wait === undefined ? callback(error, suite) : wait.then(() => setImmediate(callback, error, suite));

  prototype.emit = function (this: Runner, event: string, ...args: unknown[]) {
    const run = runOf(this);
    return run === undefined ? emit.call(this, event, ...args) : run.emit(event, args);
  };
  prototype.hook = function (this: Runner, name: HookName, callback: Done) {
    const run = runOf(this);
    run?.beginHooks(name);
    const { suite } = this as { suite: Suite };
    const done: Done =
      run === undefined || name !== 'afterAll'
        ? callback
        : (error) => after(run.leaveSuite(suite), callback, error);
    return hook.call(this, name, done);
  };
  prototype.hookUp = function (this: Runner, name: HookName, callback: Done) {
    const run = runOf(this);
    const { test } = this;
    const done: Done =
      run === undefined || name !== 'afterEach'
        ? callback
        : (error, suite) => after(run.leaveTest(test, error), callback, error, suite);
    return hookUp.call(this, name, done);
  };
}
