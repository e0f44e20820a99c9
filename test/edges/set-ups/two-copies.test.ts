/** Two copies of the package in one project: at its root, and in a package of the workspace. The first serves both. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Run, run } from '../../support/run.ts';
import { jest30, vitest4, type Version } from '../../support/install/versions.ts';

const files = {
  'packages/a/package.json': '{ "private": true, "type": "commonjs" }',
  'packages/a/a.test.js': `
    const { allowLingering } = require('async-leaks');
    test('is allowed', () => { allowLingering('Timeout'); setInterval(() => {}, 1000); });
    test('leaks', () => { setInterval(() => {}, 1000); });
  `,
  'packages/a/b.test.js': `test('leaks in b', () => { setInterval(() => {}, 1000); });\n`,
};

async function runProject(version: Version, own: Record<string, string>, config: object, args: string[]) {
  const project = useProject({ version, files: { ...files, ...own }, config: { ...config } });
  const copy = join(project.folder, 'packages/a/node_modules/async-leaks');
  cpSync(inject('packed'), copy, { recursive: true });
  return run(project, { args });
}

const states = ({ tests }: Run) =>
  tests.map(({ name, state, errors }) => `${name}: ${state} ${errors.length}`).toSorted();

function expectOneVoice(result: Run): void {
  const text = result.stdout + result.stderr;
  expect(states(result), text).toEqual(['is allowed: passed 0', 'leaks in b: failed 1', 'leaks: failed 1']);
  expect(result.files.flatMap(({ errors }) => errors)).toEqual([]);
  expect(text.match(/^ Async leaks {2}2 resources in 2 tests/gm), text).toHaveLength(1);
  expect(text).not.toMatch(/loaded twice|not checked|not its own/);
}

describe('Vitest', () => {
  const settings = `globals: true, include: ['packages/a/*.test.js'], maxWorkers: 1`;
  const configs = {
    'the plugin of one, the setup file of the other': `
      import asyncLeaks from 'async-leaks/vitest/plugin';
      export default { plugins: [asyncLeaks()], test: { ${settings}, setupFiles: ['./packages/a/setup.mjs'] } };`,
    'both plugins': `
      import asyncLeaks from 'async-leaks/vitest/plugin';
      import others from './packages/a/plugin.mjs';
      export default { plugins: [asyncLeaks(), others()], test: { ${settings} } };`,
    'both setup files, both reporters': `
      import Reporter from 'async-leaks/vitest/reporter';
      import asyncLeaks from './packages/a/plugin.mjs';
      export default { plugins: [asyncLeaks()], test: { ${settings}, reporters: ['default', new Reporter()], setupFiles: ['async-leaks/vitest'] } };`,
  };
  const own = {
    'packages/a/setup.mjs': `import 'async-leaks/vitest';\n`,
    'packages/a/plugin.mjs': `export { default } from 'async-leaks/vitest/plugin';\n`,
  };
  test.each(Object.entries(configs))('%s', async (_how, config) => {
    const result = await runProject(vitest4, { ...own, 'vitest.config.mjs': config }, {}, []);
    expectOneVoice(result);
  });

  test.each([['--no-isolate'], ['--pool=vmThreads'], ['--pool=threads']])('with %s', async (arg) => {
    const config = configs['the plugin of one, the setup file of the other'];
    expectOneVoice(await runProject(vitest4, { ...own, 'vitest.config.mjs': config }, {}, [arg]));
  });
});

describe('Jest', () => {
  const copy = '<rootDir>/packages/a/node_modules/async-leaks';
  const own = {
    'packages/a/environment.cjs': `module.exports = require('async-leaks/jest/environment').default;\n`,
    'environment.cjs': `
      const { withLeakDetection } = require('async-leaks/jest');
      module.exports = withLeakDetection(require('./packages/a/environment.cjs'));\n`,
  };
  const ofPackages = { testMatch: ['<rootDir>/packages/a/*.test.js'], transform: {} };
  const both = ['default', 'async-leaks/jest/reporter', `${copy}/dist/src/jest/reporter.js`];
  test.each([
    ['the preset of one, the environment of the other', { testEnvironment: './packages/a/environment.cjs' }],
    ['an environment of one, wrapped by the other', { testEnvironment: './environment.cjs' }],
    ['both reporters', { preset: undefined, testEnvironment: './environment.cjs', reporters: both }],
    ['the preset, and both reporters', { reporters: both }],
  ])('%s', async (_how, config) => {
    expectOneVoice(await runProject(jest30, own, { ...ofPackages, ...config }, []));
  });
});
