/** The line that defines a test, for frameworks that do not keep it; looked up only for a leak without a known line of the user's. */
import { readFileSync } from 'node:fs';

import type { Place } from '../leak.js';

/**
 * The line of a file in which the title of a test stands, if there is only one. Keeping the stack of each call to `test()` would
 * cost more than all the rest of a test.
 * @param file absolute path.
 */
export function lineOfTitle(file: string, title: string): Place | undefined {
  const titles = [`'${title}'`, `"${title}"`, `\`${title}\``];
  const lines = linesOf(file);
  const found = lines.flatMap((line, i) => (titles.some((each) => line.includes(each)) ? [i] : []));
  const [index] = found;
  if (index === undefined || found.length > 1) return undefined;
  return { file, line: index + 1, column: lines[index]!.search(/\S/) + 1 };
}

/** Empty if a plugin makes the file up. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
