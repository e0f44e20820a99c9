/** Runs folders of fixtures in a framework, and says what went wrong. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExpectedLeak, type Fixture, readFixtures } from './expected/expectations.ts';
import { createProject } from './project.ts';
import { type Run, run, type RunOptions } from './run.ts';
import { current, root, thisNode, type Version } from './install/versions.ts';
import { verdicts } from './expected/verdicts.ts';

/** The folders of fixtures that there are; one may be for a single framework. */
const folders: readonly string[] = ['kinds', 'shapes', 'habits', 'mistakes', ...Object.keys(current)]
  .map((name) => `fixtures/${name}`)
  .filter((folder) => existsSync(join(root, folder)));

/** What tries to break the detector: it takes long, and is no matter of versions. */
export const hostile = 'fixtures/hostile';

/** Loops that renew what they hold, which slow down whatever runs beside them. */
export const renewals = 'fixtures/renewals';

/** @returns the folders that a framework runs. */
export function foldersOf({ framework }: Version): string[] {
  return folders.filter((folder) => {
    const name = folder.split('/').at(-1)!;
    return name === framework || !Object.hasOwn(current, name);
  });
}

/** What `npm test` leaves to the matrix in Mocha and node:test, on the Node that is at hand. */
const ofMatrix: ReadonlySet<string> = new Set(['fixtures/shapes', 'fixtures/habits', renewals]);

/** @returns the folders that `npm test` runs in a framework, and those that it leaves to the matrix. */
export function splitFolders(version: Version): { atHand: string[]; inMatrix: string[] } {
  const all = [...foldersOf(version), renewals];
  const { framework } = version;
  if (framework === 'vitest' || framework === 'jest') return { atHand: all, inMatrix: [] };
  return {
    atHand: all.filter((folder) => !ofMatrix.has(folder)),
    inMatrix: all.filter((folder) => ofMatrix.has(folder)),
  };
}

/** What to run, and in what. */
export interface FixtureOptions extends RunOptions {
  readonly version: Version;
  /** The folder of the unpacked package. */
  readonly packed: string;
  readonly folder: string;
  /** One test file of the folder; all if not given. */
  readonly file?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** See `ProjectOptions`. */
  readonly libraries?: string;
  /** Services that there are not: the files that need one are left out. */
  readonly missing?: readonly string[];
}

/**
 * Runs the fixtures of a folder in a project of their own.
 * @returns the run, and a sentence for each thing that is wrong with it.
 */
export async function runFixtures(options: FixtureOptions): Promise<{ run: Run; wrong: string[] }> {
  const { version, packed, folder, file, config = {}, node = thisNode, libraries, missing = [] } = options;
  const all = readFixtures(folder, version.framework, node).filter(
    ({ needs }) => !needs.some((name) => missing.includes(name)),
  );
  const fixtures = file === undefined ? all : alone(all, file);
  // A folder named node_modules could not be committed.
  const installed = (path: string): string => path.replace('/packages/', '/node_modules/');
  const files = Object.fromEntries(fixtures.map(({ path, content }) => [installed(path), content]));
  const project = createProject({
    version,
    packed,
    files,
    config: { ...globalSetupOf(folder, version), ...config },
    ...(libraries !== undefined && { libraries }),
  });
  try {
    const result = await run(project, options);
    return { run: result, wrong: verdicts(result, fixtures) };
  } finally {
    project.remove();
  }
}

/** One test file with its helpers, of whose leaks those of its tests matter. */
function alone(fixtures: readonly Fixture[], file: string): Fixture[] {
  const { content = '' } = fixtures.find(({ path }) => path === file) ?? {};
  const isOwn = ({ test }: ExpectedLeak) => test !== undefined && content.includes(test);
  return fixtures
    .filter(({ path, isTest }) => !isTest || path === file)
    .map((fixture) => (fixture.isTest ? fixture : { ...fixture, leaks: fixture.leaks.filter(isOwn) }));
}

/** @returns the configuration of a folder that has a global setup. */
function globalSetupOf(folder: string, { framework }: Version): Record<string, unknown> {
  const [setup, teardown] = ['setup', 'teardown'].map((name) => `./${folder}/support/global-${name}.mjs`);
  if (!existsSync(join(root, setup!))) return {};
  if (framework === 'vitest') return { globalSetup: [setup] };
  if (framework === 'mocha') return { globalSetup: setup, globalTeardown: teardown };
  if (framework === 'node-test') return {};
  return {
    globalSetup: setup!.replace('.', '<rootDir>'),
    globalTeardown: teardown!.replace('.', '<rootDir>'),
  };
}
