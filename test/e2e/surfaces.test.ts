/** Every way to turn async-leaks on, and what displaces parts of it: what is checked then, and what the run says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { type Run, run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const leaking = {
  'a.ts': `test('leaks', () => { setInterval(() => {}, 1000); });\n`,
  'b.ts': `test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });\n`,
};
const passing = { 'b.ts': leaking['b.ts'] };

const failures = ({ tests }: Run) =>
  tests
    .filter(({ state }) => state === 'failed')
    .map(({ file, name, errors }) => `${file} ${name}: ${errors.length}`)
    .toSorted();
const summaries = ({ stdout, stderr }: Run) => (stdout + stderr).split('Async leaks').length - 1;

describe('Vitest', () => {
  const config = (settings: string, options = '') =>
    `import { asyncLeaks } from 'async-leaks/vitest/plugin';\n` +
    `export default { plugins: [asyncLeaks(${options})], test: { globals: true, include: ['**/*.ts'], ${settings} } };\n`;
  const useConfig = (content: string, files: Record<string, string> = leaking) =>
    useProject({ version: vitest4, files: { ...files, 'vitest.config.mjs': content } });

  test.each([
    ['by itself', '', []],
    ['with --reporter=dot', '', ['--reporter=dot']],
    ['with reporters of the project', `reporters: ['verbose']`, []],
    ['without isolation', '', ['--no-isolate', '--maxWorkers=1']],
    ['with the setup file listed too', `setupFiles: ['async-leaks/vitest']`, []],
    ['with projects that extend', `projects: [{ extends: true, test: { name: 'one' } }]`, []],
    [
      'with projects that stand by themselves',
      `projects: [{ test: { name: 'one', globals: true, include: ['**/*.ts'] } }]`,
      ['--reporter=dot'],
    ],
  ])('with the plugin %s', async (_how, settings, args) => {
    const result = await run(useConfig(config(settings)), { args });
    expect(failures(result)).toEqual(['a.ts leaks: 1']);
    expect(summaries(result), result.stdout + result.stderr).toBe(1);
    expect(result.exitCode).toBe(1);
  });

  test('with the plugin beside projects that have configurations of their own, says what is missing', async () => {
    const inner = `export default { test: { globals: true, include: ['*.ts'] } };\n`;
    const files = { 'inner/a.ts': leaking['a.ts'], 'inner/vitest.config.mjs': inner };
    const result = await run(useConfig(config(`projects: ['inner']`), files), { ownReporters: true });
    expect(result.exitCode).toBe(0);
    const sentence =
      'async-leaks: project "inner" is not checked: list the plugin in its own configuration.\n';
    expect((result.stdout + result.stderr).split(sentence)).toHaveLength(2);
  });

  test('with the plugin, before the setup files of the project', async () => {
    const files = { ...passing, 'own.setup.mjs': `globalThis.own = setInterval(() => {}, 1000);\n` };
    const result = await run(useConfig(config(`setupFiles: ['./own.setup.mjs']`), files));
    expect(result.files.flatMap(({ errors }) => errors).join('\n')).toContain('own.setup.mjs:1:18');
  });

  test('says nothing where nothing leaks', async () => {
    const result = await run(useConfig(config(''), passing));
    expect(summaries(result)).toBe(0);
    expect(result.exitCode).toBe(0);
  });

  test('with the reporter, and options by provide', async () => {
    const project = useProject({
      version: vitest4,
      files: leaking,
      config: { provide: { asyncLeaks: { mode: 'warn' } }, reporters: ['async-leaks/vitest/reporter'] },
    });
    // The harness names reporters on the command line, which replaces those of the project.
    const result = await run(project, { args: ['--reporter=async-leaks/vitest/reporter'] });
    expect(failures(result)).toEqual([]);
    expect(summaries(result)).toBe(1);
    expect(result.exitCode).toBe(0);
  });

  test.each([
    ['the plugin', config('', `{ grace: 'soon' }`), {}],
    [
      'the reporter, options by provide',
      `export default { test: { globals: true, include: ['**/*.ts'], provide: { asyncLeaks: { grace: 'soon' } } } };\n`,
      { args: ['--reporter=async-leaks/vitest/reporter'] },
    ],
  ])('refuses a wrong option before any test runs, with %s', async (_how, content, options) => {
    const result = await run(useConfig(content), options);
    const sentence = `option "grace" takes a whole number of at least 0, but got 'soon'.`;
    expect((result.stdout + result.stderr).split(sentence)).toHaveLength(2);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });
});

