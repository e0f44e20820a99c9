/** An old suite comes in with the commands of docs/adopting.md: 60 leaks, in 8 files, of 6 causes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { BASELINE, read, write } from '../../support/expected/baseline.ts';
import { withPlugin } from '../../support/project.ts';
import { output, run } from '../../support/run.ts';
import { countingSleeps, takeSleeps } from '../../support/sleeps/sleeps.ts';
import { jest30, root, vitest4 } from '../../support/install/versions.ts';

const sample = join(root, 'fixtures/old-suite');
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(sample, folder)).map((name) => [
      `${folder}/${name}`,
      readFileSync(join(sample, folder, name), 'utf8'),
    ]),
  );
const suite = {
  ...filesOf('src'),
  ...filesOf('test'),
  'settings.json': '{ "language": "en", "theme": "dark" }',
};

const swc = `['@swc/jest', { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }]`;
const jest = (rest: string) =>
  `module.exports = { preset: 'async-leaks', transform: { '\\\\.ts$': ${swc} }, ${rest} };\n`;

/** The configuration with async-leaks, and then with a baseline. */
const configs = {
  vitest: {
    file: 'vitest.config.mjs',
    plain: withPlugin(),
    baseline: withPlugin('', `{ baseline: '${BASELINE}' }`),
  },
  jest: {
    file: 'jest.config.cjs',
    plain: jest(''),
    baseline: jest(`testEnvironmentOptions: { asyncLeaks: { baseline: '${BASELINE}' } }`),
  },
};

const frameworks = [
  [vitest4.name, vitest4, configs.vitest],
  [jest30.name, jest30, configs.jest],
] as const;

describe.each(frameworks)('%s', (_name, version, config) => {
  test('is adopted, runs green without waiting for what is known, and is mended', async () => {
    const project = useProject({ version, files: { ...suite, [config.file]: config.plain } });
    const type = async (mode?: string) => {
      const env = { ...countingSleeps(project), ...(mode !== undefined && { ASYNC_LEAKS: mode }) };
      const result = await run(project, { ownReporters: true, env });
      return { text: output(result), exitCode: result.exitCode, sleeps: takeSleeps(project) };
    };
    const looked = await type('warn');
    expect(looked.text).toContain(' Async leaks  64 resources in 60 tests, opened at 6 places');
    expect(looked.exitCode).toBe(0);
    expect(looked.sleeps, 'looking waits').toBeGreaterThan(0);

    write(project, config.file, config.baseline);
    const recorded = await type('update');
    expect(recorded.text).toContain(`Recorded 60 known leaks in ${BASELINE}.`);
    expect(recorded.exitCode).toBe(0);
    expect(JSON.parse(read(project)).leaks).toHaveLength(60);
    expect(recorded.sleeps, 'recording waits').toBeGreaterThan(0);

    const green = await type();
    expect(green.text).toContain(`Tolerated 60 known leaks of ${BASELINE}.`);
    expect(green.text).toMatch(/Tests:? +64 passed/);
    expect(green.exitCode).toBe(0);
    expect(green.sleeps, 'what is known is not waited for').toBe(0);

    for (const [name, content] of Object.entries(filesOf('repaired/src')))
      write(project, name.replace('repaired/', ''), content);
    expect((await type('update')).text).toContain(`Recorded 0 known leaks in ${BASELINE}: 60 removed.`);
  });
});
