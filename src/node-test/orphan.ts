/**
 * A file that Node runs in a process of its own, where nothing of ours is loaded in the process that has started it: with
 * `--import`, which Node 20 to 26 load only in the processes of the files. None of them knows which one is the last.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ResolvedOptions } from '../config/options.js';
import { say } from '../text/printable.js';

const ADVICE = 'use --require async-leaks/node-test instead of --import.';

/**
 * What is left of the options: each file would write over what another has written. Says what is missing, once a run. Throws one
 * sentence if nothing is left.
 */
export function ofOrphan(options: ResolvedOptions): ResolvedOptions {
  const { outputFile, html, baseline, update, staleAllow } = options;
  if (update) throw new Error(`async-leaks: ASYNC_LEAKS=update needs all files in one run: ${ADVICE}`);
  const unwritten = [
    ...(outputFile === undefined ? [] : ['outputFile']),
    ...(html === undefined ? [] : ['html']),
  ];
  const missing = [
    ...(unwritten.length > 0 ? [`${unwritten.join(' and ')} cannot be written`] : []),
    ...(baseline === undefined ? [] : ['the baseline can only be read']),
    // It would fail no test, and so nothing.
    ...(staleAllow === 'fail' ? [`staleAllow: 'fail' fails nothing`] : []),
  ];
  if (missing.length > 0 && isFirst()) say(`async-leaks: ${missing.join(', and ')}: ${ADVICE}`);
  return { ...options, outputFile: undefined, html: undefined };
}

const MARK = 'async-leaks-told-';

/** Whether no other process of the run has asked; true, too, where that cannot be known. */
function isFirst(): boolean {
  const run = runOf(process.ppid);
  if (run === undefined) return true;
  try {
    writeFileSync(join(tmpdir(), `${MARK}${run}`), '', { flag: 'wx' });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
  removeOld();
  return true;
}

/** The process that runs the files: its id, and when it began, because ids are used again. Only Linux says so at no cost. */
function runOf(pid: number): string | undefined {
  try {
    // The name of the program, which comes before, may have blanks and brackets. See proc_pid_stat(5).
    const start = /.*\) (?:\S+ ){19}(\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return start && `${pid}-${start}`;
  } catch {
    return undefined;
  }
}

/** Removes what earlier runs have left. */
function removeOld(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(MARK)) continue;
    const run = name.slice(MARK.length);
    if (runOf(Number.parseInt(run, 10)) !== run) rmSync(join(tmpdir(), name), { force: true });
  }
}
