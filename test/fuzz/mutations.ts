/** Whether the fuzzer would see it if async-leaks were wrong: fuzzes one mutation at a time, built from a copy of the sources. */
import { packMutant } from '../support/install/mutant.ts';
import { pack } from '../support/install/pack.ts';
import { mutations } from './mechanisms.ts';
import { findMismatches, type Setting } from './run.ts';

/**
 * Fuzzes each mutation, until a program mismatches that is right without it.
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
  const unchanged = await pack();
  try {
    for (const mutation of mutations) {
      const packed = await packMutant(mutation.edits);
      try {
        const own = mutation.kinds === undefined ? setting : { ...setting, kinds: mutation.kinds };
        const [mutant, right] = [packed, unchanged].map(({ folder }) => ({ ...own, packed: folder }));
        const index = await firstMismatch(seed, count, mutant!, right!);
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
  } finally {
    await unchanged.remove();
  }
  return missed;
}

/** Programs that are tried at a time. */
const STEP = 20;

/** @returns after how many programs, a multiple of `STEP`, there is one that mismatches only with the mutation. */
async function firstMismatch(
  seed: number,
  count: number,
  mutant: Setting,
  right: Setting,
): Promise<number | undefined> {
  for (let from = 0; from < count; from += STEP) {
    const found = await findMismatches(seed, from, Math.min(from + STEP, count), mutant, () => {}, 2);
    for (const { index } of found) {
      const innocent = await findMismatches(seed, index, index + 1, right);
      if (innocent.length === 0) return from + STEP;
    }
  }
  return undefined;
}
