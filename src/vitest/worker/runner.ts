/**
 * What the public hooks do not reach: the runner itself. We wrap its prototype once, and set the callbacks anew for each file.
 */
import { guard, guardAsync } from '../../process/faults.js';
import type { LeakError } from '../../report/leak-error.js';
import { finished, HeldResults, packOf } from './held-results.js';
import type { Event, Pack, Runner, Suite, TaskError, TaskResult, Test } from './tasks/tasks.js';

/** What a file's session hears of the runner. */
export interface RunnerListener {
  /** Runs the evaluation of the test file, or of a setup file. */
  importing<T>(fn: () => T, isSetup: boolean): T;
  /** Before the first hook of a suite; for the file, before any. */
  beforeSuite(suite: Suite): void;
  /** An attempt of a test begins, inside of aroundEach hooks; in the runner's async function. */
  beforeAttempt(test: Test): void;
  /** The attempt is over, including its hooks and fixtures. What this throws fails it. */
  afterAttempt(test: Test): Promise<void> | undefined;
  /** The attempt is over, and the runner itself has failed it. */
  failAttempt(test: Test): void;
  /** After everything of a test, including all its attempts and `test.fails`, just before its result is sent. */
  afterTest(test: Test): Promise<void> | undefined;
}

interface RunnerClass {
  importFile(path: string, source: string): unknown;
  onBeforeRunSuite(suite: Suite): unknown;
}

let listener: RunnerListener | undefined;
let runner: Runner | undefined;

/** Of the file that runs. */
const held = new HeldResults();

/** Holds the result of a test back until the verdict, which comes at the end of a suite. */
export function holdResult(test: Test, deadline: Suite): void {
  if (runner?.onTaskUpdate !== undefined) held.hold(test, deadline);
}

/** Sends the results of tests that passed, of those that have waited for the end of a suite, or of all. */
export async function sendHeld(deadline?: Suite): Promise<void> {
  const tests = held.take(deadline);
  if (tests.length > 0) await runner?.onTaskUpdate?.(tests.map(packOf), tests.map(finished));
}

const WRAPPED = Symbol('async-leaks');

/** From now on reports to `next` what happens in the runner. Takes the prototype of Vitest's `TestRunner`. */
export function observeRunner(prototype: object, next: RunnerListener | undefined): void {
  listener = next;
  const target = prototype as RunnerClass & { [WRAPPED]?: true };
  if (target[WRAPPED]) return;
  target[WRAPPED] = true;
  const { importFile, onBeforeRunSuite } = target;
  target.importFile = function (path, source) {
    const load = (): unknown => importFile.call(this, path, source);
    return listener ? listener.importing(load, source === 'setup') : load();
  };
  target.onBeforeRunSuite = function (suite) {
    adopt(this as Runner);
    guard(() => listener?.beforeSuite(suite));
    return onBeforeRunSuite.call(this, suite);
  };
}

/** On the instance: Vitest wraps `onAfterRunTask` there, and a runner of the user's may have methods of its own. */
function adopt(instance: Runner): void {
  if (runner === instance) return;
  runner = instance;
  const { onAfterRunTask, onBeforeTryTask, onAfterRetryTask, onTaskUpdate } = instance;
  if (onTaskUpdate !== undefined)
    instance.onTaskUpdate = (packs, events) => onTaskUpdate.call(instance, ...held.sift(packs, events));
  instance.onBeforeTryTask = (test, attempt) => {
    listener?.beforeAttempt(test);
    return onBeforeTryTask?.call(instance, test, attempt);
  };
  const afterAttempt = (test: Test): Promise<void> | undefined => listener?.afterAttempt(test);
  instance.onAfterRetryTask =
    onAfterRetryTask === undefined
      ? afterAttempt
      : async (test, attempt) => {
          try {
            await onAfterRetryTask.call(instance, test, attempt);
          } catch (error) {
            listener?.failAttempt(test);
            throw error;
          }
          await afterAttempt(test);
        };
  const theirs = (test: Test): Promise<void> | void => onAfterRunTask?.call(instance, test);
  // For most tests there is nothing to wait for.
  instance.onAfterRunTask = (test) => {
    const ours = guardAsync(() => listener?.afterTest(test));
    return ours instanceof Promise ? ours.then(() => theirs(test)) : theirs(test);
  };
}

/** An error as the runner keeps it: plain data, without the leaks, which `task.meta` has. */
function toTaskError(error: LeakError): TaskError {
  return { name: error.name, message: error.message, stack: error.stack ?? '' };
}

/** Turns a result that was not sent yet into one of a failed test. */
export function addErrors(result: TaskResult, errors: readonly LeakError[]): void {
  const added = errors.map(toTaskError);
  result.state = 'fail';
  result.errors = [...(result.errors ?? []), ...added];
  const attempt = result.attempts?.at(-1);
  if (attempt === undefined) return;
  attempt.state = 'fail';
  attempt.errors = [...(attempt.errors ?? []), ...added];
}

/** Fails a test whose result has been sent, and the suites around it. Returns false if the runner cannot be reached. */
export async function failLate(
  test: Test,
  suites: readonly Suite[],
  errors: readonly LeakError[],
): Promise<boolean> {
  if (runner?.onTaskUpdate === undefined || test.result === undefined) return false;
  addErrors(test.result, errors);
  held.tell(test);
  const packs: Pack[] = [packOf(test)];
  const events: Event[] = [finished(test)];
  for (const suite of suites) {
    // Vitest itself marks the suites that still run; we mark those that have ended.
    if (suite.result === undefined || suite.result.state === 'run') continue;
    suite.result.state = 'fail';
    packs.push(packOf(suite));
    events.push([suite.id, 'suite-finished', undefined]);
  }
  await runner.onTaskUpdate(packs, events);
  return true;
}
