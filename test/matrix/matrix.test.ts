/**
 * The fixtures in every supported framework version, on every supported Node, except for what `npm test` runs. MATRIX_ROUNDS=n
 * runs all of them n times.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { folders, isFor, runFixtures } from '../support/fixtures.ts';
import {
  current,
  nodeOf,
  root,
  thisNode,
  versions,
  vitest4,
  type Version,
} from '../support/install/versions.ts';

const { MATRIX_ROUNDS } = process.env;
const rounds = Array.from({ length: Number(MATRIX_ROUNDS ?? 1) }, (_, index) => index + 1);
const isRunAnyway = (major: number, version: Version): boolean =>
  MATRIX_ROUNDS === undefined && major === thisNode.major && version === current[version.framework];
const nodesOf = (version: Version): number[] => version.nodes.filter((major) => !isRunAnyway(major, version));
const combinations = versions.flatMap((version) =>
  nodesOf(version).map((major) => [version.name, major, version] as const),
);

test.each(nodesOf(vitest4))('the unit tests on Node %i', (major) => {
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit'];
  const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(nodeOf(major).path, args, {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(status, stdout + stderr).toBe(0);
});

describe.each(rounds)('round %i', () => {
  test.each(combinations)('%s on Node %i', async (_name, major, version) => {
    const wrong: string[] = [];
    for (const folder of folders.filter((name) => isFor(name, version))) {
      const result = await runFixtures({ version, folder, node: nodeOf(major), packed: inject('packed') });
      wrong.push(...result.wrong);
    }
    expect(wrong.join('\n')).toBe('');
  });
});
