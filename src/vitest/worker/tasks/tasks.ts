/** What we use of Vitest's runner, whose names are the same in 4.1 and 5. */

export interface TaskError {
  name?: string;
  message: string;
  stack?: string;
  [fact: string]: unknown;
}

export interface TaskResult {
  state: string;
  errors?: TaskError[] | undefined;
  retryCount?: number;
  repeatCount?: number;
  /** Vitest 5: what its summary prints of each attempt. */
  attempts?: { state: string; errors?: TaskError[] | undefined; repeatIndex?: number }[];
}

interface Task {
  id: string;
  name: string;
  suite?: Suite;
  file: File;
  meta: Record<string, unknown>;
  result?: TaskResult;
}

export interface Test extends Task {
  type: 'test';
  mode: string;
  fails?: boolean;
  /** The signal is aborted when the test, or one of its hooks, times out. */
  context: { task: Test; signal?: AbortSignal };
}

export interface Suite extends Task {
  type: 'suite';
  /** Also "skip" if none of its tests will run. */
  mode: string;
  tasks: (Test | Suite)[];
}

export interface File extends Suite {
  filepath: string;
  projectName?: string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- hooks of every shape
export type Hook = (...args: any[]) => unknown;

export interface SuiteHooks {
  beforeAll: Hook[];
  afterAll: Hook[];
  beforeEach: Hook[];
  afterEach: Hook[];
  aroundAll: Hook[];
  aroundEach: Hook[];
}

/** What the runner sends of tasks that have changed: the id of each, its result, its meta. */
export type Pack = readonly [id: string, ...facts: unknown[]];
/** What the runner sends of what has happened. */
export type Event = readonly [id: string, name: string, ...facts: unknown[]];

export interface Runner {
  onTaskUpdate?: (packs: readonly Pack[], events: readonly Event[]) => Promise<void> | void;
  onAfterRunTask?: (test: Test) => Promise<void> | void;
  /** An attempt begins, inside of the aroundEach hooks, before all others. */
  onBeforeTryTask?: (test: Test, attempt: unknown) => unknown;
  /** An attempt is over, inside of the aroundEach hooks, after all others. What this throws fails it. */
  onAfterRetryTask?: (test: Test, attempt: unknown) => unknown;
}
