/** In what the frameworks differ, as far as programs show it. */
import type { Version } from '../../support/install/versions.ts';

export interface Traits {
  /** How a program says that tests which fail are tried again. */
  readonly triesAgain: 'by a call' | 'by an option' | 'never';
  readonly hasAroundHooks: boolean;
  /** Whether `beforeEach` and `afterEach` run for concurrent tests. */
  readonly hasEachHooksForConcurrent: boolean;
  /** Whether the hooks of a suite run even if all of its tests are skipped. */
  readonly runsHooksOfSkipped: boolean;
  /** It says of a worker that something holds that it had to be killed. */
  readonly killsWorkers: boolean;
  /**
   * It does not end its processes. Where the stack ends while Node arms or clears a timer, Node may count that timer for ever, and
   * then the process never ends; without async-leaks neither.
   */
  readonly waitsForTimers: boolean;
  /** Whether its test files are ES modules, which do not know their own paths by `__filename` and `__dirname`. */
  readonly isESM: boolean;
}

export const traitsOf: Readonly<Record<Version['framework'], Traits>> = {
  vitest: {
    triesAgain: 'by an option',
    hasAroundHooks: true,
    hasEachHooksForConcurrent: true,
    runsHooksOfSkipped: false,
    killsWorkers: false,
    waitsForTimers: false,
    isESM: false,
  },
  jest: {
    triesAgain: 'by a call',
    hasAroundHooks: false,
    hasEachHooksForConcurrent: false,
    runsHooksOfSkipped: false,
    killsWorkers: true,
    waitsForTimers: false,
    isESM: false,
  },
  mocha: {
    triesAgain: 'by a call',
    hasAroundHooks: false,
    hasEachHooksForConcurrent: true,
    runsHooksOfSkipped: true,
    killsWorkers: false,
    waitsForTimers: false,
    isESM: false,
  },
  'node-test': {
    triesAgain: 'never',
    hasAroundHooks: false,
    hasEachHooksForConcurrent: true,
    runsHooksOfSkipped: true,
    killsWorkers: false,
    waitsForTimers: true,
    isESM: true,
  },
};
