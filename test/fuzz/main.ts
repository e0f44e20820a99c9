/** The command line behind `npm run fuzz`; see fuzz.mjs. */
import { parseArgs } from 'node:util';
import { choice, choose } from '../support/choice.ts';
import { pack } from '../support/install/pack.ts';
import { checkMutations } from './mutations.ts';
import { findMismatches, shrink, type Setting } from './run.ts';

const options = {
  programs: { type: 'string', default: '100' },
  from: { type: 'string', default: '0' },
  seed: { type: 'string', default: '1' },
  kinds: { type: 'string' },
  ...choice,
  'no-shrink': { type: 'boolean', default: false },
  mutations: { type: 'boolean', default: false },
} as const;

/**
 * @param args of the command line.
 * @returns the exit code: 0 if no program mismatched.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const [seed, from, count] = [values.seed, values.from, values.programs].map(Number) as [
    number,
    number,
    number,
  ];
  const chosen = choose(values, [seed, from, count]);
  if (chosen === undefined) return 2;
  const { versions, node } = chosen;
  const kinds = values.kinds === undefined ? {} : { kinds: new RegExp(values.kinds) };
  if (values.mutations) {
    let missed = 0;
    for (const version of versions) {
      missed += await checkMutations(seed, count, { version, node, ...kinds }, (text) =>
        console.log(`${version.name}, Node ${node.major}, seed ${seed}: ${text}`),
      );
    }
    return missed === 0 ? 0 : 1;
  }
  const packed = await pack();
  let mismatches = 0;
  try {
    for (const version of versions) {
      const setting: Setting = { version, node, packed: packed.folder, ...kinds };
      const found = await findMismatches(seed, from, from + count, setting, (done) =>
        console.log(`${version.name}, Node ${node.major}, seed ${seed}: ${done} of ${count} programs`),
      );
      mismatches += found.length;
      for (const mismatch of found) {
        const smallest = values['no-shrink'] ? undefined : await shrink(seed, mismatch.index, setting);
        const { index, wrong, text } = smallest ?? mismatch;
        console.log(`✗ ${version.name}, seed ${seed}, program ${index}:\n${wrong.join('\n')}\n\n${text}`);
      }
      console.log(
        `${version.name}, Node ${node.major}, seed ${seed}: ${found.length} mismatches in ${count} programs`,
      );
    }
  } finally {
    await packed.remove();
  }
  return mismatches === 0 ? 0 : 1;
}
