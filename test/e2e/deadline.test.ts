/** `deadline: 'test'`: a test must close what it opens by its end; hooks of suites have until the cleanup around them. */
import { expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const files = {
  'a.ts': `
    const open: NodeJS.Timeout[] = [];
    describe('outer', () => {
      afterAll(() => open.forEach((timer) => clearTimeout(timer)));
      describe('inner', () => {
        beforeAll(() => { open.push(setTimeout(() => {}, 60_000)); });
        test('is closed in a hook after all tests', () => { open.push(setTimeout(() => {}, 60_000)); });
        test('is closed at its end', () => { clearTimeout(setTimeout(() => {}, 60_000)); });
      });
    });
  `,
};

test.each(
  [vitest4, jest30].flatMap((version) => [
    [version.name, 'test', version, ['outer > inner > is closed in a hook after all tests']] as const,
    [version.name, 'suite', version, []] as const,
  ]),
)('%s, with the deadline "%s"', async (_name, deadline, version, failing) => {
  const project = useProject({ version, files, config: withOptions(version, { deadline }) });
  const result = await run(project);
  const failed = result.tests.filter(({ state }) => state === 'failed');
  expect(failed.map(({ name }) => name)).toEqual(failing);
  expect(failed.flatMap(({ errors }) => errors).every((error) => error.includes('LeakError'))).toBe(true);
  expect(result.files.flatMap(({ errors }) => errors)).toEqual([]);
});
