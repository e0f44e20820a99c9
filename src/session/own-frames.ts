/** Hides our frames in the failures of the user's tests. */
import { withoutOwnFrames } from '../tracker/index.js';

/** How deep errors within errors are looked into. */
const DEEPEST = 8;
/** Where errors carry errors: a cause, those of an AggregateError, those of a SuppressedError. */
const CARRIED = ['cause', 'errors', 'error', 'suppressed'] as const;

/**
 * Removes our frames from a failure of the user's, and from all errors that it carries. Takes an error, or the plain data without
 * a prototype that Vitest makes of one, and prints in full. Never throws.
 */
export function hideOwnFrames(error: unknown): void {
  hideIn(error, new Set());
}

function hideIn(value: unknown, seen: Set<object>, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > DEEPEST || seen.has(value)) return;
  seen.add(value);
  try {
    if (Array.isArray(value)) {
      for (const each of value) hideIn(each, seen, depth + 1);
      return;
    }
    const error = value as Record<string, unknown>;
    const { stack } = error;
    if (typeof stack === 'string') {
      const shown = withoutOwnFrames(stack);
      if (shown !== stack) error['stack'] = shown;
    }
    const names = Object.getPrototypeOf(error) === null ? Object.keys(error) : CARRIED;
    for (const name of names) hideIn(error[name], seen, depth + 1);
  } catch {
    // a getter of the user's throws, or it is frozen: shown as it is
  }
}
