/**
 * When things happened, as records, outputs and the page have it. In a record all moments are ms since 1970, elsewhere ms since the
 * run began. Imports nothing, so that what runs in the page can use it.
 */

/** From when to when. */
export type Range = readonly [number, number];

/** When a resource was open, and what it did. */
export interface OpenTimes {
  /** Between which two known moments it was opened. */
  readonly opened: Range;
  /** Between which two known moments it ended, or was released; missing if it was open still as its file was recorded. */
  readonly released?: Range;
  /**
   * When its callbacks ran after its test, of many an even choice of at most 100. Those of what it led to count as its own, until
   * that calls back before it does.
   */
  readonly callbacks: readonly number[];
}

/** When a leak happened. */
export interface LeakTimes extends OpenTimes {
  /** The index of its test in the times of its file; missing if it is a suite's or the file's. */
  readonly test?: number;
  /** When it got its verdict, and with it all that is told under it. */
  readonly judged: number;
  /** The times of what is told under it, in the same order; missing if nothing is, or if an older version has written them. */
  readonly others?: readonly OpenTimes[];
}

/** When an attempt of a test ran. */
export interface TestTimes {
  /** Full name. */
  readonly name: string;
  readonly began: number;
  readonly ended: number;
  /** It failed by itself, or was skipped while it ran: what it left is not judged. */
  readonly failed?: true;
}

/** When a file ran. */
export interface LaneTimes {
  /** From 0: files of one lane ran one after the other. */
  readonly lane: number;
  readonly began: number;
  readonly ended: number;
}

/** When a run was. */
export interface RunTimes {
  /** What it is called, if several outputs have been merged. */
  readonly name?: string;
  /** When its first test file began: "2026-11-30T17:00:00.000Z"; missing if that is not known. */
  readonly began?: string;
  /** Ms until its last test file ended. */
  readonly duration: number;
}
