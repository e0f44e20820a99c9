/** Configurations of projects that run under load, and with the event loop blocked at random: see block-loop.ts. */
import { join } from 'node:path';
import { root, type Version } from '../install/versions.ts';

const blocker = join(root, 'test/support/blocking/block-loop.ts');

/** In ms. Fixtures that need a timeout set their own; the others must not fail by the frameworks' default. */
export const patient = ({ framework }: Version): Record<string, unknown> => patience[framework];

const patience: Record<Version['framework'], Record<string, unknown>> = {
  vitest: { testTimeout: 60_000, hookTimeout: 60_000 },
  jest: { testTimeout: 60_000 },
  mocha: { timeout: 60_000 },
  // It has no timeout of its own.
  'node-test': {},
};

/** The blocker comes first, before any hook of ours. */
const blockers: Record<Version['framework'], Record<string, unknown>> = {
  vitest: { setupFiles: [blocker, 'async-leaks/vitest'] },
  jest: { setupFiles: [blocker] },
  mocha: { require: ['./globals.cjs', blocker, './async-leaks.cjs'] },
  'node-test': { imports: [blocker, 'async-leaks/node-test'] },
};

export const blocked = (version: Version): Record<string, unknown> => ({
  ...patient(version),
  ...blockers[version.framework],
});
