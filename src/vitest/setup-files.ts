/** The setup file in a project's list of setup files. */
import { dirname, resolve } from 'node:path';
import type { Vite } from 'vitest/node';

import { packageFile } from '../process/package-file.js';

/** As users list it. */
const NAME = 'async-leaks/vitest';
const FILE = packageFile('dist/vitest.setup.js');

interface Lists {
  setupFiles?: string | string[];
}

const others = ({ setupFiles }: Lists): string[] =>
  [setupFiles ?? []].flat().filter((file) => file !== NAME && resolve(file) !== FILE);

/** Lists the setup file once, and first, so that we see what other setup files create. */
export function addSetupFile(test: Lists): void {
  test.setupFiles = [FILE, ...others(test)];
}

/**
 * Lets Vite serve the setup file from wherever the package is: a linked one, or one of a store, may be outside of the workspace,
 * and for the environments of a DOM Vitest asks Vite for the file as a browser would.
 */
export function allowSetupFile({ vite }: { readonly vite: Vite.ViteDevServer }): void {
  const { allow } = vite.config.server.fs;
  const folder = dirname(FILE).replaceAll('\\', '/');
  if (!allow.includes(folder)) allow.push(folder);
}

/** Takes the setup file off the list. */
export function removeSetupFile(test: Lists): void {
  test.setupFiles = others(test);
}
