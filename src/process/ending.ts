/**
 * Ends a process that only leaks hold, once its framework is done with it. Unref'ing and closing are not enough for requests,
 * such as a read that never returns, or look-ups one after the other. Whoever calls this must know that the process is its
 * framework's own, and not a program of the user's.
 */
import { realpathSync } from 'node:fs';
import timers from 'node:timers';

import { debug, debugNotes } from './debug.js';
import {
  activeHandles,
  countPool,
  hasStackEnded,
  holder,
  isPoolStuck,
  reportedLeaks,
} from '../tracker/judging/leftovers.js';
import { now } from '../tracker/judging/timers.js';

// Taken now: later a test may have replaced them.
const { setTimeout, clearTimeout } = timers;
const { exit, kill, pid, env } = process;

/** The pause between two looks, in ms. */
const PAUSE = 10;
/** Looks in a row that have to find nothing but leaks: a callback may be about to open something else. */
const LOOKS = 3;
/** The same before we warn in somebody else's program, which may go on. */
const LOOKS_AT_HOST = 100;
/** The most leaks that a warning lists. */
const MOST_TOLD = 3;

/** The script that Node was started with. Read now: later a test may have changed `process.argv`. */
const {
  argv: [, started = ''],
} = process;

/** The same, links resolved. */
function script(): string {
  try {
    return realpathSync(started);
  } catch {
    return started;
  }
}

/**
 * Whether a script of the framework's has started this process or thread. False for a run that a test starts within its test
 * framework, in a realm of its own: the end of that run is not the end of the process.
 */
export function isStartedBy(path: RegExp): boolean {
  return path.test(script()) && Object.getPrototypeOf(process.getBuiltinModule) === Function.prototype;
}

export interface Held {
  /** Whether the framework has nothing left to do in this process. */
  readonly isOver: () => boolean;
  /** What to do when it is over and only leaks hold the process. */
  readonly act: () => void;
  /** Whether a worker process has left a child behind, which may hold the worker's output open after its end. */
  readonly hasGrandchildren?: boolean;
  /** How many looks in a row it takes. */
  readonly looks?: number;
  /** The process is the framework's: nobody has timers in it once the framework is done. */
  readonly isOwn?: boolean;
  /** The ms after which to act whatever holds the process, because the framework is about to end it by force. */
  readonly patience?: number;
}

/**
 * From now on checks whether the framework is done with this process, and only leaks hold it; then calls `act`, once. Holds
 * nothing itself.
 */
export function whenHeldByLeaks(held: Held): void {
  const { isOver, act, hasGrandchildren = false, looks = LOOKS, isOwn, patience = Infinity } = held;
  let seen = 0;
  let since = Infinity;
  const isLeft = (active: object): boolean => hasGrandchildren && isOutputOfEnded(active);
  const look = (): void => {
    countPool();
    const over = isOver();
    if (over && isOwn && hasStackEnded()) forgetUnmadeTimers();
    seen = over && holder(isLeft) === 'leaks' ? seen + 1 : 0;
    debugNotes(); // that Node does not say what holds a process
    if (over) since = Math.min(since, now());
    if (seen < looks && now() - since < patience) arm();
    else act();
  };
  const arm = (): void => {
    setTimeout(look, PAUSE).unref();
  };
  arm();
}

/**
 * Node counts a timer as one that holds the process before it makes the timer. If a test's stack overflows in between, nothing
 * ever takes the timer off the count, and the process lives for as long as there are timers at all, even unref'd ones. So we take
 * all off.
 */
function forgetUnmadeTimers(): void {
  const timer = setTimeout(() => {}, PAUSE).unref();
  const refed = Object.getOwnPropertySymbols(timer).find(({ description }) => description === 'refed');
  const counted = process.getActiveResourcesInfo().filter((type) => type === 'Timeout');
  for (const _ of refed === undefined ? [] : counted) {
    (timer as unknown as Record<symbol, boolean>)[refed!] = true;
    timer.unref();
  }
  clearTimeout(timer);
}

