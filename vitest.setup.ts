// The door for Vitest: `setupFiles: ['async-leaks/vitest']`.
import { setUp } from './src/vitest/setup.js';

setUp();
