/** What the user's own code opened, in words: what is open, since which line, why it exists, how to close it. */
import { isSamePlace, type Leak, type Link, type Place } from '../../tracker/leak.js';
import { cut } from '../../text/names.js';
import { groupBy } from '../../tracker/group-by.js';
import { kinText } from './counts.js';
import { firstLine, layOut, paragraph, type Row } from './layout.js';
import { calledFrom, calledHere, callersOf, isInFileOf, ownerRow } from './way.js';
import { countOf, doubts, during, eventWords, labelOf } from './words.js';

/** "a TCP socket was opened in this test, but never closed (TCPWRAP)". */
function headline(leak: Leak, same: readonly Leak[]): string {
  const was = `${countOf(same.length, leak.noun)} ${same.length === 1 ? 'was' : 'were'}`;
  const never = leak.closing === undefined ? `, but never ${leak.ended}` : '';
  return `${was} ${eventWords(leak, leak.made)}${never} (${cut(leak.type)})`;
}

function causeOf(link: Link, root: string): string {
  const label = labelOf(link, root);
  return /^[aeiou]/i.test(label) ? `an ${label}` : `a ${label}`;
}

/** The links between a leak and its scope; the last of them only where it shows what the place does not. */
function chainRows(leak: Leak, root: string, first: readonly Row[], calls: readonly Place[]): Row[] {
  const { chain, owner } = leak;
  const links = chain.map((link) => ({ text: `because of ${causeOf(link, root)}`, place: link.place }));
  const rows = [...first, ...links];
  const places = [...rows.map(({ place }) => place), ...calls];
  if (chain.length > 0 || !isInFileOf(owner, places)) rows.push(ownerRow(leak));
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
    const label = group.length === 1 ? labelOf(first, root) : countOf(group.length, first.noun);
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

/** Those that the same line opened, of the same type: they are told by their number. */
function sameAs(leak: Leak): Leak[] {
  const isSame = (other: Leak): boolean =>
    other.type === leak.type && isSamePlace(other.place, leak.place) && other.place !== undefined;
  return [leak, ...leak.others.filter(isSame)];
}

export function ownParts(leak: Leak, root: string): string[] {
  const same = sameAs(leak);
  const callers = callersOf(same);
  const label = same.length === 1 ? labelOf(leak, root) : kinText({ leaks: same, noun: leak.noun }, root);
  const first = { text: label, place: leak.place };
  const calls = callers.length > 1 ? callers : [];
  const called = calls.length > 0 ? [] : calledHere(leak);
  const isOneWay = same.every(({ chain }) => chain.length === leak.chain.length);
  const shown = isOneWay ? leak : { ...leak, chain: [] };
  const parts = [
    firstLine(headline(leak, same)),
    layOut(chainRows(shown, root, [first, ...called], calls), root),
  ];
  if (calls.length > 0) parts.push(calledFrom(calls, root));
  const told = new Set(same);
  const others = leak.others.filter((other) => !told.has(other));
  if (others.length > 0) parts.push(`  With it:\n${layOut(otherRows(others, root), root)}`);
  parts.push(...doubts(leak, 'made').map(paragraph));
  parts.push(...during([leak, ...leak.others], leak.made).map(paragraph));
  if (leak.place === undefined) parts.push(paragraph(unplaced(leak)));
  parts.push(paragraph(`Close ${same.length > 1 ? 'each' : 'it'}: ${leak.remedy}`));
  return parts;
}
