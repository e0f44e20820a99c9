/** Where something was made: a captured stack, which nobody reads before a verdict. */

/**
 * Carries a captured stack. V8 formats it only when `.stack` is first read, which costs more than all the rest, so nobody reads
 * it before a verdict. Unread, it keeps alive what its frames refer to.
 */
export class Site {
  declare stack?: string;
}

/** The fewest frames kept if the user's line is deep: `fetch()` connects some 36 frames above it, rxjs arms timers 40. */
export const DEEP = 64;

/** V8's own: tests replace it, or take it away. */
export const captureStackTrace: typeof Error.captureStackTrace = Error.captureStackTrace;

/** `Error.stackTraceLimit`; null if somebody has deleted it; false if there is nothing to set back. */
export type Limit = number | undefined | null | false;

/**
 * Sets how many frames V8 captures, and returns what to set that back to. Does nothing if somebody has frozen the limit, or has
 * replaced it with an accessor that throws.
 *
 * Whoever calls this sets the limit back with `delete` or an assignment in a `finally`, not by a function: at the end of the
 * stack a call would throw before it does anything.
 */
export function limitStacks(limit: number): Limit {
  try {
    const { stackTraceLimit } = Error as { stackTraceLimit?: number };
    const before = stackTraceLimit === undefined && !('stackTraceLimit' in Error) ? null : stackTraceLimit;
    Error.stackTraceLimit = limit;
    // The bundle for Vitest is a script, in which a frozen property throws only in classes.
    return Error.stackTraceLimit === limit ? before : false;
  } catch {
    return false;
  }
}

/** Captures at most `depth` frames of the stack above the function `below`; formats nothing. */
export function capture(depth: number, below: (...args: never[]) => void): Site {
  const site = new Site();
  const limit = limitStacks(depth);
  try {
    captureStackTrace(site, below);
  } finally {
    if (limit === null) delete (Error as { stackTraceLimit?: number }).stackTraceLimit;
    else if (limit !== false) Error.stackTraceLimit = limit as number;
  }
  return site;
}
