/** The tests that run fixtures on the Node that is at hand. */
import { expect, inject, test } from 'vitest';
import { runFixtures } from './fixtures.ts';
import type { Version } from './install/versions.ts';

/** Adds a test for each of some folders of fixtures. */
export function testFixtures(version: Version, folders: readonly string[]): void {
  test.each(folders)(`${version.name} judges %s rightly`, async (folder) => {
    const { wrong } = await runFixtures({ version, folder, packed: inject('packed') });
    expect(wrong.join('\n')).toBe('');
  });
}
