/** What a hook of a test opens is that test's; the error says which hook it was. */
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { jest30, mocha12, nodeTest, vitest4, type Version } from '../../support/install/versions.ts';
import { run } from '../../support/run.ts';

const file = `const turn = () => new Promise((resolve) => setImmediate(resolve));
describe('a suite', () => {
  beforeEach(async () => {
    await turn();
    setInterval(() => {}, 1000);
  });
  afterEach(() => {
    setInterval(() => {}, 2000);
  });
  test('one', async () => {
    await turn();
    setInterval(() => {}, 3000);
  });
  test('another', () => {});
});
test('alone', () => {
  setInterval(() => {}, 4000);
});
`;

const TOLD = /was started (in .*?), but never cleared[^]*?every (\d)000 ms/g;
const versions: readonly Version[] = [vitest4, jest30, mocha12, nodeTest];

test.each(versions.map((version) => [version.name, version] as const))(
  '%s names the hook',
  async (_, version) => {
    const { tests } = await run(useProject({ version, files: { 'a.ts': file } }));
    const told = tests.map(({ name, errors }) => {
      const sentences = [...errors.join('\n').matchAll(TOLD)].map(([, where, n]) => `${n} ${where}`);
      return [name.split(' > ').at(-1), [...new Set(sentences)].toSorted()];
    });
    const hooks = ['1 in beforeEach of this test', '2 in afterEach of this test'];
    expect(Object.fromEntries(told)).toEqual({
      one: [...hooks, '3 in this test'],
      another: hooks,
      alone: ['4 in this test'],
    });
  },
);
