/** If a framework is too old, one clear sentence says so, without a stack of ours. */
import { expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withPlugin } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest29_6, mocha10, vitest3 } from '../support/install/versions.ts';

test.each([
  [vitest3, 'async-leaks needs Vitest ^4.1 or ^5, but this is Vitest 3.2.4.'],
  [jest29_6, 'async-leaks needs Jest ^29.7 or ^30, but this is Jest 29.6.4.'],
  [mocha10, 'async-leaks needs Mocha ^11 or ^12, but this is Mocha 10.8.2.'],
] as const)('$name is refused in a sentence', async (version, sentence) => {
  // Without the plugin Vitest says it for each file.
  const files = { 'a.ts': `test('one', () => {});\n` };
  const { exitCode, stdout, stderr, tests } = await run(useProject({ version, files }));
  const output = stdout + stderr;
  expect({ exitCode, tests }).toEqual({ exitCode: 1, tests: [] });
  expect(output.split(sentence).length - 1, output).toBe(1);
  expect(output).not.toMatch(/node_modules\/async-leaks/);
});

test('the plugin refuses it once for all files', async () => {
  const files = {
    'a.ts': `test('one', () => {});\n`,
    'b.ts': `test('two', () => {});\n`,
    'vitest.config.mjs': withPlugin(`include: ['*.ts']`),
  };
  const { exitCode, stdout, stderr, tests } = await run(useProject({ version: vitest3, files }));
  const output = stdout + stderr;
  expect({ exitCode, tests }).toEqual({ exitCode: 1, tests: [] });
  expect(output.split('async-leaks needs Vitest ^4.1 or ^5').length - 1, output).toBe(1);
  expect(output).not.toMatch(/node_modules\/async-leaks/);
});
