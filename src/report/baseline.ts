/**
 * The baseline: known leaks, tolerated until they are mended. A leak is recognized by its test, its type, and the text of the
 * line that created it: lines move, but most of them are not edited.
 */
import { readFileSync } from 'node:fs';
import nodePath, { join, type PlatformPath } from 'node:path';

import { isSamePlace, type Leak } from '../tracker/leak.js';
import { printable } from '../text/printable.js';
import { ownerKey, type FileRecord } from './record.js';
import { writeAtomically } from '../process/atomic.js';

/** One entry: leaks of the same test, type and line. Paths are relative to the root of the run. */
export interface KnownLeak {
  /** The name of the project in the run, if it has one. */
  readonly project?: string;
  /** The test file. */
  readonly file: string;
  /** "test users > serves", or "beforeAll of users", "top level". */
  readonly owner: string;
  readonly type: string;
  /** The file of the line that created it; empty if unknown. */
  readonly at: string;
  /** That line, trimmed. */
  readonly code: string;
  readonly count: number;
}

const FIELDS = ['file', 'owner', 'type', 'at', 'code'] as const;
/** One test file may run in several projects. */
const fileKey = ({ project = '', file }: Pick<KnownLeak, 'project' | 'file'>): string =>
  `${project}\n${file}`;
const LONGEST_CODE = 160;

/** A path as a baseline has it: relative, with slashes on every system, which `path` is of. */
export function portable(root: string, file: string, path: PlatformPath = nodePath): string {
  return path.relative(root, file).split(path.sep).join('/');
}

const texts = new Map<string, readonly string[]>();

/** The lines of a file, trimmed; none if it cannot be read. */
function linesOf(file: string): readonly string[] {
  let lines = texts.get(file);
  if (lines === undefined) {
    try {
      const text = readFileSync(file, 'utf8');
      lines = text.split('\n').map((line) => line.trim().slice(0, LONGEST_CODE));
    } catch {
      lines = [];
    }
    texts.set(file, lines);
  }
  return lines;
}

/** The text of the line that created a leak, trimmed; empty if it cannot be had. */
export function codeOf({ place }: Leak): string {
  return place === undefined ? '' : (linesOf(place.file)[place.line - 1] ?? '');
}

function isKnownLeak(value: unknown): value is KnownLeak {
  const entry = value as Record<string, unknown> | null;
  return (
    typeof entry === 'object' &&
    entry !== null &&
    FIELDS.every((field) => typeof entry[field] === 'string') &&
    (entry['project'] === undefined || typeof entry['project'] === 'string') &&
    Number.isInteger(entry['count']) &&
    (entry['count'] as number) >= 1
  );
}

/** Entries, one to a line. */
const ENTRY = /^(\s*\{".*\}),?(?=\r?$)/gm;

/** Git's `merge=union` keeps the lines of both sides: then a comma is missing, or one too many. */
const withCommas = (text: string): string => text.replace(ENTRY, '$1,').replace(/,(?=\s*\]\s*\}\s*$)/, '');

/** What Git writes where both sides have changed a line. */
const CONFLICT = /^(?:<{7}|>{7})(?: |\r?$)/m;

const conflicting = (path: string): Error =>
  new Error(
    `async-leaks: the baseline ${path} has a merge conflict; take either side, then record it again with ASYNC_LEAKS=update.`,
  );

/**
 * Reads a baseline; empty if there is no file yet. Throws one sentence if it is damaged, or has a merge conflict.
 * @param path absolute; undefined if the project has no baseline.
 */
export function readBaseline(path: string | undefined): KnownLeak[] {
  if (path === undefined) return [];
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    // Without the cause, which Vitest would print behind the sentence, with our frames.
    // oxlint-disable-next-line preserve-caught-error
    throw new Error(`async-leaks: the baseline ${path} cannot be read: ${(error as Error).message}.`);
  }
  const damaged = (why: string): Error =>
    new Error(
      `async-leaks: the baseline ${path} is damaged (${why}); restore it, or delete it and record it again with ASYNC_LEAKS=update.`,
    );
  let data: { version?: unknown; leaks?: unknown } | null;
  try {
    data = JSON.parse(withCommas(text.replace(/^\ufeff/, ''))) as typeof data; // some editors leave a mark there
  } catch (error) {
    if (CONFLICT.test(text)) throw conflicting(path);
    throw damaged((error as Error).message);
  }
  if (data?.version !== 1) throw damaged('it is not of version 1');
  if (!Array.isArray(data.leaks)) throw damaged('it has no array "leaks"');
  const bad = data.leaks.findIndex((entry) => !isKnownLeak(entry));
  if (bad >= 0) throw damaged(`leaks[${bad}] is no { file, owner, type, at, code, count }`);
  return withoutTwins(data.leaks as KnownLeak[]);
}

