/** Tests and suites of node:test under detection: which scope runs what, and what comes of it. */
import { guard, guardAsync } from '../../process/faults.js';
import type { ResolvedOptions } from '../../config/options.js';
import type { LeakError } from '../../report/leak-error.js';
import { hideOwnFrames } from '../../session/own-frames.js';
import type { Outcome, Session } from '../../session/session.js';
import type { Scope } from '../../tracker/index.js';
import { encloses } from '../../tracker/resource.js';
import { beginPart } from '../../tracker/test-hooks.js';
import { createFailure, toFailure } from './failures.js';
import { isHook, isSuite, type NodeTest } from './internals.js';
import type { NodeTestTree, Suite } from './tree.js';

const TIMED_OUT = 'testTimeoutFailure';
const SUBTESTS_FAILED = 'subtestsFailed';

/** What node:test says of how a test has failed. */
const failureTypeOf = (error: unknown): unknown =>
  ((error ?? {}) as { readonly failureType?: unknown }).failureType;

const hasOnlySubtestsFailed = ({ error }: NodeTest): boolean => failureTypeOf(error) === SUBTESTS_FAILED;

export class Tests {
  readonly session: Session<NodeTest, Suite>;
  /** Leaks for which no test or suite can fail any more. */
  readonly unreported: [Suite, LeakError[]][] = [];
  private readonly tree: NodeTestTree;
  private readonly options: ResolvedOptions;
  private readonly runHook: NodeTest['runHook'];
  /** By its context, which alone shows which test an each-hook runs for. */
  private readonly byContext = new WeakMap<object, NodeTest>();
  /** Tests, suites and the root, whose verdicts others wait for: no report of anything within is sent before. */
  private readonly held = new Set<Suite>();
  /** Tests that have ended, in whatever way. */
  private readonly settled = new WeakSet<NodeTest>();
  /** Tests and suites that fail only because of leaks. */
  private readonly leaking = new WeakSet<NodeTest>();
  private readonly hookScopes = new Map<Suite, Set<Scope>>();
  private isRunning = false;

  /** @param runHook the method of node:test, as it was. */
  constructor(
    session: Session<NodeTest, Suite>,
    tree: NodeTestTree,
    options: ResolvedOptions,
    runHook: NodeTest['runHook'],
  ) {
    this.session = session;
    this.tree = tree;
    this.options = options;
    this.runHook = runHook;
  }

  /** Notes which test a context is of. */
  noteContext(test: NodeTest, context: object): void {
    this.byContext.set(context, test);
  }

  /** Whether reports of what is within a task have to wait. */
  isHeld(task: NodeTest): boolean {
    return this.held.has(task);
  }

  /** A test begins: opens its scope. */
  begin(test: NodeTest): void {
    if (!this.isRunning) {
      this.isRunning = true;
      this.session.startRun();
    }
    if (!test.skipped) this.attemptOf(test);
  }

  private attemptOf(test: NodeTest): Scope {
    return this.session.attemptOf(test) ?? this.session.begin(test, false);
  }

  /** The scope of a test, as one of its functions begins: a hook of that name, or its own. */
  private partOf(test: NodeTest, hook?: string): Scope {
    const scope = this.attemptOf(test);
    beginPart(this.session.tracker, scope, hook);
    return scope;
  }

  /** The scope of a function of the user's: a test's, a hook's, a describe body. `context` is what it gets as `this`. */
  scopeOf(task: NodeTest, context: unknown): Scope | undefined {
    const { session, tree } = this;
    if (!isHook(task)) {
      if (tree.kindOf(task) === 'test') return this.partOf(task);
      return tree.scopeOf(tree.fileOf(task)) ?? session.tracker.file;
    }
    const test = this.byContext.get(context as object);
    // Node 20 does not say what a hook of a test's context is for.
    const holder = task.parentTest ?? test;
    const { hookType } = task;
    if (holder === undefined || hookType === undefined) return undefined;
    if (hookType.endsWith('Each')) return test && this.partOf(test, hookType);
    if (tree.kindOf(holder) === 'test') return this.partOf(holder, hookType);
    const suite = holder === tree.root ? tree.fileOf(task) : holder;
    const scope = session.hookScope(suite, hookType, tree.definitionOf(task));
    const scopes = this.hookScopes.get(suite) ?? new Set();
    this.hookScopes.set(suite, scopes.add(scope));
    return scope;
  }

