/** The leaks of a run as JSON (`outputFile`), as `output.schema.json` describes it. */
import { readFileSync } from 'node:fs';

import { printableLines } from '../../text/printable.js';
import type { Leak } from '../../tracker/leak.js';
import { outcomeOf, type DeclaredAllowance, type FileRecord, type LeftLine } from '../record.js';
import type { Excerpt, Outcome } from '../shown.js';
import type { LaneTimes, RunTimes, TestTimes } from './times.js';
import { excerptsOf } from './sources.js';
import { Timeline } from './timeline.js';

/** What `outputFile` holds; all moments are ms since the run began. */
export interface Output {
  readonly version: 2;
  /** Absolute path of the root of the run. */
  readonly root: string;
  /** Test files that were checked. */
  readonly files: number;
  /** Resources left by tests that failed for another reason. */
  readonly abandoned: number;
  readonly leaks: readonly OutputLeak[];
  readonly staleAllowances: readonly DeclaredAllowance[];
  /** Allowances that something used: what another shard calls stale is not, if one of these is the same. */
  readonly usedAllowances: readonly DeclaredAllowance[];
  /** One, unless several outputs have been merged. */
  readonly runs: readonly RunTimes[];
  /** The files that were checked, sorted by path. */
  readonly testFiles: readonly OutputFile[];
  /** Source around the places of leaks. */
  readonly sources: readonly Excerpt[];
}

export interface OutputFile {
  /** Absolute path. */
  readonly file: string;
  /** The name of its project, if that has one. */
  readonly project?: string;
  /** The index of its run in `runs`. */
  readonly run: number;
  readonly abandoned: number;
  readonly left: readonly LeftLine[];
  /** When it ran; missing if that is not known, or nothing of it ran. */
  readonly times?: LaneTimes & { readonly tests: readonly TestTimes[] };
}

export interface OutputLeak extends Leak, Outcome {
  /** Absolute path of the test file, and its index in `testFiles`. */
  readonly testFile: string;
  readonly file: number;
}

function sortBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** What `outputFile` says of allowances. */
export interface AllowancesOf {
  readonly stale: readonly DeclaredAllowance[];
  readonly used: readonly DeclaredAllowance[];
}

/** The output for these files, sorted by file so that it does not depend on which worker came first. */
export function toOutput(
  records: readonly FileRecord[],
  { stale, used }: AllowancesOf,
  root: string,
): Output {
  const sorted = sortBy(records, ({ file }) => file);
  const timeline = new Timeline(sorted);
  const leaks = sorted.flatMap(({ file: testFile, leaks: own }, file) =>
    own.map((each): OutputLeak => {
      const { status, times, ...outcome } = outcomeOf(each);
      return {
        testFile,
        file,
        status,
        ...each.leak,
        ...outcome,
        ...(times && { times: timeline.ofLeak(times) }),
      };
    }),
  );
  return {
    version: 2,
    root,
    files: sorted.length,
    abandoned: sorted.reduce((sum, { abandoned }) => sum + abandoned, 0),
    leaks,
    staleAllowances: sortBy(stale, allowanceOrder),
    usedAllowances: sortBy(used, allowanceOrder),
    runs: [timeline.run],
    testFiles: sorted.map((record) => toOutputFile(record, timeline)),
    sources: excerptsOf(leaks),
  };
}

const allowanceOrder = ({ place, file, text }: DeclaredAllowance): string =>
  JSON.stringify([place?.file ?? file ?? '', place?.line ?? 0, text]);

function toOutputFile({ file, project, abandoned, left, times }: FileRecord, timeline: Timeline): OutputFile {
  const since = <T extends { began: number; ended: number }>(span: T): T => ({
    ...span,
    began: timeline.since(span.began),
    ended: timeline.since(span.ended),
  });
  return {
    file,
    ...(project !== undefined && { project }),
    run: 0,
    abandoned,
    left,
    ...(times && {
      times: {
        lane: timeline.laneOf(times),
        began: timeline.since(times.began),
        ended: timeline.since(times.ended),
        tests: times.tests.map(since),
      },
    }),
  };
}

/** An output as the file has it. */
export const textOf = (output: Output): string => printableLines(`${JSON.stringify(output, null, 2)}\n`);

/** What is no news: ports, pids, how often something fired, all times, and the source around a place. */
const VARYING = new Set(['details', 'after', 'times', 'runs', 'sources']);

const essence = (output: unknown): string =>
  JSON.stringify(output, (key, value: unknown) => (VARYING.has(key) ? undefined : value));

/** Whether the file reports these leaks already. */
export function isReported(path: string, output: Output): boolean {
  try {
    return essence(JSON.parse(readFileSync(path, 'utf8'))) === essence(output);
  } catch {
    return false; // there is none, or another one
  }
}
