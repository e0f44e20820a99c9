/** If Node is too old, every entry says so in one sentence; in Bun everything is off. Both runtimes are simulated. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { withPlugin } from '../../support/project.ts';
import { environment, run } from '../../support/run.ts';
import { jest30, vitest4, type Version } from '../../support/install/versions.ts';

/** Loaded before all else in each process. Vite itself must not think that it is in Bun, nor in a Node that it does not support. */
const play = (versions: object) => `
  const versions = { ...process.versions, ...${JSON.stringify(versions)} };
  const play = () => Object.defineProperty(process, 'versions', { value: versions });
  const isVitest = process.argv.some((arg) => arg.includes('vitest'));
  if (process.argv.some((arg) => arg.endsWith('vitest.mjs'))) globalThis.play = play;
  else play();
  // It came with 20.16.
  if (!versions.bun && !isVitest) delete process.getBuiltinModule;
`;

const wrapped = `
  import { withLeakDetection } from 'async-leaks/jest';
  import { TestEnvironment } from 'jest-environment-node';
  export default withLeakDetection(TestEnvironment);\n`;
const vitest = (settings: string) =>
  `export default { test: { globals: true, include: ['a.ts'], ${settings} } };\n`;

const ways: readonly (readonly [string, Version, Record<string, unknown>, Record<string, string>])[] = [
  ['the preset', jest30, {}, {}],
  ['the environment', jest30, { preset: undefined, testEnvironment: 'async-leaks/jest/environment' }, {}],
  ['that of jsdom', jest30, { preset: undefined, testEnvironment: 'async-leaks/jest/environment-jsdom' }, {}],
  [
    'an environment that is wrapped',
    jest30,
    { preset: undefined, testEnvironment: './own.mjs' },
    { 'own.mjs': wrapped },
  ],
  [
    'the reporter of Jest',
    jest30,
    { preset: undefined, reporters: ['default', 'async-leaks/jest/reporter'] },
    {},
  ],
  ['the plugin', vitest4, {}, { 'vitest.config.mjs': withPlugin(`include: ['a.ts']`) }],
  ['the setup file', vitest4, {}, { 'vitest.config.mjs': vitest(`setupFiles: ['async-leaks/vitest']`) }],
  [
    'the reporter of Vitest',
    vitest4,
    {},
    { 'vitest.config.mjs': vitest(`reporters: ['default', 'async-leaks/vitest/reporter']`) },
  ],
];

async function runIn(
  versions: object,
  [, version, config, files]: (typeof ways)[number],
  content: string,
  env: Record<string, string> = {},
) {
  const vitestConfig = files['vitest.config.mjs'];
  const played = vitestConfig && {
    'vitest.config.mjs': vitestConfig.replace('export default', 'globalThis.play();\nexport default'),
  };
  const all = { 'a.ts': content, 'play.cjs': play(versions), ...files, ...played };
  const project = useProject({ version, files: all, config });
  const NODE_OPTIONS = `--require=${join(project.folder, 'play.cjs')}`;
  const isVitest = version.framework === 'vitest';
  const result = await run(project, { env: { NODE_OPTIONS, ...env }, ownReporters: isVitest });
  return { ...result, output: result.stdout + result.stderr };
}

describe.each(ways.map((way) => [way[0], way] as const))('%s', (_name, way) => {
  test('refuses an old Node in a sentence', async () => {
    const sentence = 'async-leaks needs Node ^20.19, ^22.12 or >=24, but this is Node 20.11.1.';
    const { exitCode, output } = await runIn({ node: '20.11.1' }, way, `test('one', () => {});\n`);
    expect(output.split(sentence).length - 1, output).toBe(1);
    expect(exitCode).toBe(1);
    expect(output).not.toMatch(/TypeError|SyntaxError|node_modules\/async-leaks/);
  });

  const leaking = `test('leaks', () => { setTimeout(() => {}, 500); });\n`;
  const sentence = 'async-leaks is off: this is Bun, whose async_hooks report no resource.\n';

  test('says that all is off in Bun', async () => {
    const { exitCode, output } = await runIn({ bun: '1.4.5' }, way, leaking);
    expect(output.split(sentence).length - 1, output).toBe(1);
    expect(output).not.toMatch(/LeakError|not checked|failed itself/);
    expect(exitCode).toBe(0);
  });

  test('says nothing of it where the user has switched it off', async () => {
    const { exitCode, output } = await runIn({ bun: '1.4.5' }, way, leaking, { ASYNC_LEAKS: 'off' });
    expect(output).not.toContain('async-leaks is');
    expect(exitCode).toBe(0);
  });
});

test.each([
  ['the command', ['node_modules/async-leaks/dist/src/cli.cjs', 'report', 'leaks.json']],
  ['node:test by --require', ['--require', 'async-leaks/node-test', 'a.test.js']],
  ['node:test by --import', ['--import', 'async-leaks/node-test', 'a.test.js']],
] as const)('%s refuses an old Node in a sentence', (_name, args) => {
  const files = { 'a.test.js': '', 'play.cjs': play({ node: '20.11.1' }) };
  const { folder } = useProject({ version: jest30, files });
  const result = spawnSync(process.execPath, ['--require', './play.cjs', ...args], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
  });
  expect(result.stderr).toBe('async-leaks needs Node ^20.19, ^22.12 or >=24, but this is Node 20.11.1.\n');
  expect(result.status).toBe(1);
});

test('allowLingering() allows anything under `bun test`, and says once that all is off', () => {
  const allow = `allowLingering('Timeout');`;
  const code = `${play({ bun: '1.4.5' })} const { allowLingering } = require('./src/index.cjs'); ${allow} ${allow}`;
  const node = (env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ['-e', code], {
      cwd: join(inject('packed'), 'dist'),
      env: environment(env),
      encoding: 'utf8',
    });
  const { status, stderr } = node();
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'async-leaks is off: this is Bun, whose async_hooks report no resource.\n',
  });
  expect(node({ ASYNC_LEAKS: 'off' }).stderr).toBe('');
});
