/**
 * Whether the fuzzer would see it if async-leaks were wrong: breaks one mechanism at a time, in a copy of the sources, and
 * fuzzes what is built of that.
 */
import { type Edit, packMutant } from '../support/mutant.ts';
import { findMismatches, type Setting } from './run.ts';

/** A change of the sources that makes them wrong. */
interface Mutation {
  readonly what: string;
  readonly edits: readonly Edit[];
}

const mutations: readonly Mutation[] = [
  {
    what: 'ownership: what a test makes belongs to nobody in particular',
    edits: [
      {
        file: 'src/tracker/index.ts',
        from: 'return this.context.run(scope, fn);',
        to: 'return fn();',
      },
    ],
  },
  {
    what: 'settle: nothing that is on its way out is waited for',
    edits: [
      {
        file: 'src/tracker/settle.ts',
        from: '          !isEndless &&',
        to: '          isEndless &&',
      },
    ],
  },
  {
    what: 'deadline: cleanup of suites is not waited for',
    edits: [
      {
        file: 'src/session.ts',
        from: `return this.options.deadline === 'test' ? undefined`,
        to: `return this.options.deadline === 'suite' ? undefined`,
      },
    ],
  },
  {
    what: 'what counts: unref’d resources are taken for leaks',
    edits: [
      {
        file: 'src/tracker/state.ts',
        from: 'includeUnref ? OPEN : OPEN | REFED',
        to: 'OPEN',
      },
    ],
  },
  {
    what: 'allowances of one type allow all',
    edits: [
      {
        file: 'src/allowances.ts',
        from: 'if (type !== undefined && type !== leak.type) return false;',
        to: '',
      },
    ],
  },
];

/**
 * Fuzzes each mutation, until a program mismatches.
 * @param count of programs, at most, for each.
 * @returns how many mutations none of the programs has found.
 */
export async function checkMutations(
  seed: number,
  count: number,
  setting: Omit<Setting, 'packed'>,
  say: (text: string) => void,
): Promise<number> {
  let missed = 0;
  for (const mutation of mutations) {
    const packed = await packMutant(mutation.edits);
    try {
      const index = await firstMismatch(seed, count, { ...setting, packed: packed.folder });
      if (index === undefined) missed++;
      say(
        index === undefined
          ? `✗ none of ${count} programs finds: ${mutation.what}`
          : `✓ found within ${index} programs: ${mutation.what}`,
      );
    } finally {
      await packed.remove();
    }
  }
  return missed;
}

/** Programs that are tried at a time. */
const STEP = 20;

/** @returns after how many programs, a multiple of `STEP`, there is one that mismatches. */
async function firstMismatch(seed: number, count: number, setting: Setting): Promise<number | undefined> {
  for (let from = 0; from < count; from += STEP) {
    const found = await findMismatches(seed, from, Math.min(from + STEP, count), setting);
    if (found.length > 0) return from + STEP;
  }
  return undefined;
}
