/** Ours beside the presets, the configurations and the runners of others: theirs goes on to work, and their tests are checked. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../../support/e2e.ts';
import { failures, output, type Run, run, type RunOptions } from '../../../support/run.ts';
import { jest29, jest30, presets, type Version } from '../../../support/install/versions.ts';

const tests = `
  test('is clean', () => { clearInterval(setInterval(() => {}, 1000)); });
  test('leaks', () => { setInterval(() => {}, 1000); });\n`;
const typed = `
  import { allowLingering } from 'async-leaks';
  test('is allowed', (): void => { allowLingering('Timeout'); setInterval(() => {}, 1000); });${tests}`;
const tsconfig = (options: object = {}): string => {
  const modules = { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true };
  return JSON.stringify({
    compilerOptions: { ...modules, types: ['jest', 'node'], strict: true, ...options },
  });
};
/** Compiled file by file, which is faster. */
const isolated = tsconfig({ isolatedModules: true });
const wrapped = (config: string): string =>
  `const { withAsyncLeaks } = require('async-leaks/jest');\nmodule.exports = withAsyncLeaks(${config});\n`;

/** A preset with an environment, hooks and a reporter of its own. */
const foreign = {
  'node_modules/foreign/package.json': '{ "name": "foreign", "version": "1.0.0" }',
  'node_modules/foreign/jest-preset.js': `
    const here = (name) => require.resolve('./' + name);
    module.exports = {
      testEnvironment: here('environment.js'),
      testEnvironmentOptions: { answer: 42 },
      setupFilesAfterEnv: [here('setup.js')],
      globalSetup: here('global.js'),
      globalTeardown: here('global.js'),
      reporters: ['default', here('reporter.js')],
    };\n`,
  'node_modules/foreign/environment.js': `
    const { TestEnvironment } = require('jest-environment-node');
    module.exports = class extends TestEnvironment {
      constructor(config, context) {
        super(config, context);
        this.global.answer = config.projectConfig.testEnvironmentOptions.answer;
      }
    };\n`,
  'node_modules/foreign/setup.js': `globalThis.isSetUp = true;\n`,
  'node_modules/foreign/global.js': `module.exports = async () => { console.error('a hook of theirs'); };\n`,
  'node_modules/foreign/reporter.js': `
    module.exports = class { onRunComplete() { console.error('a reporter of theirs'); } };\n`,
};
const seesForeign = `test('sees theirs', () => { expect([answer, isSetUp]).toEqual([42, true]); });${tests}`;

/** A runner that runs no tests. */
const linting = {
  'lint/one.js': 'lints\n',
  'lint-runner.js': `
    const none = { failureMessage: null, leaks: false, numFailingTests: 0, numPassingTests: 1, numPendingTests: 0, numTodoTests: 0,
      openHandles: [], perfStats: { start: 0, end: 0, runtime: 0, slow: false }, skipped: false,
      snapshot: { added: 0, fileDeleted: false, matched: 0, unchecked: 0, uncheckedKeys: [], unmatched: 0, updated: 0 },
      testResults: [{ ancestorTitles: [], failureDetails: [], failureMessages: [], fullName: 'lints', title: 'lints', status: 'passed', numPassingAsserts: 0 }] };
    module.exports = class {
      async runTests(files, watcher, onStart, onResult) {
        for (const file of files) {
          await onStart(file);
          await onResult(file, { ...none, testFilePath: file.path });
        }
      }
    };\n`,
};
const lintProject = `{ displayName: 'lint', runner: '<rootDir>/lint-runner.js', testMatch: ['<rootDir>/lint/*.js'] }`;

interface SetUp {
  readonly files: Readonly<Record<string, string>>;
  /** The tests that fail, sorted. */
  readonly fails?: readonly string[];
  /** What else the run prints. */
  readonly prints?: readonly string[];
  readonly how?: RunOptions;
  /** The configuration is no `jest.config.cjs`. */
  readonly unlists?: boolean;
}

