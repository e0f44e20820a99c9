/** One test file in Vitest: attaches its session to the hooks of the collected suites. */
import type { ResolvedOptions } from '../../config/options.js';
import { faultsFor, guard, guardAsync } from '../../process/faults.js';
import type { LeakError } from '../../report/leak-error.js';
import { hideOwnFrames } from '../../session/own-frames.js';
import type { Outcome, Session } from '../../session/session.js';
import { around } from '../../session/tree.js';
import type { Tracker } from '../../tracker/index.js';
import { beginPart } from '../../tracker/test-hooks.js';
import { vitest } from './api.js';
import { Attempts } from './attempts.js';
import { hookDefinition } from './tasks/definitions.js';
import { hand, raise, warn, handlingOf, type Handling } from './errors.js';
import type { FixtureScope } from './fixtures.js';
import { failLate, sendHeld } from './runner.js';
import type { File, Hook, Suite, SuiteHooks, Test } from './tasks/tasks.js';
import type { FileTree } from './tasks/tree.js';

const HOOKS_OF_SUITES = ['beforeAll', 'afterAll', 'aroundAll'] as const;
const HOOKS_OF_TESTS = ['beforeEach', 'afterEach'] as const;

const hooksOf = (suite: Suite): SuiteHooks => vitest.TestRunner.getSuiteHooks(suite as never);

/**
 * A hook as the runner keeps it. Without a timeout, because our wait is bounded by itself, and must not count against the user's
 * hookTimeout. And not by `aroundEach()`, which would make automatic fixtures too early, and outside of the test's scope.
 */
function raw(hook: Hook): Hook {
  return Object.assign(hook, { [Symbol.for('VITEST_AROUND_TIMEOUT')]: 0 });
}

export class VitestFile {
  readonly file: File;
  private readonly session: Session<Test, Suite>;
  private readonly tree: FileTree;
  private readonly options: ResolvedOptions;
  private readonly whenRun: () => void;
  /** Suites with an aroundEach of the user's. */
  private readonly withAroundEach = new Set<Suite>();
  readonly attempts: Attempts;
  private instrumented = false;

  private readonly handling: Handling;
  private readonly aroundAll: Hook;
  private readonly aroundEach: Hook;

  /**
   * @param hasReporter whether our reporter will sum up the run.
   * @param whenRun is called once the whole file has run.
   */
  constructor(
    session: Session<Test, Suite>,
    tree: FileTree,
    options: ResolvedOptions,
    hasReporter: boolean,
    whenRun: () => void,
  ) {
    this.file = tree.root;
    this.session = session;
    this.tree = tree;
    this.options = options;
    this.handling = handlingOf(options, hasReporter);
    this.whenRun = whenRun;
    this.attempts = new Attempts(session, tree, this.handling, this.withAroundEach);
    this.aroundAll = raw((run: () => Promise<void>) => this.aroundFile(run));
    this.aroundEach = raw((run: () => Promise<void>, { task }: Test['context']) =>
      this.attempts.around(task, run),
    );
    vitest.TestRunner.getCurrentSuite().on('aroundAll', this.aroundAll as never);
  }

  /**
   * Runs the evaluation of the file, or of a setup file for it. The caller goes on in the file's scope, because the describe
   * bodies come next.
   */
  importing<T>(fn: () => T): T {
    this.session.tracker.enter(this.session.tracker.file);
    return fn();
  }

  /** A fixture of scope `file` may be torn down at the end of the file. */
  awaitFixture(scope: FixtureScope): void {
    if (scope === 'file') this.tree.withCleanup.add(this.file);
  }

  /** Runs a scoped fixture: the file's, or nobody's. */
  runFixture<T>(scope: FixtureScope, fn: () => T): T {
    const { tracker } = this.session;
    if (scope === 'worker') return tracker.run(tracker.nobody, fn);
    this.awaitFixture(scope);
    return tracker.run(this.session.hookScope(this.file, 'a file-scoped fixture'), fn);
  }

  get tracker(): Tracker {
    return this.session.tracker;
  }

  /** Arms a timer of Vitest's own. */
  armOwn<T>(arm: () => T): T {
    return this.session.tracker.unheeded(arm);
  }

  beforeSuite(suite: Suite): void {
    if (suite !== this.file) return;
    // It could not be collected: nothing of it will run.
    if (suite.result?.state === 'fail') this.end();
    else if (!this.instrumented) this.instrument(true);
  }

  /** The whole run of the file, including its own hooks and fixtures; throws the leaks that belong to none of its tests. */
  async aroundFile(runSuite: () => Promise<void>): Promise<void> {
    if (!this.instrumented) guard(() => this.instrument(false));
    guard(() => this.session.startRun());
    const errors: Error[] = [];
    try {
      // The user's code runs in scopes of its own; the rest is Vitest.
      await this.session.tracker.run(this.session.tracker.nobody, runSuite);
      errors.push(
        ...(await this.finish(this.file, () => this.session.finishFile(this.file, this.skipsCleanup()))),
      );
      guard(() => this.record());
    } catch (error) {
      errors.push(error as Error);
    }
    await guardAsync(() => sendHeld());
    this.end();
    this.whenRun();
    raise([...errors, ...faultsFor(this.options.mode, warn)]);
  }

  private skipsCleanup(): boolean {
    return [...this.tree.withCleanup].some(
      (suite) => suite.mode === 'skip' && hooksOf(suite).afterAll.length > 0,
    );
  }

