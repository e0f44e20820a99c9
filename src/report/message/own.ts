/** What the user's own code opened, in words: what is open, since which line, why it exists, how to close it. */
import { isSamePlace, type Leak, type Link, type Place } from '../../tracker/leak.js';
import { wrap } from '../../text/wrap.js';
import { groupBy } from '../../tracker/group-by.js';
import { kinText } from './counts.js';
import { layOut, LONGEST_LINE, type Row } from './layout.js';
import { countOf, cut, labelOf, ownerWords, scopeWords, withoutArticle } from './words.js';

/** "a TCP socket was opened in this test, but never closed (TCPWRAP)". */
function headline(leak: Leak, same: readonly Leak[]): string {
  const probably = leak.probably ? 'probably ' : '';
  const somewhere = leak.place === undefined ? 'somewhere ' : '';
  const was = `${countOf(same.length, leak.noun)} ${same.length === 1 ? 'was' : 'were'}`;
  if (leak.closing !== undefined)
    return `${was} ${leak.made} again, or still, ${scopeWords(leak.owner)}, while \`${leak.closing.text}\` was closing (${cut(leak.type)})`;
  return `${was} ${probably}${leak.made} ${somewhere}${scopeWords(leak.owner)}, but never ${leak.ended} (${cut(leak.type)})`;
}

function causeOf(link: Link, root: string): string {
  const label = labelOf(link, root);
  return /^[aeiou]/i.test(label) ? `an ${label}` : `a ${label}`;
}

/** The links between a leak and its scope; the last of them only where it shows what the place does not. */
export function chainRows(leak: Leak, root: string, first: Row): Row[] {
  const rows: Row[] = [first];
  // Mostly a callback's line is that of the link which it belongs to.
  const isLink = leak.chain.some(({ place }) => isSamePlace(place, leak.caller));
  if (leak.helper && leak.caller !== undefined && !isLink)
    rows.push({ text: 'called here', place: leak.caller });
  for (const link of leak.chain) rows.push({ text: `because of ${causeOf(link, root)}`, place: link.place });
  const { place, definition } = leak.owner;
  const line = place ?? definition;
  const isShown = rows.some((row) => row.place !== undefined && row.place.file === line?.file);
  if (leak.chain.length > 0 || !isShown)
    rows.push({ text: `because of ${ownerWords(leak.owner)}`, place: line });
  return rows.map((row, depth) => ({
    ...row,
    text: depth === 0 ? row.text : `${'  '.repeat(depth - 1)}└ ${row.text}`,
    place: isSamePlace(row.place, rows[depth - 1]?.place) ? undefined : row.place,
  }));
}

/** The lines under a leak: one for each resource, or for all of the same type and place. */
function otherRows(others: readonly Leak[], root: string): Row[] {
  const groups = groupBy(others, ({ type, place }) => `${type} ${JSON.stringify(place)}`);
  return [...groups.values()].map((group) => {
    const first = group[0]!;
    const label =
      group.length === 1 ? labelOf(first, root) : `${group.length} × ${withoutArticle(first.noun)}`;
    return { text: `${label} (${cut(first.type)})`, place: first.place };
  });
}

/** Says that no line of the user's is known to have created it, and what the place is that is shown instead. */
function unplaced({ made, owner, frames, package: name }: Leak): string {
  const what = owner.kind === 'test' ? 'test' : 'hook';
  const instead = owner.definition ? `; this is the ${what}'s line` : '';
  const by = name === undefined || frames.length === 0 ? '' : `It was ${made} by ${name}. `;
  return `${by}Which of your lines ${made} it is not known${instead}.`;
}

/** "  Close it: clearTimeout().", broken where it is too long. */
const remedyLine = (remedy: string, what: 'it' | 'each'): string =>
  wrap(`  Close ${what}: ${remedy}`, LONGEST_LINE).join('\n');

/** Those that the same line opened, of the same type: they are told by their number. */
function sameAs(leak: Leak): Leak[] {
  const isSame = (other: Leak): boolean =>
    other.type === leak.type && isSamePlace(other.place, leak.place) && other.place !== undefined;
  return [leak, ...leak.others.filter((other) => isSame(other) && other.chain.length === leak.chain.length)];
}

export function ownParts(leak: Leak, root: string): string[] {
  const same = sameAs(leak);
  const callers = [
    ...new Map(same.map((each) => [placeKey(each.caller ?? each.place), each.caller ?? each.place])).values(),
  ];
  const label = same.length === 1 ? labelOf(leak, root) : kinText({ leaks: same, noun: leak.noun }, root);
  const shown = callers.length > 1 ? { ...leak, caller: undefined } : leak;
  const parts = [
    headline(leak, same),
    layOut(chainRows(shown as Leak, root, { text: label, place: leak.place }), root),
  ];
  if (callers.length > 1)
    parts.push(
      `  Called here:\n${layOut(
        callers.map((place) => ({ text: '', place })),
        root,
      )}`,
    );
  const told = new Set(same);
  const others = leak.others.filter((other) => !told.has(other));
  if (others.length > 0) parts.push(`  With it:\n${layOut(otherRows(others, root), root)}`);
  if (leak.unattributed) parts.push('  Several tests were running; it is not known which one it belongs to.');
  if (leak.probably) parts.push('  None of your lines made it directly; this is the nearest call.');
  if (leak.place === undefined) parts.push(wrap(`  ${unplaced(leak)}`, LONGEST_LINE).join('\n'));
  parts.push(remedyLine(leak.remedy, same.length > 1 ? 'each' : 'it'));
  return parts;
}

const placeKey = (place: Place | undefined): string => `${place?.file}:${place?.line}:${place?.column}`;
