/** `node --require async-leaks/node-test --test`: the same as `--import`, and one summary for all files. */
interface Preload {
  preloadSync(): void;
}

// Bundled, see bundle.js.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { preloadSync } = require('./preload.cjs') as Preload;
preloadSync();

export {};
