/** What keeps the main process from exiting, in words. */
import { groupBy } from '../tracker/group-by.js';
import { cut } from '../text/names.js';
import { printableData } from '../text/printable.js';
import type { Opened } from '../process/opened.js';
import { layOut, type Row } from './message/layout.js';
import { countOf, labelOf } from './message/words.js';

/** The most lines. */
const MOST_LINES = 10;

/**
 * A sentence, and a line for each thing that is open: what it is, the package that opened it, the line. For what is known of
 * nothing, the sentence says so.
 * @param root absolute path that shown paths are relative to.
 */
export function heldBy(opened: readonly Opened[], root: string): string {
  if (opened.length === 0)
    return 'async-leaks: what keeps the main process from exiting was opened before async-leaks was loaded, or while tests ran.';
  const groups = groupBy(printableData(opened), ({ type, place, package: by }) =>
    JSON.stringify([type, by, place?.file, place?.line]),
  );
  const rows = [...groups.values()].map((group): Row => {
    const [{ type, noun, details, package: by, place }] = group as [Opened];
    const label = labelOf({ type, noun, details }, root);
    const text = group.length === 1 ? label : countOf(group.length, noun);
    return { text: `${text} (${cut(type)})`, by: by === undefined ? undefined : `by ${cut(by)}`, place };
  });
  const rest = rows.length - MOST_LINES;
  const more = rest > 0 ? [{ text: `and ${countOf(rest, 'a line')} more` }] : [];
  return [
    'async-leaks: a plugin, a global setup or a reporter keeps the main process from exiting:',
    layOut([...rows.slice(0, MOST_LINES), ...more], root),
  ].join('\n\n');
}
