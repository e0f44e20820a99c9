/** Failing entries for what is no test: a hook, or the top level of a file. Mocha has no other way to fail these. */
import type { LeakError } from '../report/leak-error.js';
import { ownerKey } from '../report/record.js';
import { printable } from '../text/printable.js';
import type { Runner, Suite, Test } from './mocha.js';

/** What Mocha calls the suite around all files. */
export const ROOT = '{root}';

/** "async-leaks: before of users of test/users.test.js", "async-leaks: top level of test/users.test.js". */
export function titleOf({ leaks: [leak] }: LeakError, place: string): string {
  return `async-leaks: ${printable(ownerKey(leak!.owner))} of ${printable(place)}`;
}

/** Adds an entry to a suite, and fails it. */
export function addEntry(
  runner: Runner,
  entry: Test,
  parent: Suite,
  file: string | undefined,
  error: Error,
): void {
  entry.parent = parent;
  entry.duration = 0;
  if (parent.ctx !== undefined) entry.ctx = parent.ctx;
  if (file !== undefined) entry.file = file;
  runner.emit('test', entry);
  runner.fail(entry, error);
  runner.emit('test end', entry);
}
