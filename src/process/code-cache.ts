/**
 * Keeps what V8 has compiled of the setup file in one worker for the workers that follow, which is a third of what a test file
 * costs. Part of the setup file, which `load.ts` begins with.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import type { TestProject } from 'vitest/node';

import { writeAtomically } from '../process/atomic.js';

/**
 * In the main process: gives workers the path where they keep the code, without the end of its name, which they know; not for a
 * project in which Vitest keeps nothing. Named by a hash of the bundle, because V8 compares nothing but its length, and of its
 * folder, because the code has the path of its file.
 */
export function provideCodeCache(projects: readonly TestProject[]): void {
  const bundle = readFileSync(join(import.meta.dirname, 'worker/setup.cjs'));
  const hash = createHash('sha256')
    .update(bundle)
    .update(import.meta.dirname);
  const name = hash.digest('hex').slice(0, 16);
  for (const project of projects) {
    const { config, vite } = project;
    if (config.cache !== false)
      project.provide('asyncLeaksCodeCache', join(vite.config.cacheDir, 'async-leaks', name));
  }
}

/** The code that was kept, and how to keep the code there is now. */
export interface CodeCache {
  /** What was kept; undefined if there is nothing, or it is damaged. */
  read(): Buffer | undefined;
  /** Keeps the code of every function that has run so far. If nothing can be written, each worker compiles anew. */
  keep(code: Buffer): void;
}

/** In a worker: undefined if nothing is to be kept. The end of the name distinguishes one V8 from another. */
export function openCodeCache(vitest: typeof import('vitest') | undefined): CodeCache | undefined {
  const start = vitest?.inject('asyncLeaksCodeCache');
  if (!start) return undefined;
  const path = `${start}-${cachedDataVersionTag()}`;
  return { read: () => read(path), keep: (code) => keep(path, code) };
}

/**
 * V8 looks only at the head of the code, and crashes, or runs on for ever, if a byte behind that is wrong. So the code is kept
 * twice, because comparing costs least.
 */
function keep(path: string, code: Buffer): void {
  try {
    writeAtomically(path, Buffer.concat([code, code]));
    removeOld(path);
  } catch {
    // each worker compiles anew
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

/** The name of a file that is kept, or of its draft: the hash of the bundle, and the tag of V8. */
const ENTRY = /^([0-9a-f]{16})-\d+(?:\.[\d-]+\.tmp)?$/;
const DAY = 24 * 60 * 60 * 1000;

/**
 * Removes what nobody uses any more when something new is kept, so that no other run pays for it. What another version of us has
 * kept goes at once. What another V8 has kept may serve a run on another Node beside this one, which would keep it anew, and
 * remove ours; so it goes after a day. Whoever reads it meanwhile has it open, or does without.
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
