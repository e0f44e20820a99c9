/** The end of a run in words: what leaked, what was let pass, and what is no longer needed. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { printableData } from '../text/printable.js';
import type { DeclaredAllowance, RunRecord } from './record.js';
import type { KnownLeak, Moved } from './baseline.js';
import {
  foundIn,
  group,
  groupLines,
  isBlamed,
  pathOf,
  placeOf,
  TestFiles,
  totalsOf,
  type Found,
  type Group,
} from './groups.js';
import type { Colors } from '../text/colors.js';
import { groupBy } from '../tracker/group-by.js';
import { countOf } from './message/words.js';
import { count, cut, quoted } from '../text/names.js';
import { unbroken, wrap } from '../text/wrap.js';

export interface SummaryInput extends RunRecord {
  readonly baselines: readonly BaselineNews[];
  readonly colors: Colors;
  /** Columns of the terminal; undefined if there is none, 0 if it does not say. */
  readonly columns: number | undefined;
  /** What shows all places, if not the option: "--html shows". */
  readonly lists?: string | undefined;
}

/** What a run says of one baseline. */
export interface BaselineNews {
  /** Absolute path. */
  readonly path: string;
  /** How many resources it tolerated. */
  readonly known: number;
  readonly removable: readonly KnownLeak[];
  /** Known leaks whose test or file has another name now. */
  readonly moved?: readonly Moved[];
  /** There is no such file. */
  readonly missing?: boolean;
  /** How many leaks it holds now, and how many it has gained and lost; undefined if it was only read. */
  readonly recorded: { readonly count: number; readonly added: number; readonly removed: number } | undefined;
}

/** The most places that are listed; nobody reads a list of hundreds. */
const MOST_PLACES = 20;
/** Where the documentation is: it comes with the package. */
const ALLOWANCES = 'node_modules/async-leaks/docs/allowances.md';

/** How to let something linger, and where that is described. */
function hint(root: string): string {
  const path = installed(ALLOWANCES, root);
  const where = path === undefined ? '.' : `: ${unbroken(relative(root, path))}`;
  return `To let something linger, call allowLingering() in its test${where}`;
}

/** A file in a folder or in one above it, such as the root of a monorepo. */
function installed(file: string, folder: string): string | undefined {
  const path = join(folder, file);
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : installed(file, dirname(folder));
}

/** The most messages that are shown whole, of leaks that fail no test. */
const MOST_FULL = 10;
/** The most removable entries, stale allowances, and kinds of allowed leaks that are listed. */
const MOST_ENTRIES = 10;

function leakLines(found: readonly Found[], { records, root, colors, lists }: SummaryInput): string[] {
  if (found.length === 0) return [];
  const groups = group(found);
  const isMixed = new Set(found.map(({ status }) => status)).size > 1;
  const failed = found.some(({ status }) => status === 'failed');
  const title = (failed ? colors.red : colors.yellow)(colors.bold('Async leaks'));
  const head = `${title}  ${totalsOf(found, groups.length)}`;
  const files = new TestFiles(records, root);
  const showing = { files, root, colors, isMixed };
  const told = groups.slice(0, MOST_PLACES);
  return [
    head,
    ...told.flatMap((each, i) => [
      '',
      ...groupLines(each, { ...showing, isFull: i < MOST_FULL && isOnlyWarned(each) }),
    ]),
    ...restLines(groups.slice(MOST_PLACES), lists),
    '',
    `  ${hint(root)}`,
  ];
}

const isOnlyWarned = ({ found }: Group): boolean => found.every(({ status }) => status === 'warned');

function restLines(rest: readonly Group[], lists = 'the option outputFile lists'): string[] {
  if (rest.length === 0) return [];
  const resources = rest.reduce((sum, { size }) => sum + size, 0);
  const what = `${count(rest.length, 'more place')}, ${count(resources, 'resource')}`;
  return ['', `  … and ${what}; ${lists} them all`];
}

