/**
 * A future Node that drops what we rely on, or has an unknown type of resource. The sources are changed as if it did.
 * Verdicts stay right, or ASYNC_LEAKS_DEBUG says once what is missed.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { packMutant } from '../support/install/mutant.ts';
import { createProject } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, nodeOf, vitest4 } from '../support/install/versions.ts';
import { changes, internals, missed } from './nodes-to-come.ts';

const content = `
  const { AsyncResource } = require('node:async_hooks');
  const { createServer } = require('node:net');
  const listen = async () => {
    await null;
    const server = createServer();
    await new Promise((done) => server.listen(0, () => done()));
    return server;
  };
  test('leaves a server', async () => { await listen(); });
  test('leaves a timer', async () => { await null; setInterval(() => {}, 1000); });
  test('closes them', async () => {
    const server = await listen();
    await new Promise((done) => server.close(() => done()));
    clearInterval(setInterval(() => {}, 1000));
    new AsyncResource('theirs').runInAsyncScope(() => {});
  });
`;

describe.each(Object.entries(changes))('a Node that %s', (_name, { edits, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant(edits);
  });
  afterAll(() => packed.remove());

  const combinations = [vitest4, jest30].flatMap((version) =>
    [24, 26].map((major) => [version.name, major, version] as const),
  );
  test.each(combinations)('%s on Node %i', async (_version, major, version) => {
    const project = createProject({ version, packed: packed.folder, files: { 'a.cjs': content } });
    onTestFinished(() => project.remove());
    const result = await run(project, { node: nodeOf(major), env: { ASYNC_LEAKS_DEBUG: '1' } });
    const text = result.stdout + result.stderr;
    const failed = result.tests.filter(({ state }) => state === 'failed').map(({ name }) => name);
    expect(failed, text).toEqual(['leaves a server', 'leaves a timer']);
    expect(text.split(says).length - 1, text).toBe(1);
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
  });
});

describe.each(Object.entries(internals))('a Node that does not tell %s', (_name, { edit, files, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant([edit]);
  });
  afterAll(() => packed.remove());

  const runs = [vitest4, jest30].flatMap((version) =>
    files.map((file) => [version.name, file, version] as const),
  );
  test.each(runs)('%s judges %s rightly', async (_version, file, version) => {
    const folder = `fixtures/${file.split('/')[0]}`;
    const env = { ASYNC_LEAKS_DEBUG: '1' };
    const node = nodeOf(24);
    const options = { version, node, packed: packed.folder, folder, file: `fixtures/${file}`, env };
    const { run: result, wrong } = await runFixtures(options);
    expect(wrong.join('\n')).toBe('');
    const text = result.stdout + result.stderr;
    if (says !== undefined) expect(text.split(`async-leaks: ${says}`).length - 1, text).toBe(1);
  });
});

const touching = `
  const { open } = require('node:fs/promises');
  let file;
  afterAll(() => file.close()); // later than the test: a closed one is forgotten
  test('asks a server, and opens a file', async () => {
    await fetch('http://127.0.0.1:45999/').catch(() => {});
    file = await open(__filename);
  });
`;

describe.each(Object.entries(missed))('a Node that does not tell %s', (_name, { edit, says }) => {
  let packed: Awaited<ReturnType<typeof packMutant>>;
  beforeAll(async () => {
    packed = await packMutant([edit]);
  });
  afterAll(() => packed.remove());

  test.each([vitest4, jest30])('$name says so', async (version) => {
    const project = createProject({ version, packed: packed.folder, files: { 'a.cjs': touching } });
    onTestFinished(() => project.remove());
    const result = await run(project, { node: nodeOf(24), env: { ASYNC_LEAKS_DEBUG: '1' } });
    const text = result.stdout + result.stderr;
    expect(text.split(`async-leaks: ${says}`).length - 1, text).toBe(1);
    expect(result, text).toMatchObject({ exitCode: 0, timedOut: false });
  });
});

test('a Node that does not list what holds a process says so, and Jest ends its workers by force', async () => {
  const packed = await packMutant([{ gone: '_getActiveHandles' }]);
  onTestFinished(() => packed.remove());
  const leak = `
    const { stat } = require('node:fs');
    test('asks for ever', () => { const again = () => stat(__filename, again); again(); });
  `;
  const files = { 'a.cjs': leak, 'b.cjs': "test('does nothing', () => {});" };
  const project = createProject({ version: jest30, packed: packed.folder, files });
  onTestFinished(() => project.remove());
  const env = { ASYNC_LEAKS_DEBUG: '1' };
  const result = await run(project, { node: nodeOf(24), args: ['-w', '2'], env });
  const text = result.stdout + result.stderr;
  expect(text).toContain(
    'Node does not list what holds a process: so a process that only leaks hold is not ended.',
  );
  expect(result.tests.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual([
    'asks for ever: failed',
    'does nothing: passed',
  ]);
  expect(result, text).toMatchObject({ exitCode: 1, timedOut: false });
});

const all = [vitest4, jest30].flatMap((version) =>
  version.nodes.map((major) => [version.name, major, version] as const),
);
test.each(all)('%s on Node %i is as we know it', async (_version, major, version) => {
  const files = { 'a.cjs': `test('awaits', async () => { await null; });` };
  const project = useProject({ version, files });
  const result = await run(project, { node: nodeOf(major), env: { ASYNC_LEAKS_DEBUG: '1' } });
  // Jest uses an AsyncLocalStorage, which hooks promises there.
  const isHooked = version === jest30 && major === 20;
  expect((result.stdout + result.stderr).match(/^async-leaks: .*$/gm)?.length ?? 0).toBe(isHooked ? 1 : 0);
  expect(result).toMatchObject({ exitCode: 0 });
});
