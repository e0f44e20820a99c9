/** `async-leaks report`: one report of what several runs have leaked. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leaking, NAME, outputProject, pathOf, read } from '../support/expected/output.ts';
import { asyncLeaks } from '../support/expected/report.ts';
import { runs } from '../support/e2e.ts';
import type { Project } from '../support/project.ts';
import { both, jest30, type Version, vitest4 } from '../support/install/versions.ts';

const SHARDS = 10;

/** Leaks that one helper opens, and some of their own; one that is allowed, and some of a test that fails. */
const suite = {
  ...Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `t${i}.test.js`,
      `const { poll } = require('./poll.cjs');
test('polls ${i}', () => { poll(); });
${leaking(`ticks ${i}`)}test('is clean ${i}', () => {});
${i % 5 === 0 ? `test('fails ${i}', () => { poll(); throw new Error('its own'); });\n` : ''}`,
    ]),
  ),
  'poll.cjs': `exports.poll = () => { setInterval(() => {}, 1000); };\n`,
};

const files = (framework: Version['framework']) =>
  framework === 'jest'
    ? suite
    : Object.fromEntries(
        Object.entries(suite).map(([name, text]) => [
          name,
          text.replace("const { poll } = require('./poll.cjs');", "import { poll } from './poll.cjs';"),
        ]),
      );

/** Runs a project, and keeps what it wrote under another name. */
async function runAs(project: Project, name: string, args: readonly string[] = []): Promise<string> {
  await runs(project, { args });
  renameSync(pathOf(project), pathOf(project, name));
  return name;
}

describe.each(both)('of %s', (_name, version) => {
  test('ten shards read as the whole run', async () => {
    const project = outputProject(version, files(version.framework));
    const whole = await runAs(project, 'whole.json');
    const shards: string[] = [];
    for (let i = 1; i <= SHARDS; i++)
      shards.push(await runAs(project, `shard-${i}.json`, [`--shard=${i}/${SHARDS}`]));

    const ofWhole = await asyncLeaks(project.folder, ['report', whole]);
    const ofShards = await asyncLeaks(project.folder, ['report', ...shards, '--json', 'merged.json']);
    expect(ofWhole).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ofShards).toMatchObject({ exitCode: 0, stderr: 'async-leaks: wrote merged.json\n' });
    const head = (text: string) => text.split('\n')[0];
    expect(head(ofWhole.stdout)).toBe(' Async leaks  40 resources in 40 tests, opened at 21 places');
    expect(head(ofShards.stdout)).toBe(head(ofWhole.stdout));
    expect(ofShards.stdout).toContain(' 4 resources were left by tests that failed:');
    expect(ofShards.stdout.split('\n').toSorted()).toEqual(ofWhole.stdout.split('\n').toSorted());

    const merged = read(project, 'merged.json')!;
    expect(merged.runs.map(({ name }) => name)).toEqual(shards);
    expect(merged).toMatchObject({ files: 20, abandoned: 4, root: project.folder });
    const again = await asyncLeaks(project.folder, ['report', 'merged.json']);
    expect(again.stdout).toBe(ofShards.stdout);
  });
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
    [['report', 'a.json', '--markdown=yes'], "Option '--markdown' does not take an argument."],
  ];
  for (const [args, sentence] of wrong)
    expect(await asyncLeaks(folder, args)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `async-leaks: ${sentence} See async-leaks --help.\n`,
    });
  expect(existsSync(join(folder, 'a.json'))).toBe(false);
});
