/**
 * The options of frameworks whose own configuration has no place for them: a file `async-leaks.config.*` in the working directory,
 * or else the key `asyncLeaks` of package.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { refusing } from '../process/faults.js';
import { isRecord } from './allowances.js';
import { resolveOptions, resolvePaths, type ResolvedOptions } from './options.js';

const NAMES = ['js', 'mjs', 'cjs', 'json'].map((ending) => `async-leaks.config.${ending}`);
const PACKAGE = 'package.json';
const KEY = 'asyncLeaks';

/** `import()`, where that does not work by itself. */
export type ImportModule = (url: string) => Promise<object>;

/** Options as the user wrote them, and where. */
interface Written {
  readonly options: unknown;
  readonly source: string;
}

/**
 * Reads the options that hold in a folder: those of a file, else those of package.json, else the defaults. Checks them, and makes
 * their paths absolute. Throws one sentence, without a stack of ours, for a wrong option, for a file that cannot be loaded, and
 * for two files. With `ASYNC_LEAKS=off` nothing is read.
 * @param folder absolute path; the working directory by default.
 */
export async function readOptions(
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
  importModule: ImportModule = (url) => import(/* @vite-ignore */ url) as Promise<object>,
): Promise<ResolvedOptions> {
  const name = refusing(() => nameIn(folder, env));
  if (name === undefined) return resolve(undefined, folder, env);
  let exported: object | undefined;
  if (!name.endsWith('.json')) {
    const path = join(folder, name);
    try {
      exported = await importModule(pathToFileURL(path).href);
    } catch (error) {
      return refusing(() => {
        throw unreadable(path, error);
      });
    }
  }
  return resolve({ name, exported }, folder, env);
}

/** The same at once, for where nothing can be awaited: a file that is an ES module must not have a top-level await. */
export function readOptionsSync(
  folder: string = process.cwd(),
  env: NodeJS.ProcessEnv = process.env,
): ResolvedOptions {
  const name = refusing(() => nameIn(folder, env));
  if (name === undefined) return resolve(undefined, folder, env);
  const path = join(folder, name);
  const exported = name.endsWith('.json') ? undefined : refusing(() => requireFile(path));
  return resolve({ name, exported }, folder, env);
}

function requireFile(path: string): object {
  let exported: unknown;
  try {
    exported = createRequire(path)(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  return isModule(exported) ? exported : { default: exported };
}

/** Whether it is the namespace of an ES module, and not what a CommonJS module exports. */
const isModule = (exported: unknown): exported is object =>
  Object.prototype.toString.call(exported) === '[object Module]';

/** The file in a folder that has the options; undefined if there is none. */
function nameIn(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  if (env['ASYNC_LEAKS'] === 'off') return undefined;
  const [name, other] = NAMES.filter((each) => existsSync(join(folder, each)));
  if (other === undefined) return name;
  throw new Error(`async-leaks: there are both ${name} and ${other} in ${folder}; keep one of them.`);
}

/** A file, and what it exports; undefined for one of JSON. */
interface Found {
  readonly name: string;
  readonly exported: object | undefined;
}

function resolve(found: Found | undefined, folder: string, env: NodeJS.ProcessEnv): ResolvedOptions {
  return refusing(() => {
    const written = env['ASYNC_LEAKS'] === 'off' ? undefined : writtenIn(found, folder);
    // Without the environment, so that its own mistakes are not blamed on the file.
    if (written !== undefined) naming(written.source, () => resolveOptions(written.options, {}));
    return resolvePaths(resolveOptions(written?.options, env), folder);
  });
}

function writtenIn(found: Found | undefined, folder: string): Written | undefined {
  if (found === undefined) return findInPackage(folder);
  const path = join(folder, found.name);
  const options = found.exported === undefined ? readJson(path) : defaultOf(path, found.exported);
  return { options, source: found.name };
}

function findInPackage(folder: string): Written | undefined {
  const path = join(folder, PACKAGE);
  if (!existsSync(path)) return undefined;
  const data = readJson(path);
  if (!isRecord(data) || !(KEY in data)) return undefined;
  return { options: data[KEY], source: `"${KEY}" of ${PACKAGE}` };
}

/** What a file exports as its default. */
function defaultOf(path: string, exported: object): unknown {
  if (!('default' in exported))
    throw new Error(`async-leaks: ${path} must export its options as the default: export default { … }.`);
  const options = exported.default;
  // An ES module that was compiled to CommonJS.
  return isRecord(options) && '__esModule' in options && 'default' in options ? options.default : options;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, '')); // some editors leave a mark there
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** `error` may be anything, because a file of the user's has thrown it. */
function unreadable(path: string, error: unknown): Error {
  const [why = ''] = String(error).split('\n');
  return new Error(`async-leaks: ${path} cannot be read: ${why.replace(/\.$/, '')}.`);
}

/** Runs a check; what it throws also says where the options stand. */
function naming(source: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    const refusal = error as Error;
    refusal.message = `${refusal.message.replace(/\.$/, '')} (in ${source}).`;
    throw refusal;
  }
}
