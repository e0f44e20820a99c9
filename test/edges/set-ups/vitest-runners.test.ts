/** The user's own runners (`test.runner` of Vitest) work as they do without us, and their tests are judged like any others. */
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { withPlugin } from '../../support/project.ts';
import { run } from '../../support/run.ts';
import { vitest4 } from '../../support/install/versions.ts';

const files = {
  'tests.js': `const keep = () => (globalThis.kept = setInterval(() => {}, 1000));
test('clean', async () => { await new Promise((resolve) => setTimeout(resolve, 1)); });
test('leaks', () => { setInterval(() => {}, 1000); });
test('is closed by its runner', keep);
test('is failed by its runner', keep);
test.concurrent('leaks beside another', async () => { await null; setInterval(() => {}, 1000); });
test.concurrent('is beside another', async () => { await new Promise((resolve) => setTimeout(resolve, 1)); });\n`,
  'extended.js': `import { TestRunner } from 'vitest';
export default class extends TestRunner {
  onBeforeTryTask() {}
  async onAfterRetryTask({ name }) {
    await null;
    if (name.endsWith('by its runner')) clearInterval(globalThis.kept);
    if (name.startsWith('is failed')) throw new Error('the runner says no');
  }
}\n`,
  'foreign.js': `export default class {
  constructor(config) { this.config = config; }
  importFile(path) { return import(path); }
  injectValue() {}
  trace(name, attributes, run) { return (run ?? attributes)(); }
}\n`,
};

const failuresUnder = async (runner: string, around = ''): Promise<string[]> => {
  const { 'tests.js': tests, ...runners } = files;
  const project = useProject({
    version: vitest4,
    files: {
      ...runners,
      'a.test.js': `${around}${tests}`,
      'vitest.config.mjs': withPlugin(`runner: './${runner}.js'`),
    },
  });
  const { tests: results } = await run(project);
  return results.flatMap(({ name, errors }) => errors.map((error) => `${name}: ${error.split('\n')[0]}`));
};

const LEAK = 'LeakError: an interval was started in this test, but never cleared (Timeout)';
const leaks = (...names: string[]): string[] => names.map((name) => `${name}: ${LEAK}`);

test.each(['', `aroundEach((runTest) => runTest());\n`])('one that extends TestRunner %j', async (around) => {
  expect(await failuresUnder('extended', around)).toEqual([
    ...leaks('leaks'),
    'is failed by its runner: Error: the runner says no',
    ...leaks('leaks beside another'),
  ]);
});

test('one of its own, that closes nothing', async () => {
  const names = ['leaks', 'is closed by its runner', 'is failed by its runner', 'leaks beside another'];
  expect(await failuresUnder('foreign')).toEqual(leaks(...names));
});
