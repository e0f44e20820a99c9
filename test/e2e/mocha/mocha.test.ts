/** What is special in Mocha: files that share a process and a root, ways to run it, and what the run says without a reporter. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { told, leaksIn } from '../../support/expected/output.ts';
import type { ProjectOptions } from '../../support/project.ts';
import { mocha12, mocha12Serial, type Version } from '../../support/install/versions.ts';
import { failures, run, type Run, type RunOptions } from '../../support/run.ts';

const leak = 'setInterval(() => {}, 1000)';
const named = (name: string, body = ''): string => `it('${name}', () => { ${body} });\n`;
const leaking = (name: string): string => named(name, leak);

/** Runs files as they are: Mocha alone gives them their globals. */
const runFiles = (
  version: Version,
  files: ProjectOptions['files'],
  { config = {}, ...options }: RunOptions & { config?: Record<string, unknown> } = {},
): Promise<Run> => run(useProject({ version, files, config }), options);

const errorsOf = ({ files }: Run) => files.flatMap(({ errors }) => errors);
const entriesOf = ({ stdout }: Run) => [...new Set(stdout.match(/async-leaks: .*?(?=:?$)/gm) ?? [])];

describe('files that share a process', () => {
  test('are judged each on its own', async () => {
    const result = await runFiles(mocha12Serial, {
      'a.test.js': `${leak};\n${named('passes')}`,
      'b.test.js': leaking('leaks'),
      'c.test.js': `describe('users', () => { before(() => { ${leak}; }); ${named('are there')} });`,
    });
    expect(failures(result)).toEqual(['leaks']);
    expect(entriesOf(result)).toEqual([
      'async-leaks: top level of a.test.js',
      'async-leaks: before of users of c.test.js',
    ]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('Async leaks  3 resources in 1 test and 2 files outside of tests');
  });

  test('wait for the hooks of the root, whichever file has them', async () => {
    const result = await runFiles(mocha12Serial, {
      'a.test.js': `${named('opens', 'globalThis.pool ??= setInterval(() => {}, 1000);')}${leaking('leaks')}`,
      'b.test.js': `after(() => clearInterval(globalThis.pool));\n${named('passes')}`,
      'c.test.js': `before(() => { ${leak}; });\n${leak};\n${named('passes, too')}`,
    });
    expect(failures(result)).toEqual(['leaks']);
    expect(entriesOf(result).toSorted()).toEqual([
      'async-leaks: before of c.test.js',
      'async-leaks: top level of c.test.js',
    ]);
    expect(result.exitCode).toBe(3);
  });

  test('have hooks that a required module defines', async () => {
    const files = {
      'hooks.cjs': `exports.mochaHooks = {
        beforeAll() { this.timer = setInterval(() => {}, 1000); ${leak}; },
        afterAll() { clearInterval(this.timer); },
        afterEach() { if (this.currentTest.title === 'is left something') ${leak}; },
      };`,
      'a.test.js': named('passes'),
      'b.test.js': named('is left something'),
    };
    const config = { require: ['./async-leaks.cjs', './globals.cjs', './hooks.cjs'] };
    const result = await runFiles(mocha12Serial, files, { config });
    expect(failures(result)).toEqual(['is left something']);
    expect(entriesOf(result)).toEqual(['async-leaks: before of {root}']);
    const parallel = await runFiles(mocha12, files, { config });
    expect(failures(parallel)).toEqual(['is left something']);
    expect(entriesOf(parallel).toSorted()).toEqual([
      'async-leaks: before of a.test.js',
      'async-leaks: before of b.test.js',
    ]);
  });

  test('may each end in a test', async () => {
    const result = await runFiles(mocha12Serial, {
      'a.test.js': `setTimeout(() => {}, 1500);\n${named('passes')}`,
      'b.test.js': `it('takes longer than that', (done) => { setTimeout(done, 1600); });`,
    });
    expect(entriesOf(result)).toEqual(['async-leaks: top level of a.test.js']);
  });
});

describe.each([mocha12Serial, mocha12])('$name', (version) => {
  const asyncLeaks = { outputFile: 'leaks.json', baseline: 'known.json' };

  test('has a summary, an outputFile and a baseline', async () => {
    const files = { 'a.test.js': leaking('one'), 'b.test.js': `${leaking('two')}${named('three')}` };
    const project = useProject({ version, files, config: { asyncLeaks } });
    const first = await run(project, { env: { ASYNC_LEAKS: 'update' } });
    expect(first).toMatchObject({ exitCode: 0, timedOut: false });
    expect(told(leaksIn(project))).toEqual([
      'a.test.js: recorded Timeout of test one',
      'b.test.js: recorded Timeout of test two',
    ]);
    const second = await run(project);
    expect(second.exitCode).toBe(0);
    expect(told(leaksIn(project))).toEqual([
      'a.test.js: known Timeout of test one',
      'b.test.js: known Timeout of test two',
    ]);
  });

  test('warns, and fails nothing', async () => {
    const files = { 'a.test.js': `${leaking('leaks')}${leak};` };
    const result = await runFiles(version, files, { config: { asyncLeaks: { mode: 'warn' } } });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('an interval was started in this test, but never cleared (Timeout)');
    expect(result.stderr).toContain('an interval was started at the top level of this file');
  });

  test('says nothing where nothing leaks, or where it is switched off', async () => {
    const clean = await runFiles(version, { 'a.test.js': named('passes') });
    expect(clean).toMatchObject({ exitCode: 0, stderr: '' });
    const off = await runFiles(
      version,
      { 'a.test.js': leaking('leaks') },
      {
        env: { ASYNC_LEAKS: 'off' },
        args: ['--exit'],
      },
    );
    expect(off).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('fails for an allowance that nothing uses', async () => {
    const text = `const { allowLingering } = require('async-leaks');\n${named('allows', 'allowLingering();')}`;
    const config = { asyncLeaks: { staleAllow: 'fail' } };
    const result = await runFiles(version, { 'a.test.js': text }, { config });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("async-leaks: 1 allowance allowed nothing (staleAllow: 'fail').");
  });

  test('heeds allowances in a test, in hooks, and in the docblock of a file', async () => {
    const result = await runFiles(version, {
      'a.test.js': `/** @allow-lingering Timeout */\n${leaking('is allowed')}${leak};`,
      'b.test.js': `
        const { allowLingering } = require('async-leaks');
        describe('a suite', () => { before(() => allowLingering('Timeout')); ${leaking('is allowed it')} });
        ${named('allows', `allowLingering({ type: 'Timeout', reason: 'on purpose' }); ${leak};`)}
        ${leaking('is not')}`,
    });
    expect(failures(result)).toEqual(['is not']);
    expect(result.stderr).toContain('Allowed to linger: 3 × Timeout, 1 × Timeout (on purpose).');
  });

  test('has one error for a test with several leaks, and ends by itself', async () => {
    const body = `${leak}; require('node:net').createServer().listen(0);`;
    const result = await runFiles(version, { 'a.test.js': named('leaks', body) });
    const [{ errors }] = result.tests as [Run['tests'][0]];
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^LeakError: .*\(Timeout\)[\s\S]*\n\nLeakError: .*\(TCPSERVERWRAP\)[\s\S]*\n {4}at .*a\.test\.js:1/,
    );
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
  });

  test('tells a test that timed out what it had open', async () => {
    const text = `it('waits', function (done) { this.timeout(50); require('node:net').createServer().listen(0); void done; });`;
    const { tests } = await runFiles(version, { 'a.test.js': text });
    expect(tests[0]!.errors.join()).toMatch(
      /Timeout of 50ms exceeded[\s\S]*when this test timed out, it still had open or in flight\n\n  server .*\(TCPSERVERWRAP\)  a\.test\.js:1/,
    );
  });
});

describe('the command line', () => {
  const files = {
    'a.test.js': `${leaking('leaks')}${named('passes')}`,
    'b.test.js': `it.skip('skipped', () => {});\n${leaking('leaks, too')}`,
  };
  const statesIn = (result: Run) => result.tests.map(({ name, state }) => `${name}: ${state}`);

  test.each<[flags: string[], expected: string[], exitCode: number]>([
    [['--exit'], ['leaks: failed', 'passes: passed', 'skipped: skipped', 'leaks, too: failed'], 2],
    [['--bail'], ['leaks: failed'], 1],
    [['--dry-run'], ['leaks: passed', 'passes: passed', 'skipped: skipped', 'leaks, too: passed'], 0],
    [['--grep', 'too'], ['leaks, too: failed'], 1],
    [['--check-leaks'], ['leaks: failed', 'passes: passed', 'skipped: skipped', 'leaks, too: failed'], 2],
    [['--forbid-pending'], ['leaks: failed', 'passes: passed', 'skipped: failed', 'leaks, too: failed'], 3],
    [['--retries', '2'], ['leaks: failed', 'passes: passed', 'skipped: skipped', 'leaks, too: failed'], 2],
    [
      ['--enable-source-maps'],
      ['leaks: failed', 'passes: passed', 'skipped: skipped', 'leaks, too: failed'],
      2,
    ],
  ])('takes %j', async (flags, expected, exitCode) => {
    const result = await runFiles(mocha12Serial, files, { args: flags });
    expect(statesIn(result)).toEqual(expected);
    expect(result).toMatchObject({ exitCode, timedOut: false });
    expect(errorsOf(result)).toEqual([]);
  });

  test('finds the global that a test has left, though what the test left open is told later', async () => {
    const text = `describe('a suite', () => {
      after(() => {});
      ${leaking('leaks')}
      ${named('leaves a global', 'globalThis.left = 1;')}
      ${named('passes')}
    });`;
    const result = await runFiles(mocha12Serial, { 'a.test.js': text }, { args: ['--check-leaks'] });
    expect(failures(result)).toEqual(['a suite > leaks', 'a suite > leaves a global']);
  });

  test('waits for run() with --delay', async () => {
    const text = `setTimeout(() => {
      ${leaking('leaks')}${named('passes')}
      after(() => clearInterval(timer));
      it('opens', () => { timer = ${leak}; });
      let timer;
      run();
    }, 20);`;
    const result = await runFiles(mocha12Serial, { 'a.test.js': text }, { args: ['--delay'] });
    expect(statesIn(result)).toEqual(['leaks: failed', 'passes: passed', 'opens: passed']);
    expect(errorsOf(result)).toEqual([]);
  });

  test.each([
    [
      'tdd',
      `suite('s', () => { let t; suiteTeardown(() => clearInterval(t));
      suiteSetup(() => { ${leak}; });
      test('leaks', () => { ${leak}; }); test('opens', () => { t = ${leak}; }); });`,
      'suiteSetup of s of a.test.js',
    ],
    [
      'qunit',
      `suite('s'); let t; before(() => { ${leak}; }); after(() => clearInterval(t));
      test('leaks', () => { ${leak}; }); test('opens', () => { t = ${leak}; });`,
      'before of s of a.test.js',
    ],
    [
      'exports',
      `let t; exports.s = { before() { ${leak}; }, after() { clearInterval(t); },
      'leaks'() { ${leak}; }, 'opens'() { t = ${leak}; } };`,
      'before of s of a.test.js',
    ],
  ])('takes the interface %s', async (ui, text, entry) => {
    const config = { ui, require: ['./async-leaks.cjs'] };
    const result = await runFiles(mocha12Serial, {
      'a.test.js': text,
      '.mocharc.json': JSON.stringify({ ...config, spec: ['*.test.js'] }),
    });
    expect(failures(result)).toEqual(['s > leaks']);
    expect(entriesOf(result)).toEqual([`async-leaks: ${entry}`]);
  });

  test('takes ES modules, and a package instead of a path', async () => {
    const project = useProject({
      version: mocha12Serial,
      files: {
        'a.test.mjs': `import { allowLingering } from 'async-leaks';\nawait null;\n${leaking('leaks')}
          ${named('allows', `allowLingering('Timeout'); ${leak};`)}${leak};`,
        '.mocharc.json': JSON.stringify({ require: ['async-leaks/mocha'], spec: ['a.test.mjs'] }),
      },
    });
    // Mocha is a link here, and looks for packages where it really is.
    const result = await run(project, { env: { NODE_PATH: join(project.folder, 'node_modules') } });
    expect(failures(result)).toEqual(['leaks']);
    expect(entriesOf(result)).toEqual(['async-leaks: top level of a.test.mjs']);
  });

  test('stays itself where a test ends the process', async () => {
    const text = `describe('a suite', () => { after(() => {}); ${leaking('leaks')} ${named('ends it', 'process.exit(7);')} });`;
    const { stdout, exitCode } = await runFiles(mocha12Serial, { 'a.test.js': text }, { ownReporters: true });
    expect(exitCode).toBe(7);
    expect(stdout).toContain('✔ leaks');
  });
});
