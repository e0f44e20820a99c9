/** Part of the preset: ends the run where the reporter was displaced, by a project's own or by `projects`. */
import type { Config } from '@jest/types';

import { refusing } from '../faults.js';
import { isOpen } from './channel.js';
import { finishRun } from './run.js';

export default function globalTeardown(global: Config.GlobalConfig): void {
  if (!isOpen()) return; // the reporter was there before
  const { text, failure } = finishRun(global);
  if (text !== '') process.stderr.write(`\n${text}\n\n`);
  refusing(() => {
    if (failure !== undefined) throw new Error(failure);
  });
}
