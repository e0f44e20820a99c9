/**
 * From the workers to the main process, for frameworks whose own channel carries only failures: the main process makes a folder
 * for each run, and each test file leaves its record there. Workers find it by an environment variable.
 *
 * Whatever a test starts inherits the variable, even another run of the framework, which may be in the same process. So the
 * variable lists a folder for each main process, and each run has its own folder in there: a process uses the one that its own
 * main process has made for its own run.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ResolvedOptions } from '../config/options.js';
import type { FileRecord } from '../report/record.js';
import { say } from '../text/printable.js';
import { writeAtomically } from './atomic.js';

/** The record of a file, and the options that it ran with; paths in them are absolute. */
export interface Message {
  /** The id of the project, because several may run one file. */
  readonly project: string;
  readonly options: ResolvedOptions;
  readonly record: FileRecord;
}

/** What distinguishes a run from others, in the main process and in workers. */
export interface RunIdentity {
  /** A number drawn for each run. */
  readonly seed: number;
  /** Absolute path of the run's root folder. */
  readonly rootDir: string;
}

/** The folder of a main process. */
interface Entry {
  readonly pid: number;
  readonly folder: string;
}

// `jest/worker/setup.cts` reads it, too.
const VARIABLE = 'ASYNC_LEAKS_RECORDS';

function entries(): Entry[] {
  try {
    return JSON.parse(process.env[VARIABLE] ?? '[]') as Entry[];
  } catch {
    return []; // somebody else's
  }
}

function setEntries(list: readonly Entry[]): void {
  if (list.length > 0) process.env[VARIABLE] = JSON.stringify(list);
  else delete process.env[VARIABLE];
}

const isOwn = ({ pid }: Entry): boolean => pid === process.pid;

function folderIn({ folder }: Entry, { seed, rootDir }: RunIdentity): string {
  return join(folder, `${seed}-${hashOf(rootDir)}`);
}

/** Tells a few folders apart. Not by node:crypto, which takes each process milliseconds to load. */
function hashOf(text: string): string {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return (hash >>> 0).toString(16);
}

/** The folder of a run, if somebody in its main process listens: in band that is this process, else its parent. */
export function channelOf(run: RunIdentity): string | undefined {
  return entries()
    .filter((entry) => isOwn(entry) || entry.pid === process.ppid)
    .map((entry) => folderIn(entry, run))
    .find((folder) => existsSync(folder));
}

/** In the main process: whether the channel of a run is open. */
export function isOpen(run: RunIdentity): boolean {
  return entries().some((entry) => isOwn(entry) && existsSync(folderIn(entry, run)));
}

const opened = new Set<string>();
const keyOf = ({ seed, rootDir }: RunIdentity): string => `${seed} ${rootDir}`;

/** In the main process: whether the channel of a run was ever open. */
export function wasOpen(run: RunIdentity): boolean {
  return opened.has(keyOf(run));
}

/** In the main process: opens the channel of a run, unless it is open. Returns whether this call has opened it. */
export function open(run: RunIdentity): boolean {
  if (isOpen(run)) return false;
  opened.add(keyOf(run));
  const known = entries();
  let own = known.find((entry) => isOwn(entry) && existsSync(entry.folder));
  if (own === undefined) {
    own = { pid: process.pid, folder: mkdtempSync(join(tmpdir(), 'async-leaks-')) };
    setEntries([own, ...known.filter((entry) => !isOwn(entry))]);
  }
  mkdirSync(folderIn(own, run));
  return true;
}

let sent = 0;

/** A path in a channel that no other worker has. */
function pathIn(channel: string, ending: string): string {
  // Threads have the pid of their process. To ask for theirs would load node:worker_threads, which takes a millisecond or two.
  return join(channel, `${process.pid}-${process.hrtime.bigint()}-${sent++}${ending}`);
}

/** In a worker: leaves a message; does nothing if there is no channel. */
export function send(channel: string | undefined, message: Message): void {
  // fault: as a worker sends its record
  if (channel !== undefined) writeAtomically(pathIn(channel, '.json'), JSON.stringify(message));
}

/**
 * In a worker: says that async-leaks has failed after the end of a file. Never throws, because that would cost the results of the
 * file: it tries another way to write, and where there is none, only the log has it.
 */
export function sendFault(channel: string | undefined, message: string): void {
  if (channel === undefined) return;
  const path = pathIn(channel, '.fault');
  for (const write of [writeAtomically, writeFileSync]) {
    try {
      return write(path, message);
    } catch {
      // the next
    }
  }
  say(message);
}

/** What came through the channel. */
export interface Received {
  readonly messages: readonly Message[];
  /** Test files that the preset's setup file ran in, but not its environment. */
  readonly displaced: readonly string[];
  /** Our own faults after the end of a file. */
  readonly faults: readonly string[];
}

/** In the main process: takes everything of a run, and closes its channel. */
export function receive(run: RunIdentity): Received {
  const own = entries().find(isOwn);
  const folder = own && folderIn(own, run);
  if (own === undefined || folder === undefined || !existsSync(folder))
    return { messages: [], displaced: [], faults: [] };
  const read = (ending: string): string[] =>
    readdirSync(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
  const messages = read('.json').map((text) => JSON.parse(text) as Message);
  const displaced = read('.displaced');
  const faults = read('.fault');
  rmSync(folder, { recursive: true, force: true });
  if (readdirSync(own.folder).length > 0) return { messages, displaced, faults }; // another run goes on
  rmdirSync(own.folder);
  setEntries(entries().filter((entry) => !isOwn(entry)));
  return { messages, displaced, faults };
}
