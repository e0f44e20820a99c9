/** What each reporter of Mocha says in the end, of leaks that are told at once, at the end of their suite, and at that of the run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { mocha12Serial } from '../../support/install/versions.ts';
import { run, type Run } from '../../support/run.ts';

const leak = 'setInterval(() => {}, 1000)';

/** Told at once, and at the end of the suite: what an `afterEach` closes is no leak, what one opens is. */
const early = `
  it('passes', () => {});
  it('leaks', () => { ${leak}; });
  describe('with a cleanup', () => {
    let timer;
    after(() => clearInterval(timer));
    it('opens', () => { timer = ${leak}; });
    it('leaks, too', () => { ${leak}; });
    it('passes, too', () => {});
  });
  describe('with a hook', () => {
    let timer;
    afterEach(function () { if (this.currentTest.title === 'leaks in it') ${leak}; clearInterval(timer); });
    it('is closed in it', () => { timer = ${leak}; });
    it('leaks in it', () => {});
  });
  it.skip('is skipped', () => {});
  it('fails', () => { throw new Error('by itself'); });
`;

/** Told at the end of the run. */
const late = `
  let timer;
  after(() => clearInterval(timer));
  it('opens', () => { timer = ${leak}; });
  it('leaks', () => { ${leak}; });
  describe('a suite', () => {
    it('leaks, too', () => { ${leak}; });
    it('passes', () => {});
  });
  it.skip('is skipped', () => {});
  it('fails', () => { throw new Error('by itself'); });
`;

interface Counts {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
}

const cases: [name: string, content: string, expected: Counts][] = [
  ['at once and at the end of a suite', early, { passes: 4, failures: 4, pending: 1 }],
  ['at the end of the run', late, { passes: 2, failures: 3, pending: 1 }],
];

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
const linesWith = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const epilogue = ({ stdout }: Run): Counts => ({
  passes: numberIn(stdout, /(\d+) passing/),
  failures: numberIn(stdout, /(\d+) failing/),
  pending: numberIn(stdout, /(\d+) pending/),
});

/** What a reporter says in the end. */
const readers: Readonly<Record<string, (result: Run) => Counts>> = {
  spec: epilogue,
  dot: epilogue,
  min: epilogue,
  list: epilogue,
  landing: epilogue,
  progress: epilogue,
  nyan: epilogue,
  json: ({ stdout }) => {
    const { stats, passes, failures, pending, tests } = JSON.parse(stdout);
    const counts = { passes: passes.length, failures: failures.length, pending: pending.length };
    expect(stats).toMatchObject({ ...counts, tests: tests.length });
    expect(tests).toHaveLength(counts.passes + counts.failures + counts.pending);
    return counts;
  },
  'json-stream': ({ stdout }) => {
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [, { passes, failures, pending }] = events.at(-1);
    expect(events.filter(([event]) => event === 'fail')).toHaveLength(failures);
    return { passes, failures, pending };
  },
  xunit: ({ stdout }) => {
    const tests = numberIn(stdout, / tests="(\d+)"/);
    const failures = numberIn(stdout, / errors="(\d+)"/);
    const pending = numberIn(stdout, / skipped="(\d+)"/);
    expect(linesWith(stdout, /<testcase /g)).toBe(tests);
    expect(linesWith(stdout, /<failure>/g)).toBe(failures);
    return { passes: tests - failures - pending, failures, pending };
  },
  tap: ({ stdout }) => {
    const passes = numberIn(stdout, /^# pass (\d+)/m);
    const failures = numberIn(stdout, /^# fail (\d+)/m);
    const pending = linesWith(stdout, /^ok .*# SKIP/gm);
    expect(linesWith(stdout, /^ok /gm)).toBe(passes + pending);
    expect(linesWith(stdout, /^not ok /gm)).toBe(failures);
    expect(stdout).toContain(`1..${passes + failures + pending}`);
    return { passes, failures, pending };
  },
  markdown: ({ stdout }) => ({
    passes: linesWith(stdout, /^```js$/gm),
    failures: Number.NaN,
    pending: Number.NaN,
  }),
};

describe.each(cases)('leaks that are told %s', (_name, content, expected) => {
  test.each(Object.keys(readers))('are counted by the reporter "%s"', async (reporter) => {
    const project = useProject({ version: mocha12Serial, files: { 'a.test.js': content } });
    const result = await run(project, { ownReporters: true, args: ['--reporter', reporter] });
    expect(result.timedOut).toBe(false);
    expect(result.exitCode).toBe(expected.failures);
    const counts = readers[reporter]!(result);
    if (reporter === 'markdown') expect(counts.passes).toBe(expected.passes);
    else expect(counts).toEqual(expected);
  });
});

test('a leak in the place of a test is told once, where the test stands', async () => {
  const project = useProject({ version: mocha12Serial, files: { 'a.test.js': early } });
  const { stdout } = await run(project, { ownReporters: true });
  const [tree] = stdout.replaceAll(/\s*\(\d+ms\)/g, '').split(/^  \d+ passing/m);
  expect(tree!.trim()).toBe(
    `
  ✔ passes
  1) leaks
  - is skipped
  2) fails
  with a cleanup
    ✔ opens
    3) leaks, too
    ✔ passes, too

  with a hook
    ✔ is closed in it
    ✔ leaks in it
    4) leaks in it
`.trim(),
  );
});

test('what is written to a file is the same', async () => {
  const project = useProject({ version: mocha12Serial, files: { 'a.test.js': early } });
  const args = ['--reporter', 'json', '--reporter-option', 'output=out.json'];
  const { exitCode } = await run(project, { ownReporters: true, args });
  const { stats } = JSON.parse(readFileSync(join(project.folder, 'out.json'), 'utf8'));
  expect({ exitCode, ...stats }).toMatchObject({ exitCode: 4, passes: 4, failures: 4, pending: 1, tests: 9 });
});
