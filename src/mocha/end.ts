/** How a run ends: its records, the summary, and the process. */
import { statSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

import type { ResolvedOptions } from '../config/options.js';
import { channelOf, open, receive, send, sendFault, type RunIdentity } from '../process/channel.js';
import { publishColumns } from '../process/columns.js';
import { endMainWhenHeld, exitWhateverThePoolDoes, isStartedBy } from '../process/ending.js';
import { failing, guard, refusing, takeFault } from '../process/faults.js';
import { checkRun } from '../report/check.js';
import { leavesChildren, type FileRecord } from '../report/record.js';
import { endSingleRun } from '../report/run.js';
import { say } from '../text/printable.js';
import { reportedLeaks } from '../tracker/judging/leftovers.js';
import type { Mocha } from './mocha.js';
import type { MochaRun } from './run.js';

let runs = 0;

/** Called before a run whose files run in workers. Returns false if nothing is to be followed. */
export function startParallel({ options }: Mocha, resolved: ResolvedOptions, root: string): boolean {
  if (resolved.mode === 'off' || options.dryRun) return false;
  refusing(() => checkRun([resolved]));
  publishColumns();
  options.asyncLeaksRun = ++runs;
  open(identityOf(options.asyncLeaksRun, root));
  return true;
}

const identityOf = (run: number, root: string): RunIdentity => ({ seed: run, rootDir: root });

/** By which a worker sends to the main process. */
const channelIn = ({ options }: Mocha, root: string): string | undefined =>
  channelOf(identityOf(options.asyncLeaksRun ?? 0, root));

/** Called once all workers have sent what they have. Returns whether the run has to fail, though no test did. */
export function endParallel(mocha: Mocha, root: string, isOver: () => boolean): boolean {
  const { messages, faults } = receive(identityOf(mocha.options.asyncLeaksRun ?? 0, root));
  for (const fault of new Set(faults)) say(fault);
  const [first] = messages;
  // A file that could not be loaded sends nothing.
  const isIncomplete = messages.length < mocha.files.length;
  const records = messages.map(({ record }) => record);
  const isFailing =
    first !== undefined && end(first.options, records, root, isPartial(mocha) || isIncomplete);
  endWhenHeld(mocha, records, isOver);
  return isFailing || (faults.length > 0 && first?.options.mode !== 'warn');
}

/** Called once all verdicts of a run in this process are told. Returns whether it has to fail, though no test did. */
export function endSerial(run: MochaRun, isOver: () => boolean): boolean {
  const { mocha, options, root } = run;
  const records = guard(() => run.records()) ?? [];
  run.end();
  if (mocha.isWorker) {
    const channel = channelIn(mocha, root);
    for (const record of records) guard(() => send(channel, { project: '', options, record }));
    tellFault(mocha, options, root);
    if (reportedLeaks().size > 0) exitWhateverThePoolDoes();
    return false;
  }
  const hasFailed = tellFault(mocha, options, root);
  const isFailing = end(options, records, root, isPartial(mocha));
  endWhenHeld(mocha, records, isOver);
  return isFailing || hasFailed;
}

/** Tells of a fault of ours, if there was one; also of a run that could not be followed for that. Returns whether it fails the run. */
export function tellFault(mocha: Mocha, { mode }: ResolvedOptions, root: string): boolean {
  const fault = takeFault();
  if (fault === undefined) return false;
  if (mocha.isWorker) sendFault(channelIn(mocha, root), fault.message);
  else say(fault.message);
  return !mocha.isWorker && mode !== 'warn';
}

/** Says what there is to say, and returns whether the run has to fail: Mocha sets the exit code of the process by itself. */
function end(
  options: ResolvedOptions,
  records: readonly FileRecord[],
  root: string,
  partial: boolean,
): boolean {
  const { exitCode } = process;
  process.exitCode = 0;
  failing(() => endSingleRun(options, records, root, partial));
  const isFailing = process.exitCode !== 0;
  process.exitCode = exitCode;
  return isFailing;
}

/** The files that the command line names, as it was before any test could change it; a folder or a pattern names none. */
const namedFiles = process.argv
  .slice(2)
  .filter((each) => /\.[cm]?[jt]sx?$/.test(each) && statSync(each, { throwIfNoEntry: false })?.isFile());

/** Whether a filter left out tests: names, `only`, or files on the command line. */
const isPartial = ({ options, suite }: Mocha): boolean =>
  Boolean(options.grep) || suite.hasOnly() || (isCommand() && namedFiles.length > 0);

/** The command `mocha`, and the script that it starts if there are flags for Node. */
const isCommand = (): boolean =>
  isMainThread && isStartedBy(/[\\/]mocha[\\/](bin[\\/]_?mocha(\.js)?|lib[\\/]cli[\\/]cli\.js)$/);

/** Ends the process once Mocha is done with it, if only leaks hold it. */
function endWhenHeld({ options }: Mocha, records: readonly FileRecord[], isOver: () => boolean): void {
  if (options.watch) return;
  const hasGrandchildren = leavesChildren(records);
  endMainWhenHeld({ framework: 'Mocha', isCommand: isCommand(), isOver, hasGrandchildren });
}