  /** Sends the record of the file to the reporter, if there is something to report. */
  private record(): void {
    const record = this.session.record(this.file);
    const { leaks, abandoned, allowances, times } = record;
    const says = leaks.length + abandoned + allowances.length > 0 || times !== undefined;
    if (says || this.options.baseline !== undefined) this.file.meta['asyncLeaks'] = record;
  }

  /** Lets go of everything. */
  end(): void {
    guard(() => this.session.end());
    this.attempts.areReported = false; // the runner may go on to another file
  }

  /** @param isHeard whether the runner reports attempts. */
  private instrument(isHeard: boolean): void {
    this.instrumented = true;
    const hooks = hooksOf(this.file);
    // Another setup file may have come first, but we have to be the outermost.
    hooks.aroundAll = [this.aroundAll, ...hooks.aroundAll.filter((hook) => hook !== this.aroundAll)];
    this.instrumentSuite(this.file);
    // The runner reports an attempt only inside of all aroundEach hooks; and each hook costs 10 µs.
    this.attempts.areReported = isHeard && this.withAroundEach.size === 0;
    if (!this.attempts.areReported) hooks.aroundEach = [this.aroundEach, ...hooks.aroundEach];
  }

  private instrumentSuite(suite: Suite): void {
    const hooks = hooksOf(suite);
    const isFile = suite === this.file;
    const isUsers = (hook: Hook): boolean => hook !== this.aroundAll;
    if (hooks.aroundEach.length > 0) this.withAroundEach.add(suite);
    if (HOOKS_OF_SUITES.some((kind) => hooks[kind].some(isUsers))) this.tree.withCleanup.add(suite);
    for (const kind of HOOKS_OF_SUITES) {
      const wrap = (hook: Hook): Hook => this.inHookScope(hook, suite, kind);
      hooks[kind] = hooks[kind].map((hook) => (isUsers(hook) ? wrap(hook) : hook));
    }
    for (const kind of HOOKS_OF_TESTS) hooks[kind] = hooks[kind].map((hook) => this.inPart(hook, kind));
    if (!isFile && this.tree.withCleanup.has(suite)) {
      hooks.aroundAll.unshift(raw((run: () => Promise<void>) => this.aroundSuite(suite, run)));
    }
    for (const task of suite.tasks) if (task.type === 'suite') this.instrumentSuite(task);
  }

  private inHookScope(hook: Hook, suite: Suite, kind: string): Hook {
    const { session } = this;
    const wrapped: Hook = (...args) => {
      const scope = guard(() => session.hookScope(suite, kind, hookDefinition(hook)));
      if (scope === undefined) return hook(...args);
      const fail = (): void => {
        session.tracker.abandon(scope);
        if (kind !== 'beforeAll') session.abandonIn(suite);
      };
      const run = (fn: Hook, params: unknown[], failed: () => void): unknown =>
        onFailure(() => session.tracker.run(scope, () => fn(...params)), failed);
      // What beforeAll returns is its cleanup.
      const cleanup = (returned: unknown): unknown =>
        kind === 'beforeAll' && typeof returned === 'function'
          ? (...params: unknown[]) => run(returned as Hook, params, () => session.abandonIn(suite))
          : returned;
      const result = run(hook, args, fail);
      return result instanceof Promise ? result.then(cleanup) : cleanup(result);
    };
    return Object.assign(wrapped, hook);
  }

  /** Notes when a hook of a test begins and ends. */
  private inPart(hook: Hook, kind: string): Hook {
    const { session } = this;
    const wrapped: Hook = (...args) => {
      const { task } = args[0] as Test['context'];
      const begin = (name: string | undefined): void =>
        guard(() => {
          const scope = session.attemptOf(task);
          if (scope !== undefined) beginPart(session.tracker, scope, name);
        });
      begin(kind);
      const result = hook(...args);
      const end = (): void => begin(undefined);
      if (result instanceof Promise) result.then(end, end);
      else end();
      return result;
    };
    return Object.assign(wrapped, hook);
  }

  private async aroundSuite(suite: Suite, run: () => Promise<void>): Promise<void> {
    await run();
    guard(() => this.session.leaveSuite(suite));
    raise(await this.finish(suite, () => this.session.finish(suite)));
  }

  /** Fails the tests of an outcome after the fact; returns the errors that remain for the suite. */
  private async finish(suite: Suite, judge: () => Promise<Outcome<Test, Suite>>): Promise<LeakError[]> {
    const { handling } = this;
    const errors = await guardAsync(async () => {
      hideOwnFrames(suite.result?.errors);
      const outcome = await judge();
      const remaining = hand(
        suite,
        outcome.suites.flatMap(([, leaks]) => leaks),
        handling,
      );
      for (const [test, leaks] of outcome.tests) {
        const told = hand(test, leaks, handling);
        if (told.length > 0 && !(await failLate(test, around(this.tree, test), told)))
          remaining.push(...told);
      }
      return remaining;
    });
    await guardAsync(() => sendHeld(suite));
    return errors ?? [];
  }
}

/** Makes the call of a hook, and calls `failed` if it throws, at once or later: what it left is a consequence. */
function onFailure(call: () => unknown, failed: () => void): unknown {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(failed);
    return result;
  } catch (error) {
    failed();
    throw error;
  }
}
