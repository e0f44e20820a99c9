/** The end of a run of Jest, in its main process. */
import { existsSync } from 'node:fs';
import type { Config } from '@jest/types';

import { endRun, type ProjectRun, type RunEnd } from '../report/run.js';
import { receive, type Message } from './channel.js';

/** By project and test file, through all runs of a watch. */
const files = new Map<string, Message>();

const keyOf = ({ record, project }: Message): string => JSON.stringify([record.file, project]);

/** Whether a filter left out tests: names, files, a shard, only what changed. */
function isPartial(config: Config.GlobalConfig): boolean {
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

/** Takes what the workers sent, and ends the run. Also returns the test files that sent something. */
export function finishRun(config: Config.GlobalConfig): RunEnd & { readonly checked: ReadonlySet<string> } {
  const messages = receive().toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
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
  const checked = new Set(messages.map(({ record }) => record.file));
  // It watches all files of its extensions, JSON among them.
  return { ...endRun(projects, config.rootDir, isPartial(config), isWatching), checked };
}
