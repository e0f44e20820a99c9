/** Options that Jest would ignore, because their name is misspelt or they stand in the wrong place: one sentence says where they belong. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../../../support/e2e.ts';
import { type Run, run } from '../../../support/run.ts';
import { jest29, jest30 } from '../../../support/install/versions.ts';

const files = { 'a.ts': `test('one', () => {});\n` };
const ours = 'async-leaks/jest/environment';
const project = { displayName: 'api', preset: 'async-leaks', testMatch: ['<rootDir>/a.ts'], transform: {} };

const wrong: Readonly<Record<string, readonly [config: object, sentence: string]>> = {
  'a name that is misspelt': [
    { testEnvironmentOptions: { asyncLeak: { mode: 'off' } } },
    'testEnvironmentOptions has "asyncLeak"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'the name of the package': [
    { testEnvironmentOptions: { 'async-leaks': {} } },
    'testEnvironmentOptions has "async-leaks"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'an option outside of asyncLeaks': [
    { testEnvironmentOptions: { url: 'http://localhost', grace: 10 } },
    'testEnvironmentOptions has "grace"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'the top level': [
    { asyncLeaks: { mode: 'off' } },
    'the configuration has "asyncLeaks" at its top level; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'the top level, without the preset': [
    { preset: undefined, testEnvironment: ours, reporters: ['async-leaks/jest/reporter'], asyncLeaks: {} },
    'the configuration has "asyncLeaks" at its top level; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  globals: [
    { globals: { asyncLeaks: { mode: 'off' } } },
    'globals has "asyncLeaks"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'the reporter': [
    { reporters: ['default', ['async-leaks/jest/reporter', { mode: 'off' }]] },
    'the reporter has "mode"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'the top level of a project': [
    { projects: [{ ...project, asyncLeaks: { mode: 'off' } }] },
    'project "api" has "asyncLeaks" at its top level; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'a project, misspelt': [
    { projects: [project, { ...project, displayName: 'web', testEnvironmentOptions: { asyncleaks: {} } }] },
    'testEnvironmentOptions of project "web" has "asyncleaks"; the options of async-leaks belong in testEnvironmentOptions: { asyncLeaks: { … } }.',
  ],
  'beside projects': [
    { projects: [project], testEnvironmentOptions: { asyncLeaks: { mode: 'off' } } },
    'the configuration has testEnvironmentOptions: { asyncLeaks: { … } } beside "projects", where Jest ignores it; it belongs in each project.',
  ],
};

const sentences = ({ stdout, stderr }: Run) =>
  `${stdout}\n${stderr}`.split('\n').flatMap((line) => /async-leaks: (.*)$/.exec(line)?.[1] ?? []);

describe.each([
  ['Jest 29.7', jest29],
  ['Jest 30.5', jest30],
] as const)('%s', (name, version) => {
  const cases = Object.entries(wrong);
  // The older one is asked only where it reads its configuration differently.
  const asked = version === jest30 ? cases : cases.filter(([what]) => /top level$|globals|beside/.test(what));
  test.each(asked)(`${name} is told of options in %s`, async (_what, [config, sentence]) => {
    const result = await run(useProject({ version, files, config: { ...config } }));
    expect(sentences(result), result.stderr).toEqual([sentence]);
    expect({ exitCode: result.exitCode, tests: result.tests }).toEqual({ exitCode: 1, tests: [] });
    expect(result.stderr).not.toMatch(/node_modules\/async-leaks/);
  });
});

test('a docblock that misspells it fails its file', async () => {
  // In one piece, Vitest would take it for a docblock of this file.
  const pragma = ['@jest', 'environment-options'].join('-');
  const docblock = `/** ${pragma} {"asyncLeak":{"mode":"off"}} */\n`;
  const { exitCode, stderr } = await run(
    useProject({ version: jest30, files: { 'a.ts': `${docblock}${files['a.ts']}` } }),
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('async-leaks: testEnvironmentOptions has "asyncLeak"; the options of async-leaks');
});

describe('nothing is said', () => {
  test.each([
    ['of options of other environments', { testEnvironmentOptions: { url: 'http://localhost', leaks: 1 } }],
    [
      'of an option that an environment of its own may have',
      { testEnvironment: '<rootDir>/own.cjs', testEnvironmentOptions: { grace: 10 } },
    ],
    [
      'of options beside projects that those share',
      {
        projects: [{ ...project, testEnvironmentOptions: { asyncLeaks: { mode: 'warn' } } }],
        testEnvironmentOptions: { asyncLeaks: { mode: 'warn' } },
      },
    ],
  ])('%s', async (_what, config) => {
    const own = `module.exports = require('async-leaks/jest').withLeakDetection(require('jest-environment-node').TestEnvironment);\n`;
    const all = { ...files, 'own.cjs': own };
    const result = await run(useProject({ version: jest30, files: all, config: { ...config } }));
    expect(sentences(result)).toEqual([]);
    expect(result.exitCode, result.stderr).toBe(0);
  });
});
