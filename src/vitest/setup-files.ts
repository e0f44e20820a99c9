/** The setup file in a project's list of setup files. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As users list it. */
const NAME = 'async-leaks/vitest';
const FILE = fileURLToPath(new URL('../../vitest.setup.js', import.meta.url));

interface Lists {
  setupFiles?: string | string[];
}

const others = ({ setupFiles }: Lists): string[] =>
  [setupFiles ?? []].flat().filter((file) => file !== NAME && resolve(file) !== FILE);

/** Lists the setup file once, and first, so that we see what other setup files create. */
export function addSetupFile(test: Lists): void {
  test.setupFiles = [FILE, ...others(test)];
}

/** Takes the setup file off the list. */
export function removeSetupFile(test: Lists): void {
  test.setupFiles = others(test);
}
