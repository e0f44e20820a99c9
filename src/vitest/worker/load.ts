/**
 * Loads what the setup file does, as cheaply as possible, because each worker of Vitest loads it anew. Loads it by itself,
 * because Vitest's runner asks the main process about each module that it imports, and Node takes a millisecond to `require()`
 * one; and with the code that V8 has compiled in an earlier worker, if the reporter says where that is kept. Part of the setup
 * file, see bundle.js.
 */
import { refuseUnsupportedNode } from '../../process/node-version.js';
import { openCodeCache } from '../code-cache.js';

type Setup = typeof import('./setup.js');
type Vitest = typeof import('vitest');
type Evaluate = (exports: Partial<Setup>, require: (id: string) => unknown, filename: string) => void;

/**
 * Kept for a process without isolation, in which the setup file runs again for each test file; and for other copies of the
 * package, which the first one serves. It takes the folder of the copy that calls.
 */
const LOADED = Symbol.for('async-leaks/vitest');
const loaded = globalThis as { [LOADED]?: (folder: string) => void };

/**
 * Does what the setup file does, for one test file. Throws what that throws.
 * @param folder where the setup file is; absolute.
 */
export async function setUp(folder: string): Promise<void> {
  refuseUnsupportedNode();
  // As Node writes it, because our frames are recognized by it: Vitest writes paths of Windows with slashes.
  const file = process.getBuiltinModule('node:path').join(folder, 'src/vitest/worker/setup.cjs');
  // In Vitest's vm pools tests have a realm of their own, and Node's functions belong to another.
  if (Object.getPrototypeOf(process.getBuiltinModule) === Function.prototype) {
    loaded[LOADED] ??= evaluate(file);
  } else if (loaded[LOADED] === undefined) {
    const { href } = process.getBuiltinModule('node:url').pathToFileURL(file); // a simulated DOM has a URL of its own
    const setup = (await import(/* @vite-ignore */ href)) as Setup;
    loaded[LOADED] = (caller) => setup.setUp(caller);
  }
  loaded[LOADED](folder);
}

function evaluate(file: string): (folder: string) => void {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { Script } = process.getBuiltinModule('node:vm');
  const cache = openCodeCache((globalThis as { __vitest_index__?: Vitest }).__vitest_index__);
  const cachedData = cache?.read();
  // ASCII only, see bundle.js.
  const source = `(function (exports, require, __filename) {${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
  const setup: Partial<Setup> = {};
  (script.runInThisContext() as Evaluate)(setup, (id) => process.getBuiltinModule(id), file);
  let unkept = script.cachedDataRejected === false ? undefined : cache;
  return (folder) => {
    const keep = unkept && (() => cache?.keep(script.createCachedData()));
    unkept = undefined;
    setup.setUp?.(folder, keep);
  };
}
