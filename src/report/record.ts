/** The results of one test file, as plain data: from the worker that ran it to the reporter of the run. */
import type { Leak, Place } from '../tracker/leak.js';
import type { Outcome } from './shown.js';
import type { TestTimes } from './outputs/times.js';

/** When a file ran; all moments are ms since 1970. */
export interface FileTimes {
  /** What ran it: the process and its thread. */
  readonly worker: string;
  readonly began: number;
  readonly ended: number;
  /** The attempts that count, in the order in which they began. */
  readonly tests: readonly TestTimes[];
}

/** A leak, and what came of it; moments are ms since 1970. */
export interface RecordedLeak extends Outcome {
  readonly leak: Leak;
  /** Its line in the source, trimmed; only if there is a baseline. */
  readonly code?: string;
  /** The entry of the baseline that knows it. */
  readonly known?: string;
  /** How many of its resources count in the baseline; one if missing. */
  readonly count?: number;
}

/** What came of a leak, without what else is recorded of it. */
export const outcomeOf = ({ status, test, reason, after, times }: Outcome): Outcome => ({
  status,
  ...(test !== undefined && { test }),
  ...(reason !== undefined && { reason }),
  ...(after && { after }),
  ...(times && { times }),
});

/** An allowance, and where it was declared. */
export interface DeclaredAllowance {
  /** "allowLingering('TCPWRAP')". */
  readonly text: string;
  /** The call that declared it. */
  readonly place?: Place;
  /** The test file, if it was declared beside its code. Missing for the option `allow`. */
  readonly file?: string;
  /** The type of Node's that its type is nearly, "Timeout" for "Timeot"; only if nothing used it. */
  readonly meant?: string;
}

/** An allowance, and whether anything used it. */
export interface RecordedAllowance extends DeclaredAllowance {
  readonly used: boolean;
}

/** What identifies an allowance: its text and its place. */
export const allowanceKey = ({ text, file, place }: DeclaredAllowance): string =>
  JSON.stringify([text, file, place?.file, place?.line, place?.column]);

/** What one line opened in tests that failed by themselves. */
export interface LeftLine {
  /** "an interval". */
  readonly noun: string;
  readonly place?: Place;
  readonly count: number;
}

export interface FileRecord {
  /** Absolute path of the test file. */
  readonly file: string;
  /** The name of its project in the run, if it has one. */
  readonly project?: string;
  readonly leaks: readonly RecordedLeak[];
  /** How many resources were left open by tests that failed by themselves. */
  readonly abandoned: number;
  /** The lines that opened them, most first, as far as they were read. */
  readonly left: readonly LeftLine[];
  readonly allowances: readonly RecordedAllowance[];
  /** Whether the file has tests, and all of them have their verdict. */
  readonly whole: boolean;
  /** The owners that have their verdict, by the keys of `ownerKey`; only if there is a baseline. */
  readonly judged: readonly string[];
  /** Full names of all tests of the file, including those that did not run; only if there is a baseline. */
  readonly tests: readonly string[];
  /** Only if an option asks for it. */
  readonly times?: FileTimes;
}

/** What a run has recorded, for whatever tells of it. */
export interface RunRecord {
  readonly records: readonly FileRecord[];
  /** Allowances that nothing used. */
  readonly stale: readonly DeclaredAllowance[];
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
}

/** The record of a file that has nothing to report. */
export function silentRecord(file: string): FileRecord {
  return { file, leaks: [], abandoned: 0, left: [], allowances: [], whole: false, judged: [], tests: [] };
}

/** Whether the summary of a run has nothing to say of a file. */
export function isSilent({ leaks, abandoned, allowances }: FileRecord): boolean {
  return leaks.length === 0 && abandoned === 0 && allowances.every(({ used }) => used);
}

/** Whether tests have left a child process behind that nothing allows. */
export function leavesChildren(records: readonly FileRecord[]): boolean {
  const isChild = ({ details, others }: Leak): boolean => details.pid !== undefined || others.some(isChild);
  return records.some(({ leaks }) => leaks.some(({ status, leak }) => status !== 'allowed' && isChild(leak)));
}

/** What is needed of an owner, or of its scope, to name it. */
interface OwnerName {
  readonly kind: string;
  readonly name: string;
  readonly hook?: string | undefined;
}

/** What an owner is called in the baseline: the full name of a test, or "beforeAll of users", "top level". */
export function ownerKey({ kind, name, hook }: OwnerName): string {
  if (kind === 'test') return `test ${name}`;
  const what = hook ?? 'top level';
  return kind === 'suite' ? `${what} of ${name}` : what;
}
