/** One run of Mocha in this process under detection: what Mocha does becomes calls of a session, and leaks become failures. */
import type { ResolvedOptions } from '../config/options.js';
import { faultsFor, guard, guardAsync, refusing } from '../process/faults.js';
import type { LeakError } from '../report/leak-error.js';
import { inOne } from '../report/one-error.js';
import { formatPath } from '../report/message/words.js';
import type { FileRecord } from '../report/record.js';
import { readGiven } from '../session/given.js';
import { hideOwnFrames } from '../session/own-frames.js';
import { Session, type Outcome } from '../session/session.js';
import { followFakeClocks } from '../session/simulated/fake-clock.js';
import { API } from '../session/test-api.js';
import { inScope } from '../session/wrap.js';
import { say } from '../text/printable.js';
import type { Scope, Site } from '../tracker/index.js';
import { beginPart } from '../tracker/test-hooks.js';
import { addEntry, ROOT, titleOf } from './entries.js';
import { Events, showingOf, type Showing } from './events.js';
import type { Done, HookName, Mocha, MochaClass, Runnable, Runner, Suite, Test } from './mocha.js';
import { Hooks } from './hooks.js';
import { roleOf } from './packages.js';
import { originalOf, RunTree, TestFile, type Group } from './tree.js';
import { explain, hookWords, isTimeout, standIn } from './words.js';

/** The attempt of a test that runs, or ran last. */
interface Attempt {
  readonly test: Test;
  readonly scope: Scope;
  /** Whether its each-hooks have run, too. */
  isOver: boolean;
  /** Its judgement, if that began before. */
  verdict?: Promise<void>;
}

/** What a run goes by. */
export interface RunContext {
  readonly kind: MochaClass;
  /** Mocha's own. */
  readonly emit: Runner['emit'];
  readonly options: ResolvedOptions;
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
}

export class MochaRun {
  readonly mocha: Mocha;
  readonly options: ResolvedOptions;
  readonly root: string;
  private readonly kind: MochaClass;
  private readonly emitNow: Runner['emit'];
  private readonly tree: RunTree;
  private readonly session: Session<Test, Group>;
  /** The scopes of the files' top levels. */
  private readonly topLevels = new Map<TestFile, Scope>();
  private readonly hooks: Hooks;
  private attempt: Attempt | undefined;
  /** Which hooks run, or ran last. */
  private hookName: HookName = 'beforeAll';
  private events!: Events;
  private showing!: Showing;
  runner: Runner | undefined;

  /** @throws one sentence for what is wrong with the baseline. */
  constructor(mocha: Mocha, { kind, emit, options, root }: RunContext) {
    this.mocha = mocha;
    this.kind = kind;
    this.emitNow = emit;
    this.options = options;
    this.root = root;
    this.tree = new RunTree(mocha.suite, (file) => this.open(file));
    this.hooks = new Hooks(this.tree);
    const given = readGiven(undefined, options.baseline);
    this.session = new Session(
      { ...options, ...given, file: root, root, roleOf, project: undefined },
      this.tree,
    );
    (globalThis as { [API]?: unknown })[API] = this.session.api;
    followFakeClocks(globalThis, this.session.tracker);
    mocha.suite.on('pre-require', this.beginFile);
  }

  /** Throws one sentence for a wrong docblock. */
  private open(file: TestFile): void {
    refusing(() => this.topLevels.set(file, this.session.openFile(file, file.path)));
  }

  /** Mocha is about to load a file: from now on the function that does so runs in the file's scope. */
  private readonly beginFile = (_globals: unknown, name: string): void => {
    const file = this.tree.file(name);
    this.hooks.begin(file);
    const scope = file && this.topLevels.get(file);
    if (scope !== undefined) this.session.tracker.enter(scope);
  };

  /** Runs what is Mocha's own. */
  unowned<T>(fn: () => T): T {
    const { tracker } = this.session;
    return tracker.run(tracker.nobody, fn);
  }

  /** Mocha has made the runner, which has not begun. */
  attach(runner: Runner): void {
    this.runner = runner;
    this.events = new Events(runner, this.emitNow);
    this.showing = this.mocha.isWorker ? 'in the end' : showingOf(this.mocha._reporter, this.kind);
    const collect = (): void => {
      this.hooks.claim();
      this.tree.collect();
    };
    if (this.mocha.options.delay) this.tree.root.prependOnceListener('run', collect);
    else collect();
  }

  /** A suite has been given a hook. */
  noteHook(suite: Suite, name: HookName, definition: Site): void {
    if (this.runner === undefined || this.mocha.options.delay) this.hooks.note(suite, name, definition);
  }

