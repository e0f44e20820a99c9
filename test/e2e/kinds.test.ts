/** The fixtures, in the framework versions and on the Node that `npm test` has at hand; the matrix runs them everywhere. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { kinds } from '../../src/resources/kinds.ts';
import { folders, hostile, isFor, renewals, runFixtures } from '../support/fixtures.ts';
import { jest30, root, vitest4 } from '../support/versions.ts';

describe.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s',
  (_name, version) => {
    test.each([...folders.filter((folder) => isFor(folder, version)), hostile, renewals])(
      'judges %s rightly',
      async (folder) => {
        const { wrong } = await runFixtures({ version, folder, packed: inject('packed') });
        expect(wrong.join('\n')).toBe('');
      },
    );
  },
);

test.each(Object.entries(kinds))('%s has its twins', (type, row) => {
  const twins = row?.kind === 'internal' ? ['clean'] : ['leak', 'clean'];
  const missing = twins
    .map((twin) => `fixtures/kinds/${type}.${twin}.ts`)
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});
