/**
 * The fixtures in every supported framework version, each on some Nodes, so that each Node has all frameworks. MATRIX_ROUNDS=n runs
 * all versions on all Nodes, n times.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { testFixtures } from '../support/fixture-tests.ts';
import { foldersOf, runFixtures, splitFolders } from '../support/fixtures.ts';
import {
  current,
  jest29,
  jest30,
  mocha11,
  mocha11Serial,
  mocha12,
  mocha12Serial,
  nodeOf,
  nodeTest,
  root,
  thisNode,
  versions,
  vitest4,
  vitest5,
  type Version,
} from '../support/install/versions.ts';

const { MATRIX_ROUNDS } = process.env;
const rounds = Array.from({ length: Number(MATRIX_ROUNDS ?? 1) }, (_, index) => index + 1);
/** Beside what `npm test` runs: the current versions on Node 20. */
const sample: Readonly<Record<string, readonly number[]>> = {
  [vitest4.name]: [24],
  [vitest5.name]: [22, 26],
  [jest29.name]: [26],
  [jest30.name]: [22, 24],
  [mocha11.name]: [26],
  [mocha11Serial.name]: [],
  [mocha12.name]: [24],
  [mocha12Serial.name]: [22],
  [nodeTest.name]: [22, 24, 26],
};
const nodesOf = ({ name, nodes }: Version): readonly number[] =>
  MATRIX_ROUNDS === undefined ? (sample[name] ?? nodes) : nodes;
const combinations = versions.flatMap((version) =>
  nodesOf(version).map((major) => [version.name, major, version] as const),
);

test.each(vitest4.nodes.filter((major) => major !== thisNode.major))('the unit tests on Node %i', (major) => {
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit'];
  const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(nodeOf(major).path, args, {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(status, stdout + stderr).toBe(0);
});

describe('what npm test leaves out', () => {
  for (const version of Object.values(current)) testFixtures(version, splitFolders(version).inMatrix);
});

describe.each(rounds)('round %i', () => {
  test.each(combinations)('%s on Node %i', async (_name, major, version) => {
    const wrong: string[] = [];
    for (const folder of foldersOf(version)) {
      const result = await runFixtures({ version, folder, node: nodeOf(major), packed: inject('packed') });
      wrong.push(...result.wrong);
    }
    expect(wrong.join('\n')).toBe('');
  });
});
