/** `plugins: [asyncLeaks()]`: setup file, reporter and options in one line. */
import { createRequire } from 'node:module';
import type { TestUserConfig } from 'vitest/config';
import type { TestProject, Vite, Vitest } from 'vitest/node';

import { refusing } from '../process/faults.js';
import { isBun, refuseUnsupportedNode } from '../process/node-version.js';
import { followOpened } from '../process/opened.js';
import { resolveOptions, type AsyncLeaksOptions } from '../config/options.js';
import { isCommand } from './ending.js';
import AsyncLeaksReporter, { REPORTER } from './reporter.js';
import { addSetupFile, removeSetupFile } from './setup-files.js';
import { isInBrowser } from './unfit.js';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions } from '../config/options.js';
// Types `meta: { allowLingering }` and `provide: { asyncLeaks }`.
export type {} from './worker/setup.js';

const NAME = 'async-leaks';
const REPORTER_NAME = 'async-leaks/vitest/reporter';

interface UserConfig {
  plugins?: unknown[];
  extends?: unknown;
  test?: TestUserConfig;
}

type Project = NonNullable<TestUserConfig['projects']>[number];

/**
 * Takes the options of async-leaks and returns the plugin. Throws one sentence for a wrong option.
 */
export function asyncLeaks(options: AsyncLeaksOptions = {}): Vite.Plugin {
  refuseUnsupportedNode();
  const { mode } = refusing(() => resolveOptions(options));
  if (mode !== 'off' && !isBun() && isCommand()) followOpened();
  const plugin = {
    name: NAME,
    config(config: UserConfig) {
      const test = (config.test ??= {});
      addSetupFile(test);
      if (test.projects === undefined) return;
      // A project with a configuration of its own does not get the plugin; all that we can do is to say so.
      if (test.projects.some((project) => typeof project === 'string'))
        test.reporters = [...reportersOf(test), createReporter()] as never;
      test.projects = test.projects.map((project) => extended(project, plugin));
    },
    configureVitest({ vitest, project }: { vitest: Vitest; project: TestProject }) {
      // Only now is the order known: Vitest puts the setup files of what a project extends before its own.
      if (isInBrowser(project.config)) removeSetupFile(project.config);
      else addSetupFile(project.config);
      // A project's own options come first.
      if (project.config.provide.asyncLeaks === undefined) project.provide('asyncLeaks', options);
      // Only now: `--reporter` on the command line has replaced what the configuration lists.
      const reporters = reportersIn(vitest);
      if (!reporters.some(isReporter)) reporters.push(createReporter());
    },
  };
  return plugin;
}

/** A project as it is listed, with our part in it if it is written into the configuration. */
function extended(project: Project, plugin: object): Project {
  if (typeof project === 'string') return project;
  if (typeof project === 'function') return async (env) => withSetupFile(await project(env), plugin);
  if (project instanceof Promise) return project.then((awaited) => withSetupFile(awaited, plugin));
  return withSetupFile(project as UserConfig, plugin) as Project;
}

/**
 * Vitest 5 does not ask our `config()` for a project that shares its server (`sharedViteServer`), so that the
 * setup file must be listed in the project itself; a plugin in it would take it off that server.
 */
function withSetupFile<Config extends UserConfig>(project: Config, plugin: object): Config {
  const test = { ...project.test };
  addSetupFile(test);
  const hasPlugin = isExtending(project) || listsPlugin(project);
  return { ...project, test, ...(!hasPlugin && { plugins: [...(project.plugins ?? []), plugin] }) };
}

/** Whether a project has the plugins of the configuration that lists it: since Vitest 5, unless it says otherwise. */
function isExtending({ extends: from }: UserConfig): boolean {
  if (from !== undefined) return from === true;
  const { version } = createRequire(import.meta.url)('vitest/package.json') as { version: string };
  return !version.startsWith('4.');
}

function listsPlugin({ plugins = [] }: UserConfig): boolean {
  return plugins.flat().some((plugin) => (plugin as { name?: unknown } | null)?.name === NAME);
}

const createReporter = (): AsyncLeaksReporter =>
  new AsyncLeaksReporter({ advice: 'list the plugin in its own configuration.' });

/** Whether a reporter is ours, or the name of ours. */
function isReporter(reporter: unknown): boolean {
  const isInstance = typeof reporter === 'object' && reporter !== null && REPORTER in reporter;
  return isInstance || [reporter].flat()[0] === REPORTER_NAME;
}

/** The list that Vitest is about to create its reporters from: Vitest 4 has another one for benchmarks. */
function reportersIn({ config }: Vitest): unknown[] {
  const { mode, benchmark, reporters } = config as {
    mode?: string;
    benchmark?: { reporters?: unknown[] };
    reporters: unknown[];
  };
  return (mode === 'benchmark' && benchmark?.reporters) || reporters;
}

/** The reporters that Vitest would take. */
function reportersOf({ reporters }: TestUserConfig): unknown[] {
  if (reporters !== undefined) return [reporters].flat();
  return process.env['GITHUB_ACTIONS'] === 'true' ? ['default', 'github-actions'] : ['default'];
}

export default asyncLeaks;