  /** Mocha tells its reporters something. */
  emit(event: string, args: unknown[]): boolean {
    if (event === 'start') this.start();
    if (event === 'pass') this.pass(args[0] as Test);
    const told = this.events.emit(event, args);
    if (event === 'start' && this.showing === 'in the end') this.events.hold(this);
    return told;
  }

  private start(): void {
    this.session.startRun();
    this.tree.order((suite) => this.runner!.grepTotal(suite));
  }

  /**
   * A test has passed, but its hooks are still to run. Reporters are told later, unless somebody watches, and nothing of the test is
   * open. With no hook ahead the judgement begins: before Mocha goes on, it lets the event loop turn, and timers run.
   */
  private pass(test: Test): void {
    const { attempt, session } = this;
    if (attempt?.test !== test || attempt.isOver) return;
    const { scope } = attempt;
    const hasHooks = this.hasHooksAhead(test);
    const isClean = guard(() => session.tracker.isClean(scope)) === true;
    if (isClean && hasHooks && this.showing === 'live') return;
    this.events.hold(test);
    if (isClean || hasHooks || session.deadlineOf(test) !== undefined) return;
    attempt.verdict = this.judge(test, scope);
  }

  private hasHooksAhead({ parent }: Test): boolean {
    for (let suite = parent; suite !== undefined; suite = suite.parent)
      if (suite.getHooks('afterEach').length > 0) return true;
    return false;
  }

  /** Hooks of one kind are about to run. */
  beginHooks(name: HookName): void {
    this.hookName = name;
  }

  /** Runs a test or a hook, its function in its scope, and what is Mocha's in nobody's. */
  execute(runnable: Runnable, run: Runnable['run'], callback: Done): void {
    const { fn } = runnable;
    const scope = fn && guard(() => this.scopeOf(runnable));
    if (fn === undefined || scope === undefined) return run.call(runnable, callback);
    const { tracker } = this.session;
    const wrapped = inScope(fn, () => (call) => tracker.run(scope, call));
    const done: Done = (error) => {
      if (runnable.fn === wrapped) runnable.fn = fn;
      return this.unowned(() => {
        if (error !== undefined) guard(() => this.noteFailure(runnable, scope, error));
        return callback(error);
      });
    };
    runnable.fn = wrapped;
    this.unowned(() => run.call(runnable, done));
  }

  private scopeOf(runnable: Runnable): Scope | undefined {
    if (runnable.type === 'test') return this.begin(runnable as Test);
    if (runnable.type !== 'hook') return undefined;
    const name = hookWords(this.hookName, this.mocha.options.ui);
    if (this.hookName.endsWith('Each')) return this.runner?.test && this.begin(this.runner.test, name);
    return this.session.hookScope(this.hooks.holderOf(runnable), name, this.hooks.definitionOf(runnable));
  }

  /** An attempt begins with the first of its each-hooks. */
  private begin(test: Test, hook?: string): Scope {
    if (this.attempt?.test !== test)
      this.attempt = { test, scope: this.session.begin(test, true), isOver: false };
    beginPart(this.session.tracker, this.attempt.scope, hook);
    return this.attempt.scope;
  }

  private noteFailure(runnable: Runnable, scope: Scope, error: unknown): void {
    hideOwnFrames(error);
    const { session, attempt } = this;
    if (scope === attempt?.scope) {
      if (!isTimeout(error)) return;
      // Now, because hooks that follow may close what it waited for.
      session.noteTimeout(attempt.test);
      const explanation = session.takeExplanation(attempt.test);
      if (explanation !== undefined) explain(error, explanation);
    } else {
      // What it left is a consequence.
      session.tracker.abandon(scope);
      if (this.hookName === 'afterAll') session.abandonIn(runnable.parent ?? this.tree.root);
    }
  }

  /** The each-hooks of a test have run. Returns a promise only if there is something to wait for. */
  leaveTest(test: Test | undefined, error: unknown): Promise<void> | undefined {
    const { attempt } = this;
    if (test === undefined || attempt?.test !== test || attempt.isOver) return undefined;
    attempt.isOver = true;
    const isLast = test.state !== undefined || test.isPending();
    const file = isLast ? this.fileEndingWith(originalOf(test)) : undefined;
    const judging = guard(() => this.settle(attempt, error));
    if (judging === undefined && file === undefined) return this.events.release(test);
    return this.unowned(async () => {
      await judging;
      this.events.release(test);
      if (file !== undefined) await this.waiting(() => this.finishFile(file));
    });
  }

