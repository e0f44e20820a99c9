/** What a project hears that uses async-leaks wrongly: one clear sentence, and no stack of ours. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions, withoutUs } from '../support/project.ts';
import { type Run, run } from '../support/run.ts';
import { both, type Version } from '../support/install/versions.ts';

const passing = { 'a.ts': `test('one', () => {});\n` };

/** A sentence is all that is said, before any test runs; no frame of ours follows. Jest says it of the run, Vitest of the file. */
function expectRefusal(
  { exitCode, stdout, stderr, tests, files }: Run,
  sentence: string,
  { framework }: Version,
): void {
  const output = stdout + stderr;
  expect(output.split(sentence).length - 1, output).toBe(1);
  expect(output).not.toMatch(/node_modules\/async-leaks/);
  const ofFiles = framework === 'vitest' ? [expect.stringContaining(sentence.trim())] : [];
  expect(files.flatMap(({ errors }) => errors)).toEqual(ofFiles);
  expect({ exitCode, tests }).toEqual({ exitCode: 1, tests: [] });
}

describe.each(both)('%s refuses', (_name, version) => {
  test.each([
    [
      'an option of the wrong type',
      { grace: 'soon' },
      `option "grace" takes a whole number of at least 0, but got 'soon'.`,
    ],
    ['a wrong deadline', { deadline: 'file' }, `option "deadline" takes 'suite', 'test', but got 'file'.`],
    ['a wrong includeUnref', { includeUnref: 1 }, 'option "includeUnref" takes true or false, but got 1.'],
    [
      'a wrong stackDepth',
      { stackDepth: 0 },
      'option "stackDepth" takes a whole number of at least 1, but got 0.',
    ],
    [
      'a wrong staleAllow',
      { staleAllow: true },
      `option "staleAllow" takes 'warn', 'fail', 'off', but got true.`,
    ],
    ['a wrong baseline', { baseline: false }, 'option "baseline" takes the path of a file, but got false.'],
    ['a wrong outputFile', { outputFile: '' }, `option "outputFile" takes the path of a file, but got ''.`],
    [
      'a wrong allow',
      { allow: 'TCPWRAP' },
      `option "allow" takes an array of allowances, but got 'TCPWRAP'.`,
    ],
    [
      'a value that is not offered',
      { mode: 'loud' },
      `option "mode" takes 'fail', 'warn', 'off', but got 'loud'.`,
    ],
    [
      'a malformed allowance',
      { allow: [{ kind: 'Timeout' }] },
      'option "allow": expected a resource type such as "TCPWRAP", or an object { type?, package?, from?, count?, reason? } with strings and a whole count of at least 1, but got the unknown key "kind".',
    ],
    ['options that are no object', [], 'the options must be an object, but got [].'],
  ])('%s', async (_what, options, sentence) => {
    const project = useProject({ version, files: passing, config: withOptions(version, options) });
    expectRefusal(await run(project), `TypeError: async-leaks: ${sentence}\n`, version);
  });

  test('an option that there is not, and names those there are', async () => {
    const project = useProject({ version, files: passing, config: withOptions(version, { grase: 1 }) });
    const result = await run(project);
    const [sentence = ''] =
      /TypeError: async-leaks: there is no option "grase"; it takes .*\.\n/.exec(result.stderr) ?? [];
    expectRefusal(result, sentence, version);
    expect(sentence).toContain('mode, deadline, grace, allow, includeUnref, staleAllow, stackDepth');
  });

  test('a value of ASYNC_LEAKS that it does not know', async () => {
    const project = useProject({ version, files: passing });
    const sentence =
      /TypeError: async-leaks: the environment variable ASYNC_LEAKS takes off, warn, fail.*, but got 'on'\.\n/;
    const result = await run(project, { env: { ASYNC_LEAKS: 'on' } });
    expectRefusal(result, sentence.exec(result.stderr)?.[0] ?? String(sentence), version);
  });

  test('allowLingering() where it is not switched on', async () => {
    const files = {
      'a.ts': `import { allowLingering } from 'async-leaks';\ntest('one', () => allowLingering());\n`,
    };
    const config = withoutUs[version.framework];
    const result = await run(useProject({ version, files, config }));
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(
      'TypeError: allowLingering() works only if async-leaks is on: setupFiles: ["async-leaks/vitest"], preset: "async-leaks" for Jest, node --require async-leaks/node-test, or mocha --require async-leaks/mocha.\n',
    );
    expect(result.stderr).toContain('a.ts:2:');
    expect(result.stderr).not.toMatch(/node_modules\/async-leaks/);
  });
});

describe.each(both)('%s with ASYNC_LEAKS=off', (_name, version) => {
  test('fails nothing, and allowLingering() means what it meant', async () => {
    const files = {
      'a.ts': `
        import { allowLingering } from 'async-leaks';
        test('leaks', () => { setTimeout(() => {}, 500); });
        test('allows', () => { allowLingering('Timeout'); setTimeout(() => {}, 500); });
        test('allows nonsense', () => { expect(() => allowLingering(1)).toThrow(TypeError); });
      `,
    };
    const project = useProject({ version, files });
    const failed = ({ tests }: Run) =>
      tests.filter(({ state }) => state === 'failed').map(({ name }) => name);
    expect(failed(await run(project))).toEqual(['leaks']);
    const { exitCode, tests, stdout, stderr } = await run(project, { env: { ASYNC_LEAKS: 'off' } });
    expect({ exitCode, states: tests.map(({ state }) => state) }).toEqual({
      exitCode: 0,
      states: Array(3).fill('passed'),
    });
    expect(stdout + stderr).not.toContain('async-leaks:');
  });
});
