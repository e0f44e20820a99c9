/** Numbers, names, and lists of them, short enough to be read. */
import { cut } from './message.js';

/** Characters of a name, at most. */
const LONGEST_NAME = 48;
/** Of these the first; a full name has its most telling part, the test's own title, at its end. */
const HEAD = 16;
/** Items told of a list, at most. */
const MOST_ITEMS = 3;

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `"a name"`; of a long one the beginning and the end. */
export function quoted(name: string): string {
  const chars = Array.from(cut(name));
  if (chars.length <= LONGEST_NAME) return `"${chars.join('')}"`;
  const head = chars.slice(0, HEAD).join('').trimEnd();
  const tail = chars.slice(HEAD + 1 - LONGEST_NAME).join('');
  return `"${head}…${tail.trimStart()}"`;
}

/**
 * `a, b, c and 4 more`.
 * @param longest characters of all items together, at most; the first is told however long it is.
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
