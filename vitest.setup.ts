// The door for Vitest: `setupFiles: ['async-leaks/vitest']`.

// Types `meta: { allowLingering }` and `inject('asyncLeaks')`.
export type {} from './src/vitest/setup.js';

const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
const { setUp, url } = require('./src/vitest/load.cjs') as typeof import('./src/vitest/load.cjs');

if (!setUp(globalThis))
  ((await import(/* @vite-ignore */ url)) as typeof import('./src/vitest/setup.js')).setUp();
