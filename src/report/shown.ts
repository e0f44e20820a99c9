/**
 * What there is to say of leaks, as records, outputs and the page have it. Imports only what imports nothing, so that what runs in
 * the page can use it.
 */
import type { LeakTimes } from './outputs/times.js';

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

/** What came of a leak. */
export interface Outcome {
  readonly status: LeakStatus;
  /** For a leak of a test: which of the file's leaking tests it is, by number, because names may repeat. */
  readonly test?: number;
  /** The reason that its allowance gives. */
  readonly reason?: string;
  readonly after?: AfterItsTest;
  /** Only if somebody wants to see the run in time. */
  readonly times?: LeakTimes;
}

/** What is told of what one line opened, in the order in which it is told. */
export interface GroupWords {
  /** "probably", or nothing. */
  readonly probably: string;
  /** "src/poll.ts:3:5"; undefined if no line of the user's is known. */
  readonly place: string | undefined;
  /** The call or the function there; empty if it has no name. */
  readonly name: string;
  readonly what: readonly string[];
  readonly callers: readonly string[];
  readonly where: readonly string[];
  readonly aftermath: string | undefined;
  readonly remedies: readonly string[];
}

/** Some lines of a file. */
export interface Excerpt {
  /** Absolute path; in the page as it is shown. */
  readonly file: string;
  /** The number of the first line, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}
