// The door for Vitest: `setupFiles: ['async-leaks/vitest']`.
import { setUp } from './src/vitest/load.js';

// Types `meta: { allowLingering }` and `inject('asyncLeaks')`.
export type {} from './src/vitest/setup.js';

await setUp(import.meta.dirname);
