/** Runs the watch mode of a framework in a project. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Version } from './install/versions.ts';
import type { Project } from './project.ts';
import { collect, environment, killGroup } from './run.ts';

const TIMEOUT = 60_000;
const AGAIN = 3_000;

const commands: Record<Version['framework'], readonly string[]> = {
  'node-test': ['--import', 'async-leaks/node-test', '--test', '--watch'],
  vitest: ['node_modules/vitest/vitest.mjs', '--watch'],
  jest: ['node_modules/jest/bin/jest.js', '--watchAll'],
  mocha: ['node_modules/mocha/bin/mocha.js', '--watch'],
};

/** A framework that watches. */
export interface Watch {
  /**
   * Changes files, and waits for what comes of it; throws, with what was printed last, if that never happens.
   * Changes again from time to time: what changes while Jest runs is lost on it.
   */
  until(change: () => void, isThere: () => boolean): Promise<void>;
}

/**
 * Starts to watch a project; ends when the current test does.
 * @param args further arguments on the command line of the framework.
 */
export function watch(project: Project, args: readonly string[] = []): Watch {
  // A run that is broken off leaves its files; Jest does not watch those of its cache.
  const scratch = join(project.folder, '.cache');
  mkdirSync(scratch, { recursive: true });
  const child = spawn(process.execPath, [...commands[project.version.framework], ...args], {
    cwd: project.folder,
    env: environment({ TMPDIR: scratch }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const outputs = [collect(child.stdout), collect(child.stderr)];
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill();
    await exited;
    killGroup(child.pid!);
  });
  return {
    async until(change, isThere) {
      const end = performance.now() + TIMEOUT;
      let last = -Infinity;
      while (child.exitCode === null && performance.now() < end) {
        if (performance.now() > last + AGAIN) {
          change();
          last = performance.now();
        }
        await delay(20);
        if (isThere()) return;
      }
      throw new Error(`It never happened:\n${outputs.map((output) => output().slice(-2_000)).join('\n')}`);
    },
  };
}
