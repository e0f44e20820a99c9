/** Part of the preset: checks all options before any test runs, and opens the channel if the reporter was displaced. */
import type { Config } from '@jest/types';

import { refusing } from '../faults.js';
import { refuseUnsupportedNode } from '../node-version.js';
import { readBaseline } from '../report/baseline.js';
import { open } from './channel.js';
import { optionsOf } from './options.js';
import { refuseUnsupported } from './version.js';

export default function globalSetup(global: Config.GlobalConfig, project: Config.ProjectConfig): void {
  refusing(() => {
    refuseUnsupportedNode();
    refuseUnsupported(project.rootDir);
    const { baseline } = optionsOf(project, global);
    if (baseline !== undefined) readBaseline(baseline);
  });
  open();
}
