/** One test file in Vitest: hangs its session into the hooks of the collected suites and tests. */
import * as vitest from 'vitest';

import type { ResolvedOptions } from '../options.js';
import type { LeakError } from '../report/leak-error.js';
import type { Outcome, Session } from '../session.js';
import type { Scope } from '../tracker/index.js';
import type { FixtureScope } from './fixtures.js';
import { addErrors, failLate, hideOwnFrames, type RunnerListener } from './runner.js';
import {
  nameOf,
  suitesAround,
  type File,
  type Hook,
  type Suite,
  type SuiteHooks,
  type Test,
} from './tasks.js';

const HOOKS_OF_SUITES = ['beforeAll', 'afterAll', 'aroundAll'] as const;

const hooksOf = (suite: Suite): SuiteHooks => vitest.TestRunner.getSuiteHooks(suite as never);

/**
 * A hook as the runner keeps it. Without a timeout: our wait is bounded by itself, and must not count against
 * the user's hookTimeout. And not by `aroundEach()`, which would make automatic fixtures too early, and outside
 * of the test's scope.
 */
function raw(hook: Hook): Hook {
  return Object.assign(hook, { [Symbol.for('VITEST_AROUND_TIMEOUT')]: 0 });
}

export class VitestFile implements RunnerListener {
  readonly file: File;
  private readonly session: Session<Test, Suite>;
  private readonly options: ResolvedOptions;
  /** Suites with cleanup of their own, which the verdicts of their tests wait for. */
  private readonly withCleanup = new Set<Suite>();
  /** Attempts whose verdict falls only when all of the test is over. */
  private readonly unjudged = new Map<Test, Scope[]>();
  private instrumented = false;
  private ended = false;

  private readonly aroundAll: Hook;
  private readonly aroundEach: Hook;

  constructor(file: File, session: Session<Test, Suite>, options: ResolvedOptions) {
    this.file = file;
    this.session = session;
    this.options = options;
    this.aroundAll = raw((run: () => Promise<void>) => this.aroundFile(run));
    this.aroundEach = raw((run: () => Promise<void>, { task }: Test['context']) =>
      this.aroundTest(task, run),
    );
    vitest.TestRunner.getCurrentSuite().on('aroundAll', this.aroundAll as never);
  }

  importing<T>(fn: () => T): T {
    return this.session.tracker.run(this.session.tracker.file, fn);
  }

  /** Runs a scoped fixture: the file's, or nobody's. */
  runFixture<T>(scope: FixtureScope, fn: () => T): T {
    const { tracker } = this.session;
    if (scope === 'worker') return tracker.run(tracker.nobody, fn);
    this.withCleanup.add(this.file);
    return tracker.run(this.session.hookScope(undefined, this.file.filepath, 'a file-scoped fixture'), fn);
  }

  beforeSuite(suite: Suite): void {
    if (suite === this.file && !this.instrumented) this.instrument();
  }

  /** The whole run of the file, its own hooks and fixtures included; throws what leaked from none of its tests. */
  async aroundFile(runSuite: () => Promise<void>): Promise<void> {
    if (!this.instrumented) this.instrument();
    this.session.startRun();
    try {
      await this.session.tracker.run(this.session.tracker.file, runSuite);
      hideOwnFrames(this.file.result);
      this.raise(await this.settleOutcome(await this.session.finishFile()));
    } finally {
      this.end();
    }
  }

  /** Lets go of everything. */
  end(): void {
    if (!this.ended) this.session.end();
    this.ended = true;
  }

  private instrument(): void {
    this.instrumented = true;
    const hooks = hooksOf(this.file);
    // Another setup file may have come first; we are to be the outermost.
    hooks.aroundAll = [this.aroundAll, ...hooks.aroundAll.filter((hook) => hook !== this.aroundAll)];
    this.instrumentSuite(this.file);
    hooks.aroundEach = [this.aroundEach, ...hooks.aroundEach];
  }

  private instrumentSuite(suite: Suite): void {
    const hooks = hooksOf(suite);
    const isFile = suite === this.file;
    const isUsers = (hook: Hook): boolean => hook !== this.aroundAll;
    if (HOOKS_OF_SUITES.some((kind) => hooks[kind].some(isUsers))) this.withCleanup.add(suite);
    for (const kind of HOOKS_OF_SUITES) {
      const wrap = (hook: Hook): Hook => this.inHookScope(hook, isFile ? undefined : suite, kind);
      hooks[kind] = hooks[kind].map((hook) => (isUsers(hook) ? wrap(hook) : hook));
    }
    if (!isFile && this.withCleanup.has(suite)) {
      hooks.aroundAll.unshift(raw((run: () => Promise<void>) => this.aroundSuite(suite, run)));
    }
    for (const task of suite.tasks) if (task.type === 'suite') this.instrumentSuite(task);
  }

