/** The roles of packages in Vitest. Exact names: a pattern would hide leaks of the user's libraries. */
import type { RoleOf } from '../tracker/index.js';

const OWN = new Set(['vitest', 'vite-node']);
/** The part of Vite that runs in a worker; a test may well start a server of its own. */
const MODULE_RUNNER = /[\\/]vite[\\/]dist[\\/]node[\\/]module-runner\b/;
/** Vitest 5 has no package of its own for its spies. */
const SPIES = /[\\/]vitest[\\/]dist[\\/](?:chunks[\\/])?spy\b/;

export const roleOf: RoleOf = (packageName, file) => {
  if (packageName === '@vitest/spy' || (packageName === 'vitest' && SPIES.test(file))) return 'spy';
  if (packageName === 'vite') return MODULE_RUNNER.test(file) ? 'framework' : 'library';
  return OWN.has(packageName) || packageName.startsWith('@vitest/') ? 'framework' : 'library';
};

/** The same in the main process, where Vite is a part of the framework. */
export const roleInMain: RoleOf = (packageName, file) =>
  packageName === 'vite' ? 'framework' : roleOf(packageName, file);
