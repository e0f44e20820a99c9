/** Random test programs, as a model that knows independently which tests must fail. */
import type { Chain, Refreshed } from './programs/chains.ts';
import type { ClockProgram } from './programs/clocks.ts';
import type { OpeningName } from './programs/openings.ts';
import type { Way } from './programs/ways.ts';

/** The types that a test with timers and files allows; a loop of both may be reported as either. */
export const TIMERS_AND_FILES = ['Timeout', 'FSREQPROMISE', 'FSREQCALLBACK', 'FILEHANDLE'] as const;

/** How it ends: `each` and `all` leave it to a hook, if there is one. */
export const ENDS = ['never', 'at once', 'after a sleep', 'late', 'each', 'all', 'unref'] as const;

/** Something that a body opens. */
export interface Opened {
  readonly kind: 'opened';
  readonly what: OpeningName;
  readonly way: Way;
  readonly end: (typeof ENDS)[number];
}

/** Something that a body does. */
export type Use = Opened | Chain | Refreshed;

export interface Test {
  readonly kind: 'test';
  readonly uses: readonly Use[];
  readonly mode: 'serial' | 'concurrent' | 'skipped' | 'each';
  /** Fails by itself, at its end: always, or at its first try, where the program tries again. */
  readonly fails: 'never' | 'always' | 'at first';
  readonly allows: 'nothing' | 'everything' | 'timers and files';
}

export interface Hooks {
  /** Before the suite, or the test, is run; Jest has no such hooks. */
  readonly aroundAll: readonly Use[];
  readonly aroundEach: readonly Use[];
  readonly beforeAll: readonly Use[];
  readonly beforeEach: readonly Use[];
  readonly afterEach: readonly Use[];
  readonly afterAll: readonly Use[];
  /** Whether hooks close what tests leave to them, after each test and after all. */
  readonly closesEach: boolean;
  readonly closesAll: boolean;
}

export interface Suite {
  readonly kind: 'suite';
  readonly hooks: Hooks;
  readonly children: readonly (Test | Suite)[];
}

/** A test file. */
export type Program = SuiteProgram | ClockProgram;

/** One of suites and hooks, in which all kinds of things are opened. */
export interface SuiteProgram {
  readonly kind: 'suites';
  readonly deadline: 'suite' | 'test';
  /** Tests that fail are tried again. */
  readonly retries: boolean;
  readonly topLevel: readonly Use[];
  readonly root: Suite;
}

/** Whether a suite has a test that runs. */
export const runs = ({ children }: Suite): boolean =>
  children.some((child) => (child.kind === 'suite' ? runs(child) : child.mode !== 'skipped'));

/** Whether a suite has any test. */
export const hasTests = ({ children }: Suite): boolean =>
  children.some((child) => child.kind === 'test' || hasTests(child));
