/**
 * One test file under detection: which verdict waits for the end of what, and what came of it. All adapters share this; `Test`
 * and `Suite` are the framework's own objects.
 */
import type { Allowance } from '../config/allowances.js';
import type { ResolvedOptions } from '../config/options.js';
import { formatPragma, readPragma } from '../config/pragma.js';
import { guard, hasFault, noteFault } from '../process/faults.js';
import type { KnownLeak } from '../report/baseline.js';
import { toErrors, toTimeoutError, type LeakError } from '../report/leak-error.js';
import type { Leak, Place, RoleOf, Scope, Site, Tracker, Verdicts } from '../tracker/index.js';
import type { FileRecord } from '../report/record.js';
import { Deferred } from './deferred.js';
import type { Declaration } from './recorder.js';
import { Records } from './records.js';
import { isWithin, Scopes, within } from './scopes.js';
import { reportSurprises } from './surprises.js';
import { trackerFor } from './times/timed-tracker.js';
import { testApi, type TestApi } from './test-api.js';
import type { Tree } from './tree.js';

export interface SessionOptions extends ResolvedOptions {
  /** Absolute path of the test file; of the folder of several. */
  readonly file: string;
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
  readonly roleOf: RoleOf;
  /** The name of the project in the run, if it has one. */
  readonly project: string | undefined;
  /** What the baseline holds, if there is one. */
  readonly known: readonly KnownLeak[];
  /** What the docblock of the file allows. */
  readonly pragma: readonly Allowance[];
}

/** What a judgement says: errors for tests, and for suites and files what belongs to none of their tests. */
export interface Outcome<Test, Suite> {
  readonly tests: readonly (readonly [Test, LeakError[]])[];
  readonly suites: readonly (readonly [Suite, LeakError[]])[];
}

// Taken now: later a test may have faked it.
const { nextTick } = process;
/** How often the queue of `nextTick` is run to its end before a file is judged. */
const TICKS = 2;

export class Session<Test extends object, Suite extends object> {
  readonly tracker: Tracker;
  /** What test code reaches by `globalThis[API]`. */
  readonly api: TestApi = testApi((allowances, site) => this.allow(allowances, site));
  private readonly records: Records;
  private readonly options: SessionOptions;
  private readonly tree: Tree<Test, Suite>;
  private readonly scopes: Scopes<Test, Suite>;
  /** Whether a scope has its verdict; false if it gets none, because its test failed or was skipped. */
  private readonly verdicts = new Map<Scope, boolean>();
  /** What tests that timed out had open at that moment. */
  private readonly explanations = new Map<Test, LeakError>();
  private readonly deferred: Deferred<Test, Suite>;
  /** What the tracker asks: it outlives the file, and the tree leads to the realm of the tests. */
  private readonly definitions: { scopes?: Scopes<Test, Suite> | undefined } = {};
  private running = false;
  private isFaultNoted = false;
  private ended = false;

  constructor(options: SessionOptions, tree: Tree<Test, Suite>) {
    this.options = options;
    this.tree = tree;
    this.records = new Records(options);
    this.deferred = new Deferred(options.deadline, tree);
    const { definitions, records } = this;
    this.tracker = trackerFor({
      ...options,
      definitionOf: (scope) => definitions.scopes?.definitionOf(scope),
      ...(options.known.length > 0 && { areKnown: (leaks) => records.areKnown(leaks) }),
    });
    this.scopes = definitions.scopes = new Scopes(this.tracker, tree);
    this.records.add(this.tracker.file);
    this.declare(this.tracker.file, options.pragma, formatPragma);
  }

  /**
   * Opens the scope of a file that is one of several in this process: run its top level there. The file is a suite directly in
   * the root, has a record of its own, and is judged on its own. Call `startRun()` once all of them have been evaluated.
   * @param path absolute.
   * @throws an error of one sentence for a wrong docblock.
   */
  openFile(file: Suite, path: string): Scope {
    const pragma = readPragma(path);
    const scope = this.scopes.openFile(file, path);
    this.records.add(scope);
    this.declare(scope, pragma, formatPragma);
    return scope;
  }