describe('Jest', () => {
  test.each([
    ['the preset', {}],
    ['reporters of the project', { reporters: ['default'] }],
    ['a globalTeardown of the project', { globalTeardown: '<rootDir>/own.cjs' }],
    ['projects that have the preset', { projects: [{ preset: 'async-leaks', testMatch: ['**/?.js'] }] }],
    ['an environment of the project, wrapped', { testEnvironment: '<rootDir>/environment.cjs' }],
  ])('with %s', async (_how, config) => {
    const environment = `
      const { withLeakDetection } = require('async-leaks/jest');
      module.exports = withLeakDetection(require('jest-environment-node').TestEnvironment);
    `;
    const own = { 'own.cjs': 'module.exports = () => {};\n', 'environment.cjs': environment };
    const transforming = 'projects' in config ? { preset: undefined, transform: undefined } : {};
    const files = 'projects' in config ? toJavaScript(leaking) : leaking;
    const project = useProject({
      version: jest30,
      files: { ...files, ...own },
      config: { ...transforming, ...config },
    });
    const result = await run(project);
    expect(failures(result).map((line) => line.replace('.js', '.ts'))).toEqual(['a.ts leaks: 1']);
    expect(summaries(result), result.stdout + result.stderr).toBe(1);
    expect(result.exitCode).toBe(1);
  });

  test('in a node_modules that shows only what a package depends on', async () => {
    const project = useProject({ version: jest30, files: leaking });
    rmSync(join(project.folder, 'node_modules/jest-environment-node'));
    expect(failures(await run(project))).toEqual(['a.ts leaks: 1']);
  });

  test('without jest-environment-jsdom, says what to install', async () => {
    const project = useProject({ version: jest30, files: passing });
    const modules = join(project.folder, 'node_modules');
    // Beside the one Jest that there is, the other environment is installed.
    for (const name of ['jest', 'jest-environment-jsdom']) rmSync(join(modules, name));
    const { stderr } = spawnSync(
      process.execPath,
      ['-e', 'import("async-leaks/jest/environment-jsdom").catch(({ stack }) => console.error(stack))'],
      { cwd: project.folder, encoding: 'utf8' },
    );
    expect(stderr).toBe(
      'Error: async-leaks/jest/environment-jsdom needs jest-environment-jsdom: install it, in the version of your Jest.\n',
    );
  });

  test('says nothing where nothing leaks', async () => {
    const result = await run(useProject({ version: jest30, files: passing }));
    expect(result.stdout + result.stderr).not.toMatch(/async.leaks/i);
    expect(result.exitCode).toBe(0);
  });

  test('with the environment alone, says once that there is no reporter, and only where something leaks', async () => {
    const config = { preset: undefined, testEnvironment: 'async-leaks/jest/environment' };
    const sentence = 'because the reporter is missing: add "async-leaks/jest/reporter" to reporters.\n';
    const result = await run(useProject({ version: jest30, files: leaking, config }), { args: ['-i'] });
    expect(failures(result)).toEqual(['a.ts leaks: 1']);
    expect(result.stderr.split(sentence)).toHaveLength(2);
    const clean = await run(useProject({ version: jest30, files: passing, config }), { args: ['-i'] });
    expect(clean.stdout + clean.stderr).not.toMatch(/async.leaks/i);
    const testEnvironmentOptions = { asyncLeaks: { staleAllow: 'fail', allow: ['TCPWRAP'] } };
    const strict = { ...config, testEnvironmentOptions };
    const stale = await run(useProject({ version: jest30, files: passing, config: strict }), {
      args: ['-i'],
    });
    expect(stale.stderr).toContain(
      `async-leaks: staleAllow: 'fail' fails nothing without the reporter: add `,
    );
  });

  test('says that projects do not inherit the environment', async () => {
    const config = { transform: undefined, testMatch: undefined, projects: [{ testMatch: ['**/?.js'] }] };
    const result = await run(useProject({ version: jest30, files: toJavaScript(leaking), config }));
    expect(failures(result)).toEqual([]);
    expect(result.stderr).toContain(
      'async-leaks: 2 test files were not checked: give each of "projects" preset',
    );
  });

  test.each(['a', 'b'])('refuses a wrong option of project %s before any test runs', async (wrong) => {
    const projects = ['a', 'b'].map((name) => ({
      displayName: name,
      preset: 'async-leaks',
      testMatch: [`**/${name}.js`],
      testEnvironmentOptions: { asyncLeaks: name === wrong ? { grace: 'soon' } : {} },
    }));
    const config = { transform: undefined, testMatch: undefined, preset: undefined, projects };
    const result = await run(useProject({ version: jest30, files: toJavaScript(leaking), config }));
    const sentence = `option "grace" takes a whole number of at least 0, but got 'soon'.`;
    expect(result.stderr.split(sentence), result.stderr).toHaveLength(2);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });

  test('refuses it in projects with files of their own, and with the reporter alone', async () => {
    const inner = (grace: unknown) =>
      `module.exports = { testEnvironment: 'async-leaks/jest/environment', testEnvironmentOptions: { asyncLeaks: { grace: ${JSON.stringify(grace)} } } };\n`;
    const files = {
      'a/a.test.js': leaking['a.ts'],
      'a/jest.config.js': inner(1),
      'b/b.test.js': leaking['b.ts'],
      'b/jest.config.js': inner('soon'),
    };
    const reporters = ['default', 'async-leaks/jest/reporter'];
    const config = {
      transform: undefined,
      testMatch: undefined,
      preset: undefined,
      projects: ['a', 'b'],
      reporters,
    };
    const result = await run(useProject({ version: jest30, files, config }));
    expect(result.stderr).toContain(`option "grace" takes a whole number of at least 0, but got 'soon'.`);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });

  test('says which project is not checked beside one with the preset', async () => {
    const projects = [
      { preset: 'async-leaks', displayName: 'a', testMatch: ['**/a.js'] },
      { displayName: 'b', testMatch: ['**/b.js'] },
      { displayName: 'c', testMatch: ['**/b.js'], testEnvironmentOptions: { asyncLeaks: { mode: 'off' } } },
    ];
    const config = { transform: undefined, testMatch: undefined, preset: undefined, projects };
    const project = useProject({ version: jest30, files: toJavaScript(leaking), config });
    const result = await run(project);
    expect(result.stderr.split('async-leaks: ').slice(1), result.stderr).toEqual([
      expect.stringMatching(/^project "b" is not checked: give it preset: "async-leaks"/),
    ]);
    const filtered = await run(project, { args: ['a.js'] });
    expect(filtered.stderr).not.toContain('async-leaks: ');
  });

  test('says what the reporter alone is missing', async () => {
    const config = { preset: undefined, reporters: ['default', 'async-leaks/jest/reporter'] };
    const result = await run(useProject({ version: jest30, files: leaking, config }));
    expect(result.stderr).toContain(
      'async-leaks: 2 test files were not checked: use preset: "async-leaks", or testEnvironment: "async-leaks/jest/environment", or wrap the configuration with withAsyncLeaks() from "async-leaks/jest".\n',
    );
  });

  test('with ASYNC_LEAKS=update, records where there is a baseline, and fails elsewhere as ever', async () => {
    const projects = [{ baseline: 'a.json' }, {}, { baseline: 'c.json', mode: 'off' }].map(
      (asyncLeaks, index) => ({
        displayName: `p${index}`,
        preset: 'async-leaks',
        testMatch: ['**/a.js'],
        testEnvironmentOptions: { asyncLeaks },
      }),
    );
    const config = { transform: undefined, testMatch: undefined, preset: undefined, projects };
    const project = useProject({ version: jest30, files: toJavaScript(leaking), config });
    const result = await run(project, { env: { ASYNC_LEAKS: 'update' } });
    expect(failures(result), result.stderr).toEqual(['a.js leaks: 1']);
    for (const [name, index] of [
      ['a', 0],
      ['c', 2],
    ] as const)
      expect(JSON.parse(readFileSync(join(project.folder, `${name}.json`), 'utf8')).leaks).toMatchObject([
        { project: `p${index}`, owner: 'test leaks' },
      ]);
  });
});

/** Projects inherit no transform; what has no types needs none. */
function toJavaScript(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name.replace(/\.ts$/, '.js'), content]),
  );
}

test.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s: tests of the same name count as many',
  async (_name, version) => {
    const arms = `test('arms', () => { setInterval(() => {}, 1000); });\n`;
    const args = version.framework === 'vitest' ? ['--reporter=async-leaks/vitest/reporter'] : [];
    const result = await run(useProject({ version, files: { 'a.ts': arms.repeat(2) } }), { args });
    expect(result.stdout + result.stderr).toContain(
      'Async leaks  2 resources in 2 tests, opened at 2 places',
    );
  },
);
