/** `node --import async-leaks/node-test --test`: fails the tests of node:test that leak. */
import { preloadAsync } from './load.js';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions } from '../config/options.js';

await preloadAsync();
