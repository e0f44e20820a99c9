/** What the run says if a project turns async-leaks on twice, or only in part; and that it says nothing if all is well. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Run, run } from '../../support/run.ts';
import { jest30, vitest4 } from '../../support/install/versions.ts';

const leaking = {
  'a.ts': `test('leaks in a', () => { setInterval(() => {}, 1000); });\n`,
  'b.ts': `test('leaks in b', () => { setInterval(() => {}, 1000); });\n`,
  'c.ts': `test('leaks in c', () => { setInterval(() => {}, 1000); });\n`,
};
const passing = {
  'a.ts': `test('one', () => {});\n`,
  'b.ts': `test('two', () => {});\n`,
  'c.ts': `test('three', () => {});\n`,
};
const own = { 'own.setup.ts': `import 'async-leaks/vitest';\n` };

const count = (text: string, sentence: string) => text.split(sentence).length - 1;
const failures = ({ tests }: Run) =>
  tests
    .filter(({ state }) => state === 'failed')
    .map(({ name, errors }) => `${name}: ${errors.length}`)
    .toSorted();
const each = ['leaks in a: 1', 'leaks in b: 1', 'leaks in c: 1'];

describe('Vitest', () => {
  const twice = 'Error: async-leaks/vitest is loaded twice for this file: list it once in setupFiles.\n';
  // Vitest evaluates every entry of setupFiles for each file, but what they import only once.
  test.each([
    ['listed twice', ['async-leaks/vitest', 'async-leaks/vitest']],
    ['listed after a setup file that imports it', ['./own.setup.ts', 'async-leaks/vitest']],
  ])('refuses the setup file %s', async (_how, setupFiles) => {
    const project = useProject({ version: vitest4, files: { ...passing, ...own }, config: { setupFiles } });
    const { exitCode, stderr, stdout, tests, files } = await run(project);
    expect({ exitCode, tests }).toEqual({ exitCode: 1, tests: [] });
    expect(files.flatMap(({ errors }) => errors)).toHaveLength(3);
    // Three files, one block.
    expect(count(stderr, twice), stderr).toBe(1);
    expect(stdout + stderr).not.toMatch(/node_modules\/async-leaks/);
  });

  test('refuses the setup file as a global setup', async () => {
    const config = { setupFiles: [], globalSetup: ['async-leaks/vitest'] };
    const { exitCode, stderr, stdout, tests } = await run(
      useProject({ version: vitest4, files: passing, config }),
    );
    expect({ exitCode, tests }).toEqual({ exitCode: 1, tests: [] });
    expect(
      count(stderr, `Error: async-leaks/vitest works only in test files: list it in Vitest's setupFiles.`),
    ).toBe(1);
    expect(stdout + stderr).not.toMatch(/node_modules\/async-leaks/);
  });

  test.each([
    ['the setup file', ['async-leaks/vitest'], []],
    ['the setup file, without isolation', ['async-leaks/vitest'], ['--no-isolate', '--maxWorkers=1']],
    ['a setup file that imports it', ['./own.setup.ts'], []],
    [
      'a setup file that imports it, without isolation',
      ['./own.setup.ts'],
      ['--no-isolate', '--maxWorkers=1'],
    ],
    ['both, the import last', ['async-leaks/vitest', './own.setup.ts'], []],
    [
      'both, the import last, without isolation',
      ['async-leaks/vitest', './own.setup.ts'],
      ['--no-isolate', '--maxWorkers=1'],
    ],
  ])('checks every file with %s', async (_how, setupFiles, args) => {
    const project = useProject({ version: vitest4, files: { ...leaking, ...own }, config: { setupFiles } });
    const result = await run(project, { args });
    expect(result.stdout + result.stderr).not.toContain('loaded twice');
    expect(failures(result)).toEqual(each);
  });
});

describe('Jest, with a testEnvironment of the project', () => {
  const sentence = (files: string, advice: string) =>
    `async-leaks: the preset is on, but testEnvironment is not the preset's, so these tests are not checked: ${files}; ${advice}\n`;
  const otherwise =
    'use "async-leaks/jest/environment" or "async-leaks/jest/environment-jsdom", ' +
    'or wrap your environment with withLeakDetection() from "async-leaks/jest".';
  const useNode = (files: Record<string, string>) =>
    useProject({ version: jest30, files, config: { testEnvironment: 'node' } });

  test.each([
    ['in band', ['-i']],
    ['in two workers', ['-w', '2']],
    ['by the teardown, without the reporter', ['--reporters=default']],
  ])('is told so once, %s', async (_how, args) => {
    const { exitCode, stderr, tests } = await run(useNode(passing), { args });
    expect({ exitCode, states: tests.map(({ state }) => state) }).toEqual({
      exitCode: 0,
      states: Array(3).fill('passed'),
    });
    expect(count(stderr, sentence('a.ts, b.ts, c.ts', 'remove testEnvironment: "node".')), stderr).toBe(1);
    expect(count(stderr, 'async-leaks: ')).toBe(1);
  });

  test('is told of the files that name another in a docblock', async () => {
    const files = { ...passing, 'b.ts': `/** @jest-environment node */\n${passing['b.ts']}` };
    const { stderr } = await run(useProject({ version: jest30, files }));
    expect(count(stderr, sentence('b.ts', otherwise)), stderr).toBe(1);
  });

  test('is told of each file where neither reporter nor teardown is ours', async () => {
    const files = { ...passing, 'own.cjs': 'module.exports = () => {};\n' };
    const config = { testEnvironment: 'node', reporters: ['default'], globalTeardown: '<rootDir>/own.cjs' };
    const { stderr } = await run(useProject({ version: jest30, files, config }));
    for (const file of ['a.ts', 'b.ts', 'c.ts'])
      expect(count(stderr, `async-leaks: ${file} is not checked: the preset is on`), stderr).toBe(1);
  });

  test('is told nothing when async-leaks is off', async () => {
    const { exitCode, stdout, stderr } = await run(useNode(passing), { env: { ASYNC_LEAKS: 'off' } });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain('async-leaks:');
  });

  // Jest does not tear its environment down.
  test('counts what it finds once after a file whose own setup throws, in the same process', async () => {
    // Node's modules are one for all files.
    const once = `const events = require('node:events');
      setInterval(() => {}, 1000);
      if (!events.hasThrown) {
        events.hasThrown = true;
        throw new Error('is not ready');
      }\n`;
    const files = { ...leaking, 'once.cjs': once };
    const config = { setupFiles: ['<rootDir>/once.cjs'] };
    const result = await run(useProject({ version: jest30, files, config }), { args: ['--runInBand'] });
    expect(failures(result).map((failure) => failure.slice(-3))).toEqual([': 1', ': 1']);
    const errors = result.files.flatMap((file) => file.errors.map((error) => error.split('\n', 1).join()));
    const leak =
      'LeakError: an interval was started at the top level of this file, but never cleared (Timeout)';
    expect(errors.toSorted()).toEqual(['Error: is not ready', leak, leak]);
  });

  test.each(['async-leaks/jest/environment', 'async-leaks/jest/environment-jsdom'])(
    'is told nothing with %s',
    async (testEnvironment) => {
      const project = useProject({ version: jest30, files: leaking, config: { testEnvironment } });
      const result = await run(project);
      expect(result.stderr).not.toContain('async-leaks:');
      expect(failures(result)).toEqual(each);
    },
  );
});
