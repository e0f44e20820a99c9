/** What leaked, grouped by the line that opened it: one forgotten helper reads as one cause, whatever the column. */
import type { Leak, Place } from '../tracker/leak.js';
import type { FileRecord, RecordedLeak } from './record.js';
import type { GroupWords } from './shown.js';
import type { Colors } from '../text/colors.js';
import { groupBy } from '../tracker/group-by.js';
import { counts } from './message/counts.js';
import { describeLeak } from './message/describe.js';
import { remedySentence } from './message/remedies.js';
import { countOf, formatPath, formatPlace, hasArticle, shortName } from './message/words.js';
import { count, cut, list, MOST_ITEMS, quoted, quotedAll } from '../text/names.js';
import { breakable, unbroken } from '../text/wrap.js';

/** The most characters for the owners of a group, and for the tests it fired during. */
const LONGEST_WHERE = 100;
const LONGEST_DURING = 60;

/** The most remedies of one line that are shown. */
const MOST_REMEDIES = 3;

/** A test file, as one project ran it. */
interface TestFile {
  readonly file: string;
  readonly project: string | undefined;
  /** The number of its record, because projects may have no names to tell them apart. */
  readonly run: number;
}

export interface Found extends RecordedLeak {
  readonly from: TestFile;
}

/** What one line opened, or what the same package did at no known line. */
export interface Group {
  readonly place: Place | undefined;
  readonly found: Found[];
  /** Resources, including those that are told under others. */
  size: number;
  /** One leak of each owner: of each test, and of each suite or file. */
  readonly tests: Map<string, Found>;
  readonly others: Map<string, Found>;
}

const sizeOf = ({ others }: Leak): number => 1 + others.length;

/** A test is one owner, whichever of its hooks opened something. */
const ownerId = ({ from, leak: { owner }, test }: Found): string =>
  JSON.stringify([from.run, owner.kind, owner.name, owner.kind === 'test' ? '' : owner.hook, test]);

/** Groups leaks by their lines: most tests first, then most resources. */
export function group(found: readonly Found[]): Group[] {
  const groups = new Map<string, Group>();
  for (const each of found) {
    const { type, construction, client, owner } = each.leak;
    const place = construction?.place ?? each.leak.place;
    const key = JSON.stringify(place ? [place.file, place.line] : [each.from.file, client?.package ?? type]);
    let entry = groups.get(key);
    if (entry === undefined) {
      entry = { place, found: [], size: 0, tests: new Map(), others: new Map() };
      groups.set(key, entry);
    }
    entry.found.push(each);
    entry.size += sizeOf(each.leak);
    (owner.kind === 'test' ? entry.tests : entry.others).set(ownerId(each), each);
  }
  return [...groups.values()].toSorted((a, b) => b.tests.size - a.tests.size || b.size - a.size);
}

/** The test files of a run: their names, and where to show them. */
export class TestFiles {
  private readonly root: string;
  /** How many projects ran each. */
  private readonly runs = new Map<string, number>();

  constructor(records: readonly FileRecord[], root: string) {
    this.root = root;
    for (const { file } of records) this.runs.set(file, (this.runs.get(file) ?? 0) + 1);
  }

  /** "test/a.test.ts", or "test/a.test.ts [web]" if other projects run it too. */
  name({ file, project }: TestFile): string {
    const path = pathOf(file, this.root);
    return project !== undefined && this.isShared(file) ? `${path} [${cut(project)}]` : path;
  }

  /** Whether the reader needs its name: the place does not show it, and there are others. */
  isToBeNamed({ file }: TestFile, place: Place | undefined): boolean {
    return this.isShared(file) || (this.runs.size > 1 && place?.file !== file);
  }

  private isShared(file: string): boolean {
    return (this.runs.get(file) ?? 0) > 1;
  }
}

export const pathOf = (file: string, root: string): string => unbroken(formatPath(file, root));
export const placeOf = (place: Place, root: string): string => unbroken(formatPlace(place, root));

/** Names in quotes: whole, if those that are shown fit so; else cut, but never so that two read the same. */
function named(names: readonly string[]): string[] {
  const length = names.slice(0, MOST_ITEMS).reduce((sum, name) => sum + name.length, 0);
  return quotedAll(names, length <= LONGEST_WHERE ? LONGEST_WHERE : undefined);
}

/** `in 50 tests: "a", "b", "c" and 47 more`, `in 2 tests of test/a.test.ts: "a", "b"`, `in "a" (test/a.test.ts)`. */
function testsLine({ place, tests }: Group, files: TestFiles): string {
  const found = [...tests.values()];
  const { from } = found[0]!;
  const isOfOne = found.every((each) => each.from.run === from.run);
  if (found.length === 1 || !isOfOne) {
    const names = namesOf(found, place, files);
    return `in ${found.length === 1 ? '' : `${found.length} tests: `}${list(names, LONGEST_WHERE)}`;
  }
  const where = files.isToBeNamed(from, place) ? ` of ${files.name(from)}` : '';
  const names = named(found.map(({ leak }) => leak.owner.name));
  return `in ${found.length} tests${where}: ${list(names, LONGEST_WHERE)}`;
}

