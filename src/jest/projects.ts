/** All projects of a run, as they are written. Jest shows only one of them to what it loads in the main process. */
import { relative } from 'node:path';
import type { Config } from '@jest/types';

import type { ResolvedOptions } from '../config/options.js';
import { checkRun } from '../report/check.js';
import { refuseAtTop, refuseBesideProjects, refuseMisplaced } from './config/misplaced.js';
import { readWritten } from './config/written.js';
import { isCommand } from './ending.js';
import { load } from './locate.js';
import { optionsOf } from './options.js';

type Project = Config.InitialProjectOptions;

interface JestConfig {
  readInitialOptions(config: undefined, where: object): Promise<{ config: Project }>;
}

/** The environments of Jest. */
const PLAIN = new Set([undefined, 'node', 'jsdom', 'jest-environment-node', 'jest-environment-jsdom']);

async function read(project: string | Project): Promise<Project> {
  if (typeof project !== 'string') return project;
  const { readInitialOptions } = load('jest-config', 'async-leaks') as JestConfig;
  const where = { packageRootOrConfig: project, readFromCwd: true, skipMultipleConfigError: true };
  return (await readInitialOptions(undefined, where)).config;
}

/** The entries of `projects`; none in a run of one project. One that cannot be read is left to Jest. */
export async function projectsOf({ projects }: Config.GlobalConfig): Promise<Project[]> {
  const entries = projects as readonly (string | Project)[];
  const results = await Promise.allSettled(entries.map(read));
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

/**
 * The names, else the folders, of projects that have neither a preset nor an environment that could check their tests. `heard`
 * has the names of projects that were checked all the same, because a docblock may name an environment, too.
 */
export function uncheckedProjects(
  projects: readonly Project[],
  global: Config.GlobalConfig,
  heard: ReadonlySet<string | undefined>,
): string[] {
  return projects.flatMap((project) => {
    const { displayName, preset, runner, testEnvironment } = project;
    const isPlain = preset == null && runner === undefined && PLAIN.has(testEnvironment);
    const name = typeof displayName === 'object' ? displayName.name : displayName;
    const isHeard = name !== undefined && heard.has(name);
    if (!isPlain || isHeard || optionsIn(project, global).mode === 'off') return [];
    return [nameOf(project, global)];
  });
}
