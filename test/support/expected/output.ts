/** A project with an `outputFile`: what its tests run and read. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, inject } from 'vitest';
import type { Output, OutputLeak } from '../../../src/report/outputs/output.ts';
import { useProject } from '../e2e.ts';
import { withOptions, type Project } from '../project.ts';
import type { Version } from '../install/versions.ts';

/** The name of the file. */
export const NAME = 'leaks.json';

/** A project that writes `leaks.json`. */
export function outputProject(
  version: Version,
  files: Record<string, string>,
  options: object = {},
): Project {
  const config = withOptions(version, { outputFile: NAME, ...options });
  return useProject({ version, files, config });
}

export const pathOf = (project: Project, name = NAME) => join(project.folder, name);

/** Says whether a value is as the schema says, and in `errors` what is wrong. */
export const isValid = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(inject('packed'), 'src/report/output.schema.json'), 'utf8')),
);

/** What the file holds, which must be whole and as the schema says; undefined where there is none. */
export function read(project: Project, name = NAME): Output | undefined {
  if (!existsSync(pathOf(project, name))) return undefined;
  const output: unknown = JSON.parse(readFileSync(pathOf(project, name), 'utf8'));
  isValid(output);
  expect(isValid.errors).toBeNull();
  return output as Output;
}

export const leaksIn = (project: Project): readonly OutputLeak[] => read(project)?.leaks ?? [];

/** "a.ts: failed Timeout of test one": of each leak, in the order of the file. */
export const told = (leaks: readonly OutputLeak[]) =>
  leaks.map(({ testFile, status, type, owner: { kind, name, hook } }) => {
    const owner = [kind, kind === 'file' ? basename(name) : name, ...(hook === undefined ? [] : [hook])];
    return `${basename(testFile)}: ${status} ${type} of ${owner.join(' ')}`;
  });

/** A file of tests that leak a timer each. */
export const leaking = (...names: readonly string[]) =>
  names.map((name) => `test('${name}', () => { setInterval(() => {}, 1000); });\n`).join('');
