/** The end of a run in words: what leaked, grouped by the line that opened it, one cause read once. */
import type { Leak, Place } from '../leak.js';
import type { FileRecord, RecordedLeak } from '../record.js';
import type { KnownLeak } from './baseline.js';
import { formatPath, formatPlace, printable, shortName, withoutArticle } from './message.js';

/** What the summary colours; `picocolors` is one. */
export type Colors = Record<'bold' | 'dim' | 'red' | 'yellow' | 'cyan', (text: string) => string>;

export interface SummaryInput {
  readonly records: readonly FileRecord[];
  /** Allowances that nothing used. */
  readonly stale: readonly StaleAllowance[];
  readonly baselines: readonly BaselineNews[];
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
  readonly colors: Colors;
  /** Columns of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
}

export interface StaleAllowance {
  /** "allowLingering('TCPWRAP')". */
  readonly text: string;
  /** The call that declared it. */
  readonly place?: Place;
  /** The test file, where it was declared beside its code. */
  readonly file?: string;
}

/** What a run says of one baseline. */
export interface BaselineNews {
  /** Absolute path. */
  readonly path: string;
  /** How many resources it tolerated. */
  readonly known: number;
  readonly removable: readonly KnownLeak[];
  /** Rewritten, with so many leaks; undefined where it was only read. */
  readonly recorded: number | undefined;
}

/** Names told of a list, at most. */
const MOST_NAMES = 3;
/** Removable entries told, at most. */
const MOST_REMOVABLE = 10;

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
const sizeOf = ({ others }: Leak): number => 1 + others.length;
const quoted = (name: string): string => `"${printable(name)}"`;

/** `"a", "b", "c" and 4 more`. */
function list(names: readonly string[]): string {
  const told = names.slice(0, MOST_NAMES).map(quoted);
  const rest = names.length - told.length;
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ');
}

interface Found extends RecordedLeak {
  readonly file: string;
}

/** What one line opened of one type. */
interface Group {
  readonly place: Place | undefined;
  readonly found: Found[];
  /** Resources, those that are told under others included. */
  size: number;
  /** Distinct owners: full names of tests, by file. */
  readonly tests: Map<string, string>;
}

const ownerId = ({ file, leak: { owner } }: Found): string =>
  JSON.stringify([file, owner.kind, owner.name, owner.hook]);

function group(found: readonly Found[]): Group[] {
  const groups = new Map<string, Group>();
  for (const each of found) {
    const { type, frames } = each.leak;
    const place = each.leak.place ?? frames[0];
    const key = JSON.stringify([type, place?.file ?? each.file, place?.line, place?.column]);
    let entry = groups.get(key);
    if (entry === undefined) groups.set(key, (entry = { place, found: [], size: 0, tests: new Map() }));
    entry.found.push(each);
    entry.size += sizeOf(each.leak);
    if (each.leak.owner.kind === 'test') entry.tests.set(ownerId(each), each.leak.owner.name);
  }
  return [...groups.values()].toSorted((a, b) => b.tests.size - a.tests.size || b.size - a.size);
}

/** `in 50 tests: "a", "b", "c" and 47 more`, `in "a"`, `in beforeAll of "users"`, `at the top level of a.test.ts`. */
function whereOf({ tests, found }: Group, root: string): string[] {
  const names = [...new Set(tests.values())];
  const where = [
    ...(tests.size === 1 ? [`in ${list(names)}`] : []),
    ...(tests.size > 1 ? [`in ${tests.size} tests: ${list(names)}`] : []),
  ];
  const others = new Set<string>();
  for (const { leak, file } of found) {
    const { kind, name, hook } = leak.owner;
    if (kind === 'suite') others.add(`in ${hook ?? 'a hook'} of ${quoted(name)}`);
    const path = formatPath(file, root);
    if (kind === 'file') others.add(hook ? `in ${hook} of ${path}` : `at the top level of ${path}`);
  }
  return [...where, ...others];
}

/** "Fired 12 times after its test, during "creates a user" and 3 more." */
function aftermathOf({ found }: Group): string | undefined {
  let fired = 0;
  const during = new Set<string>();
  for (const { after } of found) {
    fired += after?.fired ?? 0;
    for (const name of after?.during ?? []) during.add(name);
  }
  if (fired === 0) return undefined;
  const times = `Fired ${count(fired, 'time')} after ${found.length === 1 ? 'its test' : 'their tests'}`;
  return during.size === 0 ? `${times}.` : `${times}, during ${list([...during])}.`;
}

function groupLines(each: Group, root: string, colors: Colors): string[] {
  const { leak } = each.found[0]!;
  const place = each.place && formatPlace(each.place, root);
  const name = each.place?.function === undefined ? '' : shortName(each.place.function);
  const what = `${each.found.length} × ${withoutArticle(leak.noun)} (${printable(leak.type)})`;
  const under = each.size - each.found.length;
  const aftermath = aftermathOf(each);
  return [
    `  ${colors.cyan(place ?? 'at no line of yours')}${name && `  ${colors.dim(name)}`}`,
    `    ${colors.bold(what)}${under > 0 ? `, and ${under} more because of ${each.found.length === 1 ? 'it' : 'them'}` : ''}`,
    ...whereOf(each, root).map((where) => `    ${where}`),
    ...(aftermath === undefined ? [] : [`    ${aftermath}`]),
    `    Close it: ${leak.remedy}`,
  ];
}

