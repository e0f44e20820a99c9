/** Slips of the pen: a type that is meant to be one of Node's. */
import { kinds } from './kinds.js';

/** The most letters that are wrong, missing or too many. */
const MOST = 2;
/** Shorter names have too many neighbours. */
const SHORTEST = 5;

/** How many letters have to be changed, added or removed to make one text of another (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The type of Node's that a text is nearly, if it is none itself: "Timeout" for "Timeot". */
export function meantType(type: string): string | undefined {
  if (kinds[type] !== undefined || type.length < SHORTEST) return undefined;
  const given = type.toLowerCase();
  return Object.keys(kinds).find((name) => distance(given, name.toLowerCase()) <= MOST);
}
