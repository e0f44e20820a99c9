/** What test code may ask of the detector (`index.cts`), and where it finds it. */
import { parseAllowances, type Allowance } from '../config/allowances.js';
import { printableLines } from '../text/printable.js';
import type { Site } from '../tracker/index.js';

/** In its own realm, test code finds the detector under this global symbol. */
export const API: unique symbol = Symbol.for('async-leaks') as never;

export interface TestApi {
  /**
   * Takes what was passed to `allowLingering`, and the unread stack of the call; returns a sentence that says
   * why not, or undefined.
   */
  allow(what: readonly unknown[], site?: Site): string | undefined;
}

/** `allow` takes what has been understood. What it throws is the refusal. */
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

/** For a run that is switched off: what is allowed does not matter, but must still be well formed. */
export const idleApi: TestApi = testApi(() => {});