/** `in beforeAll of "users"`, `at the top level of test/a.test.ts`. */
function othersLine({ place, others }: Group, files: TestFiles): string {
  const names = [...others.values()].map((found) => {
    const { kind, hook } = found.leak.owner;
    if (kind === 'suite') return `in ${hook ?? 'a hook'} of ${nameOf(found, place, files)}`;
    return `${hook ? `in ${hook}` : 'at the top level'} of ${files.name(found.from)}`;
  });
  return list(names, LONGEST_WHERE);
}

const namesOf = (found: readonly Found[], place: Place | undefined, files: TestFiles): string[] => {
  const names = named(found.map(({ leak }) => leak.owner.name));
  return found.map(({ from }, i) => names[i]! + fileOf(from, place, files));
};

/** `"a"`, or `"a" (test/a.test.ts)`. */
function nameOf({ from, leak }: Found, place: Place | undefined, files: TestFiles): string {
  return quoted(leak.owner.name) + fileOf(from, place, files);
}

const fileOf = (from: TestFile, place: Place | undefined, files: TestFiles): string =>
  files.isToBeNamed(from, place) ? ` (${files.name(from)})` : '';

function whereOf(each: Group, files: TestFiles): string[] {
  return [
    ...(each.tests.size > 0 ? [testsLine(each, files)] : []),
    ...(each.others.size > 0 ? [othersLine(each, files)] : []),
  ];
}

/** What it fired after the end of: "its test", "their tests and hooks". */
function ownersOf(found: readonly Found[]): string {
  const owners = new Map(found.map((each) => [ownerId(each), each.leak.owner]));
  const numbers = new Map<string, number>();
  for (const { kind, hook } of owners.values()) {
    const noun = kind === 'test' ? 'test' : kind === 'suite' || hook ? 'hook' : 'file';
    numbers.set(noun, (numbers.get(noun) ?? 0) + 1);
  }
  const nouns = [...numbers].map(([noun, n]) => (n === 1 ? noun : `${noun}s`));
  return `${found.length === 1 ? 'its' : 'their'} ${nouns.join(', ').replace(/, (?=[^,]*$)/, ' and ')}`;
}

/** `Fired 12 times after its test, during "creates a user" and 3 more.` */
function aftermathOf({ found, tests }: Group): string | undefined {
  const active = found.filter(({ after }) => after !== undefined && after.fired > 0);
  if (active.length === 0) return undefined;
  const fired = active.reduce((sum, { after }) => sum + after!.fired, 0);
  const times = `Fired ${count(fired, 'time')} after ${ownersOf(active)}`;
  const during = [...new Set(active.flatMap(({ after }) => after!.during))];
  if (during.length === 0) return `${times}.`;
  const own = new Set([...tests.values()].map(({ leak }) => leak.owner.name));
  const isOwn = (name: string): boolean => own.has(name);
  if (own.size > 1 && during.every(isOwn)) return `${times}, during other tests of these.`;
  const others = during.filter((name) => !isOwn(name));
  const names = named([...others, ...during.filter(isOwn)]);
  return `${times}, during ${list(names, LONGEST_DURING)}.`;
}

/** "2 pg pools: 2 TCP sockets, 2 timers (TCPWRAP, Timeout)", "51 timers (Timeout)"; each client of a package by itself. */
function whatOf({ found }: Group): string[] {
  const byNoun = groupBy(found, ({ leak }) => leak.client?.noun ?? leak.construction?.text ?? '');
  return [...byNoun].map(([noun, own]) => {
    const all = counts(own.map(({ leak }) => leak));
    if (noun === '') return all;
    const n = own.reduce((sum, { leak }) => sum + (leak.client?.count ?? 1), 0);
    if (n === 1) return `${cut(noun)}: ${all}`;
    return `${hasArticle(noun) ? countOf(n, cut(noun)) : `${n} × ${cut(noun)}`}: ${all}`;
  });
}

/**
 * `called at test/a.test.ts:17:3 (12 ×), test/b.test.ts:4:9 and 3 more`, if one line serves many; `called at src/a.ts:3:5, from …`
 * if all of them come through another line.
 */
