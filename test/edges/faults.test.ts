/**
 * Faults of ours: what if a part of async-leaks throws? The results of the user's tests stay as they are, one message
 * says what failed, and the run fails. The faults are built into a copy of the sources, and chosen by a variable.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packMutant } from '../support/install/mutant.ts';
import { createProject, withoutUs } from '../support/project.ts';
import { run, type Run } from '../support/run.ts';
import { jest30, mocha12, vitest4, type Version } from '../support/install/versions.ts';
import { faults, stages } from './stages.ts';

let packed: Awaited<ReturnType<typeof packMutant>>;
beforeAll(async () => {
  packed = await packMutant(faults);
});
afterAll(() => packed.remove());

/** Whatever a stage needs to be come by; all of it is allowed to linger, or is closed. */
const passing = (isAllowed: boolean) => `
  ${isAllowed ? `import { allowLingering } from 'async-leaks';` : 'const allowLingering = () => {};'}
  import { createServer } from 'node:http';
  let server;
  beforeAll(() => new Promise((done) => { server = createServer().listen(0, () => done()); }));
  afterAll(() => new Promise((done) => { server.close(() => done()); }));
  describe('a suite', () => {
    let timer;
    afterAll(() => clearTimeout(timer));
    test('opens what its suite closes', () => { timer = setTimeout(() => {}, 100_000); });
  });
  test('awaits a timer', () => new Promise((done) => setTimeout(done, 1)));
  test('leaves one', () => { allowLingering('Timeout'); setTimeout(() => {}, 2000); });
  test.skip('is skipped', () => {});
`;

const failing = `
  import { equal } from 'node:assert';
  beforeEach(async () => { await new Promise((done) => setImmediate(done)); });
  test('passes', () => {});
  test('fails', async () => { await null; equal(1, 2); });
  test('times out', () => new Promise(() => {}), 50);
  describe('with a hook that fails', () => {
    afterAll(() => { throw new Error('in afterAll'); });
    test('passes', () => {});
  });
`;

const asyncLeaks = { outputFile: 'leaks.json' };
const transform = { '\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }] };

/** The configuration with async-leaks, and without. */
const configs: Record<string, readonly [on: object, off: object]> = {
  vitest: [{ provide: { asyncLeaks } }, withoutUs.vitest],
  jest: [
    { transform, testEnvironmentOptions: { asyncLeaks } },
    { transform, ...withoutUs.jest },
  ],
  mocha: [{ asyncLeaks }, withoutUs.mocha],
};

const REPORTERS = ['--reporter=default', '--reporter=async-leaks/vitest/reporter'];

/** Runs a test file; without async-leaks where `fault` is undefined, and with no fault where it is empty. */
async function runFile({ version, content, fault }: Case): Promise<Run & { text: string }> {
  const { framework } = version;
  const isOn = fault !== undefined;
  const config = { ...configs[framework]![isOn ? 0 : 1] };
  const project = createProject({ version, packed: packed.folder, files: { 'a.js': content }, config });
  onTestFinished(() => project.remove());
  const args = framework === 'vitest' && isOn ? REPORTERS : [];
  const result = await run(project, { args, env: { FAULT: fault ?? '' } });
  return { ...result, text: result.stdout + result.stderr };
}

interface Case {
  readonly version: Version;
  readonly content: string;
  readonly fault: string | undefined;
}

/** What came of the tests, each error by its first line; Mocha names the file in that. */
const outcomes = ({ tests }: Run) =>
  tests.map(({ name, state, errors }) => ({
    name,
    state,
    errors: errors.map((text) => text.split('\n')[0]?.replace(/ \(\S*a\.js\)$/, '')),
  }));

describe.each([vitest4, jest30, mocha12])('$name', (version) => {
  test('all is well without a fault', async () => {
    const result = await runFile({ version, content: passing(true), fault: '' });
    expect(result.text).not.toContain('async-leaks failed');
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
  });

  const own = Object.entries(stages).filter(([, { only }]) => only?.includes(version.framework) ?? true);
  describe.each(own)('a fault %s', (fault, { needsLeak }) => {
    test('fails the run, and no test', async () => {
      const result = await runFile({ version, content: passing(!needsLeak), fault });
      expect(outcomes(result).filter(({ state }) => state === 'failed')).toEqual([]);
      expect(result.text.split('ENOSPC: injected').length - 1, result.text).toBe(1);
      expect(result).toMatchObject({ exitCode: 1, timedOut: false });
    });

    test('changes no failure of the user’s', async () => {
      const expected = outcomes(await runFile({ version, content: failing, fault: undefined }));
      expect(expected.map(({ state }) => state)).toContain('failed');
      const result = await runFile({ version, content: failing, fault });
      expect(outcomes(result)).toEqual(expected);
      // Mocha exits with the number of failures.
      expect(result.exitCode).toBeGreaterThan(0);
      expect(result.timedOut).toBe(false);
    });
  });
});
