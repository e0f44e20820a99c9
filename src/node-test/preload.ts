/**
 * Begins to check what this process is there for. Node loads what is imported only in processes that run test files, but what is
 * required also in the one that starts those.
 */
import { realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';

import { readOptions, readOptionsSync, type ImportModule } from '../config/file.js';
import type { ResolvedOptions } from '../config/options.js';
import { publishColumns } from '../process/columns.js';
import { failing, refusing, takeFault } from '../process/faults.js';
import { checkRun } from '../report/check.js';
import { isSilent, type FileRecord } from '../report/record.js';
import { idleApi } from '../session/test-api.js';
import { say } from '../text/printable.js';
import { ofOrphan } from './orphan.js';
import { mark, type Role } from './role.js';
import { openRun, receiveAll, reporterOfChild, type Terms } from './run.js';
import { endWhenHeld } from './worker/ending.js';
import { watch } from './worker/watch.js';

export { idleApi };

/** What `load.ts` knows of this process. */
export interface Circumstances {
  readonly role: Exclude<Role, 'none'>;
  /** What the process that has started this one has read; undefined if this one reads the options by itself. */
  readonly terms: Terms | undefined;
  /** Called if nothing is to be checked here. */
  readonly stayOff: () => void;
  readonly importModule: ImportModule;
  /** Keeps V8's code; called once files have run. */
  readonly keep: () => void;
}

/** The file that Node was started with; undefined if there is none, or another that Node finds by itself. */
function mainFile(): string | undefined {
  const path = process.argv[1];
  if (path === undefined) return undefined;
  try {
    return statSync(path).isFile() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The test file of this process, if it has only one. */
function watched(role: Role): { file: string | undefined; isMany: boolean } {
  const isMany = role === 'files';
  return { file: isMany ? undefined : mainFile(), isMany };
}

function watchChild({ role, importModule, keep }: Circumstances, { options, folder }: Terms): void {
  watch({
    importModule,
    options,
    folder,
    ...watched(role),
    isAlone: true,
    record: reporterOfChild(options),
    began: () => {},
    runsFiles: () => {},
    ended: (root) => {
      keep();
      endWhenHeld(root, false);
    },
  });
}

function watchRun(circumstances: Circumstances, read: ResolvedOptions, folder: string): void {
  const { role, stayOff, importModule, keep } = circumstances;
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
    importModule,
    options,
    folder,
    ...watched(role),
    isAlone: isOrphan || !process.execArgv.some((flag) => flag.startsWith('--test-reporter')),
    record: (record) => records.push(record),
    began: begin,
    runsFiles: beginRunner,
    ended: (root, several) => {
      keep();
      // A program of the user's that calls `run()` is not ours to end.
      endWhenHeld(root, several && role === 'single');
    },
  });
}

/** Tells of the run, once the reporters have written all they have. `own` are the records of files that ran here. */
function tellAtExit(terms: Terms, own: readonly FileRecord[]): void {
  process.once('exit', () => {
    failing(() => {
      const { messages, faults } = receiveAll();
      const records = [...own, ...messages.map(({ record }) => record)];
      const { baseline, outputFile, html } = terms.options;
      const isWritten = [baseline, outputFile, html].some((path) => path !== undefined);
      if (!isWritten && faults.length === 0 && records.every(isSilent)) return;
      const end = createRequire(import.meta.url)('./end.cjs') as typeof import('./end.js');
      end.tellRun(terms, records, faults);
    });
  });
}

function sayFault(): void {
  const fault = takeFault();
  if (fault !== undefined) say(fault.message);
}

/** For `--import`. Throws one sentence for what it cannot work with. */
export async function preload(circumstances: Circumstances): Promise<void> {
  const { terms, importModule } = circumstances;
  const folder = process.cwd();
  if (terms === undefined)
    watchRun(circumstances, await readOptions(folder, process.env, importModule), folder);
  else watchChild(circumstances, terms);
  sayFault();
}

/** For `--require`, where nothing can be awaited. Throws one sentence for what it cannot work with. */
export function preloadSync(circumstances: Circumstances): void {
  const { terms } = circumstances;
  const folder = process.cwd();
  if (terms === undefined) watchRun(circumstances, readOptionsSync(folder), folder);
  else watchChild(circumstances, terms);
  sayFault();
}
