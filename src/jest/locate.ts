/** Finds packages of Jest's own, which a strict node_modules shows only to packages that depend on them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const HOPS = ['jest', 'jest-cli', 'jest-config'];

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}

/** The path of a package, from our own folder or from the project's, through its Jest; undefined if it is not installed. */
function locate(name: string): string | undefined {
  for (const folder of [import.meta.dirname, process.cwd()]) {
    let place = join(folder, 'noop.js');
    for (const hop of [undefined, ...HOPS]) {
      if (hop !== undefined) place = resolveFrom(place, `${hop}/package.json`) ?? place;
      const found = resolveFrom(place, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Loads a package of Jest's; if it is not installed, throws one sentence that `user` needs it. */
export function load(name: string, user: string): unknown {
  const path = locate(name);
  if (path === undefined) throw new Error(`${user} needs ${name}: install it, in the version of your Jest.`);
  return createRequire(import.meta.url)(path) as unknown;
}
