/** The compiled code of the setup file, which is kept for later workers: whatever happens to it, verdicts stay the same. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Project, withPlugin } from '../../support/project.ts';
import { output, run } from '../../support/run.ts';
import { vitest4 } from '../../support/install/versions.ts';

const files = {
  'leaks.test.ts': `test('leaks', () => { setInterval(() => {}, 1000); });\n`,
  'closes.test.ts': `test('closes', () => { clearInterval(setInterval(() => {}, 1000)); });\n`,
};

/** The paths of what is kept. */
function kept({ folder }: Project): string[] {
  const cache = join(folder, 'node_modules/.vite');
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.endsWith('async-leaks'))
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function expectVerdicts(project: Project): Promise<void> {
  const { tests, signal, timedOut } = await run(project);
  expect({ signal, timedOut }).toEqual({ signal: null, timedOut: false });
  expect(tests.map(({ name, state }) => `${name}: ${state}`).toSorted()).toEqual([
    'closes: passed',
    'leaks: failed',
  ]);
}

const use = (settings?: string) =>
  useProject({ version: vitest4, files: { ...files, 'vitest.config.mjs': withPlugin(settings) } });

test('is kept by the first run, and taken by the next', async () => {
  const project = use();
  await expectVerdicts(project);
  const [path, ...others] = kept(project);
  expect(others).toEqual([]);
  const { ino } = statSync(path!);
  await expectVerdicts(project);
  expect(kept(project)).toEqual([path]);
  expect(statSync(path!).ino).toBe(ino);
});

// The code has the path of its file, by which our frames are known.
test('is not taken by the same package in another place', async () => {
  const project = use();
  await expectVerdicts(project);
  const [path] = kept(project);
  const [former, place] = ['async-leaks', 'store'].map((name) => join(project.folder, 'node_modules', name));
  renameSync(former!, place!);
  symlinkSync(place!, former!, 'junction');
  expect(output(await run(project))).not.toContain('setup.cjs');
  expect(kept(project)).not.toContain(path);
});

const damages: [string, (content: Buffer) => Buffer][] = [
  ['is changed in one byte', (content) => content.fill(content[5000]! ^ 1, 5000, 5001)],
  ['is cut short', (content) => content.subarray(0, content.length / 2)],
  ['is empty', () => Buffer.alloc(0)],
  [
    'is whole, but of another V8',
    (content) => content.map((byte, at) => (at % (content.length / 2) === 4 ? byte ^ 1 : byte)) as Buffer,
  ],
];

test.each(damages)('is made anew where it %s', async (_, damage) => {
  const project = use();
  await expectVerdicts(project);
  const path = kept(project)[0]!;
  const damaged = damage(readFileSync(path));
  writeFileSync(path, damaged);
  await expectVerdicts(project);
  expect(kept(project)).toEqual([path]);
  expect(readFileSync(path).equals(damaged)).toBe(false);
});

test('goes when another is kept, if it serves nobody any more', async () => {
  const project = use();
  await expectVerdicts(project);
  const path = kept(project)[0]!;
  const [bundle] = basename(path).split('-');
  const days = (n: number): number => Date.now() / 1000 - n * 86_400;
  const put = (name: string, age: number): string => {
    const entry = join(dirname(path), name);
    writeFileSync(entry, '');
    utimesSync(entry, days(age), days(age));
    return entry;
  };
  const gone = [
    put('0123456789abcdef-12345', 0),
    put(`${bundle}-12345`, 2),
    put(`${bundle}-12345.99-0.tmp`, 2),
    put(`${bundle}-12345.99.tmp`, 2),
  ];
  const stays = [
    put(`${bundle}-54321`, 0.5),
    put(`${bundle}-54321.99-0.tmp`, 0),
    put('0123456789abcdef-notes.txt', 9),
    path,
  ];
  await expectVerdicts(project);
  expect(kept(project).toSorted(), 'nothing new is kept').toEqual([...gone, ...stays].toSorted());
  rmSync(path);
  await expectVerdicts(project);
  expect(kept(project).toSorted()).toEqual(stays.toSorted());
});

test('is done without where it cannot be written', async () => {
  const project = use();
  await expectVerdicts(project);
  const folder = dirname(kept(project)[0]!);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expectVerdicts(project);
});

test('is not kept where Vitest is to keep nothing', async () => {
  const project = use('cache: false');
  await expectVerdicts(project);
  expect(kept(project)).toEqual([]);
});
