/** How Vitest's main process ends. Vitest ends its workers by itself. */
import { isMainThread } from 'node:worker_threads';
import type { Vitest } from 'vitest/node';

import { endNow, isStartedBy, warnHost, whenHeldByLeaks } from '../process/ending.js';

/** Whether this process is that of the command `vitest`, and no program that has runs of its own. */
export const isCommand = (): boolean => isMainThread && isStartedBy(/[\\/]vitest[\\/]vitest\.mjs$/);

let isWatching = false;

/**
 * Called at the end of a run in which tests have left child processes behind: these may hold the output of a worker that has
 * ended, and the main process waits for that.
 */
export function endRunWhenHeld(vitest: Vitest): void {
  if (isWatching || vitest.shouldKeepServer()) return;
  isWatching = true;
  let isClosed = false;
  vitest.onClose(() => {
    // Later, when `close()` has the promise that it returns to every caller.
    setImmediate(() => void vitest.close().then(() => (isClosed = true)));
  });
  if (isCommand()) whenHeldByLeaks({ isOver: () => isClosed, act: endNow, hasGrandchildren: true });
  else warnHost('Vitest', true);
}
