/** Slips of the pen: a name that is nearly another. */

/** The most letters that are wrong, missing or too many. */
const MOST = 2;

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

/** Whether a text is another one, or nearly so; capitals count for nothing. */
export function isNearly(given: string, meant: string): boolean {
  return distance(given.toLowerCase(), meant.toLowerCase()) <= MOST;
}
