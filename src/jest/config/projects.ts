/** All projects of a run, as they are written. Jest shows only one of them to what it loads in the main process. */
import { relative, resolve, sep } from 'node:path';
import type { Config } from '@jest/types';

import { isOff, type AsyncLeaksOptions, type ResolvedOptions } from '../../config/options.js';
import { checkRun } from '../../report/check.js';
import type { FileRecord } from '../../report/record.js';
import { isOwnEnvironment, refuseAtTop, refuseBesideProjects, refuseMisplaced } from './misplaced.js';
import { readPreset } from './preset.js';
import { readWritten } from './written.js';
import { isCommand } from '../ending.js';
import { load } from '../locate.js';
import { optionsOf } from '../options.js';

type Project = Config.InitialProjectOptions;

interface JestConfig {
  readInitialOptions(config: undefined, where: object): Promise<{ config: Project }>;
}

/** The preset's setup file, as Jest lists it. */
export const isSetupFile = (file: string): boolean => /async-leaks.*setup\.cjs$/.test(file);

/** The environments of Jest. */
const PLAIN = new Set([undefined, 'node', 'jsdom', 'jest-environment-node', 'jest-environment-jsdom']);

/** A project as it is written: Jest takes the path of its folder or file, too. */
export async function readProject(project: string | Project): Promise<Project> {
  if (typeof project !== 'string') return project;
  const { readInitialOptions } = load('jest-config', 'async-leaks') as JestConfig;
  const where = { packageRootOrConfig: project, readFromCwd: true, skipMultipleConfigError: true };
  return (await readInitialOptions(undefined, where)).config;
}

/** The entries of `projects`; none in a run of one project. One that cannot be read is left to Jest. */
export async function projectsOf({ projects }: Config.GlobalConfig): Promise<Project[]> {
  const entries = projects as readonly (string | Project)[];
  const results = await Promise.allSettled(entries.map(readProject));
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

const optionsIn = ({ testEnvironmentOptions = {} }: Project, global: Config.GlobalConfig): ResolvedOptions =>
  optionsOf({ testEnvironmentOptions }, global);

/** The name of a project, else its folder. */
const nameOf = ({ displayName, rootDir = '' }: Project, global: Config.GlobalConfig): string =>
  (typeof displayName === 'object' ? displayName.name : displayName) ??
  (relative(global.rootDir, rootDir) || '.');

/** Throws one sentence if options of ours are where Jest ignores them. */
async function refuseIgnored(
  projects: readonly Project[],
  global: Config.GlobalConfig,
  known?: Config.ProjectConfig,
): Promise<void> {
  const written = isCommand() ? await readWritten() : {};
  refuseAtTop(written);
  for (const project of projects) {
    const name = nameOf(project, global);
    refuseAtTop(project, `project "${name}"`);
    refuseMisplaced(project, name);
  }
  refuseBesideProjects(written, projects);
  if (projects.length === 0) refuseMisplaced(known ?? written);
}

/**
 * Throws one sentence for what is wrong with the options of any project. `known` is the one that Jest shows, with
 * what its preset adds to it.
 */
export async function checkOptions(
  projects: readonly Project[],
  global: Config.GlobalConfig,
  known?: Config.ProjectConfig,
): Promise<void> {
  await refuseIgnored(projects, global, known);
  const all = projects.map((project) => optionsIn(project, global));
  if (known !== undefined) all.push(optionsOf(known, global));
  checkRun(all);
}

/** Whether the tests of a project are followed, or need not be. A file whose environment was displaced says so itself. */
export function isWatched({
  setupFilesAfterEnv,
  testEnvironment,
  testEnvironmentOptions,
}: Config.ProjectConfig): boolean {
  const { asyncLeaks } = testEnvironmentOptions as { asyncLeaks?: AsyncLeaksOptions };
  return isOff(asyncLeaks) || isOwnEnvironment({ testEnvironment }) || setupFilesAfterEnv.some(isSetupFile);
}

/**
 * The names, else the folders, of projects that have neither our preset nor an environment that could check their tests.
 * @param records of the files that were checked: an environment of the user's may be a watched one, a docblock may name one.
 */
export async function uncheckedProjects(
  projects: readonly Project[],
  global: Config.GlobalConfig,
  records: readonly Pick<FileRecord, 'file' | 'project'>[],
): Promise<string[]> {
  const names = projects.map(async (project) => {
    const { preset, rootDir: folder = '.', runner, testEnvironment } = project;
    const rootDir = resolve(global.rootDir, folder);
    const theirs = preset === 'async-leaks' ? {} : await readPreset(project, rootDir);
    const name = nameOf(project, global);
    const isHeard = records.some(
      ({ project: heard, file }) => heard === name || (heard === undefined && file.startsWith(rootDir + sep)),
    );
    const isPlain =
      PLAIN.has(testEnvironment ?? theirs.testEnvironment) ||
      (preset != null && testEnvironment === undefined);
    const isForeign =
      preset !== 'async-leaks' && isPlain && runner === undefined && theirs.runner === undefined;
    return isForeign && !isHeard && optionsIn(project, global).mode !== 'off' ? [name] : [];
  });
  return (await Promise.all(names)).flat();
}
