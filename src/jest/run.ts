/** The end of a run of Jest, in its main process. */
import { existsSync } from 'node:fs';
import type { Config } from '@jest/types';

import { endRun, forgetMissed, type ProjectRun, type RunEnd } from '../report/run.js';
import { receive, type Message } from '../process/channel.js';
import { displacedNotice } from './config/unchecked.js';

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

/**
 * Takes what the workers sent, and ends the run.
 * @param environmentOf the path of the environment of the project of a test file.
 * @param partial whether test files failed to run, or did not run.
 */
export function finishRun(
  config: Config.GlobalConfig,
  environmentOf: (file: string) => string | undefined,
  partial = false,
): RunEnd & JestRun {
  const received = receive(config);
  const messages = received.messages.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const isWatching = config.watch || config.watchAll;
  if (!isWatching) {
    files.clear();
    forgetMissed();
  }
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
  const notice = [
    displacedNotice(received.displaced, config.rootDir, environmentOf),
    ...new Set(received.faults),
  ];
  return { ...end, messages, notice: notice.filter(Boolean).join('\n') };
}
