/** Mocha's watch mode: each run in its process is judged anew, with the root hooks of a plugin. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { leaksIn, told } from '../../support/expected/output.ts';
import { mocha12, mocha12Serial } from '../../support/install/versions.ts';
import { watch } from '../../support/watch.ts';

const leaking = `it('leaks', () => { setInterval(() => {}, 1000); });\n`;
const text = (more: string) => `${leaking}${more}`;
/** Its hooks are those of each run. */
const plugin = `let open;
exports.mochaHooks = {
  beforeAll() { open = setInterval(() => {}, 1000); },
  beforeEach() { open.refresh(); },
  afterAll() { clearInterval(open); },
};\n`;

test.each([mocha12Serial, mocha12])('$name', async (version) => {
  const project = useProject({
    version,
    files: { 'a.test.js': text(''), 'plugin.cjs': plugin },
    config: {
      asyncLeaks: { outputFile: 'leaks.json' },
      require: ['./async-leaks.cjs', './globals.cjs', './plugin.cjs'],
      'watch-files': ['*.test.js'],
    },
  });
  const path = join(project.folder, 'a.test.js');
  const watching = watch(project, ['--reporter=dot']);
  const leaks = () => told(leaksIn(project));
  const one = 'a.test.js: failed Timeout of test leaks';
  await watching.until(
    () => {},
    () => leaks().length === 1,
  );
  expect(leaks()).toEqual([one]);
  const another = leaking.replace('leaks', 'leaks, too');
  await watching.until(
    () => writeFileSync(path, text(another)),
    () => leaks().length === 2,
  );
  expect(leaks()).toEqual([one, 'a.test.js: failed Timeout of test leaks, too']);
  await watching.until(
    () => writeFileSync(path, `it('passes', () => {});\n`),
    () => leaks().length === 0,
  );
});