  /** A test or a suite fails by itself. */
  noteFailure(task: NodeTest, error: unknown): void {
    hideOwnFrames(error);
    // Now, because hooks that follow may close what it waited for.
    const hasTimedOut = failureTypeOf(error) === TIMED_OUT && task.error === null;
    if (hasTimedOut && this.session.attemptOf(task) !== undefined) this.session.noteTimeout(task);
  }

  /** A test that node:test has given up, though it may go on. */
  giveUp(test: NodeTest): void {
    if (this.settled.has(test)) return;
    this.settled.add(test);
    const scope = this.session.attemptOf(test);
    if (scope !== undefined) this.drop(test, scope);
  }

  /** Runs the hooks `after` of a test, which is its last cleanup, and throws what is to fail it. */
  async endTest(test: NodeTest, cleanUp: () => Promise<void>): Promise<void> {
    const own = await caught(cleanUp);
    // What `t.signal` closes: Node aborts it only after these hooks.
    test.abortController.abort();
    const errors = await guardAsync(() => this.settle(test, own !== undefined));
    if (own !== undefined) throw own.error;
    if (errors === undefined || errors.length === 0) return;
    this.leaking.add(test);
    throw toFailure(errors);
  }

  private settle(test: NodeTest, failed: boolean): Promise<LeakError[]> | undefined {
    const { session } = this;
    const scope = this.settled.has(test) ? undefined : session.attemptOf(test);
    if (scope === undefined) return undefined;
    this.settled.add(test);
    const awaited = this.held.delete(test);
    if (failed || this.hasFailed(test)) {
      if (awaited) session.abandonIn(test);
      this.drop(test, scope);
    } else if (test.skipped) {
      session.discard(scope);
    } else if (!session.passIfClean(scope)) {
      const deadline = session.deadlineOf(test);
      if (deadline === undefined) return this.finish(test);
      session.defer(scope, deadline);
      this.held.add(deadline);
    }
    return awaited ? this.finish(test) : undefined;
  }

  private drop(test: NodeTest, scope: Scope): void {
    const explanation = this.session.takeExplanation(test);
    if (explanation !== undefined) for (const line of explanation.message.split('\n')) test.diagnostic(line);
    this.session.drop(scope);
  }

  /** Whether a test fails by itself, or is about to, because a subtest has. */
  private hasFailed(test: NodeTest): boolean {
    if (test.error !== null) return true;
    return test.subtests.some((each) => {
      if (each.endTime === null) return true; // it is going to be cancelled
      return !each.passed && !each.isTodo && !this.leaking.has(each);
    });
  }

  /** Judges a test together with what waited for it; resolves to its own errors. */
  private async finish(test: NodeTest): Promise<LeakError[]> {
    const outcome = await this.session.finish(test);
    const own = outcome.tests.filter(([each]) => each === test);
    const others = outcome.tests.filter(([each]) => each !== test);
    await this.report({ tests: others, suites: outcome.suites });
    return this.options.mode === 'warn' ? [] : own.flatMap(([, errors]) => errors);
  }

  /** Runs the hooks `after` of a suite, and throws what is to fail it. */
  async endSuite(suite: NodeTest, cleanUp: () => Promise<void>): Promise<void> {
    const own = await caught(cleanUp);
    const errors = await guardAsync(() => this.settleSuite(suite, own !== undefined));
    if (own !== undefined) throw own.error;
    if (errors === undefined || errors.length === 0) return;
    this.leaking.add(suite);
    failRun(suite.root);
    throw toFailure(errors);
  }

