/** The package with changed sources, to see what happens if async-leaks itself is wrong, or fails. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from './pack.ts';
import { root } from './versions.ts';

const run = promisify(execFile);

/** One change: what is replaced, which stands in the file once, and by what. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Another name for something of Node's, wherever the sources have it: to them it is gone. */
export interface Renaming {
  readonly gone: string;
}

const isRenaming = (edit: Edit | Renaming): edit is Renaming => 'gone' in edit;
const isEdit = (edit: Edit | Renaming): edit is Edit => 'file' in edit;

/** What has to be there to build and run it. */
const PARTS = [
  'src',
  'vitest.setup.ts',
  'jest-preset.cjs',
  'jest-preset.d.cts',
  'bundle.js',
  'prune.js',
  'package.json',
  'tsconfig.json',
];

/**
 * Builds and packs a copy of the sources with these changes.
 * @returns the folder of the unpacked package, and what removes it.
 */
export async function packMutant(edits: readonly (Edit | Renaming)[]): ReturnType<typeof pack> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'async-leaks-mutant-'));
  try {
    for (const part of PARTS) await cp(join(root, part), join(folder, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const { gone } of edits.filter(isRenaming)) await rename(join(folder, 'src'), gone);
    for (const { file, from, to } of edits.filter(isEdit)) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one "${from}".`);
      await writeFile(
        path,
        text.replace(from, () => to),
      );
    }
    await run('npm', ['run', 'build'], { cwd: folder });
    return await pack(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function rename(folder: string, name: string): Promise<void> {
  const word = new RegExp(`(?<![\\w$])${name.replaceAll(/[^\w\s]/g, '\\$&')}(?![\\w$])`, 'g');
  let count = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, 'utf8');
    const changed = text.replace(word, () => 'noLongerThere');
    if (changed === text) continue;
    count++;
    await writeFile(path, changed);
  }
  if (count === 0) throw new Error(`The sources do not have "${name}".`);
}
