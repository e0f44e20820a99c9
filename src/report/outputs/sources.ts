/** The lines of source around the places of leaks. */
import { readFileSync, statSync } from 'node:fs';

import { cut } from '../../text/names.js';
import { lineKey, type Leak, type Place } from '../../tracker/leak.js';
import type { Excerpt } from '../shown.js';

/** The lines before and after a place. */
const BEFORE = 4;
const AFTER = 3;
/** The most excerpts, and the most bytes of a file that is read. */
const MOST = 2000;
const LARGEST = 2_000_000;

/** The line that a leak is told at. */
export const headOf = ({ construction, place, owner }: Leak): Place | undefined =>
  construction?.place ?? place ?? owner.place ?? owner.definition;

/** An excerpt for each place that leaks are told at, and for the lines that led there. Leaves out what cannot be read. */
export function excerptsOf(leaks: readonly Leak[]): Excerpt[] {
  const places = new Map<string, Place>();
  for (const leak of leaks)
    for (const place of [headOf(leak), leak.caller])
      if (place !== undefined) places.set(lineKey(place), place);
  const files = new Map<string, readonly string[]>();
  return [...places.values()].slice(0, MOST).flatMap(({ file, line }) => {
    let text = files.get(file);
    if (text === undefined) files.set(file, (text = linesOf(file)));
    if (text.length < line) return [];
    const from = Math.max(1, line - BEFORE);
    return [{ file, line: from, lines: text.slice(from - 1, line + AFTER).map((each) => cut(each)) }];
  });
}

function linesOf(file: string): string[] {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= LARGEST ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  } catch {
    return []; // a plugin makes it up, or it is gone
  }
}
