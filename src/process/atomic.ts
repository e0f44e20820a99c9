/** Writes files that are there as a whole, or not at all. */
import { lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { realPath } from '../text/paths.js';

/**
 * Writes a draft beside the file and moves it into place: whoever reads the file, or kills us, finds the old one or the new one,
 * never half of it. Throws what the file system throws, and leaves nothing behind then.
 * @param path absolute; missing folders are made. If it is a link, its target is written.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const target = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? realPath(path) : path;
  const there = statSync(target, { throwIfNoEntry: false });
  // A terminal or a pipe cannot be replaced; and for a folder, trying to write it says best what is wrong.
  if (there !== undefined && !there.isFile()) return writeFileSync(target, content);
  mkdirSync(dirname(target), { recursive: true });
  const draft = writeDraft(target, content);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Writes a new file beside another; returns its path. Processes of two containers may have one pid, and threads always have that
 * of their process, so a name that is taken is another writer's, and left alone.
 */
function writeDraft(path: string, content: string | Uint8Array): string {
  for (let number = 0; ; number++) {
    const draft = `${path}.${process.pid}-${number}.tmp`;
    try {
      // fault: as a file is written
      writeFileSync(draft, content, { flag: 'wx' });
      return draft;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      rmSync(draft, { force: true });
      throw error;
    }
  }
}