export interface EndOfRun {
  /** As users call it: "Mocha". */
  readonly framework: string;
  /** Whether the command line of the framework has started this process. */
  readonly isCommand: boolean;
  readonly isOver: () => boolean;
  /** Whether a test has left a child process behind. */
  readonly hasGrandchildren: boolean;
}

let isMainWatched = false;

/**
 * Called in the main process at the end of a run that is no watch: ends the process once the framework is done with it, if only
 * leaks hold it. A program of the user's is told so instead.
 */
export function endMainWhenHeld({ framework, isCommand, isOver, hasGrandchildren }: EndOfRun): void {
  if (isMainWatched) return;
  const isHeld = reportedLeaks().size > 0 || hasGrandchildren;
  if (!isHeld && !hasStackEnded()) return;
  isMainWatched = true;
  if (isCommand) {
    exitWhateverThePoolDoes();
    whenHeldByLeaks({ isOver, act: isHeld ? endNow : () => {}, hasGrandchildren, isOwn: true });
  } else if (isHeld) warnHost(framework, hasGrandchildren);
}

/** In a program of the user's: says what holds it, and leaves it alone. */
export function warnHost(framework: string, hasGrandchildren: boolean): void {
  const act = (): void => {
    const leaks = [...reportedLeaks(), ...(hasGrandchildren ? ['a child process'] : [])];
    const more = leaks.length > MOST_TOLD ? `, and ${leaks.length - MOST_TOLD} more` : '';
    process.stderr.write(
      `async-leaks: leaks of the tests hold this process: ${leaks.slice(0, MOST_TOLD).join(', ')}${more}. ` +
        `It is not ended, because it was not started by the command line of ${framework}.\n`,
    );
  };
  whenHeldByLeaks({ isOver: () => true, act, hasGrandchildren, looks: LOOKS_AT_HOST });
}

/** What we read of a socket, or of a child process. */
interface Active {
  readonly _handle?: { readonly constructor: { readonly name: string } } | null;
  readonly spawnfile?: string;
}

/** Whether it is a pipe, and no child process is left that it could be of: then grandchildren hold its other end. */
function isOutputOfEnded(active: object): boolean {
  if ((active as Active)._handle?.constructor.name !== 'Pipe') return false;
  return activeHandles().every((other) => (other as Active).spawnfile === undefined);
}

interface Exit extends NodeJS.Process {
  reallyExit?: (code?: number) => never;
  /** Replaces the process; since Node 22.15. https://nodejs.org/api/process.html#processexecvefile-args-env */
  execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => never;
}

let isReady = false;

/**
 * From now on `process.exit()` ends this process even while a thread of Node's pool is busy with a leak. Otherwise Node waits for
 * the thread, maybe for ever (libuv joins its threads).
 */
export function exitWhateverThePoolDoes(): void {
  const target = process as Exit;
  const { reallyExit } = target;
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  if (isReady || !isMainThread || reallyExit === undefined) return;
  isReady = true;
  target.reallyExit = (code = 0) => {
    if (isPoolStuck()) vanish(code);
    return reallyExit.call(target, code);
  };
}

/** Ends this process with an exit code, or if this Node cannot, by a signal, which is no success either. */
function vanish(code: number): void {
  saveCoverage();
  const { execve } = process as Exit;
  if (execve !== undefined && process.platform !== 'win32') {
    process.emitWarning = () => {}; // without the warning that it is experimental
    try {
      execve.call(process, '/bin/sh', ['sh', '-c', `exit ${code}`], env);
    } catch (error) {
      debug(`process.execve() has failed: ${String(error)}`);
    }
  }
  kill(pid, 'SIGKILL');
}

/** V8 writes its coverage when the process ends, but does not see this end. */
function saveCoverage(): void {
  if (env['NODE_V8_COVERAGE'] !== undefined) process.getBuiltinModule('node:v8').takeCoverage();
}

/**
 * Ends this process as the framework would: its listeners to 'exit' are called, which know the exit code even if
 * `process.exitCode` does not.
 */
export function endNow(): void {
  exitWhateverThePoolDoes();
  exit.call(process);
}
