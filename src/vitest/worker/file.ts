/** One test file in Vitest: hangs its session into the hooks of the collected suites and tests. */
import { formatAllowance, parseAllowances, type Allowance } from '../../config/allowances.js';
import { faultsFor, guard, guardAsync, refusing } from '../../process/faults.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { LeakError } from '../../report/leak-error.js';
import type { Outcome, Session } from '../../session/session.js';
import { hideOwnFrames } from '../../tracker/stacks/frames.js';
import type { Scope, Tracker } from '../../tracker/index.js';
import { vitest } from './api.js';
import type { FixtureScope } from './fixtures.js';
import { hookDefinition } from './definitions.js';
import { addErrors, failLate } from './runner.js';
import {
  suitesAround,
  testsIn,
  type File,
  type Hook,
  type Suite,
  type SuiteHooks,
  type Test,
} from './tasks.js';

// Taken now: later a test may spy on it, and be surprised by what we print.
export const warn: typeof console.warn = console.warn.bind(console);

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

/** An attempt of a test that is under way. */
interface Attempt {
  readonly scope: Scope;
  /** Stops listening for the test to time out, where we do. */
  unlisten?: () => void;
}

export class VitestFile {
  readonly file: File;
  private readonly session: Session<Test, Suite>;
  private readonly options: ResolvedOptions;
  private readonly whenRun: () => void;
  /** Suites with cleanup of their own, which the verdicts of their tests wait for. */
  private readonly withCleanup = new Set<Suite>();
  /** Suites with an aroundEach of the user's. */
  private readonly withAroundEach = new Set<Suite>();
  /** Whether the runner tells of each attempt of a test, so that it needs no hook around it. */
  private hearsAttempts = false;
  /** The attempts that the runner has told of, until it tells of their end. */
  private readonly begun = new Map<Test, Attempt>();
  /** Suites whose `meta` has been declared. */
  private readonly declared = new Set<Suite>();
  /** Attempts whose verdict falls only when all of the test is over. */
  private readonly unjudged = new Map<Test, Scope[]>();
  private instrumented = false;

  private readonly aroundAll: Hook;
  private readonly aroundEach: Hook;

  /** `whenRun` is called once all of the file has run. */
  constructor(file: File, session: Session<Test, Suite>, options: ResolvedOptions, whenRun: () => void) {
    this.file = file;
    this.session = session;
    this.options = options;
    this.whenRun = whenRun;
    this.aroundAll = raw((run: () => Promise<void>) => this.aroundFile(run));
    this.aroundEach = raw((run: () => Promise<void>, { task }: Test['context']) =>
      this.aroundTest(task, run),
    );
    vitest.TestRunner.getCurrentSuite().on('aroundAll', this.aroundAll as never);
  }

  /**
   * Runs the evaluation of the file, or of a setup file for it. Whoever called goes on in the file's scope: the
   * describe bodies come next.
   */
  importing<T>(fn: () => T): T {
    this.session.tracker.enter(this.session.tracker.file);
    return fn();
  }

  /** A fixture of such a scope may be torn down at the end of the file. */
  awaitFixture(scope: FixtureScope): void {
    if (scope === 'file') this.withCleanup.add(this.file);
  }

