/** Vitest's browser mode, in a real Chromium: nothing of ours is loaded there, and the project in Node beside it is checked as ever. */
import { expect, test } from 'vitest';
import { chromiumPath } from '../../support/install/services.ts';
import { browser4, browser5, nodeOf, type Version } from '../../support/install/versions.ts';
import { useProject } from '../../support/e2e.ts';
import { output, type Run, run } from '../../support/run.ts';

const config = (plugins: string, settings: string) => `
import asyncLeaks from 'async-leaks/vitest/plugin';
import { playwright } from '@vitest/browser-playwright';
const launchOptions = { executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] };
// Anew for each project, because Vitest writes into it.
const inBrowser = () => ({
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    provider: playwright({ launchOptions }),
    instances: [{ browser: 'chromium' }],
  },
});
export default { plugins: [${plugins}], test: { globals: true, ${settings} } };\n`;

const project = (name: string, settings: string) =>
  `{ extends: true, test: { name: '${name}', include: ['${name}*.test.ts'], ${settings} } }`;

// The page names all that it has fetched: the setup file as it is, or with what Vite bundles.
const ours = `performance.getEntriesByType('resource').filter(({ name }) => /vitest\\.setup|async-leaks_vitest/.test(name))`;
const page = `
import { allowLingering } from 'async-leaks';
test('knows the page', () => {
  allowLingering();
  expect(document.body.append(String(setInterval(() => {}, 1000)))).toBe(undefined);
  expect(${ours}).toEqual([]);
});\n`;

const files = {
  'node.test.ts': `test('leaks', () => { setInterval(() => {}, 1000); });\n`,
  'page.test.ts': page,
  'own/page.test.ts': page,
  // Without a plugin of its own.
  'own/vitest.config.mjs': config('', '...inBrowser()'),
  // Who imports it without knowing better loads it, and it does nothing.
  'page-that-imports.test.ts': `import 'async-leaks/vitest';
test('has fetched it', () => expect(${ours}).toHaveLength(1));\n`,
  'vitest.config.mjs': config(
    'asyncLeaks()',
    `projects: [${project('node', '')}, ${project('page', '...inBrowser()')}, 'own']`,
  ),
};

const start = (version: Version, all: Record<string, string>, env: Record<string, string> = {}) =>
  run(useProject({ version, files: all }), {
    node: nodeOf(24),
    env: { CHROMIUM: chromiumPath(), ...env },
  });
const states = ({ tests }: Run) => tests.map(({ file, state }) => `${file}: ${state}`).toSorted();

test.each([
  [browser4.name, browser4],
  [browser5.name, browser5],
])('beside a project in Node, %s', async (_name, version) => {
  const result = await start(version, files);
  expect(states(result), output(result)).toEqual([
    'node.test.ts: failed',
    'own/page.test.ts: passed',
    'page-that-imports.test.ts: passed',
    'page.test.ts: passed',
  ]);
  expect(output(result).split('async-leaks: ').slice(1)).toEqual([
    expect.stringMatching(
      /^projects "own \(chromium\)", "page \(chromium\)" run in a browser, where nothing can be followed\.\n/,
    ),
  ]);
});

test('by itself, and switched off', async () => {
  const { 'page.test.ts': own } = files;
  const alone = { 'page.test.ts': own, 'vitest.config.mjs': config('asyncLeaks()', '...inBrowser()') };
  const result = await start(browser5, alone, { ASYNC_LEAKS: 'off' });
  expect(states(result), output(result)).toEqual(['page.test.ts: passed']);
  expect(output(result)).not.toContain('async-leaks: ');
});
