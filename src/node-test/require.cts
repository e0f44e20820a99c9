/** `node --require async-leaks/node-test --test`: the same as `--import`, and one summary for all files. */
interface Load {
  preloadSync(): void;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { preloadSync } = require('./load.js') as Load;
preloadSync();

export {};
