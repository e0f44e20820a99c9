/** Runs folders of fixtures in a framework, and says what went wrong. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Fixture, readFixtures } from './expectations.ts';
import { createProject } from './project.ts';
import { type Run, run, type RunOptions } from './run.ts';
import { root, thisNode, type Version } from './versions.ts';
import { verdicts } from './verdicts.ts';

/** The folders of fixtures that there are; one may be for a single framework. */
export const folders: readonly string[] = ['kinds', 'shapes', 'vitest', 'jest']
  .map((name) => `fixtures/${name}`)
  .filter((folder) => existsSync(join(root, folder)));

/** What to run, and in what. */
export interface FixtureOptions extends RunOptions {
  readonly version: Version;
  /** The folder of the unpacked package. */
  readonly packed: string;
  readonly folder: string;
  /** One test file of the folder; all if not given. */
  readonly file?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** @returns whether a folder is meant for a framework. */
export function isFor(folder: string, { framework }: Version): boolean {
  const name = folder.split('/').at(-1);
  return name === framework || (name !== 'vitest' && name !== 'jest');
}

/**
 * Runs the fixtures of a folder in a project of their own.
 * @returns the run, and a sentence for each thing that is wrong with it.
 */
export async function runFixtures(options: FixtureOptions): Promise<{ run: Run; wrong: string[] }> {
  const { version, packed, folder, file, config = {}, node = thisNode } = options;
  const all = readFixtures(folder, version.framework, node);
  const fixtures = file === undefined ? all : alone(all, file);
  const files = Object.fromEntries(fixtures.map(({ path, content }) => [path, content]));
  const project = createProject({ version, packed, files, config });
  try {
    const result = await run(project, options);
    return { run: result, wrong: verdicts(result, fixtures) };
  } finally {
    project.remove();
  }
}

/** One test file with its helpers; what the helpers of other folders are to leak is no matter of its. */
function alone(fixtures: readonly Fixture[], file: string): Fixture[] {
  return fixtures
    .filter(({ path, isTest }) => !isTest || path === file)
    .map((fixture) => (dirname(fixture.path) === dirname(file) ? fixture : { ...fixture, leaks: [] }));
}
