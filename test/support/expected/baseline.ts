/** A project with a baseline: what its tests run, record and read. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runs, useProject } from '../e2e.ts';
import { withOptions, type Project } from '../project.ts';
import type { Version } from '../install/versions.ts';

/** The name of the file. */
export const BASELINE = '.async-leaks.json';

/** `poll.ts` of the suite. */
export const helper = `export function poll() {\n  return setInterval(() => {}, 1000);\n}\n`;

/** A file of leaking tests; `mended` of them close what they open. */
export const leaking = (
  name: string,
  count: number,
  { before = '', mended = 0, extra = '' } = {},
) => `${before}
import { poll } from './poll';
for (let i = 0; i < ${count}; i++) {
  test('${name} ' + i, () => {
    const timer = poll();
    if (i < ${mended}) clearInterval(timer);
  });
}
${extra}
`;

/** A project of 200 leaks, which has a baseline. */
export function useSuite(version: Version): Project {
  const config = withOptions(version, { baseline: BASELINE });
  const files = { 'poll.ts': helper, 'a.ts': leaking('a', 100), 'b.ts': leaking('b', 100) };
  return useProject({ version, files, config });
}

/** Records what leaks. */
export const record = (project: Project, args: string[] = []) =>
  runs(project, { env: { ASYNC_LEAKS: 'update' }, args });
export const write = (project: Project, file: string, content: string) =>
  writeFileSync(join(project.folder, file), content);
/** The text of the baseline. */
export const read = (project: Project) => readFileSync(join(project.folder, BASELINE), 'utf8');
