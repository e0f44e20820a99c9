/**
 * One test file under detection: which attempt of which test is which scope, whose verdict waits for which
 * suite, and what came of it. What all adapters share; `Test` and `Suite` are the framework's own objects.
 */
import { parseAllowances, type Allowance } from '../config/allowances.js';
import { debug, debugNotes } from '../process/debug.js';
import { guard, hasFault, noteFault } from '../process/faults.js';
import type { Leak } from '../tracker/leak.js';
import type { ResolvedOptions } from '../config/options.js';
import { printableLines } from '../report/printable.js';
import type { FileRecord } from './record.js';
import type { KnownLeak } from '../report/baseline.js';
import { Recorder, type Declaration } from './recorder.js';
import { toErrors, toTimeoutError, type LeakError } from '../report/leak-error.js';
import { checkNode } from '../process/self-check.js';
import {
  createTracker,
  type RoleOf,
  type Scope,
  type Site,
  type Tracker,
  type Verdicts,
} from '../tracker/index.js';

/** Where test code finds the detector: in its own realm, under this global symbol. */
export const API: unique symbol = Symbol.for('async-leaks') as never;

/** What test code may ask of the detector (`index.cts`). */
export interface TestApi {
  /**
   * Takes what was passed to `allowLingering`, and the unread stack of the call; returns a sentence that says
   * why not, or undefined.
   */
  allow(what: readonly unknown[], site?: Site): string | undefined;
}

/** For a run that is switched off: what is allowed does not matter, but must still be well formed. */
export const idleApi: TestApi = {
  allow: (what) => refusalOf(() => parseAllowances(what, 'allowLingering()')),
};

function refusalOf(fn: () => unknown): string | undefined {
  try {
    fn();
    return undefined;
  } catch (error) {
    return printableLines((error as Error).message);
  }
}

/** A test or a suite of the framework's. */
export interface Task {
  /** "test", or what the framework calls a suite. */
  readonly type: string;
  /** Its own name, without those of the suites around it. */
  readonly name: string;
}

/** How a framework's suites and tests hang together. */
export interface Tree<Test, Suite> {
  /** The innermost suite around a task; undefined where that is the file. */
  suiteOf(task: Test | Suite): Suite | undefined;
  /** The stack of the call that defines a test, unread. */
  definitionOf(test: Test): Site | undefined;
}

export interface SessionOptions extends ResolvedOptions {
  /** Absolute path of the test file. */
  readonly file: string;
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
  readonly roleOf: RoleOf;
  /** The name of the project in the run, if it has one. */
  readonly project: string | undefined;
  /** What the baseline holds, if there is one. */
  readonly known: readonly KnownLeak[];
}

/** What a judgement says: errors for tests, and errors that belong to no test but to a suite or the file. */
export interface Outcome<Test> {
  readonly tests: readonly (readonly [Test, LeakError[]])[];
  readonly suite: LeakError[];
}

// Taken now: later a test may have faked it.
const { nextTick } = process;
/** Queues of `nextTick` that are run to their ends before a file is judged. */
const TICKS = 2;

function isWithin(scope: Scope, holder: Scope): boolean {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent)
    if (each === holder) return true;
  return false;
}

export class Session<Test extends Task, Suite extends Task> {
  readonly tracker: Tracker;
  private readonly recorder: Recorder;
  private readonly options: SessionOptions;
  private readonly tree: Tree<Test, Suite>;
  // Weak maps would cost the collector more, and the framework keeps its tests and suites as long as we do.
  private readonly suites = new Map<Suite, Scope>();
  private readonly attempts = new Map<Test, Scope>();
  /** The attempts of repeated tests that are not the last, all of which count. */
  private readonly earlier = new Map<Scope, Test>();
  /** The tests of all attempts; kept from the first leak on, for nothing else asks. */
  private testsByScope: Map<Scope, Test> | undefined;
  /** What tests that timed out had open at that moment. */
  private readonly explanations = new Map<Test, LeakError>();
  /** By the suite whose cleanup they wait for; the file itself has the key `undefined`. */
  private readonly deferred = new Map<Suite | undefined, Scope[]>();
  private readonly hooks = new Map<Scope, Map<string, Scope>>();
  /** The calls that define the hooks of a scope. */
  private readonly hookDefinitions = new Map<Scope, Set<Site>>();

