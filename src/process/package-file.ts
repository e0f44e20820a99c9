/** Files that come with the package. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Absolute path of a file of the package.
 * @param path relative to its root.
 */
export function packageFile(path: string): string {
  // By its name, because bundles of this module are in several folders.
  return join(dirname(createRequire(import.meta.url).resolve('async-leaks/package.json')), path);
}
