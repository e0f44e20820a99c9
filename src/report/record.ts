/** The results of one test file, as plain data: from the worker that ran it to the reporter of the run. */
import type { Leak, Place } from '../tracker/leak.js';
import type { LeakTimes, TestTimes } from './times.js';

/**
 * What a leak led to: it `failed` its test, was printed as a `warned` one, tolerated because an allowance
 * (`allowed`) or the baseline (`known`) has it, or written into the baseline (`recorded`).
 */
export type LeakStatus = 'failed' | 'warned' | 'allowed' | 'known' | 'recorded';

/** What a resource, and what is told under it, did after its test had ended. */
export interface AfterItsTest {
  /** Callbacks that ran. */
  readonly fired: number;
  /** Full names of the tests during which they ran, at most 100. */
  readonly during: readonly string[];
}

/** When a file ran; all moments are ms since 1970. */
export interface FileTimes {
  /** What ran it: the process and its thread. */
  readonly worker: string;
  readonly began: number;
  readonly ended: number;
  /** The attempts that count, in the order in which they began. */
  readonly tests: readonly TestTimes[];
}

export interface RecordedLeak {
  readonly status: LeakStatus;
  readonly leak: Leak;
  /** For a leak of a test: which of the file's leaking tests it is, by number, because names may repeat. */
  readonly test?: number;
  /** The reason that its allowance gives. */
  readonly reason?: string;
  /** Its line in the source, trimmed; only if there is a baseline. */
  readonly code?: string;
  /** The entry of the baseline that knows it. */
  readonly known?: string;
  /** How many of its resources count in the baseline; one if missing. */
  readonly count?: number;
  readonly after?: AfterItsTest;
  /** Moments are ms since 1970. Only if somebody wants to see the run in time, as in `FileRecord`. */
  readonly times?: LeakTimes;
}

/** An allowance that was declared, and whether anything used it. */
export interface RecordedAllowance {
  /** "allowLingering('TCPWRAP')". */
  readonly text: string;
  /** The call that declared it. */
  readonly place?: Place;
  /** The test file, if it was declared beside its code. Missing for the option `allow`. */
  readonly file?: string;
  readonly used: boolean;
  /** The type of Node's that its type is nearly, "Timeout" for "Timeot"; only if nothing used it. */
  readonly meant?: string;
}

/** What identifies an allowance: its text and its place. */
export const allowanceKey = ({ text, file, place }: Omit<RecordedAllowance, 'used'>): string =>
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

/** The record of a file that has nothing to report. */
export function silentRecord(file: string): FileRecord {
  return { file, leaks: [], abandoned: 0, left: [], allowances: [], whole: false, judged: [], tests: [] };
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
