/** `async-leaks report`: one report of what several runs have leaked. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Output } from '../../src/report/outputs/output.ts';
import { leaking, NAME, outputProject, pathOf, read } from '../support/expected/output.ts';
import { asyncLeaks } from '../support/expected/report.ts';
import { runs, useProject } from '../support/e2e.ts';
import { scratchFolder, withOneEnd, type Project } from '../support/project.ts';
import { failures, output } from '../support/run.ts';
import { current, jest30, type Version, vitest4 } from '../support/install/versions.ts';

/** "9 resources in 8 tests, opened at 5 places", as the head of a summary or of Markdown has it. */
function totalsIn(text: string): Record<'resources' | 'tests' | 'places', number> {
  const [, resources, tests, places] =
    /(\d+) resources? in (\d+) tests?, opened at (\d+) places?/.exec(text) ?? [];
  return { resources: Number(resources), tests: Number(tests), places: Number(places) };
}

/** A package of a repository, with a suite of one framework. */
function packageOf(repository: string, version: Version): Project {
  const { framework } = version;
  const isCommonJs = framework === 'jest' || framework === 'mocha';
  const load = isCommonJs
    ? "const { poll } = require('../shared/poll.cjs');\nconst { allowLingering } = require('async-leaks');\n"
    : "import { poll } from '../shared/poll.cjs';\nimport { allowLingering } from 'async-leaks';\n";
  return useProject({
    version,
    folder: join(repository, framework),
    files: {
      'a.test.js': `${load}test('polls', () => { poll(); });
test('is clean', () => {});
test('allows', () => { allowLingering(); setInterval(() => {}, 1000); });
test('fails', () => { poll(); throw new Error('its own'); });
`,
      'b.test.js': `${load}test('polls, too', () => { poll(); poll(); });\n${leaking('ticks')}`,
    },
    config: withOneEnd(version, { outputFile: NAME }),
  });
}

test('runs of the four frameworks in one repository make one report of all', async () => {
  const repository = scratchFolder('repository');
  onTestFinished(() => rmSync(repository, { recursive: true }));
  mkdirSync(join(repository, 'shared'));
  writeFileSync(
    join(repository, 'shared/poll.cjs'),
    `exports.poll = () => { setInterval(() => {}, 1000); };\n`,
  );
  const projects = Object.values(current).map((version) => packageOf(repository, version));
  const frameworks = projects.map(({ version }) => version.framework);
  const printed: ReturnType<typeof totalsIn>[] = [];
  const wholes: Output[] = [];
  for (const project of projects) {
    const run = await runs(project);
    expect(failures(run).toSorted()).toEqual(['fails', 'polls', 'polls, too', 'ticks']);
    printed.push(totalsIn(output(run)));
    wholes.push(read(project)!);
  }
  expect(printed).toEqual(projects.map(() => ({ resources: 4, tests: 3, places: 2 })));

  const names = frameworks.map((name) => `../${name}/${NAME}`);
  const { folder } = projects[0]!;
  const { exitCode, stdout, stderr } = await asyncLeaks(folder, [
    'report',
    ...names,
    '--json=all.json',
    '--html=all.html',
  ]);
  expect(stderr).toBe('async-leaks: wrote all.json\nasync-leaks: wrote all.html\n');
  expect(exitCode).toBe(0);
  // All of them call one helper; each has a line of its own besides.
  expect(totalsIn(stdout)).toEqual({ resources: 16, tests: 12, places: 5 });
  expect(stdout).toContain('   shared/poll.cjs:1:24  exports.poll\n     12 intervals (Timeout)\n');
  expect(stdout).toContain('     in 8 tests: "polls" (jest/a.test.js), ');
  for (const name of frameworks) expect(stdout).toContain(`   ${name}/b.test.js:4:`);
  expect(stdout).toContain(' 4 resources were left by tests that failed:');
  expect(stdout).toContain('Allowed to linger: 4 × Timeout.');

  const all = read(projects[0]!, 'all.json')!;
  expect(all.root).toBe(repository);
  expect(all.runs.map(({ name }) => name)).toEqual(names);
  expect(all).toMatchObject({ files: 8, abandoned: 4, staleAllowances: [] });
  const facts = ({ testFile, status, type, owner, place }: Output['leaks'][number]) =>
    JSON.stringify([testFile, status, type, owner.name, place]);
  expect(all.leaks.map(facts).toSorted()).toEqual(wholes.flatMap(({ leaks }) => leaks.map(facts)).toSorted());
  for (const { run, file, times } of all.testFiles) {
    expect(dirname(file)).toBe(join(repository, frameworks[run]!));
    expect(times!.ended).toBeLessThanOrEqual(all.runs[run]!.duration);
    expect(times!.tests).not.toEqual([]);
  }
  const markdown = await asyncLeaks(folder, ['report', ...names, '--markdown']);
  expect(totalsIn(markdown.stdout)).toEqual(totalsIn(stdout));
  expect(readFileSync(join(folder, 'all.html'), 'utf8')).toContain(
    `"head":"${stdout.split('\n')[0]!.trim().slice('Async leaks  '.length)}"`,
  );
});

