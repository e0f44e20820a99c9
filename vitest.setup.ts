// The door for Vitest: `setupFiles: ['async-leaks/vitest']`.
import { setUp } from './src/vitest/setup.js';

// Types `meta: { allowLingering }` and `inject('asyncLeaks')`.
export type {} from './src/vitest/setup.js';

setUp();
