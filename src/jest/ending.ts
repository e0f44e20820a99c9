/** How a process of Jest's ends, and how we see that Jest is done with it. */
import { isMainThread, parentPort } from 'node:worker_threads';
import type { Config } from '@jest/types';

import { endMainWhenHeld, endNow, isStartedBy, whenHeldByLeaks } from '../process/ending.js';
import { hasStackEnded, reportedLeaks } from '../tracker/judging/leftovers.js';

/** The command `jest` of the packages jest and jest-cli. */
export const isCommand = (): boolean =>
  isMainThread && isStartedBy(/[\\/]jest(-cli)?[\\/]bin[\\/]jest(\.js)?$/);

/** Jest 29 and 30 start their workers, processes and threads, with these scripts. */
const isWorker = (): boolean =>
  isStartedBy(/[\\/]jest-worker[\\/]build[\\/](.+[\\/])?(process|thread)Child\.js$/);

/** Jest has taken its listener off the channel to the main process: no file will follow. */
const channelIsClosed = (): boolean => (parentPort ?? process).listenerCount('message') === 0;

/** Looks, without holding the process, whether the command has nothing left to do: last of all, it listens for its end. */
function commandIsOver(): () => boolean {
  const known = new Set<unknown>(process.listeners('exit'));
  return () =>
    process
      .listeners('exit')
      .some((listener) => !known.has(listener) && /\bexitCode\b/.test(String(listener)));
}

/** The pause between two looks, in ms. */
const PAUSE = 10;

/** Calls `act` once the command is over, unless the process ends before. */
export function whenCommandIsOver(act: () => void): void {
  const isOver = commandIsOver();
  const look = (): void => {
    if (isOver()) act();
    else setTimeout(look, PAUSE).unref();
  };
  look();
}

/** How long a worker that has reported leaks may last, in ms: less than the half second after which Jest ends it by force. */
const PATIENCE = 100;

let isWatching = false;

/** Does not end a process in which nothing leaked. */
function endIfLeaking(): void {
  if (reportedLeaks().size > 0) endNow();
}

/**
 * Called in a worker at the end of a file. Jest waits half a second for a worker, and then says that it had to be ended by force.
 */
export function endWorkerWhenHeld(): void {
  if (isWatching || !isWorker() || (reportedLeaks().size === 0 && !hasStackEnded())) return;
  isWatching = true;
  whenHeldByLeaks({ isOver: channelIsClosed, act: endIfLeaking, isOwn: true, patience: PATIENCE });
}

/**
 * Called in the main process at the end of a run.
 * @param hasGrandchildren whether a test has left a child process behind.
 */
export function endRunWhenHeld({ watch, watchAll }: Config.GlobalConfig, hasGrandchildren: boolean): void {
  if (watch || watchAll) return;
  endMainWhenHeld({ framework: 'Jest', isCommand: isCommand(), isOver: commandIsOver(), hasGrandchildren });
}
