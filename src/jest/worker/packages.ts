/** The roles of packages in Jest. Exact names: a pattern would hide leaks of the user's libraries. */
import type { RoleOf } from '../../tracker/index.js';

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
  'expect',
  '@sinonjs/fake-timers',
  'babel-jest',
  'ts-jest',
  '@swc/jest',
  '@swc/core',
  '@babel/core',
  'pirates',
]);

/** The part of jest-worker that runs the tests; a test may well have a pool of its own. */
const WORKER_CHILD = /[\\/]jest-worker[\\/]build[\\/](?:workers[\\/])?(?:process|thread)Child\b/;

export const roleOf: RoleOf = (packageName, file) => {
  if (packageName === 'jest-worker') return WORKER_CHILD.test(file) ? 'framework' : 'library';
  if (packageName === 'jest-mock') return 'spy';
  return OWN.has(packageName) || packageName.startsWith('@jest/') ? 'framework' : 'library';
};
