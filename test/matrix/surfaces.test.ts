/** How projects are turned on, in every supported version of Jest and of Vitest, where 5 resolves them differently from 4. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { output, type Run, run } from '../support/run.ts';
import { jest29, jest30, nodeOf, vitest4, vitest5 } from '../support/install/versions.ts';

const leaking = `test('leaks', () => { setInterval(() => {}, 1000); });\n`;
const closing = `test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });\n`;
const own = `globalThis.own = setInterval(() => {}, 1000);\n`;

const failures = ({ tests }: Run) =>
  tests.filter(({ state }) => state === 'failed').map(({ name, errors }) => `${name}: ${errors.length}`);

describe.each([
  ['Vitest 4', vitest4, nodeOf(20)],
  ['Vitest 5', vitest5, nodeOf(24)],
] as const)('%s, with the plugin and', (_name, version, node) => {
  const settings = `name: 'one', globals: true, include: ['a.ts']`;
  const runWith = (
    project: string,
    content: string,
    { root = '', options = '', args = [] as string[] } = {},
  ) => {
    const config =
      `import asyncLeaks from 'async-leaks/vitest/plugin';\n` +
      `export default { plugins: [asyncLeaks(${options})], test: { ${root} projects: [${project}] } };\n`;
    const files = { 'a.ts': content, 'vitest.config.mjs': config, 'own.mjs': own };
    return run(useProject({ version, files }), { node, args });
  };

  const projects = [
    ['a project that extends', `{ extends: true, test: { ${settings} } }`],
    ['a project that does not say', `{ test: { ${settings} } }`],
    ['a project that does not extend', `{ extends: false, test: { ${settings} } }`],
    ['a project with plugins', `{ extends: true, plugins: [{ name: 'own' }], test: { ${settings} } }`],
    ['a project by a function', `() => ({ extends: true, test: { ${settings} } })`],
    ['a project by a promise', `Promise.resolve({ extends: true, test: { ${settings} } })`],
  ] as const;

  test.each(projects)('%s, fails what leaks', async (_what, project) => {
    const result = await runWith(project, leaking, { args: ['--reporter=dot'] });
    expect(failures(result), output(result)).toEqual(['leaks: 1']);
    expect(output(result).split('Async leaks')).toHaveLength(2);
    expect(result.exitCode).toBe(1);
  });

  test.each(projects)('%s, says nothing where nothing leaks', async (_what, project) => {
    const result = await runWith(project, closing);
    expect(output(result)).not.toMatch(/async.leaks(?!-vitest)/i);
    expect(result.exitCode).toBe(0);
  });

  test.each(projects)('%s, passes on the options', async (_what, project) => {
    const result = await runWith(project, leaking, { options: `{ mode: 'warn' }` });
    expect(output(result)).toContain('an interval was started in this test, but never cleared');
    expect(result.exitCode).toBe(0);
  });

  test.each([
    ['of the project', `{ extends: true, test: { ${settings}, setupFiles: './own.mjs' } }`, ''],
    ['of what it extends', `{ extends: true, test: { ${settings} } }`, `setupFiles: ['./own.mjs'],`],
    [
      'that list ours',
      `{ extends: true, test: { ${settings} } }`,
      `setupFiles: ['./own.mjs', 'async-leaks/vitest'],`,
    ],
  ])('setup files %s, comes before them', async (_whose, project, root) => {
    const result = await runWith(project, closing, { root });
    expect(result.files.flatMap(({ errors }) => errors).join('\n'), output(result)).toContain('own.mjs:1:18');
  });
});

describe.each([
  ['Jest 29', jest29, nodeOf(20)],
  ['Jest 30', jest30, nodeOf(24)],
] as const)('%s, with projects', (_name, version, node) => {
  const inner = (settings: string) => `module.exports = { preset: 'async-leaks', ${settings} };\n`;
  const wrong = `testEnvironmentOptions: { asyncLeaks: { grace: 'soon' } }`;

  test.each([
    ['first', wrong, ''],
    ['last', '', wrong],
  ])('refuses a wrong option of the %s before any test runs', async (_which, first, last) => {
    const files = {
      'a/a.test.js': leaking,
      'a/jest.config.js': inner(first),
      'b/b.test.js': leaking,
      'b/jest.config.js': inner(last),
    };
    const config = { preset: undefined, transform: undefined, testMatch: undefined, projects: ['a', 'b'] };
    const result = await run(useProject({ version, files, config }), { node });
    const sentence = `option "grace" takes a whole number of at least 0, but got 'soon'.\n`;
    expect(output(result).split(sentence), output(result)).toHaveLength(2);
    expect(output(result)).not.toMatch(/node_modules\/async-leaks/);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });

  test('tells once of files whose docblock names another environment', async () => {
    const files = { 'a.ts': `/** @jest-environment node */\n${closing}`, 'b.ts': closing };
    const result = await run(useProject({ version, files }), { node });
    expect(output(result)).toContain('so these tests are not checked: a.ts; use');
    expect(result.exitCode).toBe(0);
  });
});
