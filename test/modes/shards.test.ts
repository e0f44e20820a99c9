/** `async-leaks report` of ten shards of a suite reads as the report of the whole suite. */
import { renameSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { leaking, outputProject, pathOf, read } from '../support/expected/output.ts';
import { asyncLeaks } from '../support/expected/report.ts';
import { runs } from '../support/e2e.ts';
import type { Project } from '../support/project.ts';
import { both, type Version } from '../support/install/versions.ts';

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
