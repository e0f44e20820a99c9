/** node:test: what its fixtures do not show. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

import { useProject } from '../../support/e2e.ts';
import { environment } from '../../support/run.ts';
import { nodeTest, thisNode } from '../../support/install/versions.ts';

const leaking = (name: string) => `
import { test } from 'node:test';
test('${name} leaves an interval', () => { setInterval(() => {}, 1000); });
test('${name} leaves nothing', () => {});
`;

const clean = `
import { test } from 'node:test';
test('leaves nothing', () => {});
`;

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node in a project; `flags` come before its files. */
function play(
  files: Record<string, string>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> & { folder: string } {
  const { folder } = useProject({ version: nodeTest, files: {} });
  // Files that the harness does not look into.
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const ended = new Promise<Ended>((resolve) => {
    const options = { cwd: folder, env: environment(env), timeout: 60_000 };
    execFile(thisNode.path, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
  return Object.assign(ended, { folder });
}

const REQUIRED = ['--require', 'async-leaks/node-test', '--test', '--test-reporter=tap'];
const IMPORTED = ['--import', 'async-leaks/node-test', '--test', '--test-reporter=tap'];
const both = { 'a.test.mjs': leaking('a'), 'b.test.mjs': leaking('b') };
const names = Object.keys(both);

describe.each([
  ['--require', REQUIRED],
  ['--import', IMPORTED],
])('%s', (_name, flags) => {
  test('fails the test that leaks, and ends', async () => {
    const { code, stdout } = await play(both, [...flags, ...names]);
    expect(code).toBe(1);
    expect(stdout.match(/^(?:not )?ok \d+ - .*$/gm)).toEqual([
      'not ok 1 - a leaves an interval',
      'ok 2 - a leaves nothing',
      'not ok 3 - b leaves an interval',
      'ok 4 - b leaves nothing',
    ]);
    expect(stdout).toContain('a.test.mjs:3:');
    expect(stdout).toMatch(/^# fail 2$/m);
  });

  test('prints what it would without us where nothing leaks', async () => {
    const files = { 'a.test.mjs': clean };
    const shown = async (args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await play(files, args);
      return `${String(code)}\n${stdout.replaceAll(/duration_ms:? [\d.]+/g, '')}${stderr}`;
    };
    expect(await shown([...flags, 'a.test.mjs'])).toBe(
      await shown(['--test', '--test-reporter=tap', 'a.test.mjs']),
    );
  });

  test('warns', async () => {
    const { code, stdout } = await play(both, [...flags, ...names], { ASYNC_LEAKS: 'warn' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  test('is off', async () => {
    const files = { 'a.test.mjs': leaking('a').replace('1000)', '1000).unref()') };
    const { code, stdout, stderr } = await play(files, [...flags, 'a.test.mjs'], { ASYNC_LEAKS: 'off' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('eak');
  });

  test('runs a single file', async () => {
    const args = flags.filter((flag) => flag !== '--test');
    const { code, stdout, stderr } = await play(both, [...args, 'a.test.mjs']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^# fail 1$/m);
    expect(stderr).toContain('1 resource in 1 test');
  });

  test('names the error where node:test prints it as an object', async () => {
    const args = flags.filter((flag) => !flag.startsWith('--test'));
    const { stdout } = await play(both, [...args, '--test-reporter=spec', 'a.test.mjs']);
    expect(stdout).toMatch(/^ +LeakError: an interval was started/m);
  });

  test('leaves children of the tests alone', async () => {
    const files = {
      'a.test.mjs': `
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
test('starts some', async () => {
  const child = fork('./child.mjs');
  const [message] = await once(child, 'message');
  await once(child, 'exit');
  const worker = new Worker('./child.mjs');
  await once(worker, 'exit');
  if (message !== 'undisturbed') throw new Error(message);
});`,
      'child.mjs': `
setTimeout(() => {}, 300);
process.send?.('undisturbed');`,
    };
    const { code, stdout } = await play(files, [...flags, 'a.test.mjs']);
    expect(code, stdout).toBe(0);
  });
});

test('one summary for all files, after the reporter', async () => {
  const { stderr } = await play(both, [...REQUIRED, ...names]);
  expect(stderr).toContain('2 resources in 2 tests');
  expect(stderr.match(/To let something linger/g)).toHaveLength(1);
});

test('writes outputFile and a baseline', async () => {
  const options = {
    'async-leaks.config.mjs': `export default { outputFile: 'leaks.json', baseline: 'known.json' };`,
  };
  const recording = play({ ...both, ...options }, [...REQUIRED, ...names], { ASYNC_LEAKS: 'update' });
  expect(await recording).toMatchObject({ code: 0 });
  const { leaks } = JSON.parse(readFileSync(join(recording.folder, 'leaks.json'), 'utf8')) as {
    leaks: object[];
  };
  expect(leaks).toHaveLength(2);
  const known = readFileSync(join(recording.folder, 'known.json'), 'utf8');
  const { code, stderr } = await play({ ...both, ...options, 'known.json': known }, [...REQUIRED, ...names]);
  expect(code).toBe(0);
  expect(stderr).toContain('Tolerated 2 known leaks of known.json.');
});

test('says what --import cannot do for several files, once a run', async () => {
  const wanted = { outputFile: 'leaks.json', html: 'leaks.html', baseline: 'known.json', staleAllow: 'fail' };
  const options = { 'async-leaks.config.json': JSON.stringify(wanted) };
  const advice = 'use --require async-leaks/node-test instead of --import.';
  const sentence = `async-leaks: outputFile and html cannot be written, and the baseline can only be read, and staleAllow: 'fail' fails nothing: ${advice}`;
  for (let i = 0; i < 2; i++) {
    const run = play({ ...both, ...options }, [...IMPORTED, ...names]);
    const { stdout } = await run;
    if (process.platform === 'linux') expect(stdout.split(sentence)).toHaveLength(2);
    else expect(stdout).toContain(sentence);
    expect(readdirSync(run.folder).filter((name) => name.startsWith('leaks'))).toEqual([]);
  }
  const recording = play({ ...both, ...options }, [...IMPORTED, 'a.test.mjs'], { ASYNC_LEAKS: 'update' });
  expect(await recording).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`ASYNC_LEAKS=update needs all files in one run: ${advice}`),
  });
});

test('keeps what V8 has compiled beside the package', async () => {
  const run = play(both, [...REQUIRED, 'a.test.mjs']);
  await run;
  const folder = join(run.folder, 'node_modules/.cache/async-leaks');
  const [name = '', ...others] = readdirSync(folder);
  expect(name).toMatch(/^[0-9a-f]{16}-\d+$/);
  expect(others).toEqual([]);
  const { ino } = statSync(join(folder, name));
  const args = [...REQUIRED, 'a.test.mjs'];
  const again = (env = {}) =>
    promisify(execFile)(thisNode.path, args, { cwd: run.folder, env: environment(env) });
  await expect(again()).rejects.toMatchObject({ code: 1 });
  expect(statSync(join(folder, name)).ino, 'it is taken').toBe(ino);
  // Whoever wants no code to be kept says so to Node.
  rmSync(folder, { recursive: true });
  await expect(again({ NODE_DISABLE_COMPILE_CACHE: '1' })).rejects.toMatchObject({ code: 1 });
  expect(existsSync(folder)).toBe(false);
  writeFileSync(folder, '');
  await expect(again(), 'it cannot be written').rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^not ok 1 - a leaves an interval\n[\s\S]*^ok 2 - a leaves nothing/m),
  });
});

test('leaves a failure of Node to find the file alone', async () => {
  const { code, stderr } = await play({}, ['--require', 'async-leaks/node-test', 'node_modules']);
  expect(code).toBe(1);
  expect(stderr).toContain("Error: Cannot find module '");
  expect(stderr).not.toContain('preload.cjs');
});

test('refuses a wrong option before the first test', async () => {
  const files = { ...both, 'async-leaks.config.json': '{ "grase": 1 }' };
  const run = play(files, [...REQUIRED, ...names]);
  const { code, stdout, stderr } = await run;
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/^async-leaks: there is no option "grase".*\n$/);
  expect(stdout).toBe('');
  expect(existsSync(join(run.folder, 'leaks.json'))).toBe(false);
});

test('adds a failing test for what a file leaves, whatever filter there is', async () => {
  const file = `setInterval(() => {}, 1000);\n${clean}`;
  const args = [...IMPORTED, '--test-name-pattern=nothing', 'a.test.mjs'];
  const { code, stdout } = await play({ 'a.test.mjs': file }, args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^not ok 2 - async-leaks: top level of a\.test\.mjs$/m);
});

test('ends a file that a request holds for ever', async () => {
  const file = `
import { lookup } from 'node:dns';
import { test } from 'node:test';
const again = () => lookup('localhost', again);
test('looks up again and again', () => { again(); });
`;
  const { code, stdout } = await play({ 'a.test.mjs': file }, [...IMPORTED, 'a.test.mjs']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^not ok 1 - looks up again and again$/m);
  expect(stdout).toMatch(/^# fail 1$/m);
});
