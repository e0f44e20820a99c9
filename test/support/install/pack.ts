/** Packs the built package once, as npm would publish it, so that end-to-end tests see what a user sees. */
import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { root } from './versions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the unpacked package. */
    packed: string;
  }
}

const run = promisify(execFile);

/**
 * Packs `dist` of a folder as it stands, and unpacks it in a temporary folder.
 * @returns the folder of the unpacked package, and what removes it.
 */
export async function pack(from: string = root): Promise<{ folder: string; remove: () => Promise<void> }> {
  const place = await mkdtemp(join(await realpath(tmpdir()), 'async-leaks-pack-'));
  // Without scripts: `prepack` would build once more, under the feet of whoever reads `dist` meanwhile.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', place], { cwd: from });
  await run('sh', ['-c', 'tar -xzf *.tgz'], { cwd: place });
  return { folder: join(place, 'package'), remove: () => rm(place, { recursive: true }) };
}

/** Vitest's global setup: gives the unpacked package to every test as `inject('packed')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { folder, remove } = await pack();
  project.provide('packed', folder);
  return remove;
}
