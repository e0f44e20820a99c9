/** `html`: the run as a page, in each framework; and the summary of a job on GitHub Actions. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PageData } from '../../src/report/page/page-data.ts';
import { leaking, pathOf } from '../support/expected/output.ts';
import { runs, useProject } from '../support/e2e.ts';
import { withOneEnd, type Project } from '../support/project.ts';
import { both, current, type Version } from '../support/install/versions.ts';

const projectWith = (version: Version, files: Record<string, string>, options: object) =>
  useProject({ version, files, config: withOneEnd(version, options) });

/** What a page holds. */
function dataOf(project: Project, name = 'leaks.html'): PageData {
  const page = readFileSync(pathOf(project, name), 'utf8');
  const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(data!);
}

describe.each(Object.values(current))('html of $name', (version) => {
  test('shows every leak in its test, with its code, though nothing else is written', async () => {
    const project = projectWith(
      version,
      { 'a.test.js': leaking('one', 'two'), 'b.test.js': `test('is clean', () => {});\n` },
      { html: 'reports/today/leaks.html', mode: 'warn' },
    );
    expect((await runs(project)).exitCode).toBe(0);
    expect(readdirSync(pathOf(project, 'reports/today'))).toEqual(['leaks.html']);
    const { files, leaks, causes, head, runs: times } = dataOf(project, 'reports/today/leaks.html');
    expect(head).toBe('2 resources in 2 tests, opened at 2 places');
    expect(files.map(({ name, tests }) => [name, ...tests.map(([own]) => own)])).toEqual([
      ['a.test.js', 'one', 'two'],
      ['b.test.js', 'is clean'],
    ]);
    expect(leaks.map((leak) => [leak.file, leak.times!.test, leak.status, leak.owner])).toEqual([
      [0, 0, 'warned', 'one'],
      [0, 1, 'warned', 'two'],
    ]);
    for (const { times: own } of leaks) expect(own!.released![0]).toBeGreaterThanOrEqual(own!.judged);
    expect(times[0]!.duration).toBeGreaterThan(0);
    expect(causes[1]!.source).toMatchObject({ file: 'a.test.js', at: 2 });
    expect(causes[1]!.source!.lines).toContain(leaking('two').trim());
  });

  test('is written if nothing leaks, and refused where another option names the file', async () => {
    const files = { 'a.test.js': `test('one', () => {});\n` };
    const project = projectWith(version, files, { html: 'leaks.html' });
    expect((await runs(project)).exitCode).toBe(0);
    expect(dataOf(project)).toMatchObject({ head: '', causes: [], leaks: [] });
    const confused = projectWith(version, files, { html: 'a.json', outputFile: 'a.json' });
    const { exitCode, stderr, stdout } = await runs(confused);
    expect(exitCode).toBe(1);
    expect(stderr + stdout).toContain('the options "outputFile" and "html" name the same file');
  });
});

describe.each(both)('the summary of a job, of %s', (_name, version) => {
  const github = (project: Project, name = 'summary.md') => ({
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: pathOf(project, name),
  });
  const summaryOf = (project: Project) =>
    existsSync(pathOf(project, 'summary.md'))
      ? readFileSync(pathOf(project, 'summary.md'), 'utf8')
      : undefined;

  test('has the leaks of each run, unless an option says otherwise', async () => {
    const leaky = { 'a.test.js': leaking('one') };
    const project = projectWith(version, leaky, {});
    await runs(project);
    expect(summaryOf(project)).toBeUndefined();
    await runs(project, { env: github(project) });
    await runs(project, { env: github(project) });
    const heads = summaryOf(project)!.match(/^### .*$/gm);
    expect(heads).toEqual(Array(2).fill('### Async leaks: 1 resource in 1 test, opened at 1 place'));
    const silent = projectWith(version, leaky, { jobSummary: false });
    await runs(silent, { env: github(silent) });
    expect(summaryOf(silent)).toBeUndefined();
  });

  test('is left alone if nothing leaks, and costs nothing but a sentence if it cannot be written', async () => {
    const project = projectWith(version, { 'a.test.js': `test('one', () => {});\n` }, { mode: 'warn' });
    await runs(project, { env: github(project) });
    expect(summaryOf(project)).toBeUndefined();
    const leaky = projectWith(version, { 'a.test.js': leaking('one') }, { mode: 'warn' });
    mkdirSync(pathOf(leaky, 'folder'));
    const { exitCode, stderr } = await runs(leaky, { env: github(leaky, 'folder') });
    expect(stderr).toMatch(/^async-leaks: the summary of the job could not be written: EISDIR/m);
    expect(exitCode).toBe(0);
  });
});
