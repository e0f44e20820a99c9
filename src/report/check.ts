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

/**
 * Throws one sentence if a project would write its leaks over the known ones, of its own or of another project. Reads no file.
 */
export function refuseSharedFile(projects: readonly ResolvedOptions[]): void {
  const active = projects.filter(({ mode }) => mode !== 'off');
  if (active.every(({ outputFile }) => outputFile === undefined)) return;
  const baselines = new Set(active.flatMap(({ baseline }) => (baseline ? realPath(baseline) : [])));
  const shared = active.find(({ outputFile }) => outputFile && baselines.has(realPath(outputFile)));
  if (shared === undefined) return;
  throw new TypeError(
    `async-leaks: the options "baseline" and "outputFile" name the same file, ${shared.outputFile}, so one would overwrite the other; give each its own file.`,
  );
}
