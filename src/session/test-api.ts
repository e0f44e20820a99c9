/** What test code may ask of the detector (`index.cts`), and the global symbol to find it by. */
import { parseAllowances, type Allowance } from '../config/allowances.js';
import { printableLines } from '../text/printable.js';
import type { Site } from '../tracker/index.js';

/** In its own realm, test code finds the detector under this global symbol. */
export const API: unique symbol = Symbol.for('async-leaks') as never;

export interface TestApi {
  /**
   * Takes what was passed to `allowLingering`, and the unread stack of the call; returns undefined, or a sentence that says why
   * it is refused.
   */
  allow(what: readonly unknown[], site?: Site): string | undefined;
}

/** `allow` takes the parsed allowances. What it throws is the refusal. */
export function testApi(allow: (allowances: Allowance[], site: Site) => void): TestApi {
  return {
    allow(what, site = {}) {
      try {
        allow(parseAllowances(what, 'allowLingering()'), site);
        return undefined;
      } catch (error) {
        return printableLines((error as Error).message);
      }
    },
  };
}

/** For a run that is switched off: allowances do not matter, but must still be well formed. */
export const idleApi: TestApi = testApi(() => {});
