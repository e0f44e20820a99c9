/**
 * What the page shows, made of an output: every text is printable, every path is as it is shown. Moments are ms since a run began.
 * Names of fields are those of the output where they mean the same.
 */
import type { Excerpt, GroupWords, Outcome } from '../shown.js';
import type { LaneTimes, LeakTimes, OpenTimes, RunTimes, TestTimes } from '../outputs/times.js';

export interface PageData {
  /** The name of the root folder. */
  readonly title: string;
  /** "9 resources in 8 tests, opened at 5 places"; empty if nothing is to be blamed. */
  readonly head: string;
  /** What else there is to say of the run. */
  readonly notes: readonly string[];
  readonly runs: readonly PageRun[];
  readonly files: readonly PageFile[];
  /** What one line opened, in the order of the tests. */
  readonly causes: readonly PageCause[];
  readonly leaks: readonly PageLeak[];
  /** Names, messages and stacks that leaks refer to, because many are the same. */
  readonly texts: readonly string[];
}

export interface PageRun extends RunTimes {
  /** How many lanes its files are in. */
  readonly lanes: number;
}

export interface PageFile {
  readonly name: string;
  readonly run: number;
  readonly times?: LaneTimes;
  readonly tests: readonly PageTest[];
}

/** `TestTimes` in short, because there are many: `failed` is 1 or 0. */
export type PageTest = readonly [
  name: TestTimes['name'],
  began: TestTimes['began'],
  ended: TestTimes['ended'],
  failed: 0 | 1,
];

export interface PageCause extends Omit<GroupWords, 'place'> {
  /** What links to it. */
  readonly id: string;
  /** Of the group; or what is said where no line is known. */
  readonly place: string;
  /** The package that opened it; empty if the user's own code did. */
  readonly package: string;
  readonly types: readonly string[];
  readonly leaks: readonly number[];
  readonly source?: PageSource;
}

export interface PageSource extends Excerpt {
  /** The number of the line that is meant. */
  readonly at: number;
}

export interface PageLeak extends Pick<Outcome, 'status' | 'reason'> {
  readonly cause: number;
  readonly file: number;
  /** "serves users", "beforeAll of users". */
  readonly owner: string;
  /** How many resources are told together. */
  readonly size: number;
  /** How many callbacks ran after its test. */
  readonly fired: number;
  /** Indices in `texts`: the tests during which they ran, its message, its stack, and what it is in a few words. */
  readonly during: readonly number[];
  readonly message: number;
  readonly stack: number;
  readonly label: number;
  readonly times?: Omit<LeakTimes, 'others'>;
  /** What is told under it, as far as it has times; at most twelve. */
  readonly others: readonly PageOther[];
}

/** A resource that is told under a leak. */
export interface PageOther extends OpenTimes {
  /** What it is, in a few words: an index in `texts`. */
  readonly label: number;
}
