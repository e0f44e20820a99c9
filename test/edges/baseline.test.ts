/** The baseline where only a part of the tests ran, where it is damaged or missing, and where there is none. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BASELINE, helper, leaking, read, record, useSuite, write } from '../support/expected/baseline.ts';
import { output } from '../support/run.ts';
import { runs, useProject } from '../support/e2e.ts';
import { withOptions } from '../support/project.ts';
import { both } from '../support/install/versions.ts';

describe.each(both)('%s', (_name, version) => {
  test('drops nothing of what did not run', async () => {
    const project = useSuite(version);
    await record(project);
    const recorded = read(project);
    for (const args of [['--shard=1/2'], ['-t', 'a 7'], ['a.ts']]) {
      const partial = await record(project, args);
      expect(partial.exitCode).toBe(0);
      expect(read(project) === recorded, args.join(' ')).toBe(true);
      expect(output(await runs(project, { args })), args.join(' ')).not.toContain('no longer');
    }
    // A test that fails by itself tells nothing of its leaks; one that is gone no longer leaks.
    write(
      project,
      'b.ts',
      leaking('b', 99, { extra: `test.skip('x', () => {});` }).replace(
        'poll();',
        `poll();\n    if (i === 5) throw new Error('ordinary');`,
      ),
    );
    await record(project);
    expect(JSON.parse(read(project)).leaks).toHaveLength(199);
    rmSync(join(project.folder, 'b.ts'));
    write(project, 'c.ts', `test('c', () => {});\n`);
    await record(project);
    expect(JSON.parse(read(project)).leaks).toHaveLength(100);
  });

  test('refuses a damaged baseline in a sentence, before any test, and leaves it as it is', async () => {
    const project = useSuite(version);
    for (const [damaged, why] of [
      ['{ "version": 1, "leaks": [', 'is damaged ('],
      ['{ "version": 2, "leaks": [] }', 'is damaged (it is not of version 1)'],
      [
        '{ "version": 1, "leaks": [{ "file": "a.ts" }] }',
        'is damaged (leaks[0] is no { file, owner, type, at, code, count })',
      ],
      [
        '{\n  "version": 1,\n  "leaks": [\n<<<<<<< HEAD\n    {},\n=======\n>>>>>>> topic\n  ]\n}\n',
        'has a merge conflict; take either side, then record it again with ASYNC_LEAKS=update.',
      ],
    ] as const) {
      write(project, BASELINE, damaged);
      for (const result of [await runs(project), await record(project)]) {
        expect(output(result).split(why), output(result)).toHaveLength(2);
        expect(result.exitCode).toBe(1);
        expect(result.tests).toEqual([]);
        expect(read(project)).toBe(damaged);
      }
    }
  });

  test('says once that the baseline is missing, and nothing of it once it is recorded', async () => {
    const project = useSuite(version);
    write(project, 'a.ts', `test('one', () => {});\n`);
    write(project, 'b.ts', `test('two', () => {});\n`);
    const missing = `The baseline ${BASELINE} is missing; ASYNC_LEAKS=update records the current leaks in it.`;
    const first = await runs(project);
    expect(output(first).split(missing), output(first)).toHaveLength(2);
    expect(first.exitCode).toBe(0);
    expect(output(await record(project))).not.toContain('missing');
    expect(output(await runs(project))).not.toContain('missing');
  });

  test('reads a baseline that an editor has saved with a byte order mark', async () => {
    const project = useSuite(version);
    await record(project);
    write(project, BASELINE, `\ufeff${read(project)}`);
    const result = await runs(project);
    expect(result.exitCode).toBe(0);
    expect(output(result)).toContain(`Tolerated 200 known leaks of ${BASELINE}.`);
  });

  test('refuses a baseline that cannot be read in a sentence, before any test', async () => {
    const project = useSuite(version);
    mkdirSync(join(project.folder, BASELINE));
    const result = await runs(project);
    expect(output(result).split('cannot be read: EISDIR'), output(result)).toHaveLength(2);
    expect(output(result)).not.toMatch(/Caused by|Serialized Error|node_modules\/async-leaks/);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });

  test('refuses ASYNC_LEAKS=update in CI before any test, and takes update-ci there', async () => {
    const files = { 'a.ts': `test('one', () => { setInterval(() => {}, 1); });\n` };
    const project = useProject({ version, files, config: withOptions(version, { baseline: BASELINE }) });
    const refused = await runs(project, { env: { ASYNC_LEAKS: 'update', CI: 'true' } });
    expect(output(refused).split('async-leaks: ASYNC_LEAKS=update is refused in CI, because')).toHaveLength(
      2,
    );
    expect(refused).toMatchObject({ exitCode: 1, tests: [] });
    expect(existsSync(join(project.folder, BASELINE))).toBe(false);
    const taken = await runs(project, { env: { ASYNC_LEAKS: 'update-ci', CI: 'true' } });
    expect(output(taken)).toContain(`Recorded 1 known leak in ${BASELINE}.`);
  });

  test('offers renames of tests and of files, and takes them along', async () => {
    const leak = (name: string) => `test('${name}', () => { poll(); });\n`;
    const text = (...names: string[]) => `import { poll } from './poll';\n${names.map(leak).join('')}`;
    const files = { 'poll.ts': helper, 'a.ts': text('one', 'two'), 'b.ts': text('three') };
    const include =
      version.framework === 'vitest' ? { include: ['?.ts'] } : { testMatch: ['<rootDir>/?.ts'] };
    const config = { ...withOptions(version, { baseline: BASELINE }), ...include };
    const project = useProject({ version, files, config });
    await record(project);
    write(project, 'a.ts', text('first', 'two'));
    rmSync(join(project.folder, 'b.ts'));
    write(project, 'c.ts', text('three'));
    const renamed = output(await runs(project));
    expect(renamed).toContain(`2 known leaks of ${BASELINE} moved? ASYNC_LEAKS=update takes them along:`);
    expect(renamed).toContain('Timeout in "one" of a.ts, now in "first" of a.ts');
    expect(renamed).toContain('Timeout in "three" of b.ts, now in "three" of c.ts');
    expect(renamed).not.toContain('no longer');
    expect(output(await record(project))).toContain(`Recorded 3 known leaks in ${BASELINE}: 2 moved.`);
    expect((await runs(project)).exitCode).toBe(0);
  });

  test('refuses ASYNC_LEAKS=update where no baseline is named', async () => {
    const project = useProject({ version, files: { 'a.ts': `test('one', () => {});\n` } });
    const result = await record(project);
    expect(output(result)).toContain('takes update only where option "baseline" names a file');
    expect(result.exitCode).toBe(1);
    expect(existsSync(join(project.folder, BASELINE))).toBe(false);
  });
});
