/** `outputFile` in watch mode, where a run is killed, and where it cannot be written. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PageData } from '../../src/report/page/page-data.ts';
import { leaking, leaksIn, NAME, outputProject, pathOf, told } from '../support/expected/output.ts';
import { reporters, runs } from '../support/e2e.ts';
import type { Project } from '../support/project.ts';
import type { RunOptions } from '../support/run.ts';
import { both, jest30 } from '../support/install/versions.ts';
import { watch } from '../support/watch.ts';

describe.each(both)('outputFile of %s', (_name, version) => {
  test('follows a watch: of each file, what its latest run leaked', async () => {
    const project = outputProject(version, {
      'a.ts': leaking('a1'),
      'b.ts': leaking('b1'),
      'c.ts': leaking('c1'),
    });
    const watching = watch(project, reporters(version));
    const change = (files: Record<string, string>) => () => {
      for (const [name, content] of Object.entries(files)) writeFileSync(pathOf(project, name), content);
    };
    const holds =
      (...names: readonly string[]) =>
      () =>
        told(leaksIn(project)).join('\n') ===
        names.map((name) => `${name[0]}.ts: failed Timeout of test ${name}`).join('\n');
    await watching.until(() => {}, holds('a1', 'b1', 'c1'));
    await watching.until(change({ 'b.ts': leaking('b1', 'b2') }), holds('a1', 'b1', 'b2', 'c1'));
    await watching.until(change({ 'c.ts': `test('c1', () => {});\n` }), holds('a1', 'b1', 'b2'));
    rmSync(pathOf(project, 'a.ts'));
    await watching.until(change({ 'c.ts': leaking('c2') }), holds('b1', 'b2', 'c2'));
    await watching.until(change({ 'a.ts': leaking('a2') }), holds('a2', 'b1', 'b2', 'c2'));
  });

  test.each([
    [
      'while it was written',
      `replace('writeFileSync', (write, file, text) => { write(file, text.slice(0, 200)); die(); });`,
    ],
    ['before it took its place', `replace('renameSync', die);`],
  ])('stays as it was where the run was killed %s', async (_when, fault) => {
    const project = outputProject(version, { 'a.ts': leaking('one') });
    await runs(project);
    const old = readFileSync(pathOf(project), 'utf8');
    expect(told(leaksIn(project))).toEqual(['a.ts: failed Timeout of test one']);

    writeFileSync(pathOf(project, 'a.ts'), leaking('two'));
    const die = `const die = () => process.kill(process.pid, 'SIGKILL');\n`;
    expect((await runs(project, preload(project, die + fault))).exitCode).toBeNull();
    expect(readFileSync(pathOf(project), 'utf8')).toBe(old);

    await runs(project);
    expect(told(leaksIn(project))).toEqual(['a.ts: failed Timeout of test two']);
  });

  test.each([
    ['a folder has its name', NAME, (path: string) => mkdirSync(path)],
    ['its folder is a file', 'a.ts/leaks.json', () => {}],
    ['its folder is read-only', 'sealed/leaks.json', seal],
  ])('fails the run, and no test, where %s', async (_why, outputFile, prepare) => {
    const files = { 'a.ts': `test('one', () => {});\n`, 'b.ts': `test('two', () => {});\n` };
    const project = outputProject(version, files, { outputFile });
    const path = pathOf(project, outputFile);
    prepare(path);
    const { exitCode, tests, stdout, stderr } = await runs(project, preload(project, UNPRIVILEGED));
    const lines = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /async-leaks|leaks\.json/.test(line.replaceAll(project.folder, '')));
    expect(lines).toEqual([expect.stringMatching(/^async-leaks: .* could not be written: /)]);
    expect(lines[0]).toContain(`${path} could not`);
    expect(tests.map(({ state }) => state)).toEqual(['passed', 'passed']);
    expect(exitCode).toBe(1);
    expect(
      readdirSync(project.folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp')),
    ).toEqual([]);
  });
});

test('outputFile of Jest --watchAll, where each file that is written starts a run, is written for news only', async () => {
  const file = (seen: number) =>
    `test('one', () => { require('node:net').createServer().listen(0); });
require('node:fs').writeFileSync('seen', '${seen}');\n`;
  const project = outputProject(jest30, { 'a.js': file(1) });
  const watching = watch(project);
  const sees = (seen: number) =>
    watching.until(
      () => writeFileSync(pathOf(project, 'a.js'), file(seen)),
      () =>
        existsSync(pathOf(project, 'seen')) && readFileSync(pathOf(project, 'seen'), 'utf8') === `${seen}`,
    );
  await watching.until(
    () => {},
    () => told(leaksIn(project)).join() === 'a.js: failed TCPSERVERWRAP of test one',
  );
  const { mtimeMs } = statSync(pathOf(project));
  await sees(2);
  await sees(3); // so that the run before is over
  expect(statSync(pathOf(project)).mtimeMs).toBe(mtimeMs);
});

test.each(both)('html of %s follows a watch, and is whole whenever it is read', async (_name, version) => {
  const files = { 'a.ts': leaking('a1'), 'b.ts': leaking('b1') };
  const project = outputProject(version, files, { outputFile: undefined, html: 'leaks.html' });
  const watching = watch(project, reporters(version));
  const holds = (names: string) => () => {
    if (!existsSync(pathOf(project, 'leaks.html'))) return false;
    const page = readFileSync(pathOf(project, 'leaks.html'), 'utf8');
    const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
    expect(page.trimEnd()).toMatch(/<\/html>$/);
    return (JSON.parse(data!) as PageData).leaks.map(({ owner }) => owner).join() === names;
  };
  await watching.until(() => {}, holds('a1,b1'));
  await watching.until(() => writeFileSync(pathOf(project, 'b.ts'), leaking('b1', 'b2')), holds('a1,b1,b2'));
});

/** Has each process of a run begin with `code`, which may `replace` functions of `fs` where they write `leaks.json`. */
function preload(project: Project, code: string): RunOptions {
  const file = pathOf(project, 'preload.cjs');
  const replace = `const fs = require('node:fs');
const replace = (name, fn) => {
  const original = fs[name];
  fs[name] = (...args) => (/leaks.json/.test(args[0]) ? fn(original, ...args) : original(...args));
};
`;
  writeFileSync(file, `${replace}${code}\nrequire('node:module').syncBuiltinESMExports();\n`);
  return { env: { NODE_OPTIONS: `--require ${file}` } };
}

/** Permissions are nothing to root: it writes as nobody. */
const UNPRIVILEGED = `replace('writeFileSync', (write, ...args) => {
  const uid = process.geteuid();
  if (uid === 0) process.seteuid(65534);
  try {
    return write(...args);
  } finally {
    if (uid === 0) process.seteuid(0);
  }
});`;

function seal(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder);
  chmodSync(dirname(folder), 0o755);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
}
