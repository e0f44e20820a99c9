/** Puts an output into the words and numbers that the page shows. */
import { basename } from 'node:path';

import type { Leak } from '../../tracker/leak.js';
import { count, cut } from '../../text/names.js';
import { printableData } from '../../text/printable.js';
import { breakable } from '../../text/wrap.js';
import { foundIn, group, isBlamed, TestFiles, totalsOf, wordsOf, type Found, type Group } from '../groups.js';
import { describeLeak } from '../message/describe.js';
import { formatPath, formatPlace, labelOf } from '../message/words.js';
import { notesOf } from '../message/notes.js';
import type { Output, OutputFile } from '../outputs/output.js';
import { toRecords } from '../outputs/to-records.js';
import { headOf } from '../outputs/sources.js';
import type { FileRecord } from '../record.js';
import type { Excerpt } from '../shown.js';
import type {
  PageCause,
  PageData,
  PageFile,
  PageLeak,
  PageOther,
  PageSource,
  PageTest,
} from './page-data.js';

/** The most characters of a name, of what is told of a cause, and of a message: a browser takes long to lay out more. */
const LONGEST_NAME = 500;
const LONGEST_WORDS = 1000;
const LONGEST_MESSAGE = 5000;
/** The most resources that are shown in time under the leak that they are told under. */
const MOST_OTHERS = 12;

/** Each text once. */
class Texts {
  readonly all: string[] = [];
  private readonly indices = new Map<string, number>();

  index(text: string): number {
    let index = this.indices.get(text);
    if (index === undefined) this.indices.set(text, (index = this.all.push(text) - 1));
    return index;
  }
}

export function toPageData(given: Output): PageData {
  const output = printableData(given);
  const { root } = output;
  const records = toRecords(output);
  const found = foundIn(records);
  const files = new TestFiles(records, root);
  const texts = new Texts();
  const groups = inOrder(group(found), output);
  const blamed = found.filter(isBlamed);
  const causeOf = new Map<Found, number>();
  for (const [i, each] of groups.entries()) for (const own of each.found) causeOf.set(own, i);
  const indices = new Map(found.map((each, i) => [each, i]));
  const ids = new Set<string>();
  return {
    title: basename(root) || root,
    head: blamed.length === 0 ? '' : totalsOf(blamed, group(blamed).length),
    notes: allNotes(output, records),
    runs: output.runs.map((each, i) => {
      const own = output.testFiles.flatMap(({ run, times }) => (run === i && times ? times.lane : []));
      return { ...each, lanes: own.reduce((most, lane) => Math.max(most, lane + 1), 0) };
    }),
    files: output.testFiles.map((file, i) =>
      toFile(file, breakable(files.name({ ...file, project: file.project, run: i }))),
    ),
    causes: groups.map((each) => toCause(each, files, output, indices, ids)),
    leaks: found.map((each) => toLeak(each, causeOf.get(each)!, root, texts)),
    texts: texts.all,
  };
}

/** The groups in the order of their tests. */
function inOrder(groups: readonly Group[], { testFiles }: Output): Group[] {
  const orderOf = ({ found }: Group): number[] =>
    found
      .map(({ from, times }): number[] => [testFiles[from.run]!.run, times?.opened[0] ?? Infinity, from.run])
      .reduce((a, b) => (compare(a, b) <= 0 ? a : b));
  const keyed = groups.map((each) => [orderOf(each), each] as const);
  return keyed.toSorted(([a], [b]) => compare(a, b)).map(([, each]) => each);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((each, at) => each !== b[at]);
  return i < 0 ? 0 : a[i]! < b[i]! ? -1 : 1;
}

function allNotes({ files, staleAllowances, testFiles }: Output, records: readonly FileRecord[]): string[] {
  const tests = testFiles.reduce((sum, { times }) => sum + (times?.tests.length ?? 0), 0);
  const stale = staleAllowances.length;
  return [
    `${count(files, 'test file')}${tests > 0 ? `, ${count(tests, 'test')}` : ''}`,
    ...notesOf(records),
    ...(stale > 0 ? [`${count(stale, 'allowance')} allowed nothing`] : []),
  ];
}