  constructor(options: SessionOptions, tree: Tree<Test, Suite>) {
    this.options = options;
    this.tree = tree;
    this.recorder = new Recorder(options);
    this.tracker = createTracker({ ...options, definitionOf: (scope) => this.definitionOf(scope) });
  }

  /** What test code reaches by `globalThis[API]`. */
  readonly api: TestApi = { allow: (what, site) => refusalOf(() => this.allow(what, site)) };

  private allow(what: readonly unknown[], site: Site = {}): void {
    const allowances = parseAllowances(what, 'allowLingering()');
    const scope = this.tracker.current() ?? (this.running ? undefined : this.tracker.file);
    if (scope === undefined) {
      if (hasFault()) return; // its scope could not be opened
      throw new TypeError(
        'allowLingering() must be called in a test, in a hook, or at the top level of a test file.',
      );
    }
    // In a hook it holds for all of its suite.
    const holder = scope.hook === undefined ? scope : scope.parent!;
    guard(() => this.declare(holder, allowances, site));
  }

  private declare(scope: Scope, allowances: readonly Allowance[], declaration: Declaration): void {
    this.tracker.allow(scope, allowances);
    this.recorder.declare(allowances, scope, declaration);
  }

  /**
   * Allows what is declared beside the code: in the running attempt of a test, in a suite, or without either in
   * the whole file.
   */
  declareFor(
    task: Test | Suite | undefined,
    allowances: readonly Allowance[],
    declaration: Declaration,
  ): void {
    const attempt = task && this.attempts.get(task as Test);
    const scope = task === undefined ? this.tracker.file : (attempt ?? this.scopeOf(task as Suite));
    this.declare(scope, allowances, declaration);
  }

  private running = false;
  private isFaultNoted = false;
  private ended = false;

  /** The tests begin: the file's top level and its describe blocks are over. */
  startRun(): void {
    this.running = true;
    this.tracker.startRun();
  }

  /** Opens the scope of a new attempt of a test. With `retry`, the attempt before it does not count. */
  begin(test: Test, retry: boolean): Scope {
    const former = this.attempts.get(test);
    if (retry && former !== undefined) this.supersede(former);
    else if (former !== undefined) this.earlier.set(former, test);
    const scope = this.tracker.open('test', this.nameOf(test), this.around(test));
    this.attempts.set(test, scope);
    this.testsByScope?.set(scope, test);
    this.tracker.start(scope);
    return scope;
  }

  /** The scope that holds a task: of the innermost suite around it, else the file's. */
  private around(task: Test | Suite): Scope {
    const suite = this.tree.suiteOf(task);
    return suite === undefined ? this.tracker.file : this.scopeOf(suite);
  }

  /** Full name, "describe > test". */
  nameOf(task: Test | Suite): string {
    const around = this.around(task);
    return around === this.tracker.file ? task.name : `${around.name} > ${task.name}`;
  }

  private scopeOf(suite: Suite): Scope {
    let scope = this.suites.get(suite);
    if (scope === undefined) {
      scope = this.tracker.open('suite', this.nameOf(suite), this.around(suite));
      this.suites.set(suite, scope);
    }
    return scope;
  }

  /**
   * Whose end the verdict on a task waits for: the outermost of the suites that still have cleanup to run, of the task itself
   * and those `around` it, innermost first, the file last. Undefined where there is nothing to wait for.
   */
  deadlineOf(
    task: Test | Suite,
    around: readonly Suite[],
    hasCleanup: (suite: Suite) => boolean,
  ): Suite | undefined {
    if (task.type !== 'test') return [task as Suite, ...around].findLast(hasCleanup);
    // The deadline "test" is one for tests: what hooks of suites open waits for the cleanup around them.
    return this.options.deadline === 'test' ? undefined : around.findLast(hasCleanup);
  }

  /** The scope of the running attempt of a test, if it has begun. */
  attemptOf(test: Test): Scope | undefined {
    return this.attempts.get(test);
  }

  /** The attempt failed by itself: what it left is counted, not judged. */
  drop(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.abandon(scope);
    scope.verdict = false;
  }

  /** The attempt does not count, for it was skipped while it ran. */
  discard(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.supersede(scope);
    scope.verdict = false;
  }

