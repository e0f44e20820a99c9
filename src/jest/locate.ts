/** Packages of Jest's own, which a strict node_modules shows only to the package that depends on them. */
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

/** The path of a package, from our own folder or from the project's, by way of its Jest; undefined where it is not installed. */
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

/** Loads a package of Jest's; throws one sentence, that `user` needs it, where it is not installed. */
export function load(name: string, user: string): unknown {
  const path = locate(name);
  if (path === undefined) throw new Error(`${user} needs ${name}: install it, in the version of your Jest.`);
  return createRequire(import.meta.url)(path) as unknown;
}
