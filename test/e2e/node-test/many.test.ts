/** node:test: a test that leaves thousands of things, and whoever reads what it prints is slow. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { useProject } from '../../support/e2e.ts';
import { environment, run } from '../../support/run.ts';
import { nodeTest, thisNode } from '../../support/install/versions.ts';

const LINES = 5;
const EACH = 1000;
const leaking = `
import { test } from 'node:test';
test('leaves very many', () => {
${`  for (let i = 0; i < ${EACH}; i++) setInterval(() => {}, 60_000);\n`.repeat(LINES)}});
test('leaves nothing', () => {});
`;

test('its errors are short, and so is what Node gets of them', async () => {
  const { folder } = useProject({ version: nodeTest, files: { 'a.test.mjs': leaking } });
  const child = spawn(thisNode.path, ['--import', 'async-leaks/node-test', 'a.test.mjs'], {
    cwd: folder,
    // As node:test itself starts a file: it reads messages, a head with their length before each, and waits for ever for the rest of one.
    env: environment({ NODE_TEST_CONTEXT: 'child-v8' }),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    // It takes its time.
    for (const end = performance.now() + 20; performance.now() < end;);
  }
  expect(await ended).toEqual([1, null]);
  const all = Buffer.concat(chunks);
  const lengths: number[] = [];
  let at = 0;
  for (; at < all.length; at += 6 + lengths.at(-1)!) {
    expect(all.subarray(at, at + 2)).toEqual(Buffer.from([0xff, 0x0f]));
    lengths.push(all.readUInt32BE(at + 2));
  }
  expect(at, 'the last message is whole').toBe(all.length);
  expect(Math.max(...lengths)).toBeLessThan(1_000_000);
});

test('each reporter is short', async () => {
  const project = useProject({ version: nodeTest, files: { 'a.test.mjs': leaking } });
  const names = ['spec', 'tap', 'dot', 'junit'];
  const args = names.flatMap((name) => [
    `--test-reporter=${name}`,
    `--test-reporter-destination=${name}.txt`,
  ]);
  const { exitCode, timedOut } = await run(project, { args: [...args, 'a.test.mjs'], ownReporters: true });
  expect({ exitCode, timedOut }).toEqual({ exitCode: 1, timedOut: false });
  for (const name of names) {
    const text = readFileSync(join(project.folder, `${name}.txt`), 'utf8');
    expect(text).toContain(`${EACH} intervals were started in this test, but never cleared`);
    expect(text.split('\n').length, text).toBeLessThan(150);
  }
});