function leakLines(found: readonly Found[], { root, colors }: SummaryInput): string[] {
  if (found.length === 0) return [];
  const groups = group(found);
  const resources = found.reduce((sum, { leak }) => sum + sizeOf(leak), 0);
  const owners = new Set(found.filter(({ leak }) => leak.owner.kind === 'test').map(ownerId));
  const files = new Set(found.filter(({ leak }) => leak.owner.kind !== 'test').map(({ file }) => file));
  const where = [
    ...(owners.size > 0 ? [count(owners.size, 'test')] : []),
    ...(files.size > 0 ? [`${count(files.size, 'file')} outside of tests`] : []),
  ];
  const failed = found.some(({ status }) => status === 'failed');
  const title = (failed ? colors.red : colors.yellow)(colors.bold('Async leaks'));
  const head = `${title}  ${count(resources, 'resource')} in ${where.join(' and ')}, opened at ${count(groups.length, 'place')}`;
  return [head, ...groups.flatMap((each) => ['', ...groupLines(each, root, colors)])];
}

/** "Allowed to linger: 3 × Timeout (the plugs), 1 × PROCESSWRAP". */
function allowedLine(allowed: readonly Found[]): string[] {
  if (allowed.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { leak, reason } of allowed) {
    const key = `${printable(leak.type)}${reason === undefined ? '' : ` (${printable(reason)})`}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [`Allowed to linger: ${[...counts].map(([key, n]) => `${n} × ${key}`).join(', ')}.`];
}

function baselineLines({ path, known, removable, recorded }: BaselineNews, root: string): string[] {
  const file = formatPath(path, root);
  if (recorded !== undefined) return [`Recorded ${count(recorded, 'known leak')} in ${file}.`];
  const lines = known > 0 ? [`Tolerated ${count(known, 'known leak')} of ${file}.`] : [];
  if (removable.length === 0) return lines;
  const gone = removable.reduce((sum, entry) => sum + entry.count, 0);
  const told = removable
    .slice(0, MOST_REMOVABLE)
    .map(
      ({ file: test, owner, type, at }) =>
        `  ${type} in ${quoted(owner.replace(/^test /, ''))} of ${test}${at && `, opened in ${at}`}`,
    );
  const rest = removable.length - told.length;
  return [
    ...lines,
    `${count(gone, 'known leak')} of ${file} ${gone === 1 ? 'leaks' : 'leak'} no more; ASYNC_LEAKS=update removes ${gone === 1 ? 'it' : 'them'}:`,
    ...told,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function staleLines(stale: readonly StaleAllowance[], root: string): string[] {
  return stale.map(
    ({ text, place, file }) =>
      `${printable(text)} allowed nothing, and would hide the next leak: remove it${place ? `  ${formatPlace(place, root)}` : file === undefined ? '' : `  ${formatPath(file, root)}`}`,
  );
}

/** Breaks a line at its spaces, each part indented like it. */
function wrap(line: string, columns: number): string[] {
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let last = '';
  for (const word of line.trim().split(' ')) {
    if (last !== '' && indent.length + last.length + 1 + word.length > columns) {
      lines.push(indent + last);
      last = word;
    } else {
      last = last === '' ? word : `${last} ${word}`;
    }
  }
  return [...lines, indent + last];
}

const isColoured = (line: string): boolean => line.includes('\u001b');

/** The text of the summary, without a line break at its end; empty where there is nothing to say. */
export function summarise(input: SummaryInput): string {
  const all: Found[] = input.records.flatMap(({ file, leaks }) => leaks.map((each) => ({ ...each, file })));
  const blamed = all.filter(({ status }) => status === 'failed' || status === 'warned');
  const abandoned = input.records.reduce((sum, record) => sum + record.abandoned, 0);
  const left = `${count(abandoned, 'resource')} ${abandoned === 1 ? 'was' : 'were'} left by tests that failed.`;
  const notes = [
    ...(abandoned > 0 ? [left] : []),
    ...allowedLine(all.filter(({ status }) => status === 'allowed')),
    ...input.baselines.flatMap((news) => baselineLines(news, input.root)),
    ...staleLines(input.stale, input.root),
  ];
  const blocks = [leakLines(blamed, input), notes].filter((lines) => lines.length > 0);
  if (blocks.length === 0) return '';
  if (blocks[0] === notes) notes.unshift(input.colors.bold('Async leaks'));
  const fit = (line: string): string[] =>
    input.columns === undefined || isColoured(line) ? [line] : wrap(line, input.columns);
  return blocks
    .map((lines) => lines.flatMap((line) => (line === '' ? [''] : fit(` ${line}`))).join('\n'))
    .join('\n\n');
}
