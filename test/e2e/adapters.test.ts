/** The adapter that docs/adapters.md builds works as it stands there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';

import { useProject } from '../support/e2e.ts';
import { environment } from '../support/run.ts';
import { root, thisNode, vitest4 } from '../support/install/versions.ts';

const doc = readFileSync(join(root, 'docs/adapters.md'), 'utf8');
/** The files of the example, by the name in their first line. */
const files = Object.fromEntries(
  [...doc.matchAll(/```js\n(\/\/ (\S+)\n.*?)```/gs)].map(([, code, name]) => [name!, code!]),
);

test('the example fails the test that leaks, with its line, and ends by itself', async () => {
  const project = useProject({ version: vitest4, files });
  const args = ['--test', '--test-reporter=tap', 'example.test.mjs'];
  const printed = await new Promise<string>((resolve) => {
    execFile(thisNode.path, args, { cwd: project.folder, env: environment() }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  expect(printed).toMatch(/^not ok 1 - leaves an interval behind$/m);
  expect(printed).toMatch(/^ok 2 - closes its server$/m);
  expect(printed).toContain('example.test.mjs:8:3');
  expect(printed).toMatch(/^# fail 1$/m);
});
