/** A run of node:test, in the process that the user has started: what its files sent, and what there is to tell at its end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ResolvedOptions } from '../config/options.js';
import { writeAtomically } from '../process/atomic.js';
import { channelOf, open, receive, send, type RunIdentity } from '../process/channel.js';
import { failing } from '../process/faults.js';
import type { FileRecord } from '../report/record.js';
import { endSingleRun } from '../report/run.js';
import { say } from '../text/printable.js';

/** A process has one run, whatever folder its files run in. */
const RUN: RunIdentity = { seed: 0, rootDir: '' };
/** In the channel: what the main process has read. */
const OPTIONS = 'options';

/** What the main process tells each process that it starts. */
interface Terms {
  readonly options: ResolvedOptions;
  /** Absolute path that shown paths are relative to. */
  readonly folder: string;
}

/** Whether the parent of this process runs files in processes of their own. */
export const isChild = (): boolean => channelOf(RUN) !== undefined;

/** In a process that runs a file for another: what the other one has read. */
export function readTerms(): Terms {
  return JSON.parse(readFileSync(join(channelOf(RUN)!, OPTIONS), 'utf8')) as Terms;
}

/** In a process that runs a file for another: how to tell it something. */
export function reporterOfChild(options: ResolvedOptions): (record: FileRecord) => void {
  const channel = channelOf(RUN);
  return (record) => send(channel, { project: '', options, record });
}

/** In a process that runs files in processes of their own: lets them find what they need, and listens. */
export function openRun(terms: Terms): void {
  open(RUN);
  writeAtomically(join(channelOf(RUN)!, OPTIONS), JSON.stringify(terms));
}

/** Tells of the run, once the reporters have written all they have. `own` are the records of files that ran here. */
export function tellAtExit({ options, folder }: Terms, own: readonly FileRecord[]): void {
  process.once('exit', () => {
    failing(() => {
      const { messages, faults } = receive(RUN);
      const records = [...own, ...messages.map(({ record }) => record)];
      endSingleRun(options, records, folder, isPartial());
      for (const fault of new Set(faults)) say(fault);
      if (faults.length > 0) process.exitCode = 1;
    });
  });
}

const FILTERS =
  /^--(?:experimental-)?test-(?:name-pattern|skip-pattern|tag-filter|only|shard|rerun-failures)\b/;
const GLOB = /[*?[\]{}]/;

/** Whether a filter leaves out tests or files. A file that is named may be one of many. */
function isPartial(): boolean {
  const { execArgv, argv } = process;
  return execArgv.some((flag) => FILTERS.test(flag)) || argv.slice(1).some((path) => !GLOB.test(path));
}
