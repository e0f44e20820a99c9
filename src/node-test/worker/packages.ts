/** The roles of packages under node:test, which is part of Node itself. Exact names: a pattern would hide leaks of libraries. */
import type { RoleOf } from '../../tracker/index.js';

/** What compiles the files as they are loaded. */
const LOADERS = new Set([
  'tsx',
  'ts-node',
  'esbuild-register',
  'pirates',
  '@babel/register',
  '@swc/register',
  '@swc-node/register',
]);

export const roleOf: RoleOf = (packageName) => (LOADERS.has(packageName) ? 'framework' : 'library');
