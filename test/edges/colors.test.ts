/** The summary goes to stderr. It has colours if that is a terminal, and only then; tested with real terminals. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withPlugin } from '../support/project.ts';
import { environment } from '../support/run.ts';
import { jest30, root, vitest4, type Version } from '../support/install/versions.ts';

const files = { 'a.test.ts': `test('one', () => { setInterval(() => {}, 1000); });\n` };

/** What a run wrote to stderr, with one stream on a terminal. */
async function stderrOf(
  version: Version,
  terminal: 'stdout' | 'stderr',
  env: Record<string, string> = {},
): Promise<string> {
  const isVitest = version.framework === 'vitest';
  const config = isVitest ? { 'vitest.config.mjs': withPlugin() } : {};
  const project = useProject({ version, files: { ...files, ...config } });
  const file = join(project.folder, 'stream.txt');
  const command = isVitest ? ['node_modules/vitest/vitest.mjs', 'run'] : ['node_modules/jest/bin/jest.js'];
  const args = [join(root, 'test/support/terminal.py'), terminal, file, process.execPath, ...command];
  const { NO_COLOR: _, ...clean } = environment({ TERM: 'xterm' });
  const shown = await new Promise<string>((resolve) => {
    // The run fails because the test leaks.
    execFile('python3', args, { cwd: project.folder, env: { ...clean, ...env } }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  return terminal === 'stderr' ? shown : readFileSync(file, 'utf8');
}

/** The first line of the summary, with its colours, and without the moves of the cursor that Jest makes. */
const headOf = (text: string): string | undefined =>
  text
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/\r|\u001b\[\d*[DK]/g, '')
    .split('\n')
    .find((line) => stripVTControlCharacters(line).startsWith(' Async leaks'));

const WORDS = 'Async leaks  1 resource in 1 test, opened at 1 place';
const COLORED = ` \u001b[31m\u001b[1mAsync leaks\u001b[22m\u001b[39m${WORDS.slice('Async leaks'.length)}`;
const PLAIN = ` ${WORDS}`;

describe.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s',
  (_name, version) => {
    test.each([
      ['a terminal for stderr, a file for stdout', 'stderr', {}, COLORED],
      ['a file for stderr, a terminal for stdout', 'stdout', {}, PLAIN],
      ['a file for stderr, in CI', 'stdout', { CI: 'true' }, PLAIN],
      ['NO_COLOR', 'stderr', { NO_COLOR: '1' }, PLAIN],
      ['FORCE_COLOR, and a file', 'stdout', { FORCE_COLOR: '1' }, COLORED],
    ] as const)('%s', async (_what, terminal, env, head) => {
      expect(headOf(await stderrOf(version, terminal, env))).toBe(head);
    });
  },
);
