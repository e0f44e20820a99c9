/** A test runs other tests, of either framework: each run reports its own leaks, in its own summary and file. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { withPlugin } from '../../support/project.ts';
import { run } from '../../support/run.ts';
import { jest30, vitest4, type Version } from '../../support/install/versions.ts';

/** Two configurations of Jest and one of Vitest, for one file that leaks. */
const inner = (() => {
  const own = { testMatch: ['**/leak.check.cjs'], transform: {}, cacheDirectory: '<rootDir>/../.cache' };
  const testEnvironmentOptions = { asyncLeaks: { outputFile: 'leaks.json' } };
  const configs = {
    'inner/jest.config.cjs': { ...own, preset: 'async-leaks', testEnvironmentOptions },
    // Nobody listens: the records are to get lost, not to reach the run around this one.
    'inner/alone.config.cjs': { ...own, testEnvironment: 'async-leaks/jest/environment' },
    // The environment of the preset is displaced, and the setup file says so.
    'inner/displaced.config.cjs': { ...own, preset: 'async-leaks', testEnvironment: 'node' },
  };
  const texts = Object.entries(configs).map(([name, config]) => [
    name,
    `module.exports = ${JSON.stringify(config)};\n`,
  ]);
  return {
    ...(Object.fromEntries(texts) as Record<keyof typeof configs, string>),
    'inner/vitest.config.mjs': withPlugin(
      `include: ['leak.check.cjs'], maxWorkers: 1`,
      `{ outputFile: 'leaks.json' }`,
    ),
    'inner/leak.check.cjs': `test('leaks within', () => { setInterval(() => {}, 1000); });\n`,
  };
})();

const line = 'setInterval(() => {}, 1000); // the leak of the run around it';

/** Jest begins with the largest file: its record lies in the channel as the inner run begins. */
const first = `test('leaks first', () => { ${line}\n});\n// ${'-'.repeat(10_000)}\n`;

/** A test that leaks, and starts another run by its command line. */
const spawning = (command: readonly string[]) => `
  const { spawnSync } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  const { join } = require('node:path');
  test('leaks around it', () => {
    ${line}
    const args = ${JSON.stringify(command)}.map((arg) => arg.replace('MODULES', join(__dirname, 'node_modules')));
    const cwd = join(__dirname, 'inner');
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    writeFileSync(join(cwd, 'output.txt'), stdout + stderr);
    writeFileSync(join(cwd, 'status.txt'), String(status));
  }, 60_000);
`;

/** A test that leaks, and starts another run in its own process. */
const calling = (call: string) => `
  const { writeFileSync } = require('node:fs');
  const { join } = require('node:path');
  test('leaks around it', async () => {
    ${line}
    const cwd = join(__dirname, 'inner');
    ${call}
    writeFileSync(join(cwd, 'status.txt'), String(isRight ? 0 : 1));
  }, 60_000);
`;
const callingJest = `
    const { runCLI } = await import('jest');
    const { results } = await runCLI({ config: join(cwd, 'jest.config.cjs'), runInBand: true, _: [], $0: '' }, [cwd]);
    const isRight = results.success;`;
const callingVitest = `
    const { startVitest } = await import('vitest/node');
    const vitest = await startVitest('test', [], { root: cwd, config: join(cwd, 'vitest.config.mjs'), watch: false });
    const isRight = vitest.state.getCountOfFailedTests() === 0;
    await vitest.close();`;

const place = /\S+\.cjs(?=:\d+:\d+$)/gm;

/** What a run wrote and printed: the test files of the leaks in its output file, and of the places in its summary. */
function toldBy(text: string, outputFile: string): { written: string[]; printed: string[] } {
  const { leaks } = existsSync(outputFile)
    ? (JSON.parse(readFileSync(outputFile, 'utf8')) as { leaks: { testFile: string }[] })
    : { leaks: [] };
  const [, summary = ''] = /^ Async leaks (.*?)^(?:Test Suites:| *Test Files|$(?![^]))/ms.exec(text) ?? [];
  return { written: leaks.map(({ testFile }) => basename(testFile)), printed: summary.match(place) ?? [] };
}

