/**
 * What both doors load: index.ts for `--import`, require.cts for `--require`. Node loads what is imported only in processes that
 * run test files, but what is required also in the one that starts those.
 */
import { realpathSync } from 'node:fs';

import { readOptions, readOptionsSync } from '../config/file.js';
import type { ResolvedOptions } from '../config/options.js';
import { publishColumns } from '../process/columns.js';
import { refusing, takeFault } from '../process/faults.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { checkRun } from '../report/check.js';
import type { FileRecord } from '../report/record.js';
import { API, idleApi, type TestApi } from '../session/test-api.js';
import { say } from '../text/printable.js';
import { currentRole, isMarked, mark } from './role.js';
import { isChild, openRun, readTerms, reporterOfChild, tellAtExit } from './run.js';
import { endWhenHeld } from './worker/ending.js';
import { watch } from './worker/watch.js';

const role = currentRole({ isDescendant: isMarked(), isChild: isChild() });

/** The file that Node was started with; undefined if there is none, or another that Node finds by itself. */
function mainFile(): string | undefined {
  const path = process.argv[1];
  if (path === undefined) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Allowances must still be well formed where nothing is checked. */
function stayOff(): void {
  (globalThis as { [API]?: TestApi })[API] = idleApi;
}

/** The test file of this process, if it has only one. */
function watched(): { file: string | undefined; isMany: boolean } {
  const isMany = role === 'files';
  return { file: isMany ? undefined : mainFile(), isMany };
}

function watchChild(): void {
  const { options, folder } = readTerms();
  if (options.mode === 'off') return stayOff();
  watch({
    options,
    folder,
    ...watched(),
    isAlone: true,
    record: reporterOfChild(options),
    began: () => {},
    runsFiles: () => {},
    ended: (root) => endWhenHeld(root, false),
  });
}

const ADVICE = 'use --require async-leaks/node-test instead of --import.';

/**
 * What is left of the options where a file runs alone, because nothing of ours is loaded in the process that has started it:
 * each file would write over what another has written.
 */
function ofOrphan(options: ResolvedOptions): ResolvedOptions {
  const { outputFile, update, staleAllow } = options;
  if (update) throw new Error(`async-leaks: ASYNC_LEAKS=update needs all files in one run: ${ADVICE}`);
  if (outputFile !== undefined) say(`async-leaks: outputFile is not written: ${ADVICE}`);
  // It would fail no test, and so nothing.
  if (staleAllow === 'fail') say(`async-leaks: staleAllow: 'fail' fails nothing: ${ADVICE}`);
  return { ...options, outputFile: undefined };
}

function watchRun(read: ResolvedOptions, folder: string): void {
  const isOrphan = process.env['NODE_TEST_CONTEXT'] !== undefined && role === 'single' && read.mode !== 'off';
  const options = refusing(() => {
    checkRun([read]);
    return isOrphan ? ofOrphan(read) : read;
  });
  if (options.mode === 'off') return stayOff();
  publishColumns();
  const terms = { options, folder };
  const records: FileRecord[] = [];
  const begin = (): void => {
    mark();
    tellAtExit(terms, records);
  };
  const beginRunner = (): void => {
    begin();
    openRun(terms);
  };
  if (role === 'runner') return beginRunner();
  watch({
    options,
    folder,
    ...watched(),
    isAlone: isOrphan || !process.execArgv.some((flag) => flag.startsWith('--test-reporter')),
    record: (record) => records.push(record),
    began: begin,
    runsFiles: beginRunner,
    // A program of the user's that calls `run()` is not ours to end.
    ended: (root, several) => endWhenHeld(root, several && role === 'single'),
  });
}

/** Whether this process reads the options of the run by itself. */
function needsOptions(): boolean {
  refuseUnsupportedNode();
  if (isBun()) warnOfBun();
  if (isBun() || role === 'none') stayOff();
  else if (isChild()) watchChild();
  else return true;
  return false;
}

function sayFault(): void {
  const fault = takeFault();
  if (fault !== undefined) say(fault.message);
}

/** For `--import`. Throws one sentence for what it cannot work with. */
export async function preload(): Promise<void> {
  const folder = process.cwd();
  if (needsOptions()) watchRun(await readOptions(folder), folder);
  sayFault();
}

/** For `--require`, where nothing can be awaited. Throws one sentence for what it cannot work with. */
export function preloadSync(): void {
  const folder = process.cwd();
  if (needsOptions()) watchRun(readOptionsSync(folder), folder);
  sayFault();
}
