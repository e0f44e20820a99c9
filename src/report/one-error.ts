/** For frameworks in which a test has one error: several leaks are told in one. */
import { LeakError } from './leak-error.js';

/**
 * Takes the errors of one test, or of one hook or file, and returns one that tells of all: their messages one below the other, the
 * stack of the first.
 */
export function inOne(errors: readonly LeakError[]): LeakError {
  const [first, ...others] = errors as readonly [LeakError, ...LeakError[]];
  if (others.length === 0) return first;
  const message = [first.message, ...others.map((error) => `${error.name}: ${error.message}`)].join('\n\n');
  const error = new LeakError(message, [], []);
  const frames = (first.stack ?? '').slice(`${first.name}: ${first.message}`.length);
  error.stack = `${error.name}: ${message}${frames}`;
  return Object.assign(error, { leaks: errors.flatMap(({ leaks }) => leaks) });
}
