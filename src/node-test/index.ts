/** `node --import async-leaks/node-test --test`: fails the tests of node:test that leak. */
import { createRequire } from 'node:module';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions } from '../config/options.js';

type Preload = typeof import('./preload.js');

// Bundled, see bundle.js.
const { preload } = createRequire(import.meta.url)('./preload.cjs') as Preload;
await preload();
