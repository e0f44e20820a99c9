/**
 * Removes from `dist` what no entry of the package reaches: modules that have been bundled, and types that users cannot import.
 * The entries are those of package.json, what the preset and `withAsyncLeaks` name or load, and what is read by its path.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import preset from './jest-preset.cjs';

const { bin, exports: doors } = JSON.parse(readFileSync('package.json', 'utf8'));
/** The files that an entry of `exports` names, by all of its conditions. */
const filesOf = (door) => (typeof door === 'string' ? [door] : Object.values(door).flatMap(filesOf));
const entries = [
  ...filesOf(doors),
  ...Object.values(bin),
  ...Object.values(preset).flat(),
  'dist/src/vitest/worker/setup.cjs',
  'dist/src/node-test/preload.cjs',
  'dist/src/node-test/end.cjs',
  'dist/jest/build/environment-of.js',
  'dist/src/jest/follow.cjs',
  'dist/page.br',
];

const RELATIVE = /(?:from|import|require)\s*\(?\s*["'`](\.{1,2}\/[^"'`]+)["'`]/g;

/** The file that an import leads to, seen from a module, or from the types of one. */
function resolve(from, specifier) {
  const path = join(dirname(from), specifier);
  return /\.d\.c?ts$/.test(from) ? path.replace(/\.(c?)js$/, '.d.$1ts') : path;
}

const reached = new Set();
const open = entries.map((path) => relative('.', path)).filter((path) => path.startsWith('dist'));
for (const path of open) {
  if (reached.has(path)) continue;
  if (!existsSync(path)) throw new Error(`${path} is an entry of the package, and has not been built.`);
  reached.add(path);
  for (const [, specifier] of readFileSync(path, 'utf8').matchAll(RELATIVE))
    open.push(resolve(path, specifier));
}

for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !reached.has(path)) rmSync(path);
}
/** Removes folders that hold nothing. */
function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
removeEmpty('dist');
