/** The roles of packages in Mocha. Exact names: a pattern would hide leaks of the user's libraries. */
import type { RoleOf } from '../tracker/index.js';

/** Mocha, what it loads files with, and what compiles and measures them as they are loaded. */
const OWN = new Set([
  'mocha',
  '@babel/register',
  '@swc-node/register',
  'c8',
  'co-mocha',
  'istanbul-lib-hook',
  'nyc',
  'pirates',
  'ts-node',
  'tsx',
]);

/** The part of workerpool that runs in Mocha's own workers; a test may well have a pool of its own. */
const WORKER = /[\\/]workerpool[\\/]src[\\/]worker\.js$/;

export const roleOf: RoleOf = (packageName, file) => {
  if (packageName === 'workerpool') return WORKER.test(file) ? 'framework' : 'library';
  return OWN.has(packageName) ? 'framework' : 'library';
};
