/** The configuration of a project whose event loop is blocked at random: see block-loop.ts. */
import { join } from 'node:path';
import { root, type Version } from './versions.ts';

const blocker = join(root, 'test/support/block-loop.ts');

/** The blocker comes first, before any hook of ours. */
export const blocked = ({ framework }: Version): Record<string, unknown> => ({
  setupFiles: framework === 'vitest' ? [blocker, 'async-leaks/vitest'] : [blocker],
  // Tests of the fixtures that have a deadline of their own set it; the others are not to fail by it.
  ...(framework === 'vitest' ? { testTimeout: 60_000, hookTimeout: 60_000 } : { testTimeout: 60_000 }),
});