  private settle({ test, scope, verdict }: Attempt, error: unknown): Promise<void> | undefined {
    const { session } = this;
    if (verdict !== undefined) return verdict;
    if (test.isPending()) session.discard(scope);
    else if (error !== undefined || test.state !== 'passed') session.drop(scope);
    else if (!session.passIfClean(scope)) {
      const deadline = session.deadlineOf(test);
      if (deadline === undefined) return this.judge(test, scope);
      session.defer(scope, deadline);
      // Who watches does not wait for the end of the whole run.
      if (deadline !== this.tree.root || this.showing !== 'live') this.events.hold(deadline);
    }
    return undefined;
  }

  /** Judges a test. If what it left throws meanwhile, Mocha would end the run: it fails the test instead. */
  private async judge(test: Test, scope: Scope): Promise<void> {
    let own: unknown;
    const errors = await this.waiting(
      () => this.session.judge(scope),
      standIn((error) => (own ??= error)),
    );
    if (own === undefined) return this.fail(test, errors ?? []);
    this.session.drop(scope);
    hideOwnFrames(own);
    this.events.fail(test, own);
  }

  /** Waits for a verdict of ours. An exception that nobody catches meanwhile fails `culprit`, or nothing in particular. */
  private async waiting<T>(step: () => Promise<T>, culprit?: object): Promise<T | undefined> {
    const runner = this.runner!;
    const { currentRunnable } = runner;
    runner.currentRunnable = culprit;
    const result = await this.unowned(() => guardAsync(step));
    runner.currentRunnable = currentRunnable;
    return result;
  }

  /** The file that ends with a suite or a test. */
  private fileEndingWith(task: Suite | Test): TestFile | undefined {
    if (task.parent !== this.tree.root) return undefined;
    const file = this.tree.fileOf(task);
    return file?.last === task && !file.isOver ? file : undefined;
  }

  /** A suite has run, its cleanup included. Returns a promise only if there is something to wait for. */
  leaveSuite(suite: Suite): Promise<void> | undefined {
    const { session, tree } = this;
    if (suite === tree.root) return this.waiting(() => this.finish());
    tree.ended.add(suite);
    guard(() => session.leaveSuite(suite));
    const file = this.fileEndingWith(suite);
    if (!session.isAwaited(suite) && file === undefined) return this.events.release(suite);
    return this.waiting(async () => {
      this.report(await session.finish(suite));
      this.events.release(suite);
      if (file !== undefined) await this.finishFile(file);
    });
  }

  /** A file has run. While the root has cleanup ahead, the verdict on the file waits for that. */
  private async finishFile(file: TestFile): Promise<void> {
    file.isOver = true;
    this.report(await this.session.finishFile(file, this.tree.skipsCleanup(file)));
  }

  /** All has run, also the cleanup of the root. */
  private async finish(): Promise<void> {
    const { session, tree } = this;
    tree.isGathering = true;
    for (const file of tree.files) if (!file.isOver) await this.finishFile(file);
    tree.isGathering = false;
    tree.ended.add(tree.root);
    const outcome = await guardAsync(() => session.finishFile(tree.root, false));
    if (outcome !== undefined) this.report(outcome);
    for (const fault of faultsFor(this.options.mode, say)) this.addFailure('async-leaks', tree.root, fault);
    this.events.releaseAll();
  }

  private report({ tests, suites }: Outcome<Test, Group>): void {
    for (const [test, errors] of tests) this.fail(test, errors);
    if (this.options.mode === 'warn') return;
    for (const [group, errors] of suites) {
      const error = inOne(errors);
      const file = this.fileOf(group);
      this.addFailure(titleOf(error, file ? formatPath(file.path, this.root) : ROOT), group, error);
    }
  }

  private fileOf(group: Group): TestFile | undefined {
    return group instanceof TestFile ? group : this.tree.fileOf(group);
  }

  /** Fails a test, unless it has failed by itself since. */
  private fail(test: Test, errors: readonly LeakError[]): void {
    if (errors.length === 0 || this.options.mode === 'warn' || test.state !== 'passed') return;
    this.events.fail(test, inOne(errors));
  }

  private addFailure(title: string, group: Group, error: Error): void {
    const entry = new this.kind.Test(title, () => {});
    const suite = group instanceof TestFile ? this.tree.root : group;
    addEntry(this.runner!, entry, suite, this.fileOf(group)?.path, error);
  }

  /** What there is to tell of the files, after the last verdict. */
  records(): FileRecord[] {
    const { files, root } = this.tree;
    const own = this.session.record(root);
    const hasOwn = own.leaks.length + own.abandoned + own.allowances.length > 0;
    return [...files.map((file) => this.session.record(file)), ...(hasOwn ? [own] : [])];
  }

  /** Lets go of what the run left behind. */
  end(): void {
    this.mocha.suite.removeListener('pre-require', this.beginFile);
    if (this.runner !== undefined) this.events.releaseAll();
    guard(() => this.session.end());
  }
}
