/** What we stay out of: a browser has no `async_hooks`, and a benchmark that is followed measures us as well. */
import type { TestModule, TestProject } from 'vitest/node';

import { cut } from '../text/names.js';

/** What we read of a project's configuration, in the main process and in a worker. */
interface Config {
  /** Vitest 4: "benchmark" for a whole run of `vitest bench`. Vitest 5: what `--mode` says. */
  readonly mode?: string;
  /** Vitest 5 has a second project for the benchmarks of each that has some. */
  readonly benchmark?: { readonly enabled?: boolean };
  readonly browser?: { readonly enabled?: boolean };
}

/** Whether a project with this configuration runs nothing but benchmarks. */
export function isBenchmark(config: object): boolean {
  const { mode, benchmark } = config as Config;
  return benchmark?.enabled ?? mode === 'benchmark';
}

/** Whether its tests run in a browser, where the setup file has no place. */
export const isInBrowser = (config: object): boolean => (config as Config).browser?.enabled === true;

/** Whether nothing of it is followed. In Node the setup file still serves those who call `allowLingering()`. */
export const isUnfit = (config: object): boolean => isInBrowser(config) || isBenchmark(config);

/** Says what was not followed of the files that ran: a sentence for browsers, one for benchmarks, and one for nothing but types. */
export function unfollowed(modules: readonly TestModule[]): string[] {
  const projects = [...new Set(modules.map(({ project }) => project))];
  const names = projects
    .filter(({ config }) => isInBrowser(config))
    .map(nameOf)
    .toSorted();
  const [run, them] = names.length === 1 ? ['project', 'runs'] : ['projects', 'run'];
  return [
    ...(names.length > 0
      ? [`async-leaks: ${run} ${names.join(', ')} ${them} in a browser, where nothing can be followed.`]
      : []),
    ...(projects.some(({ config }) => !isInBrowser(config) && isBenchmark(config))
      ? ['async-leaks: benchmarks are not followed, because that would slow them down.']
      : []),
    ...(modules.length > 0 && modules.every(isTypeTest)
      ? ['async-leaks: type tests are not followed, because they run nothing.']
      : []),
  ];
}

const nameOf = ({ name }: TestProject): string => `"${cut(name)}"`;

/** Whether a file is only compiled, not run. */
export function isTypeTest(module: TestModule): boolean {
  return (module.meta() as { typecheck?: true }).typecheck === true;
}