const setUps = (compilerOptions: string): Readonly<Record<string, SetUp>> => ({
  "ts-jest's preset, spread before ours": {
    files: {
      'a.test.ts': typed,
      'tsconfig.json': isolated,
      'jest.config.cjs': `module.exports = {
        ...require('ts-jest').createDefaultPreset(),
        ...require('async-leaks/jest-preset'),
      };\n`,
    },
  },
  "ts-jest's preset by its name": {
    files: {
      'a.test.ts': typed,
      'tsconfig.json': compilerOptions,
      'jest.config.cjs': wrapped(`{ preset: 'ts-jest', testEnvironment: 'node' }`),
    },
  },
  'a configuration like that of next/jest, a function, and React with its testing-library in jsdom': {
    files: {
      'a.test.js': `test('sees theirs', () => { expect([typeof window, isSetUp]).toEqual(['object', true]); });${tests}`,
      'react.test.js': `
        const { createElement, useEffect } = require('react');
        const { render } = require('@testing-library/react');
        function Ticker({ stops }) {
          useEffect(() => { const timer = setInterval(() => {}, 1000); return () => stops && clearInterval(timer); }, []);
          return 'ticks';
        }
        test('is clean', () => { render(createElement(Ticker, { stops: true })); });
        test('leaks in React', () => { render(createElement(Ticker, { stops: false })); });\n`,
      'jest.setup.js': `globalThis.isSetUp = true;\n`,
      'jest.config.cjs': `
        const nextJest = () => (own) => async () => ({
          ...own, moduleNameMapper: { '^@/(.*)$': '<rootDir>/$1' }, transform: {}, testPathIgnorePatterns: ['/node_modules/', '/.next/'],
        });
        ${wrapped(`nextJest()({ testEnvironment: 'jsdom', maxWorkers: 1, setupFilesAfterEnv: ['<rootDir>/jest.setup.js'] })`)}`,
    },
    fails: ['leaks', 'leaks in React'],
  },
  "NestJS's configuration, with our preset for its testEnvironment": {
    files: {
      'src/a.spec.ts': typed,
      'tsconfig.json': isolated,
      'package.json': JSON.stringify({
        private: true,
        jest: {
          moduleFileExtensions: ['js', 'json', 'ts'],
          rootDir: 'src',
          testRegex: '.*\\.spec\\.ts$',
          transform: { '^.+\\.(t|j)s$': 'ts-jest' },
          collectCoverageFrom: ['**/*.(t|j)s'],
          coverageDirectory: '../coverage',
          preset: 'async-leaks',
        },
      }),
    },
    unlists: true,
  },
  "a preset like jest-expo's, with an environment of its own": {
    files: {
      ...foreign,
      'a.test.js': seesForeign,
      'jest.config.cjs': wrapped(`{ preset: 'foreign', transform: {} }`),
    },
    prints: ['a hook of theirs', 'a reporter of theirs'],
  },
  'native ES modules': {
    files: {
      'a.test.mjs': `import { allowLingering } from 'async-leaks';
        test('is allowed', () => { allowLingering('Timeout'); setInterval(() => {}, 1000); });${tests}`,
      'jest.config.mjs': `import { withAsyncLeaks } from 'async-leaks/jest';
        export default withAsyncLeaks({ transform: {}, testMatch: ['**/*.test.mjs'] });\n`,
    },
    unlists: true,
    how: { flags: ['--experimental-vm-modules', '--no-warnings'] },
  },
  'projects, of which one only lints': {
    files: {
      ...foreign,
      'packages/api/api.test.js': tests.replaceAll(`'leaks'`, `'leaks in api'`),
      'packages/api/jest.config.js': `module.exports = { displayName: 'api', transform: {} };\n`,
      'packages/native/native.test.js': seesForeign.replaceAll(`'leaks'`, `'leaks in native'`),
      'packages/native/package.json':
        '{ "name": "native", "jest": { "preset": "foreign", "transform": {} } }',
      'web/web.test.js': tests.replaceAll(`'leaks'`, `'leaks in web'`),
      ...linting,
      'jest.config.cjs': wrapped(`{
        projects: [
          '<rootDir>/packages/*',
          { displayName: 'web', rootDir: 'web', testEnvironment: 'node', transform: {} },
          ${lintProject},
        ],
      }`),
    },
    fails: ['leaks in api', 'leaks in native', 'leaks in web'],
  },
});

