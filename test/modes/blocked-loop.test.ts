/** Verdicts do not depend on the clock: the loop is blocked for 200 ms at random. ROUNDS=n runs n rounds, each with other moments. */
import { describe, expect, inject, test } from 'vitest';
import { blocked } from '../support/blocking/blocked.ts';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { run } from '../support/run.ts';
import { jest30, mocha12, vitest4, type Version } from '../support/install/versions.ts';

const rounds = Array.from({ length: Number(process.env['ROUNDS'] ?? 1) }, (_, index) => index + 1);
const versions: readonly Version[] = [vitest4, jest30, mocha12];
const cases = versions.flatMap((version) =>
  ['fixtures/kinds', 'fixtures/shapes'].map((folder) => [version.name, folder, version] as const),
);

describe.each(rounds)('round %i', (round) => {
  test.each(cases)('%s judges %s rightly', async (_name, folder, version) => {
    const { wrong } = await runFixtures({
      version,
      folder,
      packed: inject('packed'),
      config: blocked(version),
      env: { BLOCK_SEED: String(round) },
      timeoutMs: 300_000,
    });
    expect(wrong.join('\n')).toBe('');
  });
});

test.each(versions)('$name is blocked indeed', async (version) => {
  const file = `
    test('sees the loop stand still', async () => {
      for (let longest = 0, last = performance.now(); longest < 190; last = performance.now()) {
        await new Promise((done) => setTimeout(done, 1));
        longest = Math.max(longest, performance.now() - last);
      }
    });
  `;
  const result = await run(useProject({ version, files: { 'a.ts': file }, config: blocked(version) }));
  expect(result.exitCode, result.stderr).toBe(0);
});
