/** Counts how often async-leaks sleeps before its verdicts, because a clock would tell that only on an idle machine. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install/versions.ts';
import type { Project } from '../project.ts';

const preload = join(root, 'test/support/sleeps/sleeps.cjs');
const fileOf = ({ folder }: Project): string => join(folder, '.sleeps');

/** The environment of a run whose sleeps are counted. */
export const countingSleeps = (project: Project): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--require=${preload}`,
  SLEEPS: fileOf(project),
});

/** The sleeps since this was last asked. */
export function takeSleeps(project: Project): number {
  const file = fileOf(project);
  if (!existsSync(file)) return 0;
  const { length } = readFileSync(file, 'utf8');
  rmSync(file);
  return length;
}
