/** Part of the preset: checks all options before any test runs, and opens the channel if the reporter was displaced. */
import { fileURLToPath } from 'node:url';
import type { Config } from '@jest/types';

import { refusing } from '../faults.js';
import { refuseUnsupportedNode } from '../node-version.js';
import { refuseIdleUpdate } from '../options.js';
import { readBaseline } from '../report/baseline.js';
import { open } from './channel.js';
import { optionsOf } from './options.js';
import { refuseUnsupported } from './version.js';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default function globalSetup(global: Config.GlobalConfig, project: Config.ProjectConfig): void {
  refusing(() => {
    refuseUnsupportedNode();
    refuseUnsupported(project.rootDir);
    const options = optionsOf(project, global);
    refuseIdleUpdate([options]);
    if (options.baseline !== undefined) readBaseline(options.baseline);
  });
  // Not where nobody would receive: then the workers say that the reporter is missing.
  const reporters =
    global.reporters?.map((reporter) => (Array.isArray(reporter) ? reporter[0] : reporter)) ?? [];
  const teardown = project.globalTeardown ?? global.globalTeardown;
  if (reporters.includes(pathOf('reporter.js')) || teardown === pathOf('global-teardown.js')) open();
}
