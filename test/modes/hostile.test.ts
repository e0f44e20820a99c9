/** What tries to break the detector. */
import { expect, inject, test } from 'vitest';
import { patient } from '../support/blocking/blocked.ts';
import { hostile, runFixtures } from '../support/fixtures.ts';
import { jest30, mocha12, vitest4 } from '../support/install/versions.ts';

test.each([vitest4, jest30, mocha12].map((version) => [version.name, version] as const))(
  '%s judges it rightly',
  async (_name, version) => {
    const packed = inject('packed');
    const options = { version, folder: hostile, packed, config: patient(version), timeoutMs: 300_000 };
    const { wrong } = await runFixtures(options);
    expect(wrong.join('\n')).toBe('');
  },
);
