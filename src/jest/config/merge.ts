/** A configuration of Jest with our part in it. Jest takes one preset, and what stands beside it replaces what it sets. */
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '@jest/types';

import { realPath } from '../../text/paths.js';
import { load } from '../locate.js';
import { readProject } from './projects.js';
import { BENEATH } from './beneath.js';
import { readPreset, resolveEnvironment } from './preset.js';
import { runsTests } from './unchecked.js';
import { findWritten } from './written.js';

type Project = Config.InitialOptions;

const preset = createRequire(import.meta.url)('async-leaks/jest-preset') as Required<
  Pick<Project, 'testEnvironment' | 'setupFilesAfterEnv' | 'reporters' | 'globalSetup' | 'globalTeardown'>
>;
const [SETUP] = preset.setupFilesAfterEnv as [string];
const [, REPORTER] = preset.reporters as [string, string];
const ours = (name: string): string => join(dirname(preset.testEnvironment), `${name}.js`);

/** Those of Jest's own environments that we have a twin of; a project that names none has the first. */
const TWINS: Readonly<Record<string, string>> = {
  node: ours('environment'),
  'jest-environment-node': ours('environment'),
  jsdom: ours('environment-jsdom'),
  'jest-environment-jsdom': ours('environment-jsdom'),
};

const isOurs = (testEnvironment: string): boolean =>
  testEnvironment.startsWith('async-leaks/jest/') || dirname(testEnvironment) === dirname(ours(''));

/** The environment of a project, watched. */
function environmentOf(testEnvironment: string, rootDir: string): Partial<Project> {
  if (isOurs(testEnvironment)) return { testEnvironment };
  const twin = TWINS[testEnvironment];
  if (twin !== undefined) return { testEnvironment: twin };
  const path = resolveEnvironment(testEnvironment, rootDir);
  return { testEnvironment: ours('environment-of'), testEnvironmentOptions: { [BENEATH]: path } };
}

async function mergeProject<Some extends Project>(
  project: Some,
  rootDir: string,
  options: unknown,
): Promise<Some> {
  const isPreset = project.preset === 'async-leaks';
  const theirs = isPreset ? {} : await readPreset(project, rootDir);
  if (!runsTests([project.runner ?? theirs.runner].flat()[0] as string | undefined)) return project;
  const { testEnvironment, testEnvironmentOptions } = environmentOf(
    project.testEnvironment ?? theirs.testEnvironment ?? 'node',
    rootDir,
  );
  const { setupFilesAfterEnv = [], preset: _ours, ...rest } = project;
  return {
    ...(isPreset ? rest : project),
    testEnvironment,
    testEnvironmentOptions: {
      ...(options !== undefined && { asyncLeaks: options }),
      ...theirs.testEnvironmentOptions,
      ...project.testEnvironmentOptions,
      ...testEnvironmentOptions,
    },
    setupFilesAfterEnv: [...setupFilesAfterEnv.filter((file) => file !== SETUP), SETUP],
  } as Some;
}

/** The entries of `projects`, with those that are paths read: only so can anything be added to them. */
async function expand(
  entry: string | Config.InitialProjectOptions,
  rootDir: string,
  root: string | undefined,
) {
  if (typeof entry !== 'string') return [entry];
  const glob = load('glob', 'async-leaks') as {
    sync(pattern: string, options: object): string[];
  };
  const pattern = entry.replaceAll('<rootDir>', rootDir);
  const found = glob.sync(pattern, { windowsPathsNoEscape: true });
  const paths = found.length > 0 ? found : [pattern];
  const isRoot = (path: string): boolean =>
    root !== undefined && [root, dirname(root)].includes(realPath(resolve(path)));
  return Promise.all(
    // One that cannot be read is left to Jest, and so is the configuration that lists it.
    paths.map(async (path) => (isRoot(path) ? path : readProject(path).catch(() => path))),
  );
}

/** Adds to the reporters and, where there are none, to the global hooks: Jest runs one of each. */
function mergeGlobal(config: Project, theirs: Project): Partial<Project> {
  const reporters = config.reporters ?? theirs.reporters ?? ['default'];
  const names = new Set(reporters.map((reporter) => (Array.isArray(reporter) ? reporter[0] : reporter)));
  const isListed = names.has(REPORTER) || names.has('async-leaks/jest/reporter');
  return {
    reporters: isListed ? reporters : [...reporters, REPORTER],
    globalSetup: config.globalSetup ?? theirs.globalSetup ?? preset.globalSetup,
    globalTeardown: config.globalTeardown ?? theirs.globalTeardown ?? preset.globalTeardown,
  };
}

/** A configuration with our part in it. */
export async function merge(config: Project): Promise<Project> {
  const written = findWritten();
  const folder = written === undefined ? process.cwd() : dirname(written);
  const rootDir = resolve(folder, config.rootDir ?? '.');
  const theirs = config.preset === 'async-leaks' ? {} : await readPreset(config, rootDir);
  const listed = config.projects ?? theirs.projects;
  const options = config.testEnvironmentOptions?.['asyncLeaks'];
  const merged = { ...(await mergeProject(config, rootDir, undefined)), ...mergeGlobal(config, theirs) };
  if (listed === undefined) return merged;
  const root = written && realPath(written);
  const entries = (await Promise.all(listed.map((entry) => expand(entry, rootDir, root)))).flat();
  const projects = await Promise.all(
    entries.map((entry) =>
      typeof entry === 'string'
        ? entry
        : mergeProject(entry, resolve(rootDir, entry.rootDir ?? '.'), options),
    ),
  );
  // Jest reads the tests of a root that has projects in none of its own environments.
  return { ...config, ...mergeGlobal(config, theirs), projects };
}