function toFile({ run, times }: OutputFile, name: string): PageFile {
  if (times === undefined) return { name, run, tests: [] };
  const { tests, ...span } = times;
  const short = tests.map((each): PageTest => [
    cut(each.name, LONGEST_NAME),
    each.began,
    each.ended,
    each.failed ? 1 : 0,
  ]);
  return { name, run, times: span, tests: short };
}

function toCause(
  each: Group,
  files: TestFiles,
  { root, sources }: Output,
  indices: ReadonlyMap<Found, number>,
  ids: Set<string>,
): PageCause {
  const words = wordsOf(each, files, root);
  const { leak } = each.found[0]!;
  const place = words.place ?? 'no line of yours is known';
  const all = each.found.flatMap((own) => [own.leak, ...own.leak.others]);
  const source = sourceOf(leak, sources, root);
  const cutAll = (texts: readonly string[]): string[] => texts.map((text) => cut(text, LONGEST_WORDS));
  return {
    ...words,
    what: cutAll(words.what),
    callers: cutAll(words.callers),
    where: cutAll(words.where),
    remedies: cutAll(words.remedies),
    id: uniqueId(
      each.place === undefined ? `${leak.type} ${leak.owner.name}` : place.replace(/:\d+$/, ''),
      ids,
    ),
    place,
    package: leak.client?.package ?? leak.package ?? '',
    types: [...new Set(all.map(({ type }) => cut(type)))],
    leaks: each.found.map((own) => indices.get(own)!),
    ...(source && { source }),
  };
}

/** A text that a link can have, and that no other cause has. */
function uniqueId(text: string, ids: Set<string>): string {
  const base = cut(text, 100).replace(/[^\w./:@-]+/g, '-');
  let id = base;
  for (let i = 2; ids.has(id); i++) id = `${base}-${i}`;
  ids.add(id);
  return id;
}

function sourceOf(leak: Leak, sources: readonly Excerpt[], root: string): PageSource | undefined {
  const place = headOf(leak);
  if (place === undefined) return undefined;
  const { file, line: at } = place;
  const excerpt = sources.find(
    (each) => each.file === file && each.line <= at && at < each.line + each.lines.length,
  );
  if (excerpt === undefined) return undefined;
  const lines = excerpt.lines.map((text) => cut(text, LONGEST_NAME));
  return { ...excerpt, file: cut(formatPath(file, root), LONGEST_NAME), lines, at };
}

function toLeak(
  { leak, status, from, after, reason, times }: Found,
  cause: number,
  root: string,
  texts: Texts,
): PageLeak {
  const frames = (leak.placeFrames ?? leak.frames).map(
    (frame) =>
      `at ${frame.function ? `${cut(frame.function)} (${formatPlace(frame, root)})` : formatPlace(frame, root)}`,
  );
  const { kind, name, hook } = leak.owner;
  const outside = hook ?? 'top level';
  const { others: otherTimes = [], ...own } = times ?? {};
  return {
    cause,
    status,
    file: from.run,
    owner:
      kind === 'test' ? cut(name, LONGEST_NAME) : kind === 'suite' ? `${outside} of ${cut(name)}` : outside,
    size: 1 + leak.others.length,
    fired: after?.fired ?? 0,
    during: (after?.during ?? []).map((each) => texts.index(cut(each))),
    ...(reason !== undefined && { reason: cut(reason) }),
    message: texts.index(cut(describeLeak(leak, root), LONGEST_MESSAGE)),
    stack: texts.index(cut(frames.join('\n'), LONGEST_MESSAGE)),
    label: texts.index(labelFor(leak, root)),
    ...(times && { times: own as NonNullable<PageLeak['times']> }),
    others: otherTimes.slice(0, MOST_OTHERS).map((each, i): PageOther => ({
      ...each,
      label: texts.index(labelFor(leak.others[i]!, root)),
    })),
  };
}

/** "interval, every 2 s (Timeout) by pg-boss". */
function labelFor(leak: Leak, root: string): string {
  const by = leak.package === undefined ? '' : ` by ${leak.package}`;
  return cut(`${labelOf(leak, root)} (${leak.type})${by}`, LONGEST_NAME);
}
