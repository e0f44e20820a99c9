/** What the page shows, ready to be shown: every text is printable, every path relative. Moments are ms since a run began. */

export type Status = 'failed' | 'warned' | 'allowed' | 'known' | 'recorded';

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

export interface PageRun {
  readonly name: string;
  /** ISO; empty if not known. */
  readonly began: string;
  readonly duration: number;
  readonly lanes: number;
}

export interface PageFile {
  readonly name: string;
  readonly run: number;
  /** -1 if it is not known when it ran. */
  readonly lane: number;
  readonly began: number;
  readonly ended: number;
  readonly tests: readonly PageTest[];
}

/** Name, when it began and ended, and 1 if it failed by itself. */
export type PageTest = readonly [name: string, began: number, ended: number, failed: 0 | 1];

export interface PageCause {
  /** What links to it. */
  readonly id: string;
  /** "src/pool.ts:31:22", or what is said where no line is known. */
  readonly place: string;
  readonly probably: boolean;
  readonly name: string;
  readonly what: readonly string[];
  readonly callers: readonly string[];
  readonly where: readonly string[];
  readonly aftermath: string;
  readonly remedies: readonly string[];
  /** The package that opened it; empty if the user's own code did. */
  readonly package: string;
  readonly types: readonly string[];
  readonly leaks: readonly number[];
  readonly source: PageSource | undefined;
}

export interface PageSource {
  readonly file: string;
  /** The numbers of the first line, and of the one that is meant. */
  readonly from: number;
  readonly at: number;
  readonly lines: readonly string[];
}

export interface PageLeak {
  readonly cause: number;
  readonly status: Status;
  readonly type: string;
  readonly file: number;
  /** The index of its test in its file; -1 if that is not known, or it belongs to none. */
  readonly test: number;
  /** `"serves users"`, "beforeAll of users". */
  readonly owner: string;
  /** How many resources are told together. */
  readonly size: number;
  readonly fired: number;
  readonly reason: string;
  /** Indices in `texts`: the tests during which its callbacks ran, its message, its stack. */
  readonly during: readonly number[];
  readonly message: number;
  readonly stack: number;
  readonly times: PageTimes | undefined;
}

export interface PageTimes {
  readonly opened: readonly [number, number];
  readonly judged: number;
  readonly released: readonly [number, number];
  /** It was open still as its file was recorded. */
  readonly isOpen: boolean;
  readonly callbacks: readonly number[];
}