/** "Allowed to linger: 3 × Timeout (the plugs), 1 × PROCESSWRAP". */
function allowedLine(allowed: readonly Found[]): string[] {
  if (allowed.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { leak, reason } of allowed) {
    const key = `${cut(leak.type)}${reason === undefined ? '' : ` (${cut(reason)})`}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const told = [...counts].slice(0, MOST_ENTRIES).map(([key, n]) => `${n} × ${key}`);
  const rest = [...counts.values()].slice(MOST_ENTRIES).reduce((sum, n) => sum + n, 0);
  return [`Allowed to linger: ${told.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`];
}

const sumOf = (entries: readonly KnownLeak[]): number => entries.reduce((sum, entry) => sum + entry.count, 0);

/** `"one" of a.test.ts`. */
function ownerIn({ project, file, owner }: KnownLeak): string {
  const name = /^test (.*)$/s.exec(owner)?.[1];
  const where = name === undefined ? cut(owner) : quoted(name);
  return `${where} of ${unbroken(file)}${project === undefined ? '' : ` [${cut(project)}]`}`;
}

/** `2 × Timeout in "one" of a.test.ts, opened in src/poll.ts`. */
function entryLine(entry: KnownLeak): string {
  const { type, at, count: n } = entry;
  const times = n === 1 ? '' : `${n} × `;
  return `  ${times}${cut(type)} in ${ownerIn(entry)}${at && `, opened in ${unbroken(at)}`}`;
}

function baselineLines(
  { path, known, removable, moved = [], recorded, missing = false }: BaselineNews,
  root: string,
): string[] {
  const file = pathOf(path, root);
  if (missing)
    return [`The baseline ${file} is missing; ASYNC_LEAKS=update records the current leaks in it.`];
  if (recorded !== undefined) {
    const { added, removed } = recorded;
    const news = [
      ...(added > 0 && added < recorded.count ? [`${added} added`] : []),
      ...(removed > 0 ? [`${removed} removed`] : []),
      ...(moved.length > 0 ? [`${moved.length} moved`] : []),
    ];
    const what = news.length > 0 ? `: ${news.join(', ')}` : '';
    return [`Recorded ${count(recorded.count, 'known leak')} in ${file}${what}.`];
  }
  const lines = [
    ...(known > 0 ? [`Tolerated ${count(known, 'known leak')} of ${file}.`] : []),
    ...movedLines(moved, file),
  ];
  if (removable.length === 0) return lines;
  const gone = sumOf(removable);
  const rest = sumOf(removable.slice(MOST_ENTRIES));
  return [
    ...lines,
    `${count(gone, 'known leak')} of ${file} no longer ${gone === 1 ? 'leaks' : 'leak'}; ASYNC_LEAKS=update removes ${gone === 1 ? 'it' : 'them'}:`,
    ...removable.slice(0, MOST_ENTRIES).map(entryLine),
    ...(rest > 0 ? [`  and ${count(rest, 'more leak')}`] : []),
  ];
}

/** `  Timeout in "one" of a.test.ts, now in "first" of a.test.ts`. */
function movedLines(moved: readonly Moved[], file: string): string[] {
  if (moved.length === 0) return [];
  const told = [
    ...new Set(moved.map(({ from, to }) => `${entryLine({ ...from, at: '' })}, now in ${ownerIn(to)}`)),
  ];
  const rest = told.length - MOST_ENTRIES;
  return [
    `${count(moved.length, 'known leak')} of ${file} moved? ASYNC_LEAKS=update takes ${moved.length === 1 ? 'it' : 'them'} along:`,
    ...told.slice(0, MOST_ENTRIES),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function staleLines(stale: readonly DeclaredAllowance[], root: string): string[] {
  if (stale.length === 0) return [];
  const rest = stale.length - MOST_ENTRIES;
  return [
    `${count(stale.length, 'allowance')} allowed nothing, and would hide the next leak; remove ${stale.length === 1 ? 'it' : 'them'}:`,
    ...stale.slice(0, MOST_ENTRIES).map(({ text, place, file, meant }) => {
      const where = place ? placeOf(place, root) : file === undefined ? '' : pathOf(file, root);
      const slip = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
      return `  ${cut(text)}${slip}${where && `  ${where}`}`;
    }),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

/** "  2 intervals  src/poll.ts:3:5". */
function leftLines({ records, root }: SummaryInput): string[] {
  const all = records.flatMap(({ left }) => left);
  const groups = groupBy(all, ({ noun, place }) => JSON.stringify([noun, place && placeOf(place, root)]));
  const lines = [...groups.values()].map((own) => {
    const { noun, place } = own[0]!;
    const n = own.reduce((sum, each) => sum + each.count, 0);
    return [n, `${countOf(n, noun)}${place ? `  ${placeOf(place, root)}` : ''}`] as const;
  });
  const sorted = lines.toSorted(([a], [b]) => b - a);
  const rest = sorted.length - MOST_ENTRIES;
  return [
    ...sorted.slice(0, MOST_ENTRIES).map(([, text]) => `  ${text}`),
    ...(rest > 0 ? [`  and ${count(rest, 'more line')}`] : []),
  ];
}

/** The text of the summary, without a line break at its end; empty if there is nothing to say. */
export function summarise(input: SummaryInput): string {
  // fault: in the summary
  return summariseShown({ ...printableData({ ...input, colors: undefined }), colors: input.colors });
}

/** The same, for texts that are printable. */
function summariseShown(input: SummaryInput): string {
  const all = foundIn(input.records);
  const blamed = all.filter(isBlamed);
  const abandoned = input.records.reduce((sum, record) => sum + record.abandoned, 0);
  const left = `${count(abandoned, 'resource')} ${abandoned === 1 ? 'was' : 'were'} left by tests that failed${input.records.some((record) => record.left.length > 0) ? ':' : '.'}`;
  const notes = [
    ...(abandoned > 0 ? [left, ...leftLines(input)] : []),
    ...allowedLine(all.filter(({ status }) => status === 'allowed')),
    ...input.baselines.flatMap((news) => baselineLines(news, input.root)),
    ...staleLines(input.stale, input.root),
  ];
  const blocks = [leakLines(blamed, input), notes].filter((lines) => lines.length > 0);
  if (blocks.length === 0) return '';
  if (blocks[0] === notes) notes.unshift(input.colors.bold('Async leaks'));
  const fit = (line: string): string[] => wrap(` ${line}`, input.columns || Infinity);
  return blocks
    .map((lines) => lines.flatMap((line) => (line === '' ? [''] : fit(line))).join('\n'))
    .join('\n\n');
}
