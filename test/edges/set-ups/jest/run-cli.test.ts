/** Several runs of Jest in one process, as mutation testers and editors do it: none finds anything of the one before. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { useProject } from '../../../support/e2e.ts';
import { environment } from '../../../support/run.ts';
import { jest29, jest30 } from '../../../support/install/versions.ts';

/** Runs the two files in turns, in this process, and prints what is left behind after each run. */
const script = `
  const { readdirSync } = require('node:fs');
  const { runCLI } = require('jest');
  const count = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  (async () => {
    const runs = [];
    for (const file of ['leaks.js', 'clean.js', 'leaks.js', 'clean.js']) {
      const { results } = await runCLI({ runInBand: true, _: [file], $0: '', config: 'jest.config.cjs' }, [process.cwd()]);
      const failures = results.testResults.flatMap(({ testResults }) => testResults.flatMap(({ failureMessages }) => failureMessages));
      runs.push({
        tests: results.numTotalTests,
        leaks: failures.filter((text) => text.includes('LeakError')).length,
        channel: process.env.ASYNC_LEAKS_RECORDS,
        folders: readdirSync(process.env.TMPDIR).filter((name) => name.startsWith('async-leaks-')),
        listeners: count(),
        exitCode: process.exitCode,
      });
    }
    console.log(JSON.stringify(runs));
  })();\n`;

test.each([
  ['Jest 29.7', jest29],
  ['Jest 30.5', jest30],
] as const)('%s', async (_name, version) => {
  const files = {
    'leaks.js': `test('leaks', () => { setInterval(() => {}, 1000); });\ntest('passes', () => {});\n`,
    'clean.js': `test('passes', async () => { await new Promise((done) => { setTimeout(done, 1); }); });\n`,
    'script.cjs': script,
    'tmp/.keep': '',
  };
  const config = {
    testMatch: ['<rootDir>/leaks.js', '<rootDir>/clean.js'],
    transform: {},
    testEnvironmentOptions: { asyncLeaks: { baseline: 'none.json' } },
  };
  const project = useProject({ version, files, config });
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['script.cjs'], {
    cwd: project.folder,
    env: environment({ TMPDIR: join(project.folder, 'tmp') }),
  });
  const runs = JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('[')) ?? '[]');
  const [first] = runs;
  const left = { folders: [], listeners: first.listeners };
  expect(runs, stderr).toEqual([
    { tests: 2, leaks: 1, ...left },
    { tests: 1, leaks: 0, ...left },
    { tests: 2, leaks: 1, ...left },
    { tests: 1, leaks: 0, ...left },
  ]);
  // Each run has its own summary, and its own complaint.
  expect(stderr.match(/^ Async leaks {2}1 resource in 1 test/gm), stderr).toHaveLength(2);
  expect(stderr.match(/The baseline none\.json is missing; ASYNC_LEAKS=update/g), stderr).toHaveLength(4);
});
