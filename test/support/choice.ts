/** What the command lines of `npm run fuzz` and `npm run load` have in common: frameworks, and a Node. */
import install, { byName, type Node, nodeOf, thisNode, type Version } from './install/versions.ts';

/** For `parseArgs`. */
export const choice = {
  framework: { type: 'string', multiple: true },
  node: { type: 'string' },
} as const;

/**
 * Installs what was chosen, unless `npm test` runs that anyway.
 * @param values of the command line, all of them, to be shown if they are wrong.
 * @param numbers of those that must be whole.
 * @returns undefined if anything is wrong, which is then said.
 */
export function choose(
  values: { readonly framework?: string[]; readonly node?: string },
  numbers: readonly number[],
): { readonly versions: readonly Version[]; readonly node: Node } | undefined {
  const { framework: names = ['vitest', 'jest'], node: major } = values;
  const versions = names.flatMap((name) => byName[name] ?? []);
  if (versions.length < names.length || !numbers.every(Number.isInteger)) {
    console.error(
      `Expected whole numbers, and of --framework ${Object.keys(byName).join(', ')}, got ${JSON.stringify(values)}.`,
    );
    return undefined;
  }
  if (major !== undefined || names.some((name) => /\d$/.test(name))) install();
  return { versions, node: major === undefined ? thisNode : nodeOf(Number(major)) };
}
