/** What a plugin, a global setup or a reporter leaves open in Vitest's main process is named when Vitest gives up waiting. */
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { output, run } from '../../support/run.ts';
import { nodeOf, vitest4, vitest5 } from '../../support/install/versions.ts';

const config = (plugins: string, settings = '') => `
import { watch } from 'node:fs';
import asyncLeaks from 'async-leaks/vitest/plugin';
import polls from 'vite-plugin-polls';
const own = { name: 'own', configureServer: () => { watch('.'); } };
export default {
  plugins: [asyncLeaks(), ${plugins}],
  test: { globals: true, teardownTimeout: 300, ${settings} },
};\n`;

const held = {
  'vitest.config.mjs': config(
    'own, polls()',
    `globalSetup: ['./global.ts'], reporters: ['default', './reporter.mjs']`,
  ),
  // Its line is another once Vite has transformed it, and it listens in the callback of a look-up.
  'global.ts': `import { createServer } from 'node:net';

interface Unseen { readonly line: true }

export default async function setup() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}\n`,
  'reporter.mjs': `export default class {
  onTestRunEnd() {
    this.beat = setInterval(() => {}, 5000);
  }
}\n`,
};

const shared = {
  'node_modules/vite-plugin-polls/package.json': `{ "name": "vite-plugin-polls", "type": "module", "exports": "./index.js" }`,
  'node_modules/vite-plugin-polls/index.js': `export default () => ({
  name: 'polls',
  buildStart() { setInterval(() => {}, 1000); },
});\n`,
  'a.test.ts': `test('passes', () => {});\n`,
};

test.each([
  ['Vitest 4.1', vitest4, 20],
  ['Vitest 5.1', vitest5, 24],
])('%s', async (_name, version, major) => {
  const project = useProject({ version, files: { ...shared, ...held } });
  const result = await run(project, { node: nodeOf(major), ownReporters: true });
  const lines = result.stderr.split('\n').map((line) => line.trim().split(/ {2,}/));
  const start = lines.findIndex(([first]) => first?.startsWith('async-leaks: '));
  expect(lines.slice(start, start + 8), result.stderr).toEqual([
    ['async-leaks: a plugin, a global setup or a reporter keeps the main process from exiting:'],
    [''],
    ['file watcher (FSEVENTWRAP)', 'by vitest.config.mjs'],
    ['interval, every 1000 ms (Timeout)', 'by vite-plugin-polls'],
    ['node_modules/vite-plugin-polls/index.js:3:18'],
    [expect.stringMatching(/^server 127\.0\.0\.1:\d+ \(TCPSERVERWRAP\)$/), 'global.ts:7:47'],
    ['interval, every 5000 ms (Timeout)', 'reporter.mjs:3:17'],
    [''],
  ]);
  expect(result.exitCode).toBe(0);
});

test('nothing is said where nothing is left, nor where async-leaks is off', async () => {
  const clean = useProject({ version: vitest5, files: { ...shared, 'vitest.config.mjs': config('') } });
  expect(output(await run(clean, { node: nodeOf(24), ownReporters: true }))).not.toContain('async-leaks:');
  const off = useProject({ version: vitest5, files: { ...shared, ...held } });
  const result = await run(off, { node: nodeOf(24), ownReporters: true, env: { ASYNC_LEAKS: 'off' } });
  expect(output(result)).toContain('close timed out');
  expect(output(result)).not.toContain('async-leaks:');
});
