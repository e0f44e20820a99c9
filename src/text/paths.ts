/** Paths as the file system has them. */
import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** The most links that lead on from one another; more are a circle. */
const MOST_LINKS = 40;

/** A path without links, spelt as in the file system, even if no file is there yet. */
export function realPath(path: string, links = 0): string {
  try {
    return realpathSync.native(path);
  } catch {
    // not there, or not readable
  }
  const folder = dirname(path);
  if (folder === path) return path;
  try {
    if (links < MOST_LINKS) return realPath(resolve(folder, readlinkSync(path)), links + 1);
  } catch {
    // no link
  }
  return join(realPath(folder, links), basename(path));
}
