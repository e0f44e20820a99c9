/** Finds the Mocha that runs, and checks which one it is. */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { MochaClass } from './mocha.js';

const require = createRequire(import.meta.url);

/** The module of Mocha that has everything we need, in Mocha 11 and in Mocha 12. */
const MAIN = /[\\/]mocha[\\/]lib[\\/]mocha\.c?js$/;

/** Whether we support a version: ^11 or ^12. */
const isSupported = (version: string): boolean => /^1[12]\./.test(version);

/**
 * All copies of Mocha that are loaded in this process: Mocha loads what it requires only after itself. One may be in the cache and
 * not have run, if the same module imports it after us.
 */
function loaded(): MochaClass[] {
  return Object.keys(require.cache).flatMap((path) => (MAIN.test(path) ? [require(path) as MochaClass] : []));
}

/** The Mocha of the script that runs, or of the working directory: a program may load us before it loads Mocha. */
function installed(): MochaClass[] {
  for (const place of [process.argv[1], join(process.cwd(), 'noop.js')]) {
    try {
      const exported = createRequire(realPath(place ?? ''))('mocha') as MochaClass & { default?: MochaClass };
      return [exported.default ?? exported];
    } catch {
      // not from there
    }
  }
  return [];
}

/** The script may be a link in `.bin`; the file in the working directory does not exist. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Takes the copies of Mocha that run here; throws one sentence if there is none, or none that we support. */
export function findMochas(): MochaClass[] {
  const found = loaded();
  const all = found.length > 0 ? found : installed();
  const supported = all.filter(({ prototype }) => isSupported(prototype.version));
  if (supported.length > 0) return supported;
  const [other] = all;
  throw new Error(
    other === undefined
      ? 'async-leaks/mocha found no Mocha here: use it with mocha --require async-leaks/mocha.'
      : `async-leaks needs Mocha ^11 or ^12, but this is Mocha ${other.prototype.version}.`,
  );
}
