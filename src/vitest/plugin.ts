/** `plugins: [asyncLeaks()]`: setup file, reporter and options in one line. */
import { fileURLToPath } from 'node:url';
import type { TestUserConfig } from 'vitest/config';
import type { TestProject, Vite, Vitest } from 'vitest/node';

import { refusing } from '../faults.js';
import { resolveOptions, type AsyncLeaksOptions } from '../options.js';
import AsyncLeaksReporter from './reporter.js';

export type { AllowanceInput } from '../allowances.js';
export type { AsyncLeaksOptions } from '../options.js';
// Types `meta: { allowLingering }` and `provide: { asyncLeaks }`.
export type {} from './setup.js';

const NAME = 'async-leaks';
const SETUP = 'async-leaks/vitest';
const SETUP_FILE = fileURLToPath(new URL('../../vitest.setup.js', import.meta.url));

const isOurs = (file: string): boolean => file === SETUP || file === SETUP_FILE;

interface UserConfig {
  plugins?: unknown[];
  test?: TestUserConfig;
}

/**
 * Takes the options of async-leaks and returns the plugin. Throws one sentence for a wrong option.
 */
export function asyncLeaks(options: AsyncLeaksOptions = {}): Vite.Plugin {
  refusing(() => resolveOptions(options));
  const plugin = {
    name: NAME,
    config(config: UserConfig) {
      const test = (config.test ??= {});
      const files = [test.setupFiles ?? []].flat();
      // First, so that what other setup files make is seen; and not twice.
      if (!files.some(isOurs)) test.setupFiles = [SETUP_FILE, ...files];
      // A project that does not extend this configuration has none of its plugins.
      for (const project of test.projects ?? [])
        if (isInline(project) && !hasPlugin(project)) (project.plugins ??= []).push(plugin);
      // Nor has one with a configuration of its own, but there is nothing to be done but to say so.
      if (test.projects?.some((project) => typeof project === 'string') === true)
        test.reporters = [...reportersOf(test), new AsyncLeaksReporter(SETUP_FILE)] as never;
    },
    configureVitest({ vitest, project }: { vitest: Vitest; project: TestProject }) {
      // What a project says for itself goes first.
      if (project.config.provide.asyncLeaks === undefined) project.provide('asyncLeaks', options);
      // Only now: `--reporter` on the command line has replaced what the configuration lists.
      const reporters = vitest.config.reporters as unknown[];
      if (!reporters.some((reporter) => reporter instanceof AsyncLeaksReporter))
        reporters.push(new AsyncLeaksReporter(SETUP_FILE));
    },
  };
  return plugin;
}

/** The reporters that Vitest would take. */
function reportersOf({ reporters }: TestUserConfig): unknown[] {
  if (reporters !== undefined) return [reporters].flat();
  return process.env['GITHUB_ACTIONS'] === 'true' ? ['default', 'github-actions'] : ['default'];
}

function hasPlugin({ plugins = [] }: UserConfig): boolean {
  return plugins.flat().some((plugin) => (plugin as { name?: unknown } | null)?.name === NAME);
}

/** A project that is written into the configuration, and stands by itself. */
function isInline(project: unknown): project is UserConfig {
  return (
    typeof project === 'object' &&
    project !== null &&
    !('then' in project) &&
    (project as { extends?: unknown }).extends !== true
  );
}

export default asyncLeaks;
