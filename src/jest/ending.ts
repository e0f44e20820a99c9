/** Where a process of Jest's ends, and how to tell that Jest is done with it. */
import { isMainThread, parentPort } from 'node:worker_threads';
import type { Config } from '@jest/types';

import { endNow, exitWhateverThePoolDoes, isStartedBy, tellHost, whenHeldByLeaks } from '../ending.js';
import { toldLeaks } from '../leftovers.js';

/** The command `jest` of the packages jest and jest-cli. */
const isCommand = (): boolean => isMainThread && isStartedBy(/[\\/]jest(-cli)?[\\/]bin[\\/]jest(\.js)?$/);

/** Jest 29 and 30 start their workers, processes and threads, with these. */
const isWorker = (): boolean =>
  isStartedBy(/[\\/]jest-worker[\\/]build[\\/](.+[\\/])?(process|thread)Child\.js$/);

/** Jest has taken its listener off the channel to the main process: no file will follow. */
const channelIsClosed = (): boolean => (parentPort ?? process).listenerCount('message') === 0;

let isWatching = false;

/**
 * In a worker: at the end of a file. Jest waits half a second for a worker, and says then that it had to be ended by force.
 */
export function endWorkerWhenHeld(): void {
  if (isWatching || !isWorker() || toldLeaks().size === 0) return;
  isWatching = true;
  whenHeldByLeaks({ isOver: channelIsClosed, act: endNow });
}

/**
 * In the main process: at the end of a run.
 * @param hasGrandchildren whether a test has left a child process behind.
 */
export function endRunWhenHeld({ watch, watchAll }: Config.GlobalConfig, hasGrandchildren: boolean): void {
  if (watch || watchAll || isWatching) return;
  if (toldLeaks().size === 0 && !hasGrandchildren) return;
  isWatching = true;
  if (!isCommand()) {
    tellHost('Jest', hasGrandchildren);
    return;
  }
  exitWhateverThePoolDoes();
  const known = new Set<unknown>(process.listeners('exit'));
  // Last of all, the command begins to listen for the end of the process, to set the exit code.
  const isOver = (): boolean =>
    process
      .listeners('exit')
      .some((listener) => !known.has(listener) && /\bexitCode\b/.test(String(listener)));
  whenHeldByLeaks({ isOver, act: endNow, hasGrandchildren });
}
