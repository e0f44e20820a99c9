/**
 * Loads our own scripts as cheaply as possible, for what each test file loads anew: without Node's `require()`, which takes a
 * millisecond a file, and with the code that V8 has compiled in an earlier process. See bundle.js.
 */
import { openCodeCache } from './code-cache.js';

type Evaluate = (exports: object, require: (id: string) => unknown, filename: string) => void;

export interface Loaded<T> {
  readonly exports: Partial<T>;
  /** Keeps the code of every function that has run so far; undefined if there is nothing to do. */
  readonly keep: (() => void) | undefined;
}

/** What all test processes have in common, by its path in `dist`. */
const ENGINE = 'jest/build/engine.cjs';

/**
 * Evaluates a script in Node's own realm, together with the engine, which it requires. `import()` does not work in there.
 * @param folder `dist` of the package; absolute.
 * @param name the path of the script in there.
 * @param cacheFolder where V8's code is kept; absolute. Undefined if it is not.
 */
export function load<T>(folder: string, name: string, cacheFolder?: string): Loaded<T> {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const { Script } = process.getBuiltinModule('node:vm');
  const files = [ENGINE, name].map((path) => join(folder, path));
  const sources = files.map(
    // ASCII only, see bundle.js.
    (file) => `(function (exports, require, __filename) {${readFileSync(file, 'latin1')}\n})`,
  );
  const cache = cacheFolder === undefined ? undefined : openCodeCache(cacheFolder, folder);
  const cachedData = cache?.read();
  // As one, so that there is one file of code.
  const script = new Script(`[${sources.join(',')}]`, {
    filename: files[1]!,
    ...(cachedData && { cachedData }),
  });
  const [engine, exports]: [object, Partial<T>] = [{}, {}];
  // Of ours, there is only the engine to require.
  const require = (id: string): unknown => (id.startsWith('.') ? engine : process.getBuiltinModule(id));
  const [evaluateEngine, evaluateScript] = script.runInThisContext() as [Evaluate, Evaluate];
  evaluateEngine(engine, require, files[0]!);
  evaluateScript(exports, require, files[1]!);
  const isKept = cache === undefined || script.cachedDataRejected === false;
  return { exports, keep: isKept ? undefined : () => cache.keep(() => script.createCachedData()) };
}
