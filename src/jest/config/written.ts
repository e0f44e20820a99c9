/** The configuration of a run as it is written. Jest drops what it does not know, and shows nothing of it to what it loads. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { isRecord } from '../../config/allowances.js';

const ENDINGS = ['.js', '.ts', '.mjs', '.cjs', '.cts', '.mts', '.json'];

/** The file that the command line names, else the first that Jest comes upon on its way up from the working directory. */
export function findWritten(): string | undefined {
  const options = { config: { type: 'string', short: 'c' }, rootDir: { type: 'string' } } as const;
  const { config, rootDir } = parseArgs({ options, strict: false, args: process.argv.slice(2) }).values;
  if (typeof config === 'string') return resolve(config);
  let folder = resolve(typeof rootDir === 'string' ? rootDir : '.');
  for (;;) {
    const names = [...ENDINGS.map((ending) => `jest.config${ending}`), 'package.json'];
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (found !== undefined || dirname(folder) === folder) return found;
    folder = dirname(folder);
  }
}

async function load(path: string): Promise<unknown> {
  if (path.endsWith('.json')) {
    const content = JSON.parse(readFileSync(path, 'utf8')) as { jest?: unknown };
    return path.endsWith('package.json') ? content.jest : content;
  }
  // Jest has evaluated it, and it is not evaluated again.
  const required = createRequire(path).cache[path]?.exports as { default?: unknown } | undefined;
  if (required !== undefined) return required.default ?? required;
  if (/\.[cm]?ts$/.test(path)) return undefined;
  return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
}

/**
 * The top level of the configuration that Jest's command has read; empty if there is none, or if it is a function, which is not
 * called again.
 */
export async function readWritten(): Promise<Readonly<Record<string, unknown>>> {
  try {
    const path = findWritten();
    const written = path === undefined ? undefined : await load(path);
    return isRecord(written) ? { ...written } : {};
  } catch {
    return {}; // Jest reads more than we do, such as JSON with comments
  }
}