  private allow(allowances: readonly Allowance[], site: Site): void {
    const scope = this.tracker.current() ?? (this.running ? undefined : this.tracker.file);
    if (scope === undefined) {
      if (hasFault()) return; // its scope could not be opened
      throw new TypeError(
        'allowLingering() must be called in a test, in a hook, or at the top level of a test file.',
      );
    }
    // In a test hook it holds for the whole suite.
    const holder = scope.hook === undefined ? scope : scope.parent!;
    guard(() => this.declare(holder, allowances, site));
  }

  private declare(scope: Scope, allowances: readonly Allowance[], declaration: Declaration): void {
    this.tracker.allow(scope, allowances);
    this.records.of(scope).declare(allowances, scope, declaration);
  }

  /** Allows what is declared beside the code, for the running attempt of a test or for a suite. */
  declareFor(task: Test | Suite, allowances: readonly Allowance[], declaration: Declaration): void {
    this.declare(this.scopes.of(task), allowances, declaration);
  }

  /** The tests begin: the file's top level and its describe blocks are over. */
  startRun(): void {
    this.running = true;
    this.tracker.startRun();
  }

  /** Opens the scope of a new attempt of a test. With `retry`, the attempt before it does not count. */
  begin(test: Test, retry: boolean): Scope {
    // fault: as a test begins
    const { scope, former } = this.scopes.open(test);
    if (former !== undefined) {
      if (retry) this.supersede(former);
      else this.scopes.keep(former, test);
    }
    this.tracker.start(scope);
    return scope;
  }

  /** Full name, "describe > test". */
  nameOf(task: Test | Suite): string {
    return this.scopes.nameOf(task);
  }

  /** The scope of the running attempt of a test, if it has begun. */
  attemptOf(test: Test): Scope | undefined {
    return this.scopes.attemptOf(test);
  }

  /** What the verdict on a task waits for the end of: a task that still has cleanup to run; undefined if there is none. */
  deadlineOf(task: Test | Suite): Test | Suite | undefined {
    return this.deferred.deadlineOf(task);
  }

  /** The attempt failed by itself: what it left is counted, not judged. */
  drop(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.abandon(scope);
    this.verdicts.set(scope, false);
  }

  /** The attempt does not count, because it was skipped while it ran. */
  discard(scope: Scope): void {
    this.tracker.stop(scope);
    this.tracker.supersede(scope);
    this.verdicts.set(scope, false);
  }

  /** The cleanup of a suite has failed: what waited for it is a consequence. */
  abandonIn(suite: Suite): void {
    const holder = this.scopes.of(suite);
    for (const scope of [holder, ...this.deferred.scopes()]) {
      if (isWithin(scope, holder)) this.tracker.abandon(scope);
    }
  }

  /** If an attempt that is over owns nothing that is open, there is nothing to judge: passes it, and returns true. */
  passIfClean(scope: Scope): boolean {
    if (!this.tracker.isClean(scope)) return false;
    this.tracker.stop(scope);
    this.tracker.close(scope);
    this.verdicts.set(scope, true);
    return true;
  }

  /** Notes what an attempt has open or in flight as it times out; the first look counts, because hooks that follow may close it. */
  noteTimeout(test: Test): void {
    const scope = this.attemptOf(test);
    if (scope === undefined || this.explanations.has(test)) return;
    const explanation = toTimeoutError(this.tracker.inspect(scope), this.options);
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
    this.verdicts.set(scope, true);
    return this.errorsOf(scope, verdicts.get(scope) ?? []);
  }

  /** Leaves the verdict on an attempt to the end of its deadline (see `deadlineOf`). */
  defer(scope: Scope, deadline: Test | Suite): void {
    this.tracker.stop(scope);
    this.deferred.add(deadline, scope);
  }

  /**
   * The scope of a suite's test hooks of one kind, "beforeAll". Its verdict waits for the cleanup of that suite, and of those
   * around it.
   * @param definition the unread stack of the call that defines the hook, or its place.
   */
  hookScope(suite: Suite, hook: string, definition?: Site | Place): Scope {
    // fault: as a hook of a suite begins
    const { scope, isNew } = this.scopes.ofHook(suite, hook, definition);
    if (isNew) this.deferred.add(this.deadlineOf(suite) ?? suite, scope);
    return scope;
  }

  /** Whether a verdict waits for the end of a task: if none does, there is nothing to `finish`. */
  isAwaited(task: Test | Suite): boolean {
    return this.deferred.has(task);
  }

  /** A suite or a file has run to its end: what it left goes on after it. */
  leaveSuite(suite: Suite): void {
    this.scopes.leave(suite);
  }

