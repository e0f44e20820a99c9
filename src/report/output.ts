/** The leaks of a run as JSON (`outputFile`), as `output.schema.json` describes it. */
import { readFileSync } from 'node:fs';

import type { Leak } from '../tracker/leak.js';
import type { AfterItsTest, FileRecord, LeakStatus } from './record.js';
import type { StaleAllowance } from './summary.js';

/** What `outputFile` holds. */
export interface Output {
  readonly version: 1;
  /** Absolute path of the root of the run. */
  readonly root: string;
  /** Test files that were checked. */
  readonly files: number;
  /** Resources left by tests that failed for another reason. */
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

function sortBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** The output for these files, sorted by file so that it does not depend on which worker came first. */
export function toOutput(
  records: readonly FileRecord[],
  stale: readonly StaleAllowance[],
  root: string,
): Output {
  const sorted = sortBy(records, ({ file }) => file);
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
    staleAllowances: sortBy(stale, ({ place, file, text }) =>
      JSON.stringify([place?.file ?? file ?? '', place?.line ?? 0, text]),
    ),
  };
}

/** Without what differs from run to run: ports, pids, how often something fired. */
const essence = (output: unknown): string =>
  JSON.stringify(output, (key, value: unknown) => (key === 'details' || key === 'after' ? undefined : value));

/** Whether the file reports these leaks already. */
export function isReported(path: string, output: Output): boolean {
  try {
    return essence(JSON.parse(readFileSync(path, 'utf8'))) === essence(output);
  } catch {
    return false; // there is none, or another one
  }
}
