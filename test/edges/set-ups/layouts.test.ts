/** Where package managers put things, in the older Jest: package-managers.test.ts has the real ones, in the newer frameworks. */
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { failures, output, run } from '../../support/run.ts';
import { jest29 } from '../../support/install/versions.ts';

const member = 'packages/api';
const files = {
  'packages/pool/package.json': '{ "name": "pool", "version": "1.0.0" }',
  'packages/pool/index.js': `'use strict';\nexports.open = () => setInterval(() => {}, 1000);\n`,
  'packages/api/package.json': '{ "name": "api", "type": "commonjs" }',
  'packages/api/api.test.js': `
    const { allowLingering } = require('async-leaks');
    const { open } = require('pool');
    test('leaks', () => { open(); });
    test('is allowed', () => { allowLingering('Timeout'); open(); });\n`,
  'packages/api/jest.config.cjs': `module.exports = { preset: 'async-leaks', transform: {} };\n`,
};
const layouts: Readonly<
  Record<string, (link: (from: string, to: string) => void, move: (to: string) => void) => void>
> = {
  'a store, and a link in the package that depends on it': (link, move) => {
    const place = 'node_modules/.pnpm/async-leaks@0.1.0/node_modules/async-leaks';
    move(place);
    link(place, `${member}/node_modules/async-leaks`);
  },
  'the root of a monorepo alone': () => {},
};

test.each(Object.entries(layouts))('%s', async (_what, lay) => {
  const project = useProject({ version: jest29, files });
  const at = (path: string): string => join(project.folder, path);
  const link = (from: string, to: string): void => {
    mkdirSync(dirname(at(to)), { recursive: true });
    symlinkSync(at(from), at(to), 'junction');
  };
  link('packages/pool', `${member}/node_modules/pool`);
  lay(link, (to) => {
    mkdirSync(dirname(at(to)), { recursive: true });
    renameSync(at('node_modules/async-leaks'), at(to));
  });
  const result = await run(project, { args: ['--config', `${member}/jest.config.cjs`] });
  expect(failures(result), output(result)).toEqual(['leaks']);
  // A linked package of the workspace is the user's own.
  expect(result.tests.flatMap(({ errors }) => errors).join('\n')).toMatch(
    /interval, every 1000 ms +\S*pool\/index\.js:2:22/,
  );
  expect(output(result)).not.toContain('async-leaks:');
  expect(output(result)).not.toMatch(/async-leaks[\\/]dist/);
});
