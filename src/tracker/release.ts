/** Lets go of what a file left behind, so that a reported leak cannot keep the run from ending. */
import timers from 'node:timers';

import { unwrap } from '../probes.js';
import type { Resource } from './resource.js';

// Taken now: later a test may have faked them.
const { clearImmediate, clearTimeout } = timers;

/**
 * Timers and immediates are cleared, for one that re-arms itself would live for ever; all else is `unref()`ed,
 * nothing closed. What was allowed to linger is only unref'd.
 */
export function release(resource: Resource, allowed: boolean): void {
  try {
    const { object, row } = resource;
    if (object === undefined || row.kind === 'embedder') return;
    if (row.kind === 'timer' && !allowed) clearTimer(resource.type, object);
    else (unwrap(object) as { unref?: () => void }).unref?.();
  } catch {
    // A user's own unref() may throw; there is nothing left to do.
  }
}

function clearTimer(type: string, timer: object): void {
  if (type === 'Immediate') clearImmediate(timer as NodeJS.Immediate);
  else clearTimeout(timer as NodeJS.Timeout);
}