function callersOf({ found }: Group, root: string): string[] {
  const ways = found.map(({ leak: { caller, through = [] } }) => (caller ? [caller, ...through] : []));
  const longest = ways.reduce((most, { length }) => Math.max(most, length), 0);
  for (let depth = 0; depth < longest; depth++) {
    const callers = groupBy(ways, ({ [depth]: line }) => line && placeOf(line, root));
    if (callers.size < 2) continue;
    const common = ways.find((way) => way.length > depth)?.[depth - 1];
    const most = [...callers].toSorted(([, a], [, b]) => b.length - a.length);
    const shown = most.map(([place, { length }]) => (length === 1 ? place : `${place} (${length} ×)`));
    const from = common === undefined ? '' : `${placeOf(common, root)}, from `;
    return [`called at ${from}${list(shown, LONGEST_WHERE)}`];
  }
  return [];
}

/** How a group is shown. */
export interface Showing {
  readonly files: TestFiles;
  readonly root: string;
  readonly colors: Colors;
  /** Some of the run's leaks failed their tests, and of others it only warned. */
  readonly isMixed: boolean;
  /** The whole message is shown, because no test has it. */
  readonly isFull: boolean;
}

function wrappableWordsOf(each: Group, files: TestFiles, root: string): GroupWords {
  const { leak } = each.found[0]!;
  const name = leak.construction?.text ?? leak.client?.call ?? each.place?.function;
  return {
    probably: each.found.every(({ leak: { probably: isGuess } }) => isGuess) ? 'probably' : '',
    place: each.place && placeOf(each.place, root),
    name: name === undefined ? '' : cut(shortName(name)),
    what: whatOf(each),
    callers: callersOf(each, root),
    where: whereOf(each, files),
    aftermath: aftermathOf(each),
    remedies: remediesOf(each),
  };
}

/** The words, for whoever does not wrap them; a remedy that names several things has a line for each. */
export function wordsOf(each: Group, files: TestFiles, root: string): GroupWords {
  const { probably, place, name, what, callers, where, aftermath } = wrappableWordsOf(each, files, root);
  return {
    probably,
    place: place && breakable(place),
    name,
    what: what.map(breakable),
    callers: callers.map(breakable),
    where: where.map(breakable),
    aftermath: aftermath && breakable(aftermath),
    remedies: remediesOf(each, '\n').map(breakable),
  };
}

export function groupLines(each: Group, { files, root, colors, isMixed, isFull }: Showing): string[] {
  const { probably, place, name, what, callers, where, aftermath, remedies } = wrappableWordsOf(
    each,
    files,
    root,
  );
  const isWarned = isMixed && each.found.every(({ status }) => status === 'warned');
  const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);
  return [
    `  ${probably && `${probably} `}${colors.cyan(place ?? 'no line of yours')}${name && `  ${colors.dim(unbroken(name))}`}`,
    ...what.map((text) => `    ${colors.bold(text)}${isWarned ? ', only warned of' : ''}`),
    ...indented(callers),
    ...indented(where),
    ...(aftermath === undefined ? [] : indented([aftermath])),
    ...(isFull ? wholeOf(each.found[0]!.leak, root) : indented(remedies)),
  ];
}

function remediesOf({ found }: Group, between?: '\n'): string[] {
  const sentences = new Set(found.map(({ leak }) => remedySentence(leak, between)));
  return [...sentences].slice(0, MOST_REMEDIES);
}

/** "54 resources in 51 tests and 1 file outside of tests, opened at 2 places". */
export function totalsOf(found: readonly Found[], places: number): string {
  const resources = found.reduce((sum, { leak }) => sum + sizeOf(leak), 0);
  const isOfTest = ({ leak }: Found): boolean => leak.owner.kind === 'test';
  const tests = new Set(found.filter(isOfTest).map(ownerId));
  const outside = new Set(found.filter((each) => !isOfTest(each)).map(({ from }) => from.run));
  const where = [
    ...(tests.size > 0 ? [count(tests.size, 'test')] : []),
    ...(outside.size > 0 ? [`${count(outside.size, 'file')} outside of tests`] : []),
  ];
  return `${count(resources, 'resource')} in ${where.join(' and ')}, opened at ${count(places, 'place')}`;
}

/** The leaks of a run, with where they come from. */
export const foundIn = (records: readonly FileRecord[]): Found[] =>
  records.flatMap(({ file, project, leaks }, run) =>
    leaks.map((each) => ({ ...each, from: { file, project, run } })),
  );

/** Leaks that nothing tolerates: they failed their tests, or are warned of. */
export const isBlamed = ({ status }: Found): boolean => status === 'failed' || status === 'warned';

/** The message of a leak, without what the lines above it say. */
const wholeOf = (leak: Leak, root: string): string[] => [
  '',
  ...describeLeak(leak, root)
    .split('\n')
    .map((line) => (line === '' ? '' : `      ${unbroken(line)}`)),
];