  /** Runs a scoped fixture: the file's, or nobody's. */
  runFixture<T>(scope: FixtureScope, fn: () => T): T {
    const { tracker } = this.session;
    if (scope === 'worker') return tracker.run(tracker.nobody, fn);
    this.awaitFixture(scope);
    return tracker.run(this.session.hookScope(undefined, 'a file-scoped fixture', undefined), fn);
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

  /** The whole run of the file, its own hooks and fixtures included; throws what leaked from none of its tests. */
  async aroundFile(runSuite: () => Promise<void>): Promise<void> {
    if (!this.instrumented) guard(() => this.instrument(false));
    guard(() => this.session.startRun());
    const errors: Error[] = [];
    try {
      // What is the user's runs in scopes of its own; the rest is Vitest.
      await this.session.tracker.run(this.session.tracker.nobody, runSuite);
      errors.push(...(await this.finish(this.file, () => this.session.finishFile(this.skipsCleanup()))));
      guard(() => this.record());
    } catch (error) {
      errors.push(error as Error);
    }
    this.end();
    this.whenRun();
    raise([...errors, ...faultsFor(this.options.mode, warn)]);
  }

  private skipsCleanup(): boolean {
    return [...this.withCleanup].some((suite) => suite.mode === 'skip' && hooksOf(suite).afterAll.length > 0);
  }

  /** Sends what came of the file to the reporter, if there is something to tell. */
  private record(): void {
    const record = this.session.record(testsIn(this.file));
    const { leaks, abandoned, allowances } = record;
    const says = leaks.length + abandoned + allowances.length > 0 || this.options.baseline !== undefined;
    if (says) this.file.meta['asyncLeaks'] = record;
  }

  /** Lets go of everything. */
  end(): void {
    guard(() => this.session.end());
    this.hearsAttempts = false; // the runner may go on to another file
  }

  /** `heard`: whether the runner is one that tells of attempts. */
  private instrument(heard: boolean): void {
    this.instrumented = true;
    const hooks = hooksOf(this.file);
    // Another setup file may have come first; we are to be the outermost.
    hooks.aroundAll = [this.aroundAll, ...hooks.aroundAll.filter((hook) => hook !== this.aroundAll)];
    this.instrumentSuite(this.file);
    // The runner tells of an attempt only inside of all aroundEach hooks; and each hook costs 10 µs.
    this.hearsAttempts = heard && this.withAroundEach.size === 0;
    if (!this.hearsAttempts) hooks.aroundEach = [this.aroundEach, ...hooks.aroundEach];
  }

  private instrumentSuite(suite: Suite): void {
    const hooks = hooksOf(suite);
    const isFile = suite === this.file;
    const isUsers = (hook: Hook): boolean => hook !== this.aroundAll;
    if (hooks.aroundEach.length > 0) this.withAroundEach.add(suite);
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
    const wrapped: Hook = (...args) => {
      const deadline = suite && this.deadlineOf(suite)?.suite;
      const scope = guard(() => session.hookScope(suite, kind, deadline, hookDefinition(hook)));
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

  private async aroundSuite(suite: Suite, run: () => Promise<void>): Promise<void> {
    await run();
    guard(() => this.session.leaveSuite(suite));
    raise(await this.finish(suite, () => this.session.finishSuite(suite)));
  }

  /** Fails the tests of an outcome after the fact; returns the errors that remain for the suite. */
  private async finish(suite: Suite, judge: () => Promise<Outcome<Test>>): Promise<LeakError[]> {
    const errors = await guardAsync(async () => {
      hideOwnFrames(suite.result?.errors);
      const outcome = await judge();
      const remaining = this.tell(suite, outcome.suite);
      for (const [test, leaks] of outcome.tests) {
        const told = this.tell(test, leaks);
        if (told.length > 0 && !(await failLate(test, told))) remaining.push(...told);
      }
      return remaining;
    });
    return errors ?? [];
  }

  private async aroundTest(test: Test, run: () => Promise<void>): Promise<void> {
    const attempt = this.begin(test);
    if (attempt === undefined) return run();
    try {
      await this.session.tracker.run(attempt.scope, () => {
        this.declareMeta(test);
        return run();
      });
    } catch (error) {
      this.drop(attempt);
      throw error;
    }
    await this.finishAttempt(test, attempt);
  }

  /** The runner begins an attempt: it goes on in its scope. */
  beforeAttempt(test: Test): void {
    const attempt = this.hearsAttempts ? this.begin(test) : undefined;
    if (attempt === undefined) return;
    this.begun.set(test, attempt);
    this.session.tracker.enter(attempt.scope);
    this.declareMeta(test);
  }

  /** All of an attempt is over. Rejects with what it leaked; undefined where there is nothing to wait for. */
  afterAttempt(test: Test): Promise<void> | undefined {
    const attempt = this.take(test);
    return attempt && this.finishAttempt(test, attempt);
  }

  /** The runner itself has failed an attempt at its end. */
  failAttempt(test: Test): void {
    const attempt = this.take(test);
    if (attempt !== undefined) this.drop(attempt);
  }

  private take(test: Test): Attempt | undefined {
    const attempt = this.begun.get(test);
    this.begun.delete(test);
    return attempt;
  }

  private begin(test: Test): Attempt | undefined {
    return guard(() => {
      const scope = this.session.begin(test, (test.result?.retryCount ?? 0) > 0);
      const attempt: Attempt = { scope };
      // Vitest makes its signal as it is asked for. What opens nothing waits for nothing that could be told.
      this.session.tracker.whenUsed(scope, () => this.listen(test, attempt));
      return attempt;
    });
  }

  private listen(test: Test, attempt: Attempt): void {
    const { signal } = test.context;
    // Now or never: the hooks that follow may close what it waited for.
    const explain = (): void => guard(() => this.session.noteTimeout(test));
    signal?.addEventListener('abort', explain);
    attempt.unlisten = () => signal?.removeEventListener('abort', explain);
  }

  /** What `meta` allows holds for the test, or where that only inherits it, for all of the suite that declares it. */
  private declareMeta(test: Test): void {
    const { allowLingering: allowed } = test.meta;
    if (allowed !== undefined) refusing(() => this.declareAllowed(test, allowed));
  }

  private declareAllowed(test: Test, allowed: unknown): void {
    const holder = suitesAround(test).findLast(({ meta }) => meta['allowLingering'] === allowed);
    if (holder !== undefined && this.declared.has(holder)) return;
    const name = this.session.nameOf(holder ?? test);
    this.session.declareFor(
      holder ?? test,
      parseMeta(allowed),
      (allowance) => `meta.allowLingering of "${name}": ${formatAllowance(allowance) || 'true'}`,
    );
    if (holder !== undefined) this.declared.add(holder);
  }

  private drop({ scope, unlisten }: Attempt): void {
    unlisten?.();
    guard(() => this.session.drop(scope));
  }

  private finishAttempt(test: Test, { scope, unlisten }: Attempt): Promise<void> | undefined {
    unlisten?.();
    if (guard(() => this.isPlain(test) && this.session.passIfClean(scope)) === true) return undefined;
    return this.settleAttempt(test, scope);
  }

  private async settleAttempt(test: Test, scope: Scope): Promise<void> {
    raise((await guardAsync(() => this.errorsOf(test, scope))) ?? []);
  }

  /** An attempt that passed, and that nothing of it follows: all but a few. */
  private isPlain(test: Test): boolean {
    return test.result?.state === 'pass' && !this.isJudgedLater(test);
  }

  /** The verdict on an attempt, or where it has to wait, none yet. */
  private async errorsOf(test: Test, scope: Scope): Promise<LeakError[]> {
    hideOwnFrames(test.result?.errors);
    if (test.result?.state === 'fail' && !test.fails) {
      if (isTimeout(test)) this.session.noteTimeout(test);
      const explanation = this.session.takeExplanation(test);
      this.session.drop(scope);
      return explanation === undefined ? [] : [explanation];
    }
    if (!this.isJudgedLater(test)) return this.conclude(test, scope);
    this.unjudged.set(test, [...(this.unjudged.get(test) ?? []), scope]);
    return [];
  }

  /** Judges an attempt that passed, now or at the end of the suite that its cleanup waits for. */
  private async conclude(test: Test, scope: Scope): Promise<LeakError[]> {
    const { session } = this;
    const deadline = this.deadlineOf(test);
    if (test.result?.state === 'fail') session.drop(scope);
    else if (test.result?.state !== 'pass') session.discard(scope);
    else if (session.passIfClean(scope)) return [];
    else if (deadline !== undefined) session.defer(scope, deadline.suite);
    else return this.tell(test, await session.judge(scope));
    return [];
  }

  /** `test.fails` flips the result, and fixtures of an aroundEach are torn down, only after all of an attempt. */
  private isJudgedLater(test: Test): boolean {
    if (test.fails) return true;
    if (this.withAroundEach.size === 0) return false;
    return [...suitesAround(test), this.file].some((suite) => this.withAroundEach.has(suite));
  }

  /** What is left to do once all of a test is over; undefined where nothing is. */
  afterTest(test: Test): Promise<void> | undefined {
    // What Vitest does next is its own, be it after a test.
    if (this.hearsAttempts) this.session.tracker.enter(this.session.tracker.nobody);
    hideOwnFrames(test.result?.errors);
    const scopes = this.unjudged.get(test);
    if (scopes === undefined) return undefined;
    this.unjudged.delete(test);
    return this.judgeLate(test, scopes);
  }

  private async judgeLate(test: Test, scopes: readonly Scope[]): Promise<void> {
    for (const scope of scopes) {
      const errors = await this.conclude(test, scope);
      if (errors.length > 0 && test.result !== undefined) addErrors(test.result, errors);
    }
  }

  /** Whose end the verdict on a task waits for; `suite` undefined for the file. */
  private deadlineOf(task: Test | Suite): { suite: Suite | undefined } | undefined {
    const around = [...suitesAround(task), this.file];
    const suite = this.session.deadlineOf(task, around, (each) => this.withCleanup.has(each));
    return suite && { suite: suite === this.file ? undefined : suite };
  }

  /** Hands the facts to reporters; returns the errors to fail with, none in `warn` mode, where it prints them. */
  private tell(task: Test | Suite, errors: LeakError[]): LeakError[] {
    if (errors.length === 0) return errors;
    task.meta['asyncLeaks'] = errors.flatMap(({ leaks }) => leaks);
    // Vitest serialises what it catches, and some of its reporters would dump the leaks behind the message.
    for (const error of errors) {
      const { name, message, stack } = error;
      Object.defineProperty(error, 'toJSON', { value: () => ({ name, message, stack }) });
    }
    if (this.options.mode !== 'warn') return errors;
    for (const error of errors) warn(error.stack);
    return [];
  }
}

export function raise(errors: readonly Error[]): void {
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new AggregateError(errors);
}

/** Calls what a hook calls, and `failed` where that throws, at once or later: what it left is a consequence. */
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

/** What `meta.allowLingering` declares. */
function parseMeta(value: unknown): Allowance[] {
  const inputs: unknown[] = value === true ? [] : Array.isArray(value) ? value : [value];
  return parseAllowances(inputs, 'meta.allowLingering');
}

function isTimeout(test: Test): boolean {
  return test.result?.errors?.some(({ message }) => /^Test timed out in \d/.test(message)) ?? false;
}
