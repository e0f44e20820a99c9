/** The leaks of a run as JSON (`outputFile`), as `output.schema.json` describes it. */
import { readFileSync } from 'node:fs';

import type { Leak } from '../leak.js';
import type { AfterItsTest, FileRecord, LeakStatus } from '../record.js';
import type { StaleAllowance } from './summary.js';

/** What `outputFile` holds. */
export interface Output {
  readonly version: 1;
  /** Absolute path of the root of the run. */
  readonly root: string;
  /** Test files that were checked. */
  readonly files: number;
  /** Resources that tests left which failed by themselves. */
  readonly abandoned: number;
  readonly leaks: readonly OutputLeak[];
  readonly staleAllowances: readonly StaleAllowance[];
}

export interface OutputLeak extends Leak {
  /** Absolute path of the test file. */
  readonly testFile: string;
  readonly status: LeakStatus;
  readonly reason?: string;
  readonly after?: AfterItsTest;
}

/** The output for these files, sorted by test file so that it does not hang on which worker came first. */
export function toOutput(
  records: readonly FileRecord[],
  stale: readonly StaleAllowance[],
  root: string,
): Output {
  const sorted = records.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  return {
    version: 1,
    root,
    files: sorted.length,
    abandoned: sorted.reduce((sum, { abandoned }) => sum + abandoned, 0),
    leaks: sorted.flatMap(({ file, leaks }) =>
      leaks.map(({ leak, status, reason, after }) => ({
        testFile: file,
        status,
        ...leak,
        ...(reason !== undefined && { reason }),
        ...(after && { after }),
      })),
    ),
    staleAllowances: stale,
  };
}

/** Without what differs from run to run: ports, pids, how often something fired. */
const essence = (output: unknown): string =>
  JSON.stringify(output, (key, value: unknown) => (key === 'details' || key === 'after' ? undefined : value));

/** Whether the file tells of these leaks already. */
export function isTold(path: string, output: Output): boolean {
  try {
    return essence(JSON.parse(readFileSync(path, 'utf8'))) === essence(output);
  } catch {
    return false; // there is none, or another one
  }
}
