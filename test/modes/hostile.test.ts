/** What tries to break the detector, in both frameworks. */
import { expect, inject, test } from 'vitest';
import { hostile, runFixtures } from '../support/fixtures.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

test.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s judges it rightly',
  async (_name, version) => {
    const { wrong } = await runFixtures({ version, folder: hostile, packed: inject('packed') });
    expect(wrong.join('\n')).toBe('');
  },
);
