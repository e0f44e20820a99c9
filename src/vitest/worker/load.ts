/**
 * Loads what the setup file does, as cheaply as possible, because each worker of Vitest loads it anew. Loads it by itself,
 * because Vitest's runner asks the main process about each module that it imports, and Node takes a millisecond to `require()`
 * one; and with the code that V8 has compiled in an earlier worker, if the reporter says where that is kept. Part of the setup
 * file, see bundle.js.
 */
import { isOff } from '../../config/options.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../../process/node-version.js';
import { API, type TestApi } from '../../session/test-api.js';
import { openCodeCache } from '../code-cache.js';
import { isBenchmark } from '../unfit.js';

type Setup = typeof import('./setup.js');
type Vitest = typeof import('vitest');
type Evaluate = (exports: Partial<Setup>, require: (id: string) => unknown, filename: string) => void;

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
  const file = process.getBuiltinModule('node:path').join(folder, 'src/vitest/worker/setup.cjs');
  if (isIdle()) {
    publishIdle(file);
    return;
  }
  // In Vitest's vm pools tests have a realm of their own, and Node's functions belong to another.
  if (Object.getPrototypeOf(process.getBuiltinModule) === Function.prototype) {
    globals[LOADED] ??= loadSetup(file);
  } else if (globals[LOADED] === undefined) {
    const { href } = process.getBuiltinModule('node:url').pathToFileURL(file); // a simulated DOM has a URL of its own
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
function publishIdle(file: string): void {
  globals[API] = { allow: (what, site) => evaluate(file).setup.idleApi!.allow(what, site) };
}

/** Runs the script, with the code that was kept of it. */
function evaluate(
  file: string,
  cachedData?: Buffer,
): { setup: Partial<Setup>; script: import('node:vm').Script } {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { Script } = process.getBuiltinModule('node:vm');
  // ASCII only, see bundle.js.
  const source = `(function (exports, require, __filename) {${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
  const setup: Partial<Setup> = {};
  (script.runInThisContext() as Evaluate)(setup, (id) => process.getBuiltinModule(id), file);
  return { setup, script };
}

/** Loads what attaches us, and lets later workers have the code once a file has run. */
function loadSetup(file: string): (folder: string) => void {
  const cache = openCodeCache(globals.__vitest_index__);
  const { setup, script } = evaluate(file, cache?.read());
  let unkept = script.cachedDataRejected === false ? undefined : cache;
  return (folder) => {
    const keep = unkept && (() => cache?.keep(script.createCachedData()));
    unkept = undefined;
    setup.setUp?.(folder, keep);
  };
}
