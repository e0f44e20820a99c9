/** Numbers, names, and lists of them, short enough to be read. */

/** The most characters of a name. */
const LONGEST_NAME = 48;
/** The share of its beginning: the most telling part of a full name, the test's own title, is at its end. */
const HEAD = 1 / 3;
/** The most items of a list that are shown. */
export const MOST_ITEMS = 3;

/** The most characters of what a user named, wherever it stands. */
const LONGEST_TEXT = 200;

/** Cuts what a user named, which may be of any length. */
export function cut(text: string, longest: number = LONGEST_TEXT): string {
  if (text.length <= longest) return text;
  // Not between the two halves of a letter.
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`;
}

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `"a name"`; of a long one the beginning and the end. */
export function quoted(name: string, longest: number = LONGEST_NAME): string {
  const chars = Array.from(name);
  if (chars.length <= longest) return `"${name}"`;
  const headLength = Math.floor(longest * HEAD);
  const head = chars.slice(0, headLength).join('').trimEnd();
  const tail = chars.slice(headLength + 1 - longest).join('');
  return `"${head}…${tail.trimStart()}"`;
}

/** Quotes each of the names; shows more of those that would otherwise look the same. */
export function quotedAll(names: readonly string[], longest: number = LONGEST_NAME): string[] {
  const shown = names.map((name) => quoted(name, longest));
  const named = new Map<string, Set<string>>();
  for (const [i, text] of shown.entries()) {
    const same = named.get(text);
    if (same === undefined) named.set(text, new Set([names[i]!]));
    else same.add(names[i]!);
  }
  const alike = names.filter((_, i) => named.get(shown[i]!)!.size > 1);
  if (alike.length === 0) return shown;
  const longer = quotedAll(alike, 2 * longest);
  let next = 0;
  return shown.map((text) => (named.get(text)!.size > 1 ? longer[next++]! : text));
}

/**
 * `a, b, c and 4 more`.
 * @param longest the most characters of all items together; the first is shown however long it is.
 */
export function list(items: readonly string[], longest: number): string {
  let length = 0;
  const tooMany = items.findIndex(
    (item, i) => ((length += item.length) > longest && i > 0) || i === MOST_ITEMS,
  );
  const told = tooMany < 0 ? items : items.slice(0, tooMany);
  const rest = items.length - told.length;
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ');
}
