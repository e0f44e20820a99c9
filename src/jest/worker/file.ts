/** One test file in Jest: turns circus' events into calls of a session, and leaks into failures. */
import type { Circus } from '@jest/types';

import type { ResolvedOptions } from '../../config/options.js';
import { faultsFor, guard, guardAsync, takeFault } from '../../process/faults.js';
import type { LeakError } from '../../report/leak-error.js';
import { say } from '../../text/printable.js';
import { readGiven } from '../../session/given.js';
import { hideOwnFrames } from '../../session/own-frames.js';
import { Session, type Outcome } from '../../session/session.js';
import { idleApi, type TestApi } from '../../session/test-api.js';
import type { Scope, Tracker } from '../../tracker/index.js';
import { beginPart } from '../../tracker/test-hooks.js';
import { channelOf, send, sendFault, type RunIdentity } from '../../process/channel.js';
import { endWorkerWhenHeld } from '../ending.js';
import { roleOf } from './packages.js';
import { inScope, type Run, type TestFunction } from '../../session/wrap.js';
import { BlockTree, type Suite, type Test } from './tree.js';

/** What Jest says of a test file. */
export interface FileContext {
  /** Absolute path of the test file, and of the folder that shown paths are relative to. */
  readonly path: string;
  readonly root: string;
  /** The run that the file is part of. */
  readonly run: RunIdentity;
  /** The id of the project, and its name, if it has one. */
  readonly projectId: string;
  readonly project: string | undefined;
  /** The module that runs the tests; absolute. */
  readonly testRunner: string;
  /** The console of the file. */
  readonly console: Pick<Console, 'warn'>;
}

const OTHER_RUNNER = 'async-leaks needs jest-circus, the default testRunner; this file was not checked.';
const HIDDEN =
  'async-leaks: this file was not checked: handleTestEvent() of its environment must call super.handleTestEvent(event, state).';
const ADVICE = 'add "async-leaks/jest/reporter" to reporters.';

/** Whether this process has said that the reporter is missing. */
let saidSo = false;

/** The session of the file that is not over yet. */
let unended: Session<Test, Suite> | undefined;

export class JestFile {
  private readonly context: FileContext;
  private readonly options: ResolvedOptions;
  private readonly tree = new BlockTree();
  private readonly session: Session<Test, Suite> | undefined;
  /** Where the reporter listens, if it does. Taken now: a test may run another Jest in this process. */
  private readonly channel: string | undefined;
  private readonly running = new Set<Test>();
  private sawEvents = false;
  private isSetUp = true;
  /** The console's own: later a test may spy on it, and be surprised by what we print. */
  private readonly print: (text: unknown) => void;

  /** Throws one sentence for what it cannot work with. */
  constructor(context: FileContext, options: ResolvedOptions) {
    this.context = context;
    this.options = options;
    this.channel = channelOf(context.run);
    this.print = context.console.warn.bind(context.console);
    // Jest does not tear an environment down if its `setupFiles` threw: what it made would count for this file, too.
    guard(() => unended?.end());
    unended = undefined;
    if (options.mode === 'off') return;
    if (options.update && this.channel === undefined)
      throw new Error(`async-leaks: ASYNC_LEAKS=update needs the reporter: ${ADVICE}`);
    const { path, root, project } = context;
    const given = readGiven(path, options.baseline);
    this.session = guard(() => {
      const session = new Session<Test, Suite>(
        { ...options, ...given, file: path, root, project, roleOf },
        this.tree,
      );
      // Everything that Jest does for the file from now on, above all evaluating it, runs in the file's scope.
      session.tracker.enter(session.tracker.file);
      return session;
    });
    unended = this.session;
  }

  /** Runs what the environment does for itself: nobody's. */
  unowned<T>(fn: () => T): T {
    const { session } = this;
    return session === undefined ? fn() : session.tracker.run(session.tracker.nobody, fn);
  }

  /** Runs the environment's `setup()`. */
  async setUp(setup: () => Promise<void>): Promise<void> {
    this.isSetUp = false;
    await this.unowned(setup);
    this.isSetUp = true;
  }

  /** The tracker that follows what the file creates; undefined if that is switched off. */
  get tracker(): Tracker | undefined {
    return this.session?.tracker;
  }

