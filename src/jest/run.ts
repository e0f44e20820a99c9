/** The end of a run of Jest, in its main process. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Config } from '@jest/types';

import { endRun, type ProjectRun, type RunEnd } from '../report/run.js';
import { receive, type Message } from '../process/channel.js';

/** By project and test file, through all runs of a watch. */
const files = new Map<string, Message>();

const keyOf = ({ record, project }: Message): string => JSON.stringify([record.file, project]);

/** Whether a filter left out tests: names, files, a shard, only what changed. */
export function isPartial(config: Config.GlobalConfig): boolean {
  const { testNamePattern, onlyChanged, onlyFailures, findRelatedTests, shard, nonFlagArgs } = config;
  return (
    Boolean(testNamePattern) ||
    onlyChanged ||
    onlyFailures ||
    findRelatedTests ||
    shard !== undefined ||
    nonFlagArgs.length > 0
  );
}

export interface JestRun {
  /** What the files of this run sent. */
  readonly messages: readonly Message[];
  /** Says which files with the preset are not checked, and what failed of ours; empty if all is well. */
  readonly notice: string;
}

/** The most names that are listed. */
const MOST_NAMES = 10;

function noticeOf(displaced: readonly string[], root: string): string {
  if (displaced.length === 0) return '';
  const names = displaced.map((file) => relative(root, file)).toSorted();
  const rest = names.length - MOST_NAMES;
  const list = `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return (
    `async-leaks: the preset is on, but testEnvironment is not the preset's, so these tests are not checked: ${list}; ` +
    'use "async-leaks/jest/environment" or "async-leaks/jest/environment-jsdom", ' +
    'or wrap your environment with withLeakDetection() from "async-leaks/jest".'
  );
}

/**
 * Takes what the workers sent, and ends the run.
 * @param partial whether test files failed to run, or did not run.
 */
export function finishRun(config: Config.GlobalConfig, partial = false): RunEnd & JestRun {
  const received = receive(config);
  const messages = received.messages.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const isWatching = config.watch || config.watchAll;
  if (!isWatching) files.clear();
  for (const [key, { record }] of files) if (!existsSync(record.file)) files.delete(key);
  for (const message of messages) files.set(keyOf(message), message);
  const byOptions = new Map<string, Message[]>();
  for (const message of files.values()) {
    const key = JSON.stringify(message.options);
    byOptions.set(key, [...(byOptions.get(key) ?? []), message]);
  }
  const projects = [...byOptions.values()].map((members): ProjectRun => {
    const { options } = members[0]!;
    return { options, records: members.map(({ record }) => record) };
  });
  // Jest watches all files with its extensions, including JSON.
  const end = endRun(projects, config.rootDir, partial || isPartial(config), isWatching);
  if (received.faults.length > 0) process.exitCode = 1;
  const notice = [noticeOf(received.displaced, config.rootDir), ...new Set(received.faults)];
  return { ...end, messages, notice: notice.filter(Boolean).join('\n') };
}
