/**
 * Loads what the setup file does, as cheaply as it can be, for each worker of Vitest's loads it anew: by itself, since
 * Vitest's runner asks the main process about each module that it imports; and with the code that V8 has compiled in
 * an earlier worker, where the reporter says where that is kept.
 */
const { readFileSync } = require('node:fs') as typeof import('node:fs');
const { join } = require('node:path') as typeof import('node:path');
const { pathToFileURL } = require('node:url') as typeof import('node:url');
const { cachedDataVersionTag } = require('node:v8') as typeof import('node:v8');
const { Script } = require('node:vm') as typeof import('node:vm');

type Setup = typeof import('./setup.js', { with: { 'resolution-mode': 'import' } });
type Vitest = typeof import('vitest', { with: { 'resolution-mode': 'import' } });
type Evaluate = (exports: Partial<Setup>, require: NodeJS.Require, filename: string) => void;

const FILE = join(__dirname, 'setup.cjs');
/** To import it by, where it cannot be loaded here. */
export const url: string = pathToFileURL(FILE).href;

let setUpFile: (() => void) | undefined;

/**
 * Does what the setup file does, for one test file. Throws what that throws.
 * @param realm the global object of whoever asks.
 * @returns false if it is to be imported instead: in Vitest's vm pools tests have a realm of their own.
 */
export function setUp(realm: object): boolean {
  if (realm !== globalThis) return false;
  setUpFile ??= evaluate(codeCache());
  setUpFile();
  return true;
}

/** The path of the code that is kept, if any is to be; its end tells one V8 from another. */
function codeCache(): string | undefined {
  const { __vitest_index__: vitest } = globalThis as { __vitest_index__?: Vitest };
  const path = vitest?.inject('asyncLeaksCodeCache');
  return path && `${path}-${cachedDataVersionTag()}`;
}

function evaluate(path: string | undefined): () => void {
  const cachedData = path && kept(path);
  // ASCII only, see bundle.config.js.
  const source = `(function (exports, require, __filename) {${readFileSync(FILE, 'latin1')}\n})`;
  const script = new Script(source, { filename: FILE, ...(cachedData && { cachedData }) });
  const setup: Partial<Setup> = {};
  (script.runInThisContext() as Evaluate)(setup, require, FILE);
  let unkept =
    path !== undefined && script.cachedDataRejected !== false
      ? { path, content: () => twice(script.createCachedData()) }
      : undefined;
  return () => {
    const code = unkept;
    unkept = undefined;
    setup.setUp?.(code);
  };
}

/**
 * V8 looks at nothing but its head, and crashes, or runs on for ever, where a byte behind that is wrong. So it is kept
 * twice: to compare is what costs least.
 */
function twice(code: Buffer): Buffer {
  return Buffer.concat([code, code]);
}

/** What was kept; undefined where there is nothing, or it is damaged. */
function kept(path: string): Buffer | undefined {
  try {
    const both = readFileSync(path);
    const code = both.subarray(0, both.length / 2);
    return code.length > 0 && code.equals(both.subarray(both.length / 2)) ? code : undefined;
  } catch {
    return undefined;
  }
}