function use(version: Version, { files, unlists = false }: SetUp) {
  const project = useProject({ version, libraries: presets, files });
  if (unlists) rmSync(join(project.folder, 'jest.config.cjs'));
  return project;
}

const notices = (result: Run) => output(result).match(/^.*async-leaks: .*$/gm) ?? [];

// The compiler of one version checks the types, because that takes longest.
describe.each([
  ['Jest 29.7', jest29, setUps(isolated)],
  ['Jest 30.5', jest30, setUps(tsconfig())],
] as const)('%s', (_name, version, all) => {
  test.each(Object.entries(all))('%s', async (_what, setUp) => {
    const { fails = ['leaks'], prints = [], how } = setUp;
    const result = await run(use(version, setUp), how);
    expect(failures(result).toSorted(), output(result)).toEqual(fails);
    expect(notices(result)).toEqual([]);
    expect(output(result)).toContain(' Async leaks ');
    for (const text of prints) expect(output(result)).toContain(text);
  });
});

describe('one sentence says what is not checked', () => {
  const ours = `...require('async-leaks/jest-preset')`;
  const one = { 'a.test.js': `test('one', () => {});\n` };
  const displaced =
    "the preset is on, but testEnvironment is not the preset's, so these tests are not checked: a.test.js; ";
  const wrap = 'or wrap the configuration with withAsyncLeaks() from "async-leaks/jest"';
  const cases: Readonly<Record<string, readonly [config: string, sentence: string | undefined]>> = {
    'beside testEnvironment: "node"': [
      `{ preset: 'async-leaks', transform: {}, testEnvironment: 'node' }`,
      `${displaced}remove testEnvironment: "node".`,
    ],
    'beside testEnvironment: "jsdom"': [
      `{ preset: 'async-leaks', transform: {}, testEnvironment: 'jsdom' }`,
      `${displaced}use testEnvironment: "async-leaks/jest/environment-jsdom" instead of "jsdom".`,
    ],
    'where a foreign preset is spread behind ours': [
      `{ ${ours}, ...require('foreign/jest-preset'), transform: {}, globalTeardown: require('async-leaks/jest-preset').globalTeardown }`,
      `no test file was checked: use preset: "async-leaks" without a testEnvironment beside it, ${wrap}.`,
    ],
    'where a project has a foreign preset': [
      `{ preset: 'async-leaks', projects: [{ displayName: 'a', preset: 'foreign', transform: {} }] }`,
      `1 test file was not checked: give each of "projects" preset: "async-leaks", because projects do not inherit testEnvironment, ${wrap}.`,
    ],
    'where a project has a foreign preset, by the teardown': [
      `{ preset: 'async-leaks', reporters: ['default'], projects: [{ displayName: 'a', preset: 'foreign', transform: {} }] }`,
      `project "a" is not checked: give it preset: "async-leaks", because projects do not inherit testEnvironment, ${wrap}.`,
    ],
    'but nothing of projects that lint, with our preset and without': [
      `{ preset: 'async-leaks', projects: [
        { preset: 'async-leaks', transform: {}, testMatch: ['<rootDir>/a.test.js'] },
        ${lintProject},
        { ...${lintProject}, displayName: 'lint too', preset: 'async-leaks' },
      ] }`,
      undefined,
    ],
    'but nothing of a project that lints, by the teardown': [
      `{ preset: 'async-leaks', reporters: ['default'], projects: [{ ...${lintProject}, preset: 'async-leaks' }] }`,
      undefined,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_what, [config, sentence]) => {
    const files = { ...one, ...foreign, ...linting, 'jest.config.cjs': `module.exports = ${config};\n` };
    const result = await run(use(jest30, { files }));
    expect(result.exitCode, output(result)).toBe(0);
    expect(notices(result), output(result)).toEqual(
      sentence === undefined ? [] : [`async-leaks: ${sentence}`],
    );
  });
});
