/** Where something was made: a captured stack, which nobody reads before a verdict. */

/**
 * Carries a captured stack. V8 formats it only when `.stack` is first read, which costs more than all the
 * rest: until a verdict nobody reads. Unread, it keeps alive what its frames refer to.
 */
export class Site {
  declare stack?: string;
}

/** Frames kept at least where the user's line lies deep: `fetch()` connects some 36 frames above it, rxjs arms timers 40. */
export const DEEP = 64;

/** V8's own: tests put theirs in its place, or take it away. */
export const captureStackTrace: typeof Error.captureStackTrace = Error.captureStackTrace;

/** `Error.stackTraceLimit`; null where somebody has deleted it. */
type Limit = number | undefined | null;

/** Sets how many frames V8 captures; returns what to set it back to. Does nothing where somebody has frozen that. */
export function limitStacks(limit: Limit): Limit {
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  const before = stackTraceLimit === undefined && !('stackTraceLimit' in Error) ? null : stackTraceLimit;
  try {
    if (limit === null) Reflect.deleteProperty(Error, 'stackTraceLimit');
    else (Error as { stackTraceLimit: Limit }).stackTraceLimit = limit;
  } catch {
    // frozen
  }
  return before;
}

/** Captures the stack above the function `below`, so many frames of it; formats nothing. */
export function capture(depth: number, below: (...args: never[]) => void): Site {
  const site = new Site();
  const limit = limitStacks(depth);
  captureStackTrace(site, below);
  limitStacks(limit);
  return site;
}
