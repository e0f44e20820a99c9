/**
 * Faults of ours: what if a part of async-leaks throws? The results of the user's tests stay as they are, one message
 * says what failed, and the run fails. The faults are built into a copy of the sources, and chosen by a variable.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { packMutant, type Edit } from '../support/mutant.ts';
import { createProject, withoutUs } from '../support/project.ts';
import { run, type Run } from '../support/run.ts';
import { jest30, vitest4, type Version } from '../support/versions.ts';

interface Stage {
  readonly file: string;
  /** The fault stands behind this, which stands in the file once. */
  readonly behind: string;
  /** Found only where a leak is told: it is not allowed. */
  readonly needsLeak?: true;
  readonly only?: Version['framework'];
}

const stages: Readonly<Record<string, Stage>> = {
  'as the hook is enabled': { file: 'src/tracker/events/hook.ts', behind: 'enable(): () => void {' },
  'in init': {
    file: 'src/tracker/events/hook.ts',
    behind: 'init = (id: number, type: string, trigger: number, target: object): void => {\n    try {',
  },
  'in before': { file: 'src/tracker/events/hook.ts', behind: 'before = (id: number): void => {\n    try {' },
  'in destroy': {
    file: 'src/tracker/events/hook.ts',
    behind: 'destroy = (id: number): void => {\n    try {',
  },
  'as a test begins': {
    file: 'src/session/session.ts',
    behind: 'begin(test: Test, retry: boolean): Scope {',
  },
  'as a hook of a suite begins': {
    file: 'src/session/session.ts',
    behind:
      'hookScope(suite: Suite | undefined, hook: string, deadline: Suite | undefined, definition?: Site): Scope {',
  },
  'as a test is looked at': { file: 'src/tracker/index.ts', behind: 'isClean(scope: Scope): boolean {' },
  'as suspects are waited for': {
    file: 'src/tracker/judging/settle.ts',
    behind: 'async outlast(): Promise<void> {',
  },
  'in a verdict': {
    file: 'src/tracker/judging/verdict.ts',
    behind: 'write({ resource, details }: Offence): Leak {',
  },
  'as a leak is worded': {
    file: 'src/report/message.ts',
    behind: 'export function describeLeak(leak: Leak, root: string): string {',
    needsLeak: true,
  },
  'at the end of a suite': {
    file: 'src/session/session.ts',
    behind: 'async finishSuite(suite: Suite): Promise<Outcome<Test>> {',
  },
  'at the end of the file': {
    file: 'src/session/session.ts',
    behind: 'async finishFile(skipped: boolean): Promise<Outcome<Test>> {',
  },
  'as the file is recorded': {
    file: 'src/session/recorder.ts',
    behind: 'toRecord<Test>(tracker: Tracker, ran: Ran<Test>): FileRecord {',
  },
  'as what is left is released': {
    file: 'src/tracker/judging/judge.ts',
    behind: 'release(nobody: Scope): boolean {',
  },
  'as a worker sends its record': {
    file: 'src/process/channel.ts',
    behind: 'export function send(channel: string | undefined, message: Message): void {',
    only: 'jest',
  },
  'in the summary': {
    file: 'src/report/summary.ts',
    behind: 'export function summarise(input: SummaryInput): string {',
  },
  'as a file is written': {
    file: 'src/report/atomic.ts',
    behind: '    const draft = `${path}.${process.pid}-${number}.tmp`;\n    try {',
  },
};

const edits = Object.entries(stages).map(([name, { file, behind }]): Edit => {
  const fault = `if (process.env['FAULT'] === '${name}') throw new Error('ENOSPC: injected');`;
  return { file, from: behind, to: `${behind} ${fault}` };
});

let packed: Awaited<ReturnType<typeof packMutant>>;
beforeAll(async () => {
  packed = await packMutant(edits);
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
const configs: Record<Version['framework'], readonly [on: object, off: object]> = {
  vitest: [{ provide: { asyncLeaks } }, withoutUs.vitest],
  jest: [
    { transform, testEnvironmentOptions: { asyncLeaks } },
    { transform, ...withoutUs.jest },
  ],
};

const REPORTERS = ['--reporter=default', '--reporter=async-leaks/vitest/reporter'];

/** Runs a test file; without async-leaks where `fault` is undefined, and with no fault where it is empty. */
async function runFile({ version, content, fault }: Case): Promise<Run & { text: string }> {
  const { framework } = version;
  const isOn = fault !== undefined;
  const config = { ...configs[framework][isOn ? 0 : 1] };
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

/** What came of the tests, each error by its first line. */
const outcomes = ({ tests }: Run) =>
  tests.map(({ name, state, errors }) => ({
    name,
    state,
    errors: errors.map((text) => text.split('\n')[0]),
  }));

describe.each([vitest4, jest30])('$name', (version) => {
  test('all is well without a fault', async () => {
    const result = await runFile({ version, content: passing(true), fault: '' });
    expect(result.text).not.toContain('async-leaks failed');
    expect(result).toMatchObject({ exitCode: 0, timedOut: false });
  });

  const own = Object.entries(stages).filter(
    ([, { only }]) => (only ?? version.framework) === version.framework,
  );
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
      expect(result).toMatchObject({ exitCode: 1, timedOut: false });
    });
  });
});
