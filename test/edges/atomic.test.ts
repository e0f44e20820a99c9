/** Threads of one process write one file at once. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { expect, onTestFinished, test } from 'vitest';

import { root } from '../support/install/versions.ts';

const TIMES = 300;
const LENGTH = 500_000;

test('a file that several threads write is always one of theirs, and no writer fails', async () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-threads-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'files', 'out');
  const input = { atomic: join(root, 'src/process/atomic.ts') };
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: true, outDir: folder, emptyOutDir: false, rolldownOptions: { input } },
  });
  const url = pathToFileURL(join(folder, 'atomic.js')).href;
  const code = (letter: string): string => `
    import(${JSON.stringify(url)}).then(({ writeAtomically }) => {
      for (let i = 0; i < ${TIMES}; i++) writeAtomically(${JSON.stringify(path)}, '${letter}'.repeat(${LENGTH}));
    });
  `;
  const writing = new Set(['a', 'b'].map((letter) => new Worker(code(letter), { eval: true })));
  const ends = [...writing].map((worker) =>
    new Promise((resolve, reject) => {
      worker.once('exit', resolve).once('error', reject);
    }).finally(() => writing.delete(worker)),
  );
  const torn = new Set<string>();
  while (writing.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (!existsSync(path)) continue;
    const content = readFileSync(path, 'utf8');
    if (content.length !== LENGTH || !/^(?:a+|b+)$/.test(content)) torn.add(content.slice(0, 20));
  }
  await Promise.all(ends);
  expect([...torn]).toEqual([]);
  expect(readdirSync(dirname(path))).toEqual(['out']);
});
