/** The parts of async-leaks in which a fault is tried, each at a marker of the sources: see faults.test.ts. */
import type { Edit } from '../support/install/markers.ts';
import type { Version } from '../support/install/versions.ts';

/** What there is to know of a part. */
interface Stage {
  /** Found only where a leak is told: it is not allowed. */
  readonly needsLeak?: true;
  readonly only?: readonly Version['framework'][];
}

export const stages: Readonly<Record<string, Stage>> = {
  'as the hook is enabled': {},
  'in init': {},
  'in before': {},
  'in destroy': {},
  'as a test begins': {},
  'as a hook of a suite begins': {},
  'as a test is looked at': {},
  'as suspects are waited for': {},
  'in a verdict': {},
  'as a leak is worded': { needsLeak: true },
  'at the end of a suite': {},
  'at the end of the file': {},
  'as the file is recorded': {},
  'as what is left is released': {},
  'as a worker sends its record': { only: ['jest', 'mocha'] },
  'in the summary': {},
  'as a file is written': {},
};

/** Each part throws where the variable FAULT names it. */
export const faults: readonly Edit[] = Object.keys(stages).map((name) => ({
  at: `fault: ${name}`,
  insert: `if (process.env['FAULT'] === '${name}') throw new Error('ENOSPC: injected');`,
}));
