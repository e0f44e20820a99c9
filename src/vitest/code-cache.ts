/**
 * What V8 has compiled of the setup file in one worker, for those that come: a third of what a test file costs. It is part
 * of the setup file, which `load.ts` begins with.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import type { TestProject } from 'vitest/node';

import { writeAtomically } from '../process/atomic.js';

/**
 * In the main process: tells workers where they keep it, but for the end of its name, which they know; not those of a
 * project for which Vitest is to keep nothing. By a hash of the bundle, for V8 compares nothing but its length.
 */
export function provideCodeCache(projects: readonly TestProject[]): void {
  const hash = createHash('sha256').update(readFileSync(join(import.meta.dirname, 'worker/setup.cjs')));
  const name = hash.digest('hex').slice(0, 16);
  for (const project of projects) {
    const { config, vite } = project;
    if (config.cache !== false)
      project.provide('asyncLeaksCodeCache', join(vite.config.cacheDir, 'async-leaks', name));
  }
}

/** The code that is kept, and how to keep what there is now. */
export interface CodeCache {
  /** What was kept; undefined where there is nothing, or it is damaged. */
  read(): Buffer | undefined;
  /** Keeps the code of every function that has run so far. Where nothing can be written, each worker compiles anew. */
  keep(code: Buffer): void;
}

/** In a worker: undefined where nothing is to be kept. The end of the name tells one V8 from another. */
export function openCodeCache(vitest: typeof import('vitest') | undefined): CodeCache | undefined {
  const start = vitest?.inject('asyncLeaksCodeCache');
  if (!start) return undefined;
  const path = `${start}-${cachedDataVersionTag()}`;
  return { read: () => read(path), keep: (code) => keep(path, code) };
}

/**
 * V8 looks at nothing but its head, and crashes, or runs on for ever, where a byte behind that is wrong. So it is kept
 * twice: to compare is what costs least.
 */
function keep(path: string, code: Buffer): void {
  try {
    writeAtomically(path, Buffer.concat([code, code]));
    removeOld(path);
  } catch {
    // nobody's concern
  }
}

function read(path: string): Buffer | undefined {
  try {
    const both = readFileSync(path);
    const code = both.subarray(0, both.length / 2);
    return code.length > 0 && code.equals(both.subarray(both.length / 2)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** What is kept, or the draft of it: of which bundle, and of which V8. */
const ENTRY = /^([0-9a-f]{16})-\d+(?:\.[\d-]+\.tmp)?$/;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Removes what serves nobody any more, as something new is kept: no other run pays for it. What another version of us
 * has kept goes at once. What another V8 has may serve a run of another Node beside this one, which would keep it
 * anew, and remove ours: so it goes after a day. Whoever reads it meanwhile has it open, or does without.
 */
function removeOld(path: string): void {
  const folder = dirname(path);
  const own = basename(path);
  const [bundle] = own.split('-');
  const now = statSync(path).mtimeMs;
  for (const name of readdirSync(folder)) {
    const of = ENTRY.exec(name)?.[1];
    if (of === undefined || name === own) continue;
    const entry = join(folder, name);
    const isOld = (): boolean => now - (statSync(entry, { throwIfNoEntry: false })?.mtimeMs ?? now) > DAY;
    if (of !== bundle || isOld()) rmSync(entry, { force: true });
  }
}
