/** Where Jest keeps our options: `testEnvironmentOptions.asyncLeaks` of each project. */
import {
  resolveOptions,
  resolvePaths,
  type AsyncLeaksOptions,
  type ResolvedOptions,
} from '../config/options.js';
import { refuseMisspelt } from './config/misplaced.js';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions } from '../config/options.js';

/** For a typed configuration: `testEnvironmentOptions: { asyncLeaks: … } satisfies AsyncLeaksEnvironmentOptions`. */
export interface AsyncLeaksEnvironmentOptions {
  asyncLeaks?: AsyncLeaksOptions;
  [option: string]: unknown;
}

/** The options of a project, checked, their paths relative to the root of the run. Throws one sentence for a wrong one. */
export function optionsOf(
  project: { readonly testEnvironmentOptions: Readonly<Record<string, unknown>> },
  { rootDir }: { readonly rootDir: string },
): ResolvedOptions {
  refuseMisspelt(project.testEnvironmentOptions);
  return resolvePaths(resolveOptions(project.testEnvironmentOptions['asyncLeaks']), rootDir);
}