  /** The cleanup of a suite, `undefined` for the file, has failed: what waited for it is a consequence. */
  abandonIn(suite: Suite | undefined): void {
    const holder = suite === undefined ? this.tracker.file : this.scopeOf(suite);
    for (const scope of [holder, ...this.deferred.values()].flat()) {
      if (isWithin(scope, holder)) this.tracker.abandon(scope);
    }
  }

  /** If an attempt that is over owns nothing that is open, there is nothing to judge: passes it, and returns true. */
  passIfClean(scope: Scope): boolean {
    if (!this.tracker.isClean(scope)) return false;
    this.tracker.stop(scope);
    this.tracker.pass(scope);
    scope.verdict = true;
    return true;
  }

  /** Notes what an attempt has open or in flight as it times out; the first look counts, for hooks that follow may close it. */
  noteTimeout(test: Test): void {
    const scope = this.attempts.get(test);
    if (scope === undefined || this.explanations.has(test)) return;
    const explanation = toTimeoutError(this.tracker.inspect(scope), this.options.root);
    if (explanation !== undefined) this.explanations.set(test, explanation);
  }

  /** Takes what was noted of an attempt that timed out, as an error; undefined if nothing. */
  takeExplanation(test: Test): LeakError | undefined {
    const explanation = this.explanations.get(test);
    this.explanations.delete(test);
    return explanation;
  }

  /** Judges an attempt now. Resolves to its errors; waits for nothing if nothing is suspect. */
  async judge(scope: Scope): Promise<LeakError[]> {
    this.tracker.stop(scope);
    const verdicts = await this.tracker.judge([scope]);
    scope.verdict = true;
    return this.errorsOf(scope, verdicts.get(scope) ?? []);
  }

  /** Leaves the verdict on an attempt to the end of a suite, `undefined` for the file. */
  defer(scope: Scope, suite: Suite | undefined): void {
    this.tracker.stop(scope);
    this.deferredTo(suite).push(scope);
  }

  /**
   * The scope of a hook, "beforeAll", of a suite (`undefined`: of the file). Its verdict waits for the end of
   * `deadline`: that suite or one around it, `undefined` for the file.
   * @param definition the unread stack of the call that defines it.
   */
  hookScope(suite: Suite | undefined, hook: string, deadline: Suite | undefined, definition?: Site): Scope {
    const holder = suite === undefined ? this.tracker.file : this.scopeOf(suite);
    let hooks = this.hooks.get(holder);
    if (hooks === undefined) {
      hooks = new Map();
      this.hooks.set(holder, hooks);
    }
    let scope = hooks.get(hook);
    if (scope === undefined) {
      scope = this.tracker.open(suite === undefined ? 'file' : 'suite', holder.name, holder, hook);
      hooks.set(hook, scope);
      this.hookDefinitions.set(scope, new Set());
      this.deferredTo(deadline).push(scope);
    }
    if (definition !== undefined) this.hookDefinitions.get(scope)?.add(definition);
    return scope;
  }

  /** The call that defines a test, or the one hook of its kind that a suite has: which of several it was is not known. */
  private definitionOf(scope: Scope): Site | undefined {
    const test = this.testOf(scope);
    if (test !== undefined) return this.tree.definitionOf(test);
    const definitions = this.hookDefinitions.get(scope);
    return definitions?.size === 1 ? [...definitions][0] : undefined;
  }

  /** A suite has run to its end: what its hooks left goes on after it. */
  leaveSuite(suite: Suite): void {
    const scope = this.suites.get(suite);
    if (scope === undefined) return;
    scope.over = true;
    for (const hook of this.hooks.get(scope)?.values() ?? []) hook.over = true;
  }

  /** All of a suite is tried again: what its hooks left so far does not count. */
  retrySuite(suite: Suite): void {
    const holder = this.scopeOf(suite);
    for (const [scope, hooks] of this.hooks) {
      if (!isWithin(scope, holder)) continue;
      for (const hook of hooks.values()) this.supersede(hook);
      this.hooks.delete(scope);
    }
  }

  private supersede(scope: Scope): void {
    this.tracker.supersede(scope);
    this.recorder.supersede(scope);
  }

  /** Judges what waited for the end of a suite, and the suite itself. */
  async finishSuite(suite: Suite): Promise<Outcome<Test>> {
    const scopes = this.deferredTo(suite);
    this.deferred.delete(suite);
    return this.outcome(scopes, await this.tracker.judge(scopes));
  }

