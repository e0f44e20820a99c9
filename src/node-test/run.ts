/** A run of node:test in several processes: what they tell each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ResolvedOptions } from '../config/options.js';
import { writeAtomically } from '../process/atomic.js';
import { channelOf, open, receive, send, type Received, type RunIdentity } from '../process/channel.js';
import type { FileRecord } from '../report/record.js';

/** A process has one run, whatever folder its files run in. */
const RUN: RunIdentity = { seed: 0, rootDir: '' };
/** In the channel: what the main process has read. */
const OPTIONS = 'options';

/** What the main process tells each process that it starts. */
export interface Terms {
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

/** In a process that runs files in processes of their own: what came from there. */
export const receiveAll = (): Received => receive(RUN);
