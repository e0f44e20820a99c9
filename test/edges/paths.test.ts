/** Files that options name but that cannot be used: one sentence says so before any test. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions, withoutUs, type Project } from '../support/project.ts';
import { type Run, run } from '../support/run.ts';
import { jest30, vitest4, type Version } from '../support/install/versions.ts';

const KNOWN = '{\n  "version": 1,\n  "leaks": []\n}\n';
const files = { 'a.test.ts': `test('one', () => {});\n` };

/** Runs with our reporter, and expects a refusal that says this once. */
async function expectRefusal(project: Project, sentence: string): Promise<Run> {
  const args = project.version.framework === 'vitest' ? ['--reporter=async-leaks/vitest/reporter'] : [];
  const result = await run(project, { args });
  const output = result.stdout + result.stderr;
  expect(output.split(sentence).length - 1, output).toBe(1);
  expect(output).not.toMatch(/node_modules\/async-leaks/);
  expect(result).toMatchObject({ exitCode: 1, tests: [] });
  return result;
}

const same = 'the options "baseline" and "outputFile" name the same file';

/** Two projects of these options. */
const inProjects = (version: Version, ...options: readonly object[]): Record<string, unknown> => ({
  projects: options.map((each, i) =>
    version.framework === 'vitest'
      ? {
          test: {
            name: `p${i}`,
            globals: true,
            include: ['*.test.ts'],
            setupFiles: ['async-leaks/vitest'],
            ...withOptions(version, each),
          },
        }
      : {
          displayName: `p${i}`,
          preset: 'async-leaks',
          testMatch: ['<rootDir>/*.test.ts'],
          transform: { '\\.ts$': ['@swc/jest', {}] },
          ...withOptions(version, each),
        },
  ),
});

describe.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s refuses',
  (_name, version) => {
    test.each([
      ['as they are', 'leaks.json', 'leaks.json'],
      ['in another spelling', './other/../leaks.json', 'leaks.json'],
      ['through a link to the file', 'leaks.json', 'link.json'],
      ['through a link to its folder', 'leaks.json', 'folder/leaks.json'],
    ])('one file for known leaks and for those of the run, %s', async (_what, baseline, outputFile) => {
      const project = useProject({ version, files, config: withOptions(version, { baseline, outputFile }) });
      const at = (name: string): string => join(project.folder, name);
      writeFileSync(at('leaks.json'), KNOWN);
      symlinkSync('leaks.json', at('link.json'));
      symlinkSync('.', at('folder'));
      await expectRefusal(project, same);
      expect(readFileSync(at('leaks.json'), 'utf8')).toBe(KNOWN);
    });

    test('one that is not there yet', async () => {
      const config = withOptions(version, { baseline: 'leaks.json', outputFile: './leaks.json' });
      await expectRefusal(useProject({ version, files, config }), same);
    });

    test('one that another project of the run knows its leaks by', async () => {
      const config = inProjects(version, { baseline: 'leaks.json' }, { outputFile: 'leaks.json' });
      await expectRefusal(useProject({ version, files, config }), same);
    });
  },
);

test('Jest refuses one file for both without the preset, too', async () => {
  const options = withOptions(jest30, { baseline: 'leaks.json', outputFile: 'leaks.json' });
  const config = {
    ...withoutUs.jest,
    testEnvironment: 'async-leaks/jest/environment',
    reporters: ['default', 'async-leaks/jest/reporter'],
    ...options,
  };
  const project = useProject({ version: jest30, files, config });
  writeFileSync(join(project.folder, 'leaks.json'), KNOWN);
  const result = await run(project);
  expect(result.stderr).toContain(same);
  expect(result).toMatchObject({ exitCode: 1, tests: [] });
  expect(readFileSync(join(project.folder, 'leaks.json'), 'utf8')).toBe(KNOWN);
});
