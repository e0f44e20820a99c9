/** What this process is to node:test. Whatever a test starts inherits the preload, too, by `execArgv` or `NODE_OPTIONS`. */

/**
 * - `runner`: runs each file in a process of its own;
 * - `files`: runs all files itself (`--test-isolation=none`);
 * - `child`: runs one file for a runner;
 * - `single`: runs one file, `node file.test.js`, or some program of the user's, maybe one that calls `run()`;
 * - `none`: is none of these: a worker thread, or a process that a test has started.
 */
export type Role = 'runner' | 'files' | 'child' | 'single' | 'none';

export interface Circumstances {
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly isMainThread: boolean;
  /** Whether a process that checks tests is among those that this one descends from. */
  readonly isDescendant: boolean;
  /** Whether the parent of this process is one that runs files in processes of their own. */
  readonly isChild: boolean;
  /** Whether it has a channel to its parent, as what `fork()` starts has. */
  readonly isForked: boolean;
}

const NO_ISOLATION = /^--(?:experimental-)?test-isolation=none$/;

function isolates(execArgv: readonly string[]): boolean {
  return !execArgv.some((flag, i) => {
    const next = execArgv[i + 1];
    return NO_ISOLATION.test(flag) || (next !== undefined && NO_ISOLATION.test(`${flag}=${next}`));
  });
}

export function roleOf(of: Circumstances): Role {
  const { execArgv, env, isMainThread: isMain, isDescendant, isChild, isForked } = of;
  if (!isMain) return 'none';
  const isNodes = env['NODE_TEST_CONTEXT'] !== undefined;
  if (execArgv.includes('--test') && !isNodes) {
    // What a test forks inherits the flags of a process that runs all files.
    if (isDescendant && isForked) return 'none';
    return isolates(execArgv) ? 'runner' : 'files';
  }
  // In watch mode with one process for all files, the runner starts another one.
  if (isChild && isNodes) return execArgv.includes('--test') ? 'files' : 'child';
  return isDescendant ? 'none' : 'single';
}

/** What a worker thread must not do is marked there. To load node:worker_threads would take each file 2 ms. */
const isMainThread = (): boolean => (process.abort as { disabled?: boolean }).disabled !== true;

export const currentRole = (of: Pick<Circumstances, 'isDescendant' | 'isChild'>): Role =>
  roleOf({
    ...of,
    execArgv: process.execArgv,
    env: process.env,
    isMainThread: isMainThread(),
    isForked: process.connected,
  });

/** Whatever process descends from one that checks tests finds this in its environment. */
const MARK = 'ASYNC_LEAKS_NODE_TEST';

export const isMarked = (): boolean => process.env[MARK] !== undefined;

export function mark(): void {
  process.env[MARK] = '1';
}
