/** Commands that run no test do what they do without us, whatever ASYNC_LEAKS says. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withPlugin } from '../support/project.ts';
import { environment } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const files = {
  'a.test.js': `test('leaks', () => { setInterval(() => {}, 1000); });\n`,
  'b.js': 'export {};\n',
};

/** What a command prints, and its exit code. */
function print(cwd: string, args: readonly string[], value: string) {
  const env = environment({ ASYNC_LEAKS: value });
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  return { stdout, stderr, status };
}

const settings = `include: ['*.test.js']`;
const configs = {
  'the plugin': withPlugin(settings),
  'the plugin and a baseline': withPlugin(settings, `{ baseline: 'known.json' }`),
  'the setup file': `export default { test: { globals: true, ${settings}, setupFiles: ['async-leaks/vitest'] } };\n`,
};

describe.each(Object.entries(configs))('vitest list, with %s', (_how, config) => {
  test.each(['update', 'warn', 'off'])('and ASYNC_LEAKS=%s', (value) => {
    const { folder } = useProject({ version: vitest4, files: { ...files, 'vitest.config.mjs': config } });
    const list = ['node_modules/vitest/vitest.mjs', 'list'];
    expect(print(folder, list, value)).toEqual({ status: 0, stdout: 'a.test.js > leaks\n', stderr: '' });
    const { stdout, ...rest } = print(folder, [...list, '--json'], value);
    expect(rest).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'leaks' }]);
  });
});

test.each(['update', 'warn', 'off', 'no such mode'])('jest --listTests with ASYNC_LEAKS=%s', (value) => {
  const { folder } = useProject({ version: jest30, files, config: { testMatch: ['**/*.test.js'] } });
  const args = ['node_modules/jest/bin/jest.js', '--listTests'];
  expect(print(folder, args, value)).toEqual({ status: 0, stdout: `${folder}/a.test.js\n`, stderr: '' });
});

test('a wrong value of ASYNC_LEAKS is refused by vitest list, too', () => {
  const config = { 'vitest.config.mjs': configs['the plugin'] };
  const { folder } = useProject({ version: vitest4, files: { ...files, ...config } });
  const { status, stderr } = print(folder, ['node_modules/vitest/vitest.mjs', 'list'], 'no such mode');
  expect(status).toBe(1);
  expect(stderr).toContain(
    `async-leaks: the environment variable ASYNC_LEAKS takes off, warn, fail, update, update-ci, but got 'no such mode'.`,
  );
  expect(stderr).not.toMatch(/node_modules\/async-leaks/);
});
