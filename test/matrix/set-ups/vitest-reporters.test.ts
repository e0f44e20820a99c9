/** What Vitest's own reporters make of a leak. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { withPlugin } from '../../support/project.ts';
import { output, run } from '../../support/run.ts';
import { browser4, browser5, nodeOf } from '../../support/install/versions.ts';

const versions = [
  [browser4.name, browser4, 20],
  [browser5.name, browser5, 24],
] as const;

test.each(versions)(
  '%s: the HTML page tells a leak once, and json has its facts',
  async (_name, version, major) => {
    const files = {
      'a.test.ts': `test('leaks', () => { setInterval(() => {}, 1000); });\n`,
      'vitest.config.mjs': withPlugin(`reporters: ['html', 'json'], outputFile: { json: 'results.json' }`),
    };
    const project = useProject({ version, files });
    const result = await run(project, { node: nodeOf(major), ownReporters: true });
    const names = readdirSync(project.folder, { recursive: true, encoding: 'utf8' });
    const page = names.find((name) => name.endsWith('html.meta.json.gz') && !name.startsWith('node_modules'));
    expect(page, output(result)).toBeDefined();
    const written = readFileSync(join(project.folder, page!));
    // Vitest 4 writes it in base64.
    const zipped = written[0] === 0x1f ? written : Buffer.from(written.toString(), 'base64');
    const text = gunzipSync(zipped).toString();
    expect(text).toContain('LeakError');
    expect(text).not.toContain('asyncLeaks"');
    const { testResults } = JSON.parse(readFileSync(join(project.folder, 'results.json'), 'utf8'));
    expect(testResults[0].assertionResults[0].meta.asyncLeaks).toMatchObject([{ type: 'Timeout' }]);
  },
);

// Vitest sends news every 100 ms: the first suite ends before it has, the second after.
const suite = (name: string, wait: number) => `
describe('${name}', () => {
  let open;
  afterAll(async () => { await new Promise((resolve) => setTimeout(resolve, ${wait})); clearInterval(open); });
  test('leaks', () => { setInterval(() => {}, 1000); });
  test('is closed', () => { open = setInterval(() => {}, 1000); });
  test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });
});\n`;

test.each(versions)('%s: a test that waits for its suite is shown once', async (_name, version, major) => {
  const files = { 'a.test.ts': suite('short', 0) + suite('long', 250), 'vitest.config.mjs': withPlugin() };
  const project = useProject({ version, files });
  const { stdout } = await run(project, { node: nodeOf(major), args: ['--reporter=verbose'] });
  const shown = [...stdout.matchAll(/([✓×]) a\.test\.ts > (.*?) \d+ms/g)].map(
    ([, mark, name]) => `${mark} ${name}`,
  );
  expect(shown.toSorted(), stdout).toEqual([
    '× long > leaks',
    '× short > leaks',
    '✓ long > closes',
    '✓ long > is closed',
    '✓ short > closes',
    '✓ short > is closed',
  ]);
});
