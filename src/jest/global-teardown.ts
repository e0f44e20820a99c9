/** Part of the preset: ends the run if the reporter was displaced, by a project's own or by `projects`. */
import type { Config } from '@jest/types';

import { failing, refusing } from '../process/faults.js';
import { say } from '../text/printable.js';
import { leavesChildren } from '../report/record.js';
import { isOpen } from '../process/channel.js';
import { endRunWhenHeld } from './ending.js';
import { projectsOf, uncheckedProjects } from './projects.js';
import { finishRun, isPartial } from './run.js';

export default async function globalTeardown(global: Config.GlobalConfig): Promise<void> {
  if (!isOpen(global)) return; // the reporter was there before
  const end = failing(() => finishRun(global));
  if (end === undefined) return;
  const { text, failure, messages, notice } = end;
  if (text !== '') process.stderr.write(`\n${text}\n\n`);
  endRunWhenHeld(global, leavesChildren(messages.map(({ record }) => record)));
  if (notice !== '') say(`\n${notice}`);
  if (!isPartial(global)) {
    const heard = new Set(messages.map(({ record }) => record.project));
    for (const name of uncheckedProjects(await projectsOf(global), global, heard))
      say(
        `async-leaks: project "${name}" is not checked: give it preset: "async-leaks", because projects do not inherit testEnvironment.`,
      );
  }
  refusing(() => {
    if (failure !== undefined) throw new Error(failure);
  });
}