test('runs of two frameworks make one report, and what cannot be read is named', async () => {
  const project = outputProject(vitest4, { 'a.test.js': leaking('one', 'two') });
  const other = outputProject(jest30, { 'b.test.js': leaking('three') });
  await runs(project);
  await runs(other);
  const [vitest, jest] = [project, other].map((each) => pathOf(each));
  writeFileSync(pathOf(project, 'half.json'), readFileSync(vitest!, 'utf8').slice(0, 500));
  const args = ['report', vitest!, 'half.json', 'none.json', 'package.json', jest!, NAME];
  const { exitCode, stdout, stderr } = await asyncLeaks(project.folder, args);
  expect(stdout.split('\n')[0]).toBe(' Async leaks  3 resources in 3 tests, opened at 3 places');
  expect(stderr.split('\n')).toEqual([
    'async-leaks: half.json is not JSON, or has been cut off.',
    'async-leaks: none.json is not there.',
    'async-leaks: package.json is not what the option outputFile of async-leaks writes.',
    `async-leaks: ${NAME} is named twice, and counted once.`,
    '',
  ]);
  expect(exitCode).toBe(1);

  const markdown = await asyncLeaks(project.folder, ['report', vitest!, jest!, '--markdown']);
  expect(markdown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(markdown.stdout).toContain('### Async leaks: 3 resources in 3 tests, opened at 3 places\n');

  const sealed = await asyncLeaks(project.folder, ['report', NAME, '--json', 'a.test.js/all.json']);
  expect(sealed.stderr).toMatch(/^async-leaks: a\.test\.js\/all\.json could not be written: [^\n]*\n$/);
  expect(sealed.exitCode).toBe(1);
  expect(sealed.stdout).toContain('2 resources in 2 tests');
});

test('a run in which nothing leaked says so', async () => {
  const project = outputProject(vitest4, { 'a.test.js': `test('one', () => {});\n` });
  await runs(project);
  expect(await asyncLeaks(project.folder, ['report', NAME])).toEqual({
    exitCode: 0,
    stdout: 'No leaks in 1 test file.\n',
    stderr: '',
  });
});

test('help fits a screen, and wrong arguments get one sentence', async () => {
  const { folder } = outputProject(vitest4, {});
  const help = await asyncLeaks(folder, ['--help']);
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout.split('\n').length).toBeLessThan(24);
  for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect((await asyncLeaks(folder, ['-v'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong: [string[], string][] = [
    [[], 'name a command: async-leaks report FILE…'],
    [['render', 'a.json'], 'there is no command "render", only "report".'],
    [['report'], 'name at least one file that the option outputFile has written.'],
    [['report', 'a.json', '--colour'], "Unknown option '--colour'."],
    [['report', 'a.json', '--json'], "Option '--json <value>' argument missing."],
    [['report', 'a.json', '--json='], '--json takes the path of a file.'],
    [['report', 'a.json', '--html'], "Option '--html <value>' argument missing."],
    [['report', 'a.json', '--html='], '--html takes the path of a file.'],
    [['report', 'a.json', '--markdown=yes'], "Option '--markdown' does not take an argument."],
    [['report', 'a.json', '--help=me'], "Option '-h, --help' does not take an argument."],
    [['report', 'a.json', '--version=1'], "Option '-v, --version' does not take an argument."],
    [['report', 'a.json', '-x'], "Unknown option '-x'."],
    [
      ['report', 'a.json', '--html', 'b', '--json', './b'],
      '--json would overwrite what --html writes; name another file.',
    ],
    [
      ['report', 'a.json', 'b.json', '--html', './b.json'],
      '--html would overwrite b.json, which is read; name another file.',
    ],
  ];
  for (const [args, sentence] of wrong)
    expect(await asyncLeaks(folder, args)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `async-leaks: ${sentence} See async-leaks --help.\n`,
    });
  expect(existsSync(join(folder, 'a.json'))).toBe(false);
});