  /**
   * Judges all that is left at the end of the file: what waited for it, the file itself, and late comers.
   * @param skipped whether a hook that may close what the file's own code opened was skipped, with all tests of its suite.
   */
  async finishFile(skipped: boolean): Promise<Outcome<Test>> {
    // What a file opens last it may open in a tick: `listen` looks up even an IP address. No turn of the loop.
    for (let i = 0; i < TICKS; i++) await new Promise<void>((resolve) => nextTick(resolve));
    const waiting = [...this.deferred.values()].flat();
    this.deferred.clear();
    const scopes = [...new Set([...waiting, ...(skipped ? [] : [this.tracker.file]), ...this.tracker.late])];
    const outcome = this.outcome(scopes, await this.tracker.judge(scopes));
    this.noteFault();
    return outcome;
  }

  /** Lets go of what the file left behind, and stops. Does nothing the second time. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    try {
      this.tracker.release();
    } finally {
      this.tracker.dispose();
      this.forget();
      this.noteFault();
      this.tellSurprises();
    }
  }

  /** What goes on after the file keeps the tracker, and that this: it is not to keep the realm of the tests. */
  private forget(): void {
    for (const each of [this.suites, this.attempts, this.earlier, this.explanations]) each.clear();
    for (const each of [this.deferred, this.hooks, this.hookDefinitions]) each.clear();
    this.testsByScope = undefined;
    this.recorder.forget();
  }

  private tellSurprises(): void {
    const { unknownTypes, hooksPromises, followsEmbedders } = this.tracker;
    for (const type of unknownTypes)
      debug(`the resource type ${type} is not known: its hasRef() says whether it is open.`);
    if (hooksPromises)
      debug('Node hooks promises, for another async hook or for want of trackPromises: awaits take longer.');
    if (!followsEmbedders)
      debug('Node does not mark an AsyncResource that the collector may end: none is followed.');
    debugNotes();
    checkNode();
  }

  /** Notes, once, that hooks of the tracker have failed. */
  private noteFault(): void {
    const { fault } = this.tracker;
    if (fault === undefined || this.isFaultNoted) return;
    this.isFaultNoted = true;
    noteFault(fault);
  }

  private deferredTo(suite: Suite | undefined): Scope[] {
    let scopes = this.deferred.get(suite);
    if (scopes === undefined) {
      scopes = [];
      this.deferred.set(suite, scopes);
    }
    return scopes;
  }

  /** A scope knows not its test: what goes on after the file keeps the scope, and is not to keep the realm of the tests. */
  private testOf(scope: Scope): Test | undefined {
    this.testsByScope ??= new Map([
      ...this.earlier,
      ...[...this.attempts].map(([test, attempt]) => [attempt, test] as const),
    ]);
    return this.testsByScope.get(scope);
  }

  private outcome(scopes: readonly Scope[], verdicts: Verdicts): Outcome<Test> {
    for (const scope of scopes) scope.verdict = !scope.abandoned;
    const tests: [Test, LeakError[]][] = [];
    const suite: LeakError[] = [];
    for (const [scope, leaks] of verdicts) {
      const errors = this.errorsOf(scope, leaks);
      const test = this.testOf(scope);
      if (test === undefined) suite.push(...errors);
      else if (errors.length > 0) tests.push([test, errors]);
    }
    return { tests, suite };
  }

  /** The errors for the leaks of a scope that are not known. */
  private errorsOf(scope: Scope, leaks: readonly Leak[]): LeakError[] {
    return toErrors(this.recorder.sift(scope, leaks), this.options.root);
  }

  /**
   * What there is to tell of the file, once its last verdict has fallen.
   * @param tests all its tests, those that did not run included.
   */
  record(tests: readonly Test[]): FileRecord {
    const hooks = [...this.hooks.values()].flatMap((own) => [...own.values()]);
    const record = this.recorder.toRecord(this.tracker, {
      tests,
      nameOf: (test) => this.nameOf(test),
      verdictOf: (test) => this.attempts.get(test)?.verdict,
      scopes: [...this.earlier.keys(), ...this.attempts.values(), ...hooks, this.tracker.file],
    });
    // Where async-leaks has failed, that there was no leak says nothing.
    return hasFault() ? { ...record, allowances: [], judged: [], whole: false } : record;
  }
}
