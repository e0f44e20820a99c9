/** Checks a whole run before any test of it runs. */
import { refuseIdleUpdate, type ResolvedOptions } from '../config/options.js';
import { readBaseline } from './baseline.js';
import { realPath } from '../text/paths.js';

/**
 * Throws one sentence if something is wrong with the files that the options of a run name, even if only together.
 * @param projects the options of all projects that are known; paths in them are absolute.
 */
export function checkRun(projects: readonly ResolvedOptions[]): void {
  if (projects.length === 0) return;
  refuseIdleUpdate(projects);
  refuseSharedFile(projects);
  for (const { mode, baseline } of projects) if (mode !== 'off') readBaseline(baseline);
}

/** The files that options name. */
const FILES = ['baseline', 'outputFile', 'html'] as const;

/**
 * Throws one sentence if two options name the same file, in one project or in two: a project would write its leaks over the known
 * ones, say. Reads no file.
 */
export function refuseSharedFile(projects: readonly ResolvedOptions[]): void {
  const active = projects.filter(({ mode }) => mode !== 'off');
  if (active.every(({ outputFile, html }) => outputFile === undefined && html === undefined)) return;
  const options = new Map<string, (typeof FILES)[number]>();
  for (const name of FILES)
    for (const path of active.flatMap((project) => project[name] ?? [])) {
      const real = realPath(path);
      const other = options.get(real);
      options.set(real, name);
      if (other !== undefined && other !== name)
        throw new TypeError(
          `async-leaks: the options "${other}" and "${name}" name the same file, ${path}, so one would overwrite the other; give each its own file.`,
        );
    }
}
