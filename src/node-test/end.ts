/** The end of a run, in the process that the user has started. Loaded only if there is something to tell. */
import { say } from '../text/printable.js';
import type { FileRecord } from '../report/record.js';
import { endSingleRun } from '../report/run.js';
import type { Terms } from './run.js';

/** Prints what there is to say of a run, and writes what the options name. */
export function tellRun(
  { options, folder }: Terms,
  records: readonly FileRecord[],
  faults: readonly string[],
): void {
  endSingleRun(options, records, folder, isPartial());
  for (const fault of new Set(faults)) say(fault);
  if (faults.length > 0) process.exitCode = 1;
}

const FILTERS =
  /^--(?:experimental-)?test-(?:name-pattern|skip-pattern|tag-filter|only|shard|rerun-failures)\b/;
const GLOB = /[*?[\]{}]/;

/** Whether a filter leaves out tests or files. A file that is named may be one of many. */
function isPartial(): boolean {
  const { execArgv, argv } = process;
  return execArgv.some((flag) => FILTERS.test(flag)) || argv.slice(1).some((path) => !GLOB.test(path));
}
