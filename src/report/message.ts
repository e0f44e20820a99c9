/** A leak in words: what is open, since which line, why it exists, how to close it. */
import { relative, sep } from 'node:path';

import { isSamePlace, type Leak, type Link, type Owner, type Place } from '../tracker/leak.js';
import { wrap } from '../text/wrap.js';

interface Line {
  readonly text: string;
  readonly place?: Place | undefined;
}

/** Jest indents a message by four of the eighty columns that a terminal has at least. */
const LONGEST_LINE = 76;
const GAP = '  ';

/** "src/pool.ts", relative to `root`; "../test/pool.ts" as frameworks show it, unless the absolute path is shorter. */
export function formatPath(file: string, root: string): string {
  const path = relative(root, file);
  return path === '' || (path.startsWith('..') && path.length >= file.length)
    ? file
    : path.split(sep).join('/');
}

/** "src/pool.ts:31:22". */
export function formatPlace({ file, line, column }: Place, root: string): string {
  return `${formatPath(file, root)}:${line}:${column}`;
}

function scopeWords(owner: Owner): string {
  switch (owner.kind) {
    case 'test':
      return 'in this test';
    case 'suite':
      return `in ${owner.hook ?? 'a hook'} of "${cut(owner.name)}"`;
    case 'file':
      return owner.hook ? `in ${owner.hook} of this file` : 'at the top level of this file';
  }
}

/** "a TCP socket was opened in this test, but never closed (TCPWRAP)". */
function headline(leak: Leak): string {
  const probably = leak.probably ? 'probably ' : '';
  const somewhere = leak.place === undefined ? 'somewhere ' : '';
  return `${leak.noun} was ${probably}${leak.made} ${somewhere}${scopeWords(leak.owner)}, but never ${leak.ended} (${cut(leak.type)})`;
}

export const withoutArticle = (noun: string): string => noun.replace(/^an? /, '');

/** "socket 127.0.0.1:40522 → 127.0.0.1:5432", or what it is without an article: "timer". */
export function labelOf({ noun, details, type }: Leak | Link, root: string): string {
  const { path, label = withoutArticle(noun === 'an async resource' ? type : noun) } = details;
  // A path is of use only as a whole.
  return path === undefined ? cut(label) : label.replace(path, () => formatPath(path, root));
}

/** The most letters of a name that are shown. */
const LONGEST_NAME = 200;

/** Cuts what a user named, which may be of any length. */
export function cut(text: string): string {
  if (text.length <= LONGEST_NAME) return text;
  // Not between the two halves of a letter.
  return `${text.slice(0, LONGEST_NAME).replace(/[\ud800-\udbff]$/, '')}…`;
}

function causeOf(link: Link, root: string): string {
  const label = labelOf(link, root);
  return /^[aeiou]/i.test(label) ? `an ${label}` : `a ${label}`;
}

function ownerWords(owner: Owner): string {
  const name = cut(owner.name);
  if (owner.kind === 'test') return `test "${name}"`;
  const hook = owner.hook ?? 'the top level';
  return owner.kind === 'suite' ? `${hook} of "${name}"` : `${hook} of the file`;
}

function chainLines(leak: Leak, root: string): Line[] {
  const lines: Line[] = [{ text: labelOf(leak, root), place: leak.place }];
  for (const link of leak.chain) lines.push({ text: `because of ${causeOf(link, root)}`, place: link.place });
  const { place, definition } = leak.owner;
  lines.push({ text: `because of ${ownerWords(leak.owner)}`, place: place ?? definition });
  return lines.map((line, depth) => ({
    text: depth === 0 ? line.text : `${'  '.repeat(depth - 1)}└ ${line.text}`,
    place: isSamePlace(line.place, lines[depth - 1]?.place) ? undefined : line.place,
  }));
}

/** Puts the places in one column behind the texts, and the functions behind the places; each as far as it fits. */
function layOut(lines: readonly Line[], root: string): string {
  const rows = lines.map(({ text, place }) => ({
    text: `  ${text}`,
    place: place === undefined ? '' : formatPlace(place, root),
    name: place?.function === undefined ? '' : shortName(place.function),
  }));
  const fits = (...cells: readonly string[]): boolean => cells.join(GAP).length <= LONGEST_LINE;
  const aligned = rows.filter(({ text, place }) => place !== '' && fits(text, place));
  const textWidth = widest(aligned.map(({ text }) => text));
  const named = aligned.filter(
    ({ text, place, name }) => name !== '' && fits(text.padEnd(textWidth), place, name),
  );
  const placeWidth = widest(named.map(({ place }) => place));
  return rows
    .map(({ text, place, name }) => {
      if (place === '') return text;
      if (!fits(text, place)) return `${text}\n${' '.repeat(text.search(/[^ └]/) + 2)}${place}`;
      const padded = fits(text.padEnd(textWidth), place) ? text.padEnd(textWidth) : text;
      const cells = [padded, place];
      if (name === '' || !fits(...cells, name)) return cells.join(GAP);
      const lined = [padded, place.padEnd(placeWidth), name];
      return (fits(...lined) ? lined : [...cells, name]).join(GAP);
    })
    .join('\n');
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));

/** "Object.<anonymous>" says nothing, and "Object.setTimeout" is what source maps make of it. */
export function shortName(name: string): string {
  return name.includes('<anonymous>') || name.startsWith('Object.') ? '' : name.replace(/ \[as .*\]$/, '');
}

/** The lines under a leak: one for each resource, or for all of the same type and place. */
function otherLines(others: readonly Leak[], root: string): Line[] {
  const groups = new Map<string, Leak[]>();
  for (const other of others) {
    const key = `${other.type} ${JSON.stringify(other.place)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [other]);
    else group.push(other);
  }
  return [...groups.values()].map((group) => {
    const first = group[0]!;
    const label =
      group.length === 1 ? labelOf(first, root) : `${group.length} × ${withoutArticle(first.noun)}`;
    return { text: `${label} (${cut(first.type)})`, place: first.place };
  });
}

/** Says that no line of the user's is known to have created it, and what the place is that is shown instead. */
function unplaced({ made, owner }: Leak): string {
  const what = owner.kind === 'test' ? 'test' : 'hook';
  const instead = owner.definition ? `; this is the ${what}'s line` : '';
  return `Which of your lines ${made} it is not known${instead}.`;
}

/** The whole message of one leak with printable texts; paths are relative to `root`. */
export function describeLeak(leak: Leak, root: string): string {
  // fault: as a leak is worded
  const parts = [headline(leak), layOut(chainLines(leak, root), root)];
  if (leak.others.length > 0) {
    const lines = otherLines(leak.others, root);
    parts.push(`  With it:\n${layOut(lines, root)}`);
  }
  if (leak.unattributed) parts.push('  Several tests were running; it is not known which one it belongs to.');
  if (leak.probably) parts.push('  None of your lines made it directly; this is the nearest call.');
  if (leak.place === undefined) parts.push(wrap(`  ${unplaced(leak)}`, LONGEST_LINE).join('\n'));
  parts.push(wrap(`  Close it: ${leak.remedy}`, LONGEST_LINE).join('\n'));
  return parts.join('\n\n');
}
