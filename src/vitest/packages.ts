/** What packages are to Vitest. Exact names: a pattern would hide leaks of the user's libraries. */
import type { RoleOf } from '../tracker/index.js';

const OWN = new Set(['vitest', 'vite', 'vite-node']);
/** Vitest 5 has no package of its own for them. */
const SPIES = /[\\/]vitest[\\/]dist[\\/](?:chunks[\\/])?spy\b/;

export const roleOf: RoleOf = (packageName, file) => {
  if (packageName === '@vitest/spy' || (packageName === 'vitest' && SPIES.test(file))) return 'spy';
  return OWN.has(packageName) || packageName.startsWith('@vitest/') ? 'framework' : 'library';
};
