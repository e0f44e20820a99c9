/**
 * The end of a run, in the main process: turns what the workers recorded into the summary, what the options name, and the baseline. All
 * frameworks' reporters share it.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ResolvedOptions } from '../config/options.js';
import { say } from '../text/printable.js';
import { allowanceKey, type DeclaredAllowance, type FileRecord } from './record.js';
import { writeAtomically } from '../process/atomic.js';
import { compareBaseline, readBaseline, writeBaseline } from './baseline.js';
import { colorsFor } from '../text/colors.js';
import { addToJobSummary, hasJobSummary } from './github/job-summary.js';
import { toMarkdown } from './github/markdown.js';
import { isReported, textOf, toOutput, type AllowancesOf, type Output } from './outputs/output.js';
import { toPage } from './page/index.js';
import { summarise, type BaselineNews } from './summary.js';

/** A project of the run: its options, with absolute paths, and the records of its files. */
export interface ProjectRun {
  readonly options: ResolvedOptions;
  readonly records: readonly FileRecord[];
}

export interface RunEnd {
  /** What to print on stderr, and coloured for it; empty if there is nothing to say. */
  readonly text: string;
  /** Why the run has to fail, though no test did. */
  readonly failure: string | undefined;
}

/**
 * Writes the files that the options name, and returns what to print. Complains of a file that cannot be written.
 * @param root absolute path that shown paths are relative to.
 * @param partial whether tests were left out by a filter, so that what was not seen says nothing.
 * @param watched whether writing a file may start the next run, so that a file that says the same is left alone.
 */
export function endRun(
  projects: readonly ProjectRun[],
  root: string,
  partial: boolean,
  watched = false,
): RunEnd {
  const active = projects.filter(({ options }) => options.mode !== 'off');
  const stale = staleOf(active, partial);
  const told = stale.filter(({ holders }) => holders.some(({ options }) => options.staleAllow !== 'off'));
  const baselines = paths(active, 'baseline').flatMap(([path, members]) => compare(path, members));
  const outputOf = (members: readonly ProjectRun[]): Output =>
    toOutput(
      members.flatMap((member) => member.records),
      allowancesOf(members, stale),
      root,
    );
  for (const [path, members] of paths(active, 'outputFile')) {
    const output = outputOf(members);
    if (watched && isReported(path, output)) continue;
    write(path, () => writeAtomically(path, textOf(output)));
  }
  for (const [path, members] of paths(active, 'html'))
    write(path, () => writeAtomically(path, toPage(outputOf(members))));
  const records = active.flatMap((project) => project.records);
  const run = { records, stale: told.map(({ allowance }) => allowance), root };
  const text = summarise({
    ...run,
    baselines,
    colors: colorsFor(process.stderr),
    columns: process.stderr.columns,
  });
  if (text !== '' && hasJobSummary() && active.some(({ options }) => options.jobSummary))
    addToJobSummary(toMarkdown({ ...run, files: records.length }));
  const failing = told.filter(({ holders }) => holders.some(({ options }) => isFailing(options))).length;
  const failure =
    failing === 0
      ? undefined
      : `async-leaks: ${failing} ${failing === 1 ? 'allowance' : 'allowances'} allowed nothing (staleAllow: 'fail').`;
  return { text, failure };
}

/** Prints what there is to say at the end of a run, and lets the process fail if the run has to. */
export function tell({ text, failure }: RunEnd): void {
  if (text !== '') process.stderr.write(`${text}\n\n`);
  if (failure === undefined) return;
  say(failure);
  process.exitCode = 1;
}

/**
 * Ends a run of one project, for frameworks to which we have no reporter.
 * @param records by file, in any order.
 * @param root absolute path that shown paths are relative to.
 * @param partial whether tests were left out by a filter.
 */
export function endSingleRun(
  options: ResolvedOptions,
  records: readonly FileRecord[],
  root: string,
  partial: boolean,
): void {
  const sorted = records.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  tell(endRun([{ options, records: sorted }], root, partial));
}

/** An allowance that nothing used, and the projects that have it. */
interface Stale {
  readonly allowance: DeclaredAllowance;
  readonly holders: ProjectRun[];
}

