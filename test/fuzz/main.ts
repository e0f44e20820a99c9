/** The command line behind `npm run fuzz`; see fuzz.mjs. */
import { parseArgs } from 'node:util';
import { pack } from '../support/pack.ts';
import install, { byName, nodeOf, thisNode } from '../support/versions.ts';
import { checkMutations } from './mutations.ts';
import { findMismatches, shrink, type Setting } from './run.ts';

const options = {
  programs: { type: 'string', default: '100' },
  from: { type: 'string', default: '0' },
  seed: { type: 'string', default: '1' },
  framework: { type: 'string', multiple: true },
  node: { type: 'string' },
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
  const { framework: names = ['vitest', 'jest'] } = values;
  const unknown = names.find((name) => byName[name] === undefined);
  if (unknown !== undefined || ![seed, from, count].every(Number.isInteger)) {
    console.error(
      `Expected whole numbers, and of --framework ${Object.keys(byName).join(', ')}, got ${JSON.stringify(values)}.`,
    );
    return 2;
  }
  if (values.node !== undefined || names.some((name) => /\d$/.test(name))) install();
  const node = values.node === undefined ? thisNode : nodeOf(Number(values.node));
  if (values.mutations) {
    let missed = 0;
    for (const name of names) {
      const version = byName[name]!;
      missed += await checkMutations(seed, count, { version, node }, (text) =>
        console.log(`${version.name}, Node ${node.major}, seed ${seed}: ${text}`),
      );
    }
    return missed === 0 ? 0 : 1;
  }
  const packed = await pack();
  let mismatches = 0;
  try {
    for (const name of names) {
      const version = byName[name]!;
      const setting: Setting = { version, node, packed: packed.folder };
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