const keyOf = (entry: Omit<KnownLeak, 'count'>): string =>
  JSON.stringify([...FIELDS.map((field) => entry[field]), entry.project]);

/** Both sides of a merge may have an entry, and each its count. */
function withoutTwins(entries: readonly KnownLeak[]): KnownLeak[] {
  const byKey = new Map<string, KnownLeak>();
  for (const entry of entries) {
    const twin = byKey.get(keyOf(entry));
    if (twin === undefined || twin.count < entry.count) byKey.set(keyOf(entry), entry);
  }
  return [...byKey.values()];
}

function compare(a: KnownLeak, b: KnownLeak): number {
  const [x, y] = [keyOf(a), keyOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A baseline as text: sorted, one line for each entry, so that it reviews well in a diff. */
function formatBaseline(entries: readonly KnownLeak[]): string {
  const lines = entries.toSorted(compare).map((entry) => `    ${printable(JSON.stringify(entry))}`);
  return `{\n  "version": 1,\n  "leaks": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
}

/** Writes a baseline, if it says something new; the old one stays whole until the new one is. */
export function writeBaseline(path: string, entries: readonly KnownLeak[]): void {
  const text = formatBaseline(entries);
  try {
    if (readFileSync(path, 'utf8') === text) return;
  } catch {
    // There is none yet.
  }
  writeAtomically(path, text);
}

const groupOf = ({ owner, type, at }: Pick<KnownLeak, 'owner' | 'type' | 'at'>): string =>
  JSON.stringify([owner, type, at]);

/**
 * The resources of a mistake that count for themselves: what one line of the user's own opened so many times. How many a client of a
 * package has, and how many come of one that leaks, may differ from run to run, so these do not.
 */
export function countedIn(leak: Leak): Leak[] {
  const { type, place, client, chain, others } = leak;
  if (client !== undefined || place === undefined) return [leak];
  const isSame = (other: Leak): boolean =>
    other.type === type && other.chain.length === chain.length && isSamePlace(other.place, place);
  return [leak, ...others.filter(isSame)];
}

/** What a baseline knows of one test file. */
export class KnownLeaks {
  private readonly root: string;
  /** What is left of each entry, by owner, type and file. */
  private readonly left = new Map<string, { readonly entry: KnownLeak; count: number }[]>();

  /** @param root what the paths in the entries are relative to. */
  constructor(entries: readonly KnownLeak[], root: string, file: string, project: string | undefined) {
    this.root = root;
    const key = fileKey({ ...(project && { project }), file: portable(root, file) });
    for (const entry of entries) {
      if (fileKey(entry) !== key) continue;
      const group = groupOf(entry);
      const left = { entry, count: entry.count };
      const same = this.left.get(group);
      if (same === undefined) this.left.set(group, [left]);
      else same.push(left);
    }
    texts.clear(); // in a process that outlives a run, the user may have edited them
  }

  /** The key of the entry that knows a leak, which it uses up by one; undefined for a new leak. */
  take(leak: Leak): string | undefined {
    const owner = ownerKey(leak.owner);
    const at = leak.place === undefined ? '' : portable(this.root, leak.place.file);
    const code = codeOf(leak);
    const known = (this.left.get(groupOf({ owner, type: leak.type, at })) ?? []).filter(
      ({ count }) => count > 0,
    );
    // A line that has gone was edited: its entry stands for what leaks there now.
    const found =
      known.find(({ entry }) => entry.code === code) ?? known.find(({ entry }) => !this.isThere(entry));
    if (found === undefined) return undefined;
    found.count--;
    return keyOf(found.entry);
  }

  /** Takes back so many uses of the entry that has this key. */
  giveBack(key: string, count = 1): void {
    const [, owner, type, at] = JSON.parse(key) as [string, string, string, string];
    const known = this.left.get(groupOf({ owner, type, at }))?.find(({ entry }) => keyOf(entry) === key);
    if (known !== undefined) known.count += count;
  }

  private isThere({ at, code }: KnownLeak): boolean {
    return at !== '' && linesOf(join(this.root, at)).includes(code);
  }
}

/** An entry that seems to have another name now. */
export interface Moved {
  readonly from: KnownLeak;
  readonly to: KnownLeak;
}

/** How a run compares with a baseline. */
export interface Comparison {
  /** What leaks today, if its tests ran, and what was known, if they did not. */
  readonly next: KnownLeak[];
  /** Entries that did not leak, though their tests ran; `count` is how many of each. */
  readonly removable: KnownLeak[];
  /** Entries of a test or a file that is gone, where another test of that file, or that test in another file, leaks at their line. */
  readonly moved: readonly Moved[];
  /** How many leaks in `next` were not known, and how many known ones it no longer has; those that have moved are neither. */
  readonly added: number;
  readonly removed: number;
}

/**
 * Compares a baseline with the files that ran. What did not run keeps its entries.
 * @param exists whether a test file, by its path relative to `root`, is still there.
 */
export function compareBaseline(
  before: readonly KnownLeak[],
  records: readonly FileRecord[],
  root: string,
  exists: (file: string) => boolean,
): Comparison {
  const now = new Map<string, KnownLeak>();
  const fresh: KnownLeak[] = [];
  const used = new Map<string, number>();
  const byFile = new Map<string, { judged: Set<string>; tests: Set<string> }>();
  for (const record of records) {
    if (record.tests.length === 0) continue; // nothing of it ran
    const { project } = record;
    const place = { ...(project && { project }), file: portable(root, record.file) };
    const ran = byFile.get(fileKey(place)) ?? { judged: new Set<string>(), tests: new Set<string>() };
    for (const owner of record.judged) ran.judged.add(owner);
    for (const test of record.tests) ran.tests.add(`test ${test}`);
    byFile.set(fileKey(place), ran);
    for (const { status, leak, code = '', known, count = 1 } of record.leaks) {
      if (status === 'allowed') continue;
      if (known !== undefined) used.set(known, (used.get(known) ?? 0) + count);
      const at = leak.place === undefined ? '' : portable(root, leak.place.file);
      const entry = { ...place, owner: ownerKey(leak.owner), type: leak.type, at, code };
      const key = keyOf(entry);
      now.set(key, { ...entry, count: (now.get(key)?.count ?? 0) + count });
      if (known === undefined) for (let i = 0; i < count; i++) fresh.push({ ...entry, count: 1 });
    }
  }
  /** Whether the run can decide if an entry still holds. */
  const isSettled = (entry: KnownLeak): boolean => {
    const { owner } = entry;
    const ran = byFile.get(fileKey(entry));
    if (ran === undefined) return !exists(entry.file);
    return ran.judged.has(owner) || (owner.startsWith('test ') && !ran.tests.has(owner));
  };
  const kept = before.filter((entry) => !isSettled(entry));
  const isGone = (entry: KnownLeak): boolean => {
    const ran = byFile.get(fileKey(entry));
    return ran === undefined || !(ran.tests.has(entry.owner) || ran.judged.has(entry.owner));
  };
  const moved: Moved[] = [];
  const removable = before.flatMap((entry) => {
    if (!isSettled(entry)) return [];
    let gone = entry.count - (used.get(keyOf(entry)) ?? 0);
    while (gone > 0 && isGone(entry)) {
      const index = fresh.findIndex((leak) => isMove(entry, leak));
      if (index === -1) break;
      moved.push({ from: { ...entry, count: 1 }, to: fresh.splice(index, 1)[0]! });
      gone--;
    }
    return gone > 0 ? [{ ...entry, count: gone }] : [];
  });
  const next = merge([...kept, ...now.values()]);
  const [added, removed] = [surplus(next, before), surplus(before, next)];
  return { next, removable, moved, added: added - moved.length, removed: removed - moved.length };
}

/** Whether a leak may be that of an entry, under a new name of its test or of its file. */
function isMove(entry: KnownLeak, leak: KnownLeak): boolean {
  if (entry.type !== leak.type || entry.code !== leak.code || entry.project !== leak.project) return false;
  const isOfTestFile = entry.at === entry.file && leak.at === leak.file;
  if (entry.at !== leak.at && !isOfTestFile) return false;
  return (entry.file === leak.file) !== (entry.owner === leak.owner);
}

/** How many leaks some entries have that others do not. */
function surplus(entries: readonly KnownLeak[], others: readonly KnownLeak[]): number {
  const counts = new Map(others.map((entry) => [keyOf(entry), entry.count]));
  return entries.reduce((sum, entry) => sum + Math.max(0, entry.count - (counts.get(keyOf(entry)) ?? 0)), 0);
}

function merge(entries: readonly KnownLeak[]): KnownLeak[] {
  return [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
}
