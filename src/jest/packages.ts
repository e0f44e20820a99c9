/**
 * Whether a package is Jest's own, or one of its transformers: what they make is nobody's leak. Exact names:
 * a pattern would hide leaks of the user's libraries.
 */
export function isJest(packageName: string): boolean {
  return PACKAGES.has(packageName) || packageName.startsWith('@jest/');
}

const PACKAGES = new Set([
  'jest',
  'jest-changed-files',
  'jest-circus',
  'jest-cli',
  'jest-config',
  'jest-diff',
  'jest-docblock',
  'jest-each',
  'jest-environment-jsdom',
  'jest-environment-node',
  'jest-get-type',
  'jest-haste-map',
  'jest-leak-detector',
  'jest-matcher-utils',
  'jest-message-util',
  'jest-mock',
  'jest-regex-util',
  'jest-resolve',
  'jest-resolve-dependencies',
  'jest-runner',
  'jest-runtime',
  'jest-snapshot',
  'jest-util',
  'jest-validate',
  'jest-watcher',
  'jest-worker',
  'expect',
  '@sinonjs/fake-timers',
  'babel-jest',
  'ts-jest',
  '@swc/jest',
  '@swc/core',
  '@babel/core',
  'pirates',
]);