  /** A whole suite is tried again: what its hooks left so far does not count. */
  retrySuite(suite: Suite): void {
    for (const scope of this.scopes.takeHooks(suite)) this.supersede(scope);
  }

  private supersede(scope: Scope): void {
    this.tracker.supersede(scope);
    this.records.of(scope).supersede(scope);
  }

  /**
   * Judges everything that waited for the end of a suite or a test, together, and latecomers; for a test also its own attempt,
   * unless that has its verdict.
   */
  async finish(task: Test | Suite): Promise<Outcome<Test, Suite>> {
    // fault: at the end of a suite
    const own = this.tree.kindOf(task) === 'test' ? this.attemptOf(task as Test) : undefined;
    if (own !== undefined && !this.verdicts.has(own)) this.defer(own, task);
    const late = within(this.tracker.late, this.scopes.of(task));
    const scopes = [...new Set([...this.deferred.take(task), ...late])];
    return this.outcome(scopes, await this.tracker.judge(scopes));
  }

  /**
   * Judges everything that is left at the end of a file: what waited for it, the file itself, and latecomers. If the file is one
   * of several, and cleanup of the root is still to run, its own verdict waits for that.
   * @param skipped whether a hook that may close what the file's own code opened was skipped, with all tests of its suite.
   */
  async finishFile(file: Suite, skipped: boolean): Promise<Outcome<Test, Suite>> {
    // fault: at the end of the file
    const { tree, tracker } = this;
    // The file may open its last resource in a tick, because `listen` looks up even an IP address. No turn of the loop.
    for (let i = 0; i < TICKS; i++) await new Promise<void>((resolve) => nextTick(resolve));
    const holder = this.scopes.of(file);
    const own = skipped ? [] : [holder];
    if (file !== tree.root && tree.hasCleanup(tree.root)) {
      for (const scope of own) this.deferred.add(tree.root, scope);
      return { tests: [], suites: [] };
    }
    const scopes = [...new Set([...this.deferred.takeWithin(file), ...own, ...within(tracker.late, holder)])];
    const outcome = this.outcome(scopes, await tracker.judge(scopes));
    if (file !== tree.root) this.scopes.leave(file);
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
      reportSurprises(this.tracker);
    }
  }

  /** What outlives the file holds the tracker, which holds this session: that must not hold the realm of the tests. */
  private forget(): void {
    this.definitions.scopes = undefined;
    for (const each of [this.scopes, this.explanations, this.deferred, this.verdicts]) each.clear();
    this.records.forget();
  }

  /** Notes, once, that async hooks of the tracker have failed. */
  private noteFault(): void {
    const { fault } = this.tracker;
    if (fault === undefined || this.isFaultNoted) return;
    this.isFaultNoted = true;
    noteFault(fault);
  }

  private outcome(scopes: readonly Scope[], verdicts: Verdicts): Outcome<Test, Suite> {
    for (const scope of scopes) this.verdicts.set(scope, !scope.abandoned);
    const tests: [Test, LeakError[]][] = [];
    const suites: [Suite, LeakError[]][] = [];
    for (const [scope, leaks] of verdicts) {
      const errors = this.errorsOf(scope, leaks);
      if (errors.length === 0) continue;
      const test = this.scopes.testOf(scope);
      if (test === undefined) suites.push([this.scopes.suiteOf(scope), errors]);
      else tests.push([test, errors]);
    }
    return { tests, suites };
  }

  /** The errors for the leaks of a scope that are not known. */
  private errorsOf(scope: Scope, leaks: readonly Leak[]): LeakError[] {
    return toErrors(this.records.of(scope).sift(scope, leaks), this.options);
  }

  /** Everything to report of a file, after its last verdict. */
  record(file: Suite): FileRecord {
    const tests = this.tree.testsOf(file);
    const record = this.records.recordOf(this.scopes.of(file), this.tracker, {
      attempts: tests.map((test) => this.attemptOf(test)),
      testOf: (scope) => this.scopes.testOf(scope),
      names: () => tests.map((test) => this.nameOf(test)),
      scopes: this.scopes.all(),
      verdicts: this.verdicts,
    });
    // If async-leaks has failed, the absence of leaks proves nothing.
    return hasFault() ? { ...record, allowances: [], judged: [], whole: false } : record;
  }
}
