/** Some of the programs that `npm run fuzz` runs by the thousands, the same each time: FUZZ_PROGRAMS and FUZZ_SEED choose others. */
import { expect, inject, test } from 'vitest';
import { current } from '../support/install/versions.ts';
import { findMismatches } from './run.ts';

const programs = Number(process.env['FUZZ_PROGRAMS'] ?? 150);
const seed = Number(process.env['FUZZ_SEED'] ?? 1);

/** In node:test a fake clock is the test files' own, and a line of it may be told: `npm run fuzz` runs that by hand. */
const versions = Object.values(current).filter(({ framework }) => framework !== 'node-test');

test.each(versions.map((version) => [version.name, version] as const))(
  `%s says of ${programs} random programs what the model knows (seed ${seed})`,
  async (_name, version) => {
    const found = await findMismatches(seed, 0, programs, { version, packed: inject('packed') });
    const told = found.map(({ index, wrong, text }) => `program ${index}:\n${wrong.join('\n')}\n\n${text}`);
    expect(told.join('\n\n')).toBe('');
  },
);
