/**
 * The options of frameworks whose own configuration has no place for them: a file `async-leaks.config.*` in the working directory,
 * or else the key `asyncLeaks` of package.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { printableLines } from '../text/printable.js';
import { isRecord } from './allowances.js';
import { resolveOptions, resolvePaths, type ResolvedOptions } from './options.js';

const NAMES = ['js', 'mjs', 'cjs', 'json'].map((ending) => `async-leaks.config.${ending}`);
const PACKAGE = 'package.json';
const KEY = 'asyncLeaks';

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
): Promise<ResolvedOptions> {
  try {
    const written = env['ASYNC_LEAKS'] === 'off' ? undefined : await find(folder);
    // Without the environment, so that its own mistakes are not blamed on the file.
    if (written !== undefined) naming(written.source, () => resolveOptions(written.options, {}));
    return resolvePaths(resolveOptions(written?.options, env), folder);
  } catch (error) {
    const refusal = error as Error;
    refusal.message = printableLines(refusal.message);
    refusal.stack = String(refusal);
    throw refusal;
  }
}

async function find(folder: string): Promise<Written | undefined> {
  const [name, other] = NAMES.filter((each) => existsSync(join(folder, each)));
  if (other !== undefined)
    throw new Error(`async-leaks: there are both ${name} and ${other} in ${folder}; keep one of them.`);
  if (name === undefined) return findInPackage(folder);
  return { options: await load(join(folder, name)), source: name };
}

function findInPackage(folder: string): Written | undefined {
  const path = join(folder, PACKAGE);
  if (!existsSync(path)) return undefined;
  const data = readJson(path);
  if (!isRecord(data) || !(KEY in data)) return undefined;
  return { options: data[KEY], source: `"${KEY}" of ${PACKAGE}` };
}

/** What a file exports. */
async function load(path: string): Promise<unknown> {
  if (path.endsWith('.json')) return readJson(path);
  let exported: object;
  try {
    exported = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as object;
  } catch (error) {
    throw unreadable(path, error);
  }
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
