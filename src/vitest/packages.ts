/**
 * Whether a package is Vitest's own: what it makes in a worker is nobody's leak. Exact names: a pattern would
 * hide leaks of the user's libraries.
 */
export function isVitest(packageName: string): boolean {
  return PACKAGES.has(packageName) || packageName.startsWith('@vitest/');
}

const PACKAGES = new Set(['vitest', 'vite', 'vite-node']);
