/**
 * Keeps what V8 has compiled of our scripts in one process for the processes that follow, which is a third or more of what a test
 * file costs. Not by Node's own compile cache: it comes with 22.8, and keeps the user's modules, too.
 */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';

import { writeAtomically } from './atomic.js';

/** A hash of all scripts, because V8 compares nothing but their length. Bundling puts it here, see bundle.js. */
const BUILD = '%BUILD%';

/** The code that was kept, and how to keep the code there is now. */
export interface CodeCache {
  /** What was kept; undefined if there is nothing, or it is damaged. */
  read(): Buffer | undefined;
  /** Keeps the code of every function that has run so far. If nothing can be written, each process compiles anew. */
  keep(code: () => Buffer): void;
}

/**
 * @param folder where to keep the code; absolute.
 * @param scripts the folder of the scripts, because the code has the paths of its files.
 */
export function openCodeCache(folder: string, scripts: string): CodeCache {
  // The end of the name distinguishes one V8 from another.
  const path = join(folder, `${BUILD}${hashOf(scripts)}-${cachedDataVersionTag()}`);
  return { read: () => read(path), keep: (code) => keep(path, code) };
}

/** Eight digits that tell a few texts apart. Not by node:crypto, which takes each process milliseconds to load. */
function hashOf(text: string): string {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * V8 looks only at the head of the code, and crashes, or runs on for ever, if a byte behind that is wrong. So the code is kept
 * twice, because comparing costs least.
 */
function keep(path: string, code: () => Buffer): void {
  try {
    // First, because making the code takes milliseconds.
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
    const made = code();
    writeAtomically(path, Buffer.concat([made, made]));
    removeOld(path);
  } catch {
    // each process compiles anew
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

/** The name of a file that is kept, or of its draft: the hash of the scripts, and the tag of V8. */
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
  const [scripts] = own.split('-');
  const now = statSync(path).mtimeMs;
  for (const name of readdirSync(folder)) {
    const of = ENTRY.exec(name)?.[1];
    if (of === undefined || name === own) continue;
    const entry = join(folder, name);
    const isOld = (): boolean => now - (statSync(entry, { throwIfNoEntry: false })?.mtimeMs ?? now) > DAY;
    if (of !== scripts || isOld()) rmSync(entry, { force: true });
  }
}
