/** How errors of ours reach Vitest. */
import type { ResolvedOptions } from '../../config/options.js';
import type { LeakError } from '../../report/leak-error.js';
import type { Suite, Test } from './tasks/tasks.js';

// Taken now: later a test may spy on it, and be surprised by what we print.
export const warn: typeof console.warn = console.warn.bind(console);

export function raise(errors: readonly Error[]): void {
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new AggregateError(errors);
}

/** What becomes of leaks: they fail their tests; or each file prints them; or only the summary at the end of the run has them. */
export type Handling = 'fail' | 'print' | 'record';

/** @param hasReporter whether our reporter will sum up the run. */
export function handlingOf({ mode }: ResolvedOptions, hasReporter: boolean): Handling {
  if (mode !== 'warn') return 'fail';
  return hasReporter ? 'record' : 'print';
}

/** Hands the facts to reporters; returns the errors to fail with. */
export function hand(task: Test | Suite, errors: LeakError[], handling: Handling): LeakError[] {
  if (errors.length === 0) return errors;
  task.meta['asyncLeaks'] = errors.flatMap(({ leaks }) => leaks);
  // Vitest serialises what it catches, and some of its reporters would dump the leaks behind the message.
  for (const error of errors) {
    const { name, message, stack } = error;
    Object.defineProperty(error, 'toJSON', { value: () => ({ name, message, stack }) });
  }
  if (handling === 'fail') return errors;
  if (handling === 'print') for (const error of errors) warn(error.stack);
  return [];
}
