/** A package that is linked from outside of what Vite may serve, as by `npm link` or a shared store, where tests have a DOM. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Project, withPlugin } from '../../support/project.ts';
import { failures, output, run } from '../../support/run.ts';
import { nodeOf, root, vitest4, vitest5 } from '../../support/install/versions.ts';

const inDom = (environment: string) => `// @vitest-environment ${environment}
test('leaks in ${environment}', () => { document.body.append(String(window.setInterval(() => {}, 1000))); });\n`;

test.each([
  ['Vitest 4.1', vitest4, 20],
  ['Vitest 5.1', vitest5, 24],
] as const)('%s', async (_name, version, major) => {
  const files = {
    'happy-dom.test.ts': inDom('happy-dom'),
    'jsdom.test.ts': inDom('jsdom'),
    'vitest.config.mjs': withPlugin(),
  };
  const project = useProject({ version, files });
  linkPackage(project);
  const result = await run(project, { node: nodeOf(major) });
  expect(failures(result).toSorted(), output(result)).toEqual(['leaks in happy-dom', 'leaks in jsdom']);
});

/** Moves the package out of the project, and links it. */
function linkPackage({ folder }: Project): void {
  const store = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-store-'));
  onTestFinished(() => rmSync(store, { recursive: true }));
  mkdirSync(join(store, 'node_modules'));
  symlinkSync(join(root, 'node_modules/picocolors'), join(store, 'node_modules/picocolors'));
  const installed = join(folder, 'node_modules/async-leaks');
  renameSync(installed, join(store, 'node_modules/async-leaks'));
  symlinkSync(join(store, 'node_modules/async-leaks'), installed);
}
