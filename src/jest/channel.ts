/**
 * From the workers to the reporter: Jest has no channel of its own for what is not a failure, so the main process
 * names a folder, in an environment variable that workers inherit, and each test file leaves its record there.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ResolvedOptions } from '../options.js';
import type { FileRecord } from '../record.js';
import { writeAtomically } from '../report/atomic.js';

/** What came of a file, and the options that it ran by; paths in them absolute. */
export interface Message {
  /** The id of the project, for several may run one file. */
  readonly project: string;
  readonly options: ResolvedOptions;
  readonly record: FileRecord;
}

const VARIABLE = 'ASYNC_LEAKS_RECORDS';

/** Whether somebody in the main process listens. */
export function isOpen(): boolean {
  return process.env[VARIABLE] !== undefined;
}

/** In the main process: opens the channel, unless it is open. Returns true for whoever opened it. */
export function open(): boolean {
  if (isOpen()) return false;
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), 'async-leaks-'));
  return true;
}

let sent = 0;

/** Leaves a text in the channel, if it is open. */
function leave(ending: string, text: string): void {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const name = `${process.pid}-${process.env['JEST_WORKER_ID'] ?? 0}-${sent++}${ending}`;
  writeAtomically(join(folder, name), text);
}

/** In a worker: leaves a message; does nothing where nobody listens. */
export function send(message: Message): void {
  leave('.json', JSON.stringify(message));
}

/** In a worker: says that async-leaks has failed after the end of a file. */
export function sendFault(message: string): void {
  leave('.fault', message);
}

/** What came through the channel. */
export interface Received {
  readonly messages: readonly Message[];
  /** Test files that the preset's setup file (`setup.cts`) ran in, but not its environment. */
  readonly displaced: readonly string[];
  /** What failed of ours after the end of a file. */
  readonly faults: readonly string[];
}

/** In the main process: takes all there is, and closes the channel. */
export function receive(): Received {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return { messages: [], displaced: [], faults: [] };
  delete process.env[VARIABLE];
  const read = (ending: string): string[] =>
    readdirSync(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
  const messages = read('.json').map((text) => JSON.parse(text) as Message);
  const displaced = read('.displaced');
  const faults = read('.fault');
  rmSync(folder, { recursive: true, force: true });
  return { messages, displaced, faults };
}
