/** On GitHub Actions the summary of the run is a part of the job's. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runs, useProject } from '../support/e2e.ts';
import { both } from '../support/install/versions.ts';

const PAGE = 'summary.md';

describe.each(both)('%s', (_name, version) => {
  const write = (body: string) => `test('\u001b[31mred\u001b[0m \`\`\`', () => { ${body} });\n`;

  test('adds it, fenced and without colours', async () => {
    const project = useProject({ version, files: { 'a.ts': write('setInterval(() => {}, 1000);') } });
    const page = join(project.folder, PAGE);
    await runs(project, {
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: page, FORCE_COLOR: '1', NO_COLOR: '' },
    });
    // Vitest's own reporter adds a part of its own.
    const text = readFileSync(page, 'utf8');
    const part = text.slice(text.indexOf('````text'));
    expect(part).toMatch(
      /^````text\n Async leaks {2}1 resource in 1 test, opened at 1 place\n[^]+ in "[^"]*red[^"]* ```"\n[^]+\n````\n/,
    );
    expect(part).not.toContain('\u001b');
  });

  test('adds nothing where there is nothing to say', async () => {
    const project = useProject({ version, files: { 'a.ts': write('') } });
    const page = join(project.folder, PAGE);
    await runs(project, { env: { GITHUB_STEP_SUMMARY: page } });
    expect(existsSync(page)).toBe(false);
  });

  test('goes on where the page cannot be written', async () => {
    const project = useProject({ version, files: { 'a.ts': write('setInterval(() => {}, 1000);') } });
    const { stderr } = await runs(project, { env: { GITHUB_STEP_SUMMARY: project.folder } });
    expect(stderr.split('async-leaks: the summary of the job could not be written: EISDIR')).toHaveLength(2);
    expect(stderr).toContain(' Async leaks  1 resource');
  });
});
