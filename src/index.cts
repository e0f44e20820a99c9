/** What test code imports. CommonJS, because `require()` of an ES module fails inside Jest's sandbox on every Node. */

/** An allowance in its object form. Without any field it allows everything. */
interface Allowance {
  /** A resource type: "TCPWRAP". */
  type?: string;
  /** A package that opened it, by itself or through another: "pg-boss". */
  package?: string;
  /** A substring of any frame of the creation stack. */
  from?: string;
  /** The most leaks it covers. */
  count?: number;
  reason?: string;
}

declare global {
  namespace NodeJS {
    interface ProcessEnv {
      /** Wins over the option `mode`; `update` rewrites the baseline, `update-ci` in CI, too. */
      ASYNC_LEAKS?: 'off' | 'warn' | 'fail' | 'update' | 'update-ci' | '' | undefined;
    }
  }
}

interface TestApi {
  allow(what: readonly unknown[], site: object): string | undefined;
}

/** V8's own: tests replace it, or take it away. */
const { captureStackTrace } = Error;
const API = Symbol.for('async-leaks');
/** A browser has no `process`, or one that its user made up: there nothing is followed, and everything may linger. */
const isInNode = typeof process === 'object' && process.versions?.node !== undefined;
/** In Bun's own test runner there is nobody who could follow anything. */
const isInBun = isInNode && process.versions['bun'] !== undefined;
let isBunTold = false;
const SWITCHED_OFF =
  'allowLingering() works only if async-leaks is on: setupFiles: ["async-leaks/vitest"], preset: "async-leaks" for Jest, node --require async-leaks/node-test, or mocha --require async-leaks/mocha.';

/**
 * Allows resources of the running test to linger: all, or those of a type, or those that an object
 * `{ type?, package?, from?, count?, reason? }` describes. In beforeAll it holds for the suite, at the top level of a
 * file for the file. Throws a TypeError outside of any of these, or for anything that it does not understand.
 */
export function allowLingering(...what: (string | Allowance)[]): void {
  if (!isInNode) return;
  const api = (globalThis as { [API]?: TestApi })[API];
  if (api === undefined && isInBun) {
    tellOfBun();
    return;
  }
  // Read only if nothing uses the allowance, because then its line is reported.
  const site = {};
  captureStackTrace(site, allowLingering);
  const refusal = api === undefined ? SWITCHED_OFF : api.allow(what, site);
  if (refusal === undefined) return;
  // Thrown here, so that it is a TypeError of the realm of the test, and `toThrow(TypeError)` recognises it.
  const error = new TypeError(refusal);
  captureStackTrace(error, allowLingering);
  throw error;
}

function tellOfBun(): void {
  if (isBunTold || process.env['ASYNC_LEAKS'] === 'off') return;
  isBunTold = true;
  process.stderr.write('async-leaks is off: this is Bun, whose async_hooks report no resource.\n');
}
