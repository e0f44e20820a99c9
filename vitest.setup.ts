// The door for Vitest: `setupFiles: ['async-leaks/vitest']`. Where it is switched off, nothing more is loaded.
import { createRequire } from 'node:module';
import { vitest } from './src/vitest/api.js';

import type { TestApi } from './src/session.js';

// Types `meta: { allowLingering }` and `inject('asyncLeaks')`.
export type {} from './src/vitest/setup.js';

const variable = process.env['ASYNC_LEAKS'];
const { mode, baseline } = vitest.inject('asyncLeaks') ?? {};
// `update` leaves what is off alone, unless there is a baseline to record into.
const wins = variable === 'update' ? baseline !== undefined : Boolean(variable);
const off = (wins ? variable : mode) === 'off';

if (off) {
  // allowLingering() is still to refuse what it does not understand; few call it.
  const require = createRequire(import.meta.url);
  const load = (): TestApi => (require('./src/session.js') as typeof import('./src/session.js')).idleApi;
  Object.assign(globalThis, {
    [Symbol.for('async-leaks')]: { allow: (what) => load().allow(what) } satisfies TestApi,
  });
} else {
  const { setUp } = await import('./src/vitest/setup.js');
  setUp();
}
