/** What packages are to Jest. Exact names: a pattern would hide leaks of the user's libraries. */
import type { RoleOf } from '../tracker/index.js';

/** Jest, and the transformers that it calls. */
const OWN = new Set([
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

export const roleOf: RoleOf = (packageName) => {
  if (packageName === 'jest-mock') return 'spy';
  return OWN.has(packageName) || packageName.startsWith('@jest/') ? 'framework' : 'library';
};
