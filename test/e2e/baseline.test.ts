/** The ratchet: what leaks today is recorded and tolerated, what is new fails, what is mended is to be removed. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions, type Project } from '../support/project.ts';
import { type Run, run, type RunOptions } from '../support/run.ts';
import { jest30, vitest4, type Version } from '../support/versions.ts';

const both = [vitest4, jest30].map((version) => [version.name, version] as const);

const BASELINE = '.async-leaks.json';

const helper = `export function poll() {\n  return setInterval(() => {}, 1000);\n}\n`;

/** A file of leaking tests; `mended` of them close what they open. */
const leaking = (name: string, count: number, { before = '', mended = 0, extra = '' } = {}) => `${before}
import { poll } from './poll';
for (let i = 0; i < ${count}; i++) {
  test('${name} ' + i, () => {
    const timer = poll();
    if (i < ${mended}) clearInterval(timer);
  });
}
${extra}
`;

function useSuite(version: Version): Project {
  const config = withOptions(version, { baseline: BASELINE });
  const files = { 'poll.ts': helper, 'a.ts': leaking('a', 100), 'b.ts': leaking('b', 100) };
  return useProject({ version, files, config });
}

const runIt = (project: Project, options: RunOptions = {}) => {
  const args = options.args ?? [];
  const reporter = project.version.framework === 'vitest' ? ['--reporter=async-leaks/vitest/reporter'] : [];
  return run(project, { ...options, args: [...args, ...reporter] });
};
const record = (project: Project, args: string[] = []) =>
  runIt(project, { env: { ASYNC_LEAKS: 'update' }, args });
const write = (project: Project, file: string, content: string) =>
  writeFileSync(join(project.folder, file), content);
const read = (project: Project) => readFileSync(join(project.folder, BASELINE), 'utf8');
const failures = ({ tests }: Run) => tests.filter(({ state }) => state === 'failed').map(({ name }) => name);
const output = ({ stdout, stderr }: Run) => stdout + stderr;

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

    const second = await runIt(project);
    expect({ exitCode: second.exitCode, failures: failures(second) }).toEqual({ exitCode: 0, failures: [] });
    expect(output(second)).toContain(`Tolerated 200 known leaks of ${BASELINE}.`);
    expect(read(project)).toBe(recorded);

    await record(project);
    expect(read(project), 'recorded again, it is the same').toBe(recorded);

    // Lines move, a test leaks once more, two are mended.
    const extra = `test('new', () => { poll(); });\ntest('twice', () => { setInterval(() => {}, 500); });\n`;
    write(project, 'poll.ts', `// moved\n\n\n${helper}`);
    write(project, 'a.ts', leaking('a', 100, { before: '// moved\n\n', mended: 2, extra }));
    const third = await runIt(project);
    expect(failures(third).toSorted()).toEqual(['new', 'twice']);
    expect(third.exitCode).toBe(1);
    expect(output(third)).toContain(`Tolerated 198 known leaks of ${BASELINE}.`);
    expect(output(third)).toContain(
      `2 known leaks of ${BASELINE} leak no more; ASYNC_LEAKS=update removes them:`,
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
    const edited = await runIt(project);
    expect(failures(edited)).toEqual(['one']);
    expect(edited.tests.find(({ name }) => name === 'one')?.errors).toHaveLength(1);
  });

  test('drops nothing of what did not run', async () => {
    const project = useSuite(version);
    await record(project);
    const recorded = read(project);
    for (const args of [['--shard=1/2'], ['-t', 'a 7'], ['a.ts']]) {
      const partial = await record(project, args);
      expect(partial.exitCode).toBe(0);
      expect(read(project) === recorded, args.join(' ')).toBe(true);
      expect(output(await runIt(project, { args })), args.join(' ')).not.toContain('no more');
    }
    // A test that fails by itself tells nothing of its leaks; one that is gone leaks no more.
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
        'has a merge conflict; take either side, then record anew with ASYNC_LEAKS=update.',
      ],
    ] as const) {
      write(project, BASELINE, damaged);
      for (const result of [await runIt(project), await record(project)]) {
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
    const missing = `The baseline ${BASELINE} is missing; ASYNC_LEAKS=update records what leaks into it.`;
    const first = await runIt(project);
    expect(output(first).split(missing), output(first)).toHaveLength(2);
    expect(first.exitCode).toBe(0);
    expect(output(await record(project))).not.toContain('missing');
    expect(output(await runIt(project))).not.toContain('missing');
  });

  test('reads a baseline that an editor has saved with a byte order mark', async () => {
    const project = useSuite(version);
    await record(project);
    write(project, BASELINE, `\ufeff${read(project)}`);
    const result = await runIt(project);
    expect(result.exitCode).toBe(0);
    expect(output(result)).toContain(`Tolerated 200 known leaks of ${BASELINE}.`);
  });

  test('refuses a baseline that cannot be read in a sentence, before any test', async () => {
    const project = useSuite(version);
    mkdirSync(join(project.folder, BASELINE));
    const result = await runIt(project);
    expect(output(result).split('cannot be read: EISDIR'), output(result)).toHaveLength(2);
    expect(output(result)).not.toMatch(/Caused by|Serialized Error|node_modules\/async-leaks/);
    expect(result).toMatchObject({ exitCode: 1, tests: [] });
  });

  test('refuses ASYNC_LEAKS=update where no baseline is named', async () => {
    const project = useProject({ version, files: { 'a.ts': `test('one', () => {});\n` } });
    const result = await record(project);
    expect(output(result)).toContain('takes update only where option "baseline" names a file');
    expect(result.exitCode).toBe(1);
    expect(existsSync(join(project.folder, BASELINE))).toBe(false);
  });
});
