/** The package with changed sources, to see what happens if async-leaks itself is wrong, or fails. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { change, type Edit, readSources } from './markers.ts';
import { pack } from './pack.ts';
import { root } from './versions.ts';

const run = promisify(execFile);

/** Another name for something of Node's, wherever the sources have it: to them it is gone. */
export interface Renaming {
  readonly gone: string;
}

const isRenaming = (edit: Edit | Renaming): edit is Renaming => 'gone' in edit;

/** What has to be there to build and run it. */
const PARTS = [
  'src',
  'vitest.setup.ts',
  'jest-preset.cjs',
  'jest-preset.d.cts',
  'bundle.js',
  'bundle-page.js',
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
    let sources = readSources(folder);
    for (const edit of edits) if (!isRenaming(edit)) sources = change(sources, edit);
    for (const [path, text] of sources) await writeFile(join(folder, path), text);
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
