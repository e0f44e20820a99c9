/**
 * Loads what the setup file does, as cheaply as possible, because each worker of Vitest loads it anew. Loads it by itself,
 * because Vitest's runner asks the main process about each module that it imports. Part of the setup file, see bundle.js.
 */
import { isOff } from '../../config/options.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../../process/node-version.js';
import { API, type TestApi } from '../../session/test-api.js';
import { load } from '../../process/scripts.js';
import { isBenchmark } from '../unfit.js';

type Setup = typeof import('./setup.js');
type Vitest = typeof import('vitest');

/** What attaches us to Vitest, by its path in `dist`. */
const SETUP = 'src/vitest/worker/setup.cjs';

/**
 * Kept for a process without isolation, in which the setup file runs again for each test file; and for other copies of the
 * package, which the first one serves. It takes the folder of the copy that calls.
 */
const LOADED = Symbol.for('async-leaks/vitest');

const globals = globalThis as {
  __vitest_index__?: Vitest;
  __vitest_worker__?: { readonly config?: object };
  [LOADED]?: (folder: string) => void;
  [API]?: TestApi;
};

/**
 * Does what the setup file does, for one test file. Throws what that throws.
 * @param folder where the setup file is; absolute.
 */
export async function setUp(folder: string): Promise<void> {
  // A browser, for which some give tests a `process` without versions.
  if (typeof process !== 'object' || process.versions?.node === undefined) return;
  refuseUnsupportedNode();
  // As Node writes it, because our frames are recognized by it: Vitest writes paths of Windows with slashes.
  const place = process.getBuiltinModule('node:path').normalize(folder);
  if (isIdle()) {
    publishIdle(place);
    return;
  }
  // In Vitest's vm pools tests have a realm of their own, and Node's functions belong to another.
  if (Object.getPrototypeOf(process.getBuiltinModule) === Function.prototype) {
    globals[LOADED] ??= loadSetup(place);
  } else if (globals[LOADED] === undefined) {
    const { pathToFileURL } = process.getBuiltinModule('node:url'); // a simulated DOM has a URL of its own
    const { href } = pathToFileURL(`${place}/${SETUP}`);
    const setup = (await import(/* @vite-ignore */ href)) as Setup;
    globals[LOADED] = (caller) => setup.setUp(caller);
  }
  globals[LOADED](folder);
}

/** Whether nothing is to be followed in this worker. */
function isIdle(): boolean {
  const { __vitest_index__: vitest, __vitest_worker__: worker } = globals;
  if (isBun()) {
    if (vitest?.inject('asyncLeaksReporter') === undefined) warnOfBun();
    return true;
  }
  return isBenchmark(worker?.config ?? {}) || (vitest !== undefined && isOff(vitest.inject('asyncLeaks')));
}

/** Loads the rest only for a test that calls `allowLingering()`, which must still refuse what it does not understand. */
function publishIdle(folder: string): void {
  globals[API] = { allow: (what, site) => load<Setup>(folder, SETUP).exports.idleApi!.allow(what, site) };
}

/** Loads what attaches us, and lets later workers have the code once a file has run. */
function loadSetup(folder: string): (caller: string) => void {
  let { exports, keep } = load<Setup>(folder, SETUP, globals.__vitest_index__?.inject('asyncLeaksCodeCache'));
  return (caller) => {
    exports.setUp?.(caller, keep);
    keep = undefined;
  };
}
