/** What a global setup or a reporter leaves open in Jest's main process is named once Jest has complained that it cannot exit. */
import { expect, test } from 'vitest';
import { useProject } from '../../../support/e2e.ts';
import { output, run } from '../../../support/run.ts';
import { jest29, jest30 } from '../../../support/install/versions.ts';

const shared = {
  'a.test.js': `test('passes', () => {});\n`,
  'global.cjs': `const { createServer } = require('node:net');

module.exports = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', resolve);
  globalThis.end = () => server.close();
});\n`,
  // Else nothing would end it.
  'reporter.cjs': `module.exports = class {
  onRunComplete() {
    const beat = setInterval(() => {}, 5000);
    setTimeout(() => { clearInterval(beat); globalThis.end?.(); }, 2000).unref();
  }
};\n`,
};
const held = {
  globalSetup: '<rootDir>/global.cjs',
  reporters: ['default', 'async-leaks/jest/reporter', '<rootDir>/reporter.cjs'],
  openHandlesTimeout: 300,
};
const SENTENCE = 'async-leaks: a plugin, a global setup or a reporter keeps the main process from exiting:';

test.each([
  ['Jest 29.7', jest29, ['-i'], {}, true],
  ['Jest 30.5', jest30, ['-i'], {}, true],
  ['Jest 30.5, in workers', jest30, ['-w', '2'], {}, true],
  // What a reporter opens is seen by ours alone.
  ['Jest 30.5, by the teardown', jest30, ['-i'], { reporters: ['default', '<rootDir>/reporter.cjs'] }, false],
] as const)('%s', async (_name, version, args, own, seesReporter) => {
  const files = { ...shared, 'b.test.js': shared['a.test.js'] };
  const project = useProject({ version, files, config: { ...held, ...own } });
  const result = await run(project, { args });
  const lines = result.stderr.split('\n').map((line) => line.trim().split(/ {2,}/));
  const start = lines.findIndex(([first]) => first === SENTENCE);
  expect(lines.slice(start, start + (seesReporter ? 5 : 4)), output(result)).toEqual([
    [SENTENCE],
    [''],
    [expect.stringMatching(/^server 127\.0\.0\.1:\d+ \(TCPSERVERWRAP\)$/), 'global.cjs:4:33'],
    ...(seesReporter ? [['interval, every 5000 ms (Timeout)', 'reporter.cjs:3:18']] : []),
    [''],
  ]);
  expect({ exitCode: result.exitCode, timedOut: result.timedOut }).toEqual({ exitCode: 0, timedOut: false });
});

test('nothing is said where nothing is left, nor where async-leaks is off', async () => {
  const clean = await run(useProject({ version: jest30, files: shared, config: { openHandlesTimeout: 1 } }));
  expect(output(clean)).not.toContain('async-leaks:');
  const off = useProject({ version: jest30, files: shared, config: held });
  expect(output(await run(off, { env: { ASYNC_LEAKS: 'off' } }))).not.toContain('async-leaks:');
  const config = { ...held, testEnvironmentOptions: { asyncLeaks: { mode: 'off' } } };
  const byOption = await run(useProject({ version: jest30, files: shared, config }));
  expect(output(byOption)).toContain('did not exit');
  expect(output(byOption)).not.toContain('async-leaks:');
});
