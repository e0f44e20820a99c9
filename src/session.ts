/**
 * One test file under detection: which attempt of which test is which scope, whose verdict waits for which
 * suite, and what came of it. What all adapters share; `Test` and `Suite` are the framework's own objects.
 */
import { parseAllowances } from './allowances.js';
import type { ResolvedOptions } from './options.js';
import { toErrors, toTimeoutError, type LeakError } from './report/leak-error.js';
import { createTracker, type Scope, type Tracker, type Verdicts } from './tracker/index.js';

/** Where test code finds the detector: in its own realm, under this global symbol. */
export const API: unique symbol = Symbol.for('async-leaks') as never;

/** What test code may ask of the detector (`index.cts`). */
export interface TestApi {
  allow(what: readonly unknown[]): void;
}

export interface SessionOptions extends ResolvedOptions {
  /** Absolute path of the test file. */
  readonly file: string;
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
  readonly isFramework: (packageName: string) => boolean;
}

/** What a judgement says: errors for tests, and errors that belong to no test but to a suite or the file. */
export interface Outcome<Test> {
  readonly tests: readonly (readonly [Test, LeakError[]])[];
  readonly suite: LeakError[];
}

interface Deferred {
  readonly tests: Scope[];
  readonly hooks: Map<string, Scope>;
}

export class Session<Test extends object, Suite extends object> {
  readonly tracker: Tracker;
  private readonly options: SessionOptions;
  private readonly attempts = new WeakMap<Test, Scope>();
  private readonly testOf = new WeakMap<Scope, Test>();
  /** By the suite whose cleanup they wait for; the file itself has the key `undefined`. */
  private readonly deferred = new Map<Suite | undefined, Deferred>();

  constructor(options: SessionOptions) {
    this.options = options;
    this.tracker = createTracker(options);
  }

  /** What test code reaches by `globalThis[API]`. */
  readonly api: TestApi = {
    allow: (what) => {
      const allowances = parseAllowances(what, 'allowLingering()');
      const scope = this.tracker.current() ?? this.collecting();
      if (scope === undefined) {
        throw new TypeError(
          'allowLingering() must be called in a test, in a hook, or at the top level of a test file.',
        );
      }
      scope.allowances.push(...allowances);
    },
  };

  private running = false;

  private collecting(): Scope | undefined {
    return this.running ? undefined : this.tracker.file;
  }

  /** The tests begin: the file's top level and its describe blocks are over. */
  startRun(): void {
    this.running = true;
    this.tracker.startRun();
  }

  /** Opens the scope of a new attempt of a test. With `retry`, the attempt before it does not count. */
  begin(test: Test, name: string, retry: boolean): Scope {
    const former = this.attempts.get(test);
    if (retry && former !== undefined) this.tracker.abandon(former);
    const scope = this.tracker.open('test', name);
    this.attempts.set(test, scope);
    this.testOf.set(scope, test);
    this.tracker.start(scope);
    return scope;
  }

  /** The scope of the running attempt of a test, if it has begun. */
  attemptOf(test: Test): Scope | undefined {
    return this.attempts.get(test);
  }

  /** The attempt failed by itself, or was skipped: what it left is counted, not judged. */
  drop(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.abandon(scope);
  }

  /** The attempt is over and owns nothing: there is nothing to judge. */
  pass(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.pass(scope);
  }

  /** What a timed out attempt still had open or in flight, as an error; undefined if nothing. */
  explainTimeout(scope: Scope): LeakError | undefined {
    return toTimeoutError(this.tracker.inspect(scope), this.options.root);
  }

  /** Judges an attempt now. Resolves to its errors; waits for nothing if nothing is suspect. */
  async judge(scope: Scope): Promise<LeakError[]> {
    this.tracker.stop(scope);
    const verdicts = await this.tracker.judge([scope]);
    return toErrors(verdicts.get(scope) ?? [], this.options.root);
  }

  /** Leaves the verdict on an attempt to the end of a suite, `undefined` for the file. */
  defer(scope: Scope, suite: Suite | undefined): void {
    this.tracker.stop(scope);
    this.deferredTo(suite).tests.push(scope);
  }

  /** The scope of a hook of a suite (`undefined`: of the file), "beforeAll". `name` is the suite's full name. */
  hookScope(suite: Suite | undefined, name: string, hook: string): Scope {
    const { hooks } = this.deferredTo(suite);
    let scope = hooks.get(hook);
    if (scope === undefined) {
      scope = this.tracker.open(suite === undefined ? 'file' : 'suite', name, undefined, hook);
      hooks.set(hook, scope);
    }
    return scope;
  }

  /** Judges what waited for the end of a suite, and the suite itself. */
  async finishSuite(suite: Suite): Promise<Outcome<Test>> {
    const { tests, hooks } = this.deferredTo(suite);
    this.deferred.delete(suite);
    return this.outcome(await this.tracker.judge([...tests, ...hooks.values()]));
  }

  /** Judges all that is left at the end of the file: what waited for it, the file itself, and late comers. */
  async finishFile(): Promise<Outcome<Test>> {
    const waiting = [...this.deferred.values()].flatMap(({ tests, hooks }) => [...tests, ...hooks.values()]);
    this.deferred.clear();
    const scopes = new Set([...waiting, this.tracker.file, ...this.tracker.late]);
    return this.outcome(await this.tracker.judge([...scopes]));
  }

  /** Lets go of what the file left behind, and stops. */
  end(): void {
    this.tracker.release();
    this.tracker.dispose();
  }

  private deferredTo(suite: Suite | undefined): Deferred {
    let deferred = this.deferred.get(suite);
    if (deferred === undefined) {
      deferred = { tests: [], hooks: new Map() };
      this.deferred.set(suite, deferred);
    }
    return deferred;
  }

  private outcome(verdicts: Verdicts): Outcome<Test> {
    const { root } = this.options;
    const tests: [Test, LeakError[]][] = [];
    const suite: LeakError[] = [];
    for (const [scope, leaks] of verdicts) {
      const test = this.testOf.get(scope);
      if (test === undefined) suite.push(...toErrors(leaks, root));
      else tests.push([test, toErrors(leaks, root)]);
    }
    return { tests, suite };
  }
}
