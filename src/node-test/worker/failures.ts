/** How a leak becomes a failure of node:test, which keeps one error for each test. */
import type { LeakError } from '../../report/leak-error.js';
import type { Leak, Place } from '../../tracker/index.js';
import type { Methods, NodeTest } from './internals.js';

/** The frames of a stack, each on a line of its own; empty if it has none. */
function framesOf({ stack = '', message }: Error): string {
  const start = stack.indexOf('\n    at ', stack.indexOf(message) + message.length);
  return start < 0 ? '' : stack.slice(start);
}

/**
 * The most leaks that an error carries as data. Node serializes hidden fields, too, for the process that runs the files, which takes
 * a message of some tens of megabytes for output of the file's.
 */
const MOST_LEAKS = 1000;

/** The leaks that an error carries. `others` of a leak are in the list themselves, so they are cut with it. */
function cut(leaks: readonly Leak[]): Leak[] {
  const kept = new Set(leaks.slice(0, MOST_LEAKS));
  return [...kept].map((leak) => {
    const others = leak.others.filter((other) => kept.has(other));
    return others.length === leak.others.length ? leak : { ...leak, others };
  });
}

/**
 * One error for several leaks: the first, which tells of all. Its `leaks` are hidden, because node:test prints whatever can be
 * enumerated.
 */
export function toFailure(errors: readonly LeakError[]): LeakError {
  const [first] = errors as [LeakError];
  const frames = framesOf(first);
  const leaks = cut(errors.flatMap((error) => error.leaks));
  Object.defineProperty(first, 'name', { enumerable: false });
  Object.defineProperty(first, 'leaks', { value: leaks, enumerable: false, configurable: true });
  if (errors.length === 1) return first;
  first.message = errors.map(({ message }) => message).join(`\n\n${first.name}: `);
  first.stack = `${first.name}: ${first.message}${frames}`;
  return first;
}

/** What Node throws for a hook that failed: the error class of node:test is not to be had otherwise. */
interface TestFailure extends Error {
  failureType: string;
}

/**
 * Makes an error of node:test's own, which alone may be given to `fail()`.
 * @param runHook the method of node:test, as it was.
 * @param cause the error that it carries, or the text that node:test shows in its place.
 */
export async function createFailure(
  runHook: NodeTest['runHook'],
  cause: unknown,
  failureType: 'testCodeFailure' | 'subtestsFailed',
): Promise<unknown> {
  const hook = { error: cause, run: () => Promise.resolve() };
  try {
    await runHook.call({ hooks: { after: [hook] } } as never, 'after', {});
  } catch (error) {
    const failure = error as TestFailure;
    failure.failureType = failureType;
    return failure;
  }
  return cause;
}

/** What keeps a test from being run: a filter by name, by tag, by `only`. */
const UNFILTERED = { filteredByName: false, filteredByTag: false, hasOnlyTests: true, only: true };

/** Adds a failing test directly in the root, whatever filters there are, and waits for its end. */
export async function addFailingTest(
  root: NodeTest,
  { createSubtest }: Pick<Methods, 'createSubtest'>,
  name: string,
  error: Error,
  place: Place | undefined,
): Promise<void> {
  const fail = (): never => {
    throw error;
  };
  const loc = place && [place.line, place.column, place.file];
  const test = createSubtest.call(root, prototypeOf(root).constructor, name, {}, fail, { loc });
  // In Node 20 a filter skips it as it is made.
  Object.assign(test, UNFILTERED, { fn: fail, skipped: false, message: null });
  await test.start();
}

const prototypeOf = (root: NodeTest): NodeTest => Object.getPrototypeOf(root) as NodeTest;
