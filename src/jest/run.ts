/** The end of a run of Jest, in its main process. */
import type { Config } from '@jest/types';

import { endRun, type ProjectRun, type RunEnd } from '../report/run.js';
import { receive, type Message } from './channel.js';

/** By test file, through all runs of a watch. */
const files = new Map<string, Message>();

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
  const messages = receive();
  if (!config.watch && !config.watchAll) files.clear();
  for (const message of messages) files.set(message.record.file, message);
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
  return { ...endRun(projects, config.rootDir, isPartial(config)), checked };
}
