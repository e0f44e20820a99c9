/** The end of a run, by plugin and preset, in every supported framework version on every supported Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions, withPlugin } from '../support/project.ts';
import { run } from '../support/run.ts';
import { nodeOf, versions } from '../support/install/versions.ts';

// node:test has neither plugin nor preset; see test/e2e/node-test/node-test.test.ts.
const combinations = versions
  .filter(({ framework }) => framework !== 'node-test')
  .flatMap((version) => version.nodes.map((major) => [version.name, major, version] as const));

const options = { outputFile: 'leaks.json', baseline: 'known.json' };

const files = {
  'a.ts': `
afterAll(() => {});
test('leaks', () => { setInterval(() => {}, 1000); });
test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });
`,
  'vitest.config.mjs': withPlugin(`include: ['a.ts']`, JSON.stringify(options)),
};

test.each(combinations)('%s on Node %i tells the end of a run', async (_name, major, version) => {
  // Vitest's configuration is a file of its own.
  const config = version.framework === 'vitest' ? {} : withOptions(version, options);
  const project = useProject({ version, files, config });
  const read = (file: string) => JSON.parse(readFileSync(join(project.folder, file), 'utf8'));
  const node = nodeOf(major);

  const failing = await run(project, { node });
  expect(failing.stderr).toContain('Async leaks  1 resource in 1 test, opened at 1 place\n');
  expect(failing.exitCode).toBe(1);
  expect(read('leaks.json').leaks).toMatchObject([{ type: 'Timeout', status: 'failed', place: { line: 3 } }]);

  const recording = await run(project, { node, env: { ASYNC_LEAKS: 'update' } });
  expect({ exitCode: recording.exitCode, leaks: read('known.json').leaks.length }).toEqual({
    exitCode: 0,
    leaks: 1,
  });

  const tolerant = await run(project, { node });
  expect(tolerant.stderr).toContain('Tolerated 1 known leak of known.json.');
  expect(tolerant.exitCode).toBe(0);
});