async function runAround(version: Version, content: string, args: readonly string[], files: object = {}) {
  const asyncLeaks = { outputFile: 'leaks.json' };
  const around =
    version.framework === 'jest'
      ? { 'a.test.cjs': content, 'b.test.cjs': first }
      : {
          'a.test.cjs': content,
          'vitest.config.mjs': withPlugin(`include: ['*.test.cjs']`, JSON.stringify(asyncLeaks)),
        };
  const config = {
    testMatch: ['<rootDir>/*.test.cjs'],
    transform: {},
    testEnvironmentOptions: { asyncLeaks },
  };
  const project = useProject({ version, files: { ...inner, ...around, ...files }, config });
  const result = await run(project, { args });
  const text = result.stdout + result.stderr;
  const path = (name: string) => join(project.folder, name);
  const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');
  const within = read('inner/output.txt');
  return {
    result,
    text,
    within,
    status: read('inner/status.txt'),
    outer: toldBy(text, path('leaks.json')),
    inner: toldBy(within, path('inner/leaks.json')),
  };
}

const jest = ['MODULES/jest/bin/jest.js'];
const commands: Readonly<Record<string, readonly string[]>> = {
  'Jest, in band': [...jest, '-i', '-c', 'jest.config.cjs'],
  'Jest, in workers': [...jest, '-w', '2', '-c', 'jest.config.cjs'],
  Vitest: ['MODULES/vitest/vitest.mjs', 'run'],
};

const inBand = ['Jest, in band', jest30, ['-i']] as const;
const inWorkers = ['Jest, in workers', jest30, ['-w', '2']] as const;
const inThreads = ['Jest, in worker threads', jest30, ['-w', '2', '--workerThreads']] as const;
const inForks = ['Vitest, in forks', vitest4, ['--pool=forks']] as const;
const outerOf = ({ framework }: Version) => {
  const names = framework === 'jest' ? ['a.test.cjs', 'b.test.cjs'] : ['a.test.cjs'];
  return { written: names, printed: names };
};

test.each([
  ['Jest, in band', ...inBand],
  ['Vitest', ...inBand],
  ['Jest, in workers', ...inWorkers],
  ['Jest, in band', ...inThreads],
  ['Jest, in workers', ...inForks],
  ['Vitest', ...inForks],
] as const)('%s, within %s', async (command, _outer, version, args) => {
  const seen = await runAround(version, spawning(commands[command]!), args);
  expect(seen.outer, seen.text).toEqual(outerOf(version));
  expect(seen.inner, seen.within).toEqual({ written: ['leak.check.cjs'], printed: ['leak.check.cjs'] });
  expect({ status: seen.status, exitCode: seen.result.exitCode }).toEqual({ status: '1', exitCode: 1 });
});

describe.each([inBand, inWorkers])('within %s', (_outer, version, args) => {
  test('Jest without a reporter of ours is told so', async () => {
    const seen = await runAround(version, spawning([...jest, '-i', '-c', 'alone.config.cjs']), args);
    expect(seen.outer, seen.text).toEqual(outerOf(version));
    expect(seen.within).toContain('async-leaks: there is no summary and no outputFile');
  });

  test('Jest with an environment of its own is told so by its own run', async () => {
    const seen = await runAround(
      version,
      spawning([...jest, '-i', '-c', 'displaced.config.cjs', '--forceExit']),
      args,
    );
    expect(seen.outer, seen.text).toEqual(outerOf(version));
    expect(seen.text).not.toContain('these tests are not checked');
    expect(seen.within).toContain('so these tests are not checked: leak.check.cjs;');
  });
});

// Jest's own sandbox can import no reporter or environment that is an ES module.
test.each([
  ['Jest', callingJest],
  ['Vitest', callingVitest],
] as const)('within Vitest, in the same process: %s', async (_inner, call) => {
  const [, version, args] = inForks;
  const seen = await runAround(version, calling(call), args);
  expect([seen.outer.written, seen.inner.written], seen.text).toEqual([['a.test.cjs'], ['leak.check.cjs']]);
  expect(seen.text.split(/^ Async leaks {2}1 resource in 1 test, opened at 1 place$/m)).toHaveLength(3);
  expect({ status: seen.status, exitCode: seen.result.exitCode }).toEqual({ status: '1', exitCode: 1 });
});
