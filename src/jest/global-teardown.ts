/** Part of the preset: ends the run if the reporter was displaced, by a project's own or by `projects`. */
import type { Config } from '@jest/types';

import { isOff, type AsyncLeaksOptions } from '../config/options.js';
import { failing, refusing } from '../process/faults.js';
import { say } from '../text/printable.js';
import { leavesChildren } from '../report/record.js';
import { isOpen, wasOpen } from '../process/channel.js';
import { isBun } from '../process/node-version.js';
import { NOTHING_CHECKED, projectNotice } from './config/unchecked.js';
import { endRunWhenHeld } from './ending.js';
import { tellWhatHolds } from './held.js';
import { isWatched, projectsOf, uncheckedProjects } from './config/projects.js';
import { finishRun, isPartial } from './run.js';

export default async function globalTeardown(
  global: Config.GlobalConfig,
  project: Config.ProjectConfig,
): Promise<void> {
  const { asyncLeaks } = project.testEnvironmentOptions as { asyncLeaks?: AsyncLeaksOptions };
  if (!isOff(asyncLeaks)) tellWhatHolds(global);
  if (!isOpen(global)) {
    // Nobody was there before us, neither the reporter nor the global setup.
    if (!wasOpen(global) && global.projects.length === 0 && !isWatched(project) && !isBun())
      say(`\n${NOTHING_CHECKED}`);
    return;
  }
  const end = failing(() => finishRun(global, () => project.testEnvironment));
  if (end === undefined) return;
  const { text, failure, messages, notice } = end;
  if (text !== '') process.stderr.write(`\n${text}\n\n`);
  endRunWhenHeld(global, leavesChildren(messages.map(({ record }) => record)));
  if (notice !== '') say(`\n${notice}`);
  if (!isPartial(global)) {
    const records = messages.map(({ record }) => record);
    for (const name of await uncheckedProjects(await projectsOf(global), global, records))
      say(projectNotice(name));
  }
  refusing(() => {
    if (failure !== undefined) throw new Error(failure);
  });
}
