/** Nothing that users name reaches the terminal, or the file of a run, as an escape sequence. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const ESCAPE = '\u001b]0;owned\u0007\u009b2J\u202e';
const inSource = JSON.stringify(ESCAPE);

/** The names of tests are left ordinary: those the frameworks print by themselves. */
const files = {
  'a.test.ts': `
    import { AsyncResource } from 'node:async_hooks';
    import { spawn } from 'node:child_process';
    import { open } from 'node:fs/promises';
    import { allowLingering } from 'async-leaks';
    import { poll } from './odd-names/poll${ESCAPE}';
    import { start } from 'package${ESCAPE}';
    const held = [];
    test('a function, and its file', () => { poll[${inSource}](); });
    test('a package', () => { start(); });
    test('a command', () => { spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e6)', ${inSource}]); });
    test('a type', () => { held.push(new AsyncResource(${inSource}, { requireManualDestroy: true })); });
    test('a path', async () => { held.push(await open(__dirname + '/odd-names/data' + ${inSource}, 'w')); });
    test('a reason', () => { allowLingering({ reason: ${inSource} }); setInterval(() => {}, 1000); });
    test('a stale allowance', () => { allowLingering({ from: ${inSource} }); });
    test('a wrong allowance', () => { allowLingering({ [${inSource}]: 1 }); });
  `,
  [`odd-names/poll${ESCAPE}.ts`]: `export const poll = { [${inSource}]() { setInterval(() => {}, 1000); } };\n`,
  [`node_modules/package${ESCAPE}/package.json`]: '{ "main": "index.cjs" }',
  [`node_modules/package${ESCAPE}/index.cjs`]:
    'exports.start = function start() { setInterval(() => {}, 1000); };\n',
};

test.each([vitest4, jest30].map((version) => [version.name, version] as const))(
  '%s',
  async (_name, version) => {
    const config = withOptions(version, { outputFile: 'leaks.json' });
    const project = useProject({ version, files, config });
    const args =
      version.framework === 'vitest' ? ['--reporter=default', '--reporter=async-leaks/vitest/reporter'] : [];
    const { stdout, stderr, tests } = await run(project, { args });
    const states = Object.fromEntries(tests.map(({ name, state }) => [name, state]));
    expect(states).toEqual({
      'a function, and its file': 'failed',
      'a package': 'failed',
      'a command': 'failed',
      'a type': 'failed',
      'a path': 'failed',
      'a reason': 'passed',
      'a stale allowance': 'passed',
      'a wrong allowance': 'failed',
    });
    const shown = '\\u001b]0;owned\\u0007\\u009b2J\\u202e';
    const output = stdout + stderr;
    for (const text of [
      `poll${shown}.ts:1:`,
      `(${shown})`,
      `odd-names/data${shown}`,
      `Allowed to linger: 1 × Timeout (${shown})`,
      `the unknown key "${shown}"`,
    ])
      expect(output).toContain(text);
    // Lines of source that a framework quotes are its own.
    const quoted = /^\s*>?\s*\d+\s*\|/;
    for (const line of output.split('\n').filter((each) => !quoted.test(each)))
      expect(line).not.toMatch(/[^\t\P{Cc}]|\p{Bidi_Control}/u);
    const json = readFileSync(join(project.folder, 'leaks.json'), 'utf8');
    expect(json).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_Control}/u);
    expect(JSON.parse(json).leaks.map(({ type }: { type: string }) => type)).toContain(ESCAPE);
  },
);
