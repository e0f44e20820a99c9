/** Part of the preset: checks all options before any test runs, and opens the channel if the reporter was displaced. */
import { fileURLToPath } from 'node:url';
import type { Config } from '@jest/types';

import { refusing, refusingAsync } from '../process/faults.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { open } from '../process/channel.js';
import { checkOptions, projectsOf } from './config/projects.js';
import { refuseUnsupported } from './version.js';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default async function globalSetup(
  global: Config.GlobalConfig,
  project: Config.ProjectConfig,
): Promise<void> {
  refuseUnsupportedNode();
  if (isBun()) warnOfBun();
  const projects = await projectsOf(global);
  refusing(() => refuseUnsupported(project.rootDir));
  await refusingAsync(() => checkOptions(projects, global, project));
  // Not if nobody would receive: then the workers say that the reporter is missing.
  const reporters =
    global.reporters?.map((reporter) => (Array.isArray(reporter) ? reporter[0] : reporter)) ?? [];
  const teardowns = [project.globalTeardown, global.globalTeardown];
  if (reporters.includes(pathOf('reporter.js')) || teardowns.includes(pathOf('global-teardown.js')))
    open(global);
}
