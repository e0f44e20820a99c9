/** The page of resource types says what the table of kinds says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { kinds } from '../../../src/resources/kinds.ts';
import { wordResourceTypes } from '../../support/expected/resource-types.ts';
import { root } from '../../support/install/versions.ts';

test('docs/resource-types.md is generated from the table of kinds', async () => {
  await expect(wordResourceTypes()).toMatchFileSnapshot('../../docs/resource-types.md');
});

test('each row has words of its own', () => {
  const nouns = Object.values(kinds).map((row) => row!.noun);
  expect(new Set(nouns).size).toBeGreaterThan(nouns.length - 5);
  for (const [type, row] of Object.entries(kinds)) expect(row!.remedy, type).toMatch(/\S.*\.$/);
});

test.each(Object.entries(kinds))('%s has its twin fixtures', (type, row) => {
  const twins = row?.kind === 'internal' ? ['clean'] : ['leak', 'clean'];
  const missing = twins
    .map((twin) => `fixtures/kinds/${type}.${twin}.ts`)
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});
