/** The fixtures in every supported framework version, on every supported Node; MATRIX_ROUNDS=n, n times over. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { folders, isFor, runFixtures } from '../support/fixtures.ts';
import { nodeOf, root, versions, vitest4 } from '../support/versions.ts';

const rounds = Array.from({ length: Number(process.env['MATRIX_ROUNDS'] ?? 1) }, (_, index) => index + 1);
const combinations = versions.flatMap((version) =>
  version.nodes.map((major) => [version.name, major, version] as const),
);

test.each(vitest4.nodes)('the unit tests on Node %i', (major) => {
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