  private inHookScope(hook: Hook, suite: Suite | undefined, kind: string): Hook {
    const { session } = this;
    const name = suite === undefined ? this.file.filepath : nameOf(suite);
    const wrapped: Hook = (...args) => {
      const scope = session.hookScope(suite, name, kind);
      return session.tracker.run(scope, () => hook(...args));
    };
    return Object.assign(wrapped, hook);
  }

  private async aroundSuite(suite: Suite, run: () => Promise<void>): Promise<void> {
    await run();
    hideOwnFrames(suite.result);
    this.raise(await this.settleOutcome(await this.session.finishSuite(suite)));
  }

  private async aroundTest(test: Test, run: () => Promise<void>): Promise<void> {
    const { session } = this;
    const isRetry = (test.result?.retryCount ?? 0) > 0;
    const scope = session.begin(test, nameOf(test), isRetry);
    await session.tracker.run(scope, run);
    hideOwnFrames(test.result);
    const failed = test.result?.state === 'fail';
    if (this.judgedLater(test)) {
      this.unjudged.set(test, [...(this.unjudged.get(test) ?? []), scope]);
      return;
    }
    if (failed) {
      const error = isTimeout(test) ? session.explainTimeout(scope) : undefined;
      session.drop(scope);
      if (error !== undefined) throw error;
      return;
    }
    if (test.result?.state === 'skip') return session.drop(scope);
    if (session.tracker.isClean(scope)) return session.pass(scope);
    const deadline = this.deadlineOf(test);
    if (deadline !== undefined) return session.defer(scope, deadline.suite);
    const errors = await session.judge(scope);
    if (errors.length === 0) return;
    test.meta['asyncLeaks'] = plain(errors);
    if (this.options.mode === 'warn') return warn(errors);
    throw errors.length === 1 ? errors[0]! : new AggregateError(errors);
  }

  /** `test.fails` flips the result, and fixtures of an aroundEach are torn down, only after all aroundEach hooks. */
  private judgedLater(test: Test): boolean {
    if (test.fails) return true;
    return [...suitesAround(test)].some((suite) =>
      hooksOf(suite).aroundEach.some((hook) => hook !== this.aroundEach),
    );
  }

  async afterTest(test: Test): Promise<void> {
    hideOwnFrames(test.result);
    const scopes = this.unjudged.get(test);
    if (scopes === undefined) return;
    this.unjudged.delete(test);
    const deadline = this.deadlineOf(test);
    const result = test.result;
    for (const scope of scopes) {
      if (result === undefined || result.state !== 'pass') this.session.drop(scope);
      else if (deadline !== undefined) this.session.defer(scope, deadline.suite);
      else {
        const errors = await this.session.judge(scope);
        if (errors.length === 0) continue;
        test.meta['asyncLeaks'] = plain(errors);
        if (this.options.mode === 'warn') warn(errors);
        else addErrors(result, errors);
      }
    }
  }

  /** The outermost suite around a test that still has cleanup of its own to run; `suite` undefined for the file. */
  private deadlineOf(test: Test): { suite: Suite | undefined } | undefined {
    if (this.options.deadline === 'test') return undefined;
    const suite = suitesAround(test).findLast((around) => this.withCleanup.has(around));
    return suite && { suite: suite === this.file ? undefined : suite };
  }

  /** Fails the tests of an outcome after the fact; returns the errors that remain for the suite. */
  private async settleOutcome({ tests, suite }: Outcome<Test>): Promise<LeakError[]> {
    const remaining = [...suite];
    for (const [test, errors] of tests) {
      test.meta['asyncLeaks'] = plain(errors);
      if (this.options.mode === 'warn') warn(errors);
      else if (!(await failLate(test, errors))) remaining.push(...errors);
    }
    return remaining;
  }

  private raise(errors: LeakError[]): void {
    if (errors.length === 0) return;
    if (this.options.mode === 'warn') return warn(errors);
    throw errors.length === 1 ? errors[0]! : new AggregateError(errors);
  }
}

/** Facts as plain data, for reporters. */
function plain(errors: readonly LeakError[]): unknown[] {
  return errors.flatMap(({ leaks }) => leaks);
}

function warn(errors: readonly LeakError[]): void {
  for (const error of errors) console.warn(error.stack);
}

function isTimeout(test: Test): boolean {
  return test.result?.errors?.some(({ message }) => /^Test timed out in \d/.test(message)) ?? false;
}
