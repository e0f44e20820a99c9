/** Puts an output into the words and numbers that the page shows. */
import { basename } from 'node:path';

import type { Leak } from '../../tracker/leak.js';
import { count, cut } from '../../text/names.js';
import { printableData } from '../../text/printable.js';
import { breakable } from '../../text/wrap.js';
import { foundIn, group, isBlamed, TestFiles, totalsOf, wordsOf, type Found, type Group } from '../groups.js';
import { describeLeak } from '../message/describe.js';
import { formatPath, formatPlace } from '../message/words.js';
import type { Output, OutputFile } from '../outputs/output.js';
import { toRecords } from '../outputs/to-records.js';
import { headOf, type Excerpt } from '../outputs/sources.js';
import type {
  PageCause,
  PageData,
  PageFile,
  PageLeak,
  PageSource,
  PageTest,
  PageTimes,
} from './page-data.js';

/** The most characters of a name, and of a message. */
const LONGEST_NAME = 500;
const LONGEST_MESSAGE = 5000;

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
    notes: notesOf(output),
    runs: output.runs.map(({ name = '', began = '', duration }, i) => {
      const own = output.testFiles.flatMap(({ run, times }) => (run === i && times ? times.lane : []));
      return { name, began, duration, lanes: own.reduce((most, lane) => Math.max(most, lane + 1), 0) };
    }),
    files: output.testFiles.map((file, i) =>
      toFile(file, breakable(files.name({ ...file, project: file.project, run: i }))),
    ),
    causes: groups.map((each) => toCause(each, files, output, indices, ids)),
    leaks: found.map((each) => toLeak(each, causeOf.get(each)!, output, texts)),
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

function notesOf({ abandoned, files, leaks, staleAllowances, testFiles }: Output): string[] {
  const tests = testFiles.reduce((sum, { times }) => sum + (times?.tests.length ?? 0), 0);
  const sum = (status: string): number => leaks.filter((leak) => leak.status === status).length;
  return [
    `${count(files, 'test file')}${tests > 0 ? `, ${count(tests, 'test')}` : ''}`,
    ...(abandoned > 0 ? [`${count(abandoned, 'resource')} left by tests that failed by themselves`] : []),
    ...(sum('allowed') > 0 ? [`${sum('allowed')} allowed to linger`] : []),
    ...(sum('known') > 0 ? [`${count(sum('known'), 'known leak')} tolerated`] : []),
    ...(staleAllowances.length > 0 ? [`${count(staleAllowances.length, 'allowance')} allowed nothing`] : []),
  ];
}

function toFile({ run, times }: OutputFile, name: string): PageFile {
  const { lane = -1, began = 0, ended = 0, tests = [] } = times ?? {};
  return {
    name,
    run,
    lane,
    began,
    ended,
    tests: tests.map((test): PageTest => [
      cut(test.name, LONGEST_NAME),
      test.began,
      test.ended,
      test.failed ? 1 : 0,
    ]),
  };
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
  return {
    id: uniqueId(
      each.place === undefined ? `${leak.type} ${leak.owner.name}` : place.replace(/:\d+$/, ''),
      ids,
    ),
    place,
    probably: words.probably !== '',
    name: words.name,
    what: words.what,
    callers: words.callers,
    where: words.where,
    aftermath: words.aftermath ?? '',
    remedies: words.remedies,
    package: leak.client?.package ?? leak.package ?? '',
    types: [...new Set(all.map(({ type }) => cut(type)))],
    leaks: each.found.map((own) => indices.get(own)!),
    source: sourceOf(leak, sources, root),
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
  return excerpt && { file: formatPath(file, root), from: excerpt.line, at, lines: excerpt.lines };
}

function toLeak(
  { leak, status, from, after, reason = '', times }: Found,
  cause: number,
  output: Output,
  texts: Texts,
): PageLeak {
  const { root, testFiles } = output;
  const frames = (leak.placeFrames ?? leak.frames).map(
    (frame) =>
      `at ${frame.function ? `${cut(frame.function)} (${formatPlace(frame, root)})` : formatPlace(frame, root)}`,
  );
  const { kind, name, hook } = leak.owner;
  const outside = hook ?? 'top level';
  return {
    cause,
    status,
    type: cut(leak.type),
    file: from.run,
    test: times?.test ?? -1,
    owner:
      kind === 'test' ? cut(name, LONGEST_NAME) : kind === 'suite' ? `${outside} of ${cut(name)}` : outside,
    size: 1 + leak.others.length,
    fired: after?.fired ?? 0,
    during: (after?.during ?? []).map((each) => texts.index(cut(each))),
    reason: cut(reason),
    message: texts.index(cut(describeLeak(leak, root), LONGEST_MESSAGE)),
    stack: texts.index(cut(frames.join('\n'), LONGEST_MESSAGE)),
    times: times && toTimes(times, testFiles[from.run]!),
  };
}

function toTimes(
  { opened, judged, released, callbacks }: NonNullable<Found['times']>,
  file: OutputFile,
): PageTimes {
  const ended = Math.max(file.times?.ended ?? judged, judged);
  return { opened, judged, released: released ?? [ended, ended], isOpen: released === undefined, callbacks };
}