  /** What test code reaches through the global of the environment. */
  get api(): TestApi {
    return this.session?.api ?? idleApi;
  }

  /**
   * Handles an event of circus; returns a promise only if there is something to wait for, because there are some eight events to
   * a test. Never throws: that would cost the results of the whole file (jest#9797).
   */
  handle(event: Circus.AsyncEvent | Circus.SyncEvent, state: Circus.State): Promise<void> | void {
    this.sawEvents = true;
    const { session } = this;
    this.tree.root = state.rootDescribeBlock;
    if (session !== undefined) return guardAsync(() => this.follow(session, event, state));
  }

  /** Lets go of what the file left behind. */
  end(): void {
    // If the environment itself has failed, no test was to run.
    if (!this.sawEvents && this.isSetUp && this.session !== undefined)
      process.stderr.write(`${isCircus(this.context.testRunner) ? HIDDEN : OTHER_RUNNER}\n`);
    guard(() => this.session?.end());
    if (unended === this.session) unended = undefined;
    this.running.clear();
    guard(() => endWorkerWhenHeld());
    const fault = takeFault();
    if (fault === undefined) return;
    // Throwing here would cost the results of the file.
    if (this.options.mode === 'warn' || this.channel === undefined) say(fault.message);
    else sendFault(this.channel, fault.message);
  }

  private follow(
    session: Session<Test, Suite>,
    event: Circus.AsyncEvent | Circus.SyncEvent,
    state: Circus.State,
  ): Promise<void> | void {
    switch (event.name) {
      case 'run_start':
        this.wrapAll(session, state.rootDescribeBlock, state);
        return session.startRun();
      case 'test_fn_start':
        // One after the other: wrapping all as the run begins would put a function around each that lives as long as the file.
        if (!event.test.concurrent) this.wrapTest(session, event.test);
        return session.tracker.expectTimer(event.test.timeout || state.testTimeout);
      case 'hook_start':
        return session.tracker.expectTimer(event.hook.timeout || state.testTimeout);
      case 'hook_failure':
        // What it left is a consequence.
        if (event.test === undefined && event.describeBlock !== undefined) {
          session.tracker.abandon(this.hookScope(session, event.describeBlock, event.hook));
          if (event.hook.type === 'afterAll') session.abandonIn(event.describeBlock);
        }
        return;
      case 'test_fn_failure':
        // Now, because hooks that follow may close what it waited for.
        if (isTimeout(event.error)) session.noteTimeout(event.test);
        return;
      case 'test_done':
        return this.finishTest(session, event.test);
      case 'describe_retry':
        return session.retrySuite(event.describeBlock);
      case 'run_describe_finish': {
        const { describeBlock } = event;
        if (describeBlock === state.rootDescribeBlock) return;
        session.leaveSuite(describeBlock);
        return this.tree.hasCleanup(describeBlock)
          ? this.finishSuite(session, describeBlock, state)
          : undefined;
      }
      case 'run_finish':
        return this.finishFile(session, state);
    }
  }

  private async finishSuite(session: Session<Test, Suite>, block: Suite, state: Circus.State): Promise<void> {
    this.report(await session.finish(block), state);
  }

  private async finishFile(session: Session<Test, Suite>, state: Circus.State): Promise<void> {
    const outcome = await guardAsync(() => session.finishFile(this.tree.root, this.tree.skipsCleanup()));
    if (outcome !== undefined) this.report(outcome, state);
    guard(() => this.sendRecord(session));
    state.unhandledErrors.push(...faultsFor(this.options.mode, this.print));
    for (const error of state.unhandledErrors) hideOwnFrames(exceptionOf(error));
  }

  private wrapAll(session: Session<Test, Suite>, block: Suite, state: Circus.State): void {
    for (const hook of block.hooks) {
      const run: () => Run = hook.type.endsWith('Each')
        ? () => this.inAttempt(session, state.currentlyRunningTest!, hook.type)
        : () => this.inHook(session, block, hook);
      hook.fn = inScope(hook.fn as TestFunction, run) as Circus.HookFn;
    }
    for (const child of block.children) {
      if (child.type === 'describeBlock') this.wrapAll(session, child, state);
      else if (child.concurrent) this.wrapTest(session, child);
    }
  }

