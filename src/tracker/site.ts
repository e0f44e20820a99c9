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

/** Captures the stack above the function `below`, so many frames of it; formats nothing. */
export function capture(depth: number, below: (...args: never[]) => void): Site {
  const site = new Site();
  const limit = Error.stackTraceLimit;
  const isThere = limit !== undefined || 'stackTraceLimit' in Error;
  try {
    Error.stackTraceLimit = depth;
    Error.captureStackTrace(site, below);
    Error.stackTraceLimit = limit;
    if (!isThere) Reflect.deleteProperty(Error, 'stackTraceLimit');
  } catch {
    Error.captureStackTrace(site, below); // as deep as whoever froze the limit wants
  }
  return site;
}
