/**
 * What V8 has compiled of the setup file in one worker, for those that come: a third of what a test file costs. It is
 * read by `load.ts`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

import { writeAtomically } from '../report/atomic.js';

export interface CompiledCode {
  /** Where it is kept; absolute. */
  readonly path: string;
  /** The code of every function that has run so far, as it is kept. */
  content(): Uint8Array;
}

/**
 * In the main process: tells workers where they keep it, but for the end of its name, which they know; not those of a
 * project for which Vitest is to keep nothing. By a hash of the bundle, for V8 compares nothing but its length.
 */
export function provideCodeCache(projects: readonly TestProject[]): void {
  const hash = createHash('sha256').update(readFileSync(join(import.meta.dirname, 'setup.cjs')));
  const name = hash.digest('hex').slice(0, 16);
  for (const project of projects) {
    const { config, vite } = project;
    if (config.cache !== false)
      project.provide('asyncLeaksCodeCache', join(vite.config.cacheDir, 'async-leaks', name));
  }
}

/** In a worker. Where nothing can be written, each compiles anew, as it would without this. */
export function keep({ path, content }: CompiledCode): void {
  try {
    writeAtomically(path, content());
  } catch {
    // nobody's concern
  }
}