  private async settleSuite(suite: NodeTest, failed: boolean): Promise<LeakError[]> {
    const { session, tree } = this;
    if (this.settled.has(suite)) return [];
    this.settled.add(suite);
    const deadline = session.deadlineOf(suite);
    tree.noteCleaned(suite);
    if (failed || suite.hooks.before.some(({ error }) => error !== null)) session.abandonIn(suite);
    session.leaveSuite(suite);
    this.held.delete(suite);
    const scopes = this.hookScopes.get(suite) ?? new Set();
    if (deadline !== undefined && deadline !== suite && this.isOpenIn(scopes)) this.held.add(deadline);
    // What a test opened in a client of the suite's is judged together with that.
    for (const late of session.tracker.late)
      if ([...scopes].some((scope) => encloses(scope, late))) session.defer(late, suite);
    const { tests, suites } = await session.finish(suite);
    const others = suites.filter(([each]) => each !== suite);
    await this.report({ tests, suites: others });
    if (this.options.mode === 'warn') return [];
    return suites.flatMap(([each, errors]) => (each === suite ? errors : []));
  }

  private isOpenIn(scopes: Iterable<Scope>): boolean {
    return [...scopes].some((scope) => !scope.abandoned && !this.session.tracker.isClean(scope));
  }

  /** The hooks `after` of the root have run: judges what waited for them. */
  async endRoot(failed: boolean): Promise<void> {
    const { session, tree } = this;
    tree.noteCleaned(tree.root);
    if (failed) session.abandonIn(tree.root);
    await guardAsync(async () => this.report(await session.finish(tree.root)));
    this.held.delete(tree.root);
  }

  /** Fails tests and suites that have ended, but are not reported yet; keeps the rest. */
  async report({ tests, suites }: Outcome<NodeTest, Suite>): Promise<void> {
    if (this.options.mode === 'warn') return;
    const failing = new Map<NodeTest, LeakError[]>();
    for (const [task, errors] of [...suites, ...tests]) {
      if ('hooks' in task && this.canFail(task)) failing.set(task, [...(failing.get(task) ?? []), ...errors]);
      else this.unreported.push([task, [...errors]]);
    }
    for (const [task, errors] of failing) await this.fail(task, toFailure(errors));
  }

  /** node:test keeps the first failure of a task. That a subtest has failed says less than what the task itself has left. */
  private canFail(task: NodeTest): boolean {
    return task !== this.tree.root && !task.finished && (task.error === null || hasOnlySubtestsFailed(task));
  }

  private async fail(task: NodeTest, error: LeakError): Promise<void> {
    this.leaking.add(task);
    if (hasOnlySubtestsFailed(task)) task.error = null;
    if (isSuite(task)) failRun(task.root);
    task.fail(await createFailure(this.runHook, error, 'testCodeFailure'));
    if (task.isTodo) return;
    // Those around it that have ended have counted their failures already.
    for (let each = task.parent; each !== null && each !== this.tree.root; each = each.parent) {
      if (each.endTime === null || !each.passed) continue;
      this.leaking.add(each);
      each.fail(await createFailure(this.runHook, '1 subtest failed', SUBTESTS_FAILED));
    }
  }

  /** Judges what is left at the end of a file. */
  async finishFile(file: Suite, skipped: boolean): Promise<void> {
    const outcome = await guardAsync(() => this.session.finishFile(file, skipped));
    if (outcome !== undefined) await this.report(outcome);
  }

  /** Lets go of what the files left. */
  end(): void {
    guard(() => this.session.end());
    this.held.clear();
  }
}

/** What a function of the user's threw; undefined if nothing. */
async function caught(fn: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await fn();
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Node 22.12 to 25.0 exit with 0 where only a suite has failed. */
function failRun({ harness }: NodeTest): void {
  if (harness?.success !== undefined) harness.success = false;
  process.exitCode = 1;
}