const isFailing = ({ staleAllow, mode, update }: ResolvedOptions): boolean =>
  staleAllow === 'fail' && mode === 'fail' && !update;

/**
 * Allowances that nothing used in any file of any project, by their text and place. One of a whole project counts only if all of
 * that was judged, and all other projects that have the same.
 */
function staleOf(projects: readonly ProjectRun[], partial: boolean): Stale[] {
  const spared = new Set<string>();
  const unused = new Map<string, Stale>();
  for (const project of projects) {
    const isComplete = !partial && project.records.every(({ whole }) => whole);
    for (const allowance of project.records.flatMap(({ allowances }) => allowances)) {
      const key = allowanceKey(allowance);
      const isOfProject = allowance.place === undefined && allowance.file === undefined;
      if (allowance.used || (isOfProject && !isComplete)) spared.add(key);
      const { holders } = unused.get(key) ?? { holders: [] };
      unused.set(key, { allowance: factsOf(allowance), holders: [...new Set([...holders, project])] });
    }
  }
  return [...unused].flatMap(([key, stale]) => (spared.has(key) ? [] : [stale]));
}

/** The projects by the file that the option names. */
function paths(
  projects: readonly ProjectRun[],
  option: 'baseline' | 'outputFile' | 'html',
): [string, ProjectRun[]][] {
  const byPath = new Map<string, ProjectRun[]>();
  for (const project of projects) {
    const path = project.options[option];
    if (path !== undefined) byPath.set(path, [...(byPath.get(path) ?? []), project]);
  }
  return [...byPath];
}

/** What these projects' output says of allowances. */
function allowancesOf(members: readonly ProjectRun[], stale: readonly Stale[]): AllowancesOf {
  const unused = stale.filter(({ holders }) => holders.some((project) => members.includes(project)));
  const used = new Map<string, DeclaredAllowance>();
  for (const allowance of members.flatMap(({ records }) => records).flatMap((record) => record.allowances))
    if (allowance.used) used.set(allowanceKey(allowance), factsOf(allowance));
  return { stale: unused.map(({ allowance }) => allowance), used: [...used.values()] };
}

const factsOf = ({ text, place, file, meant }: DeclaredAllowance): DeclaredAllowance => ({
  text,
  ...(place && { place }),
  ...(file !== undefined && { file }),
  ...(meant !== undefined && { meant }),
});

/** Baselines that were reported missing: in a watch, once is enough. */
const missed = new Set<string>();

/** A new run of the same process may say so again. */
export function forgetMissed(): void {
  missed.clear();
}

/** Compares a baseline with the run, and rewrites it on demand. */
function compare(path: string, projects: readonly ProjectRun[]): BaselineNews[] {
  const records = projects.flatMap((project) => project.records);
  const root = dirname(path);
  const update = projects.some(({ options }) => options.update);
  if (!update && !existsSync(path)) {
    if (missed.has(path)) return [];
    missed.add(path);
    return [{ path, known: 0, removable: [], moved: [], recorded: undefined, missing: true }];
  }
  const before = trying(
    () => readBaseline(path),
    (why) => why,
  );
  if (before === undefined) return [];
  const news = write(path, () => {
    const { next, removable, moved, added, removed } = compareBaseline(before, records, root, (file) =>
      existsSync(join(root, file)),
    );
    if (update) writeBaseline(path, next);
    const known = records
      .flatMap(({ leaks }) => leaks.filter(({ status }) => status === 'known'))
      .reduce((sum, { count: number = 1 }) => sum + number, 0);
    const count = next.reduce((sum, entry) => sum + entry.count, 0);
    return update
      ? { path, known, removable: [], moved, recorded: { count, added, removed } }
      : { path, known, removable, moved, recorded: undefined };
  });
  return news === undefined ? [] : [news];
}

/** Runs what writes a file; if that fails, says which, and fails the run. */
function write<T>(path: string, fn: () => T): T | undefined {
  return trying(fn, (why) => `async-leaks: ${path} could not be written: ${why}`);
}

function trying<T>(fn: () => T, complain: (why: string) => string): T | undefined {
  try {
    return fn();
  } catch (error) {
    say(complain((error as Error).message));
    process.exitCode = 1;
    return undefined;
  }
}
