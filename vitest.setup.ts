// The door for Vitest: `setupFiles: ['async-leaks/vitest']`.
import { setUp } from './src/vitest/worker/load.js';

// Types `meta: { allowLingering }` and `inject('asyncLeaks')`.
export type {} from './src/vitest/worker/setup.js';

await setUp(import.meta.dirname);
