/** The ratchet: what leaks today is recorded and tolerated, what is new fails, what is mended is to be removed. */
import { describe, expect, test } from 'vitest';
import { runs } from '../../support/e2e.ts';
import { BASELINE, helper, leaking, read, record, useSuite, write } from '../../support/expected/baseline.ts';
import { failures, output } from '../../support/run.ts';
import { both } from '../../support/install/versions.ts';

describe.each(both)('%s', (_name, version) => {
  test('tolerates 200 recorded leaks, fails a new one, and removes what is mended', async () => {
    const project = useSuite(version);
    const first = await record(project);
    expect({ exitCode: first.exitCode, failures: failures(first) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(first)).toContain(`Recorded 200 known leaks in ${BASELINE}.`);
    const recorded = read(project);
    expect(JSON.parse(recorded).leaks).toHaveLength(200);
    expect(recorded.split('\n').slice(0, 4)).toEqual([
      '{',
      '  "version": 1,',
      '  "leaks": [',
      '    {"file":"a.ts","owner":"test a 0","type":"Timeout","at":"poll.ts","code":"return setInterval(() => {}, 1000);","count":1},',
    ]);

    const second = await runs(project);
    expect({ exitCode: second.exitCode, failures: failures(second) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(second)).toContain(`Tolerated 200 known leaks of ${BASELINE}.`);
    expect(read(project)).toBe(recorded);

    await record(project);
    expect(read(project), 'recorded again, it is the same').toBe(recorded);

    // Lines move, a test leaks once more, two are mended.
    const extra = `test('new', () => { poll(); });\ntest('twice', () => { setInterval(() => {}, 500); });\n`;
    write(project, 'poll.ts', `// moved\n\n\n${helper}`);
    write(project, 'a.ts', leaking('a', 100, { before: '// moved\n\n', mended: 2, extra }));
    const third = await runs(project);
    expect(failures(third).toSorted()).toEqual(['new', 'twice']);
    expect(third.exitCode).toBe(1);
    expect(output(third)).toContain(`Tolerated 198 known leaks of ${BASELINE}.`);
    expect(output(third)).toContain(
      `2 known leaks of ${BASELINE} no longer leak; ASYNC_LEAKS=update removes them:`,
    );
    expect(output(third)).toContain('Timeout in "a 0" of a.ts, opened in poll.ts');
    expect(read(project)).toBe(recorded);

    const fourth = await record(project);
    expect({ exitCode: fourth.exitCode, failures: failures(fourth) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(fourth)).toContain(`Recorded 200 known leaks in ${BASELINE}: 2 added, 2 removed.`);
    const owners = JSON.parse(read(project)).leaks.map(({ owner }: { owner: string }) => owner);
    expect(owners).toHaveLength(200);
    expect(owners).toEqual(expect.arrayContaining(['test new', 'test twice', 'test a 2']));
    expect(owners).not.toContain('test a 0');
  });

  test('fails only the new one of two leaks of a test, whichever line comes first', async () => {
    const project = useSuite(version);
    write(project, 'b.ts', `test('one', () => { setInterval(() => {}, 1); });\n`);
    await record(project);
    write(
      project,
      'b.ts',
      `test('one', () => {\n  setInterval(() => {}, 2);\n  setInterval(() => {}, 1);\n});\n`,
    );
    // Edited, the line has no entry any more; but the entry's own line has gone too, so it stands for one of them.
    const edited = await runs(project);
    expect(failures(edited)).toEqual(['one']);
    expect(edited.tests.find(({ name }) => name === 'one')?.errors).toHaveLength(1);
  });

  test('counts what one line opens, though it is told in one error', async () => {
    const project = useSuite(version);
    const times = (count: number) =>
      write(
        project,
        'b.ts',
        `const count = ${count};\ntest('one', () => {\n  for (let i = 0; i < count; i++) setInterval(() => {}, 1);\n});\n`,
      );
    times(3);
    await record(project);
    expect(JSON.parse(read(project)).leaks).toContainEqual(
      expect.objectContaining({ owner: 'test one', type: 'Timeout', count: 3 }),
    );
    expect(output(await runs(project))).toContain('Tolerated 103 known leaks');

    times(4);
    const more = await runs(project);
    expect(failures(more)).toEqual(['one']);
    expect(more.tests.find(({ name }) => name === 'one')?.errors.join('\n')).toContain(
      'an interval was started',
    );

    times(1);
    const fewer = await runs(project);
    expect(failures(fewer)).toEqual([]);
    expect(output(fewer)).toContain(`2 known leaks of ${BASELINE} no longer leak`);
  });
});