  private wrapTest(session: Session<Test, Suite>, test: Test): void {
    const { fn } = test;
    if (!fn) return; // still to be written
    test.fn = inScope(fn as TestFunction, () => {
      if (!test.concurrent) test.fn = fn; // wrapped again for each attempt
      return this.inAttempt(session, test);
    }) as Circus.TestFn;
  }

  /** Jest 29 starts concurrent bodies before their own events, so an attempt begins with the first of its functions. */
  private inAttempt(session: Session<Test, Suite>, test: Test, hook?: string): Run {
    return this.runIn(session, () => {
      if (!this.running.has(test)) {
        this.running.add(test);
        session.begin(test, true);
      }
      const scope = session.attemptOf(test)!;
      if (!test.concurrent) beginPart(session.tracker, scope, hook);
      return scope;
    });
  }

  private inHook(session: Session<Test, Suite>, block: Suite, hook: Circus.Hook): Run {
    return this.runIn(session, () => this.hookScope(session, block, hook));
  }

  /** If a fault of ours leaves no scope, the user's code runs all the same. */
  private runIn(session: Session<Test, Suite>, open: () => Scope): Run {
    const scope = guard(() => {
      session.tracker.expectTimer(undefined);
      return open();
    });
    return scope === undefined ? (fn) => fn() : (fn) => session.tracker.run(scope, fn);
  }

  private hookScope(session: Session<Test, Suite>, block: Suite, { type, asyncError }: Circus.Hook): Scope {
    return session.hookScope(block, type, asyncError);
  }

  private finishTest(session: Session<Test, Suite>, test: Test): Promise<void> | void {
    for (const error of test.errors) hideOwnFrames(exceptionOf(error));
    const scope = session.attemptOf(test);
    if (!this.running.delete(test) || scope === undefined) return;
    if (test.errors.length > 0) {
      if (test.errors.some(isTimeout)) session.noteTimeout(test);
      const explanation = session.takeExplanation(test);
      if (explanation !== undefined) test.errors.push(explanation);
      return session.drop(scope);
    }
    if (session.passIfClean(scope)) return;
    const deadline = session.deadlineOf(test);
    if (deadline !== undefined) return session.defer(scope, deadline);
    return session.judge(scope).then((errors) => this.fail(test, errors));
  }

  private report({ tests, suites }: Outcome<Test, Suite>, state: Circus.State): void {
    const own = suites.flatMap(([, errors]) => errors);
    for (const [test, errors] of tests) this.fail(test, errors);
    if (this.options.mode === 'warn') this.warn(own);
    else state.unhandledErrors.push(...own);
  }

  /** Sends the record of the file to the reporter. */
  private sendRecord(session: Session<Test, Suite>): void {
    const record = session.record(this.tree.root);
    send(this.channel, { project: this.context.projectId, options: this.options, record });
    if (this.channel !== undefined || saidSo || record.leaks.length + record.abandoned === 0) return;
    saidSo = true;
    process.stderr.write(
      `async-leaks: there is no summary and no outputFile, because the reporter is missing: ${ADVICE}\n`,
    );
  }

  private fail(test: Test, errors: readonly LeakError[]): void {
    if (this.options.mode === 'warn') this.warn(errors);
    else test.errors.push(...errors);
  }

  private warn(errors: readonly LeakError[]): void {
    if (this.channel !== undefined) return; // the summary has them
    // Jest would add the place of the call: here.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    for (const error of errors) this.print(error.stack);
    Error.stackTraceLimit = limit;
  }
}

const isCircus = (testRunner: string): boolean =>
  /[\\/]jest-circus[\\/]/.test(testRunner) && process.env['JEST_JASMINE'] !== '1';

/**
 * Errors in circus are exceptions, or pairs of an exception and an error of Jest's, which has the stack of the call to `test`,
 * and gets its message later.
 */
function exceptionOf(error: Circus.TestError): unknown {
  return Array.isArray(error) ? (error[0] as unknown) : error;
}

/** Circus throws only the message, and keeps it beside an error that has the place. */
function isTimeout(error: Circus.TestError): boolean {
  const pair: unknown[] = Array.isArray(error) ? error : [error];
  return pair.some((each) => {
    const message = typeof each === 'string' ? each : (each as Error | undefined)?.message;
    return /Exceeded timeout of \d/.test(String(message));
  });
}
