/** What we use of Mocha's own objects. It is the same in Mocha 11 and 12, and in part not public. */
import type { TestFunction } from '../session/wrap.js';

/** A test or a test hook. */
export interface Runnable {
  readonly type?: string;
  readonly title: string;
  fn?: TestFunction;
  parent?: Suite;
  /** As the file was named to Mocha. */
  file?: string;
  state?: string | undefined;
  duration?: number;
  ctx?: object;
  isPending(): boolean;
  /** Calls back with an error if it failed. */
  run(callback: Done): void;
}

export interface Test extends Runnable {
  /** The test that this one is another attempt of. */
  retriedTest(): Test | undefined;
}

export interface Suite {
  readonly title: string;
  readonly parent?: Suite;
  readonly file?: string;
  readonly suites: readonly Suite[];
  readonly tests: readonly Test[];
  readonly ctx?: object;
  isPending(): boolean;
  hasOnly(): boolean;
  getHooks(name: HookName): readonly Runnable[];
  on(event: string, listener: (...args: never[]) => void): unknown;
  prependOnceListener(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  beforeAll(...args: unknown[]): unknown;
  afterAll(...args: unknown[]): unknown;
}

export type HookName = 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach';

/** How a runnable, or all hooks of one kind, call back. The suite is the one whose hook has failed. */
export type Done = (error?: unknown, suite?: Suite) => unknown;

export interface Runner {
  readonly suite: Suite;
  /** The test that runs, or whose each-hooks run. */
  readonly test?: Test;
  /** What an uncaught exception fails. */
  currentRunnable: unknown;
  readonly stats?: { passes: number };
  checkLeaks?: boolean;
  checkGlobals(runnable?: Runnable): void;
  emit(event: string, ...args: unknown[]): boolean;
  once(event: string, listener: () => void): unknown;
  fail(runnable: Runnable, error: unknown): void;
  hook(name: HookName, callback: Done): void;
  hookUp(name: HookName, callback: Done): void;
  grepTotal(suite: Suite): number;
  isParallelMode(): boolean;
}

export interface MochaOptions {
  readonly ui?: unknown;
  readonly grep?: unknown;
  readonly dryRun?: boolean;
  readonly delay?: boolean;
  readonly watch?: boolean;
  /** Ours: what distinguishes this run from others of its process; Mocha passes all options on to its workers. */
  asyncLeaksRun?: number;
}

/** An instance of Mocha: one run, mostly. */
export interface Mocha {
  readonly suite: Suite;
  readonly files: readonly string[];
  readonly options: MochaOptions;
  /** Whether this process runs one file at a time for another one. */
  readonly isWorker?: boolean;
  readonly _runnerClass: { readonly prototype: Runner };
  readonly _reporter: unknown;
  lazyLoadFiles(enable: boolean): unknown;
  loadFiles(callback?: () => void): void;
  loadFilesAsync(options?: object): Promise<void>;
  run(callback?: (failures: number) => void): Runner;
}

/** What the package exports. */
export interface MochaClass {
  readonly prototype: Mocha & { readonly version: string };
  readonly Runner: { readonly prototype: Runner };
  readonly Runnable: { readonly prototype: Runnable };
  readonly Suite: { readonly prototype: Suite };
  readonly Test: new (title: string, fn: () => void) => Test;
  readonly reporters: Readonly<Record<string, unknown>>;
}
