/** Options of ours that Jest would ignore, because their name is misspelt or they stand in the wrong place. */
import type { Config } from '@jest/types';

import { isRecord } from '../../config/allowances.js';
import { optionNames } from '../../config/options.js';
import { isNearly } from '../../text/slips.js';

const NAME = 'asyncLeaks';
const BELONGS = `the options of async-leaks belong in testEnvironmentOptions: { ${NAME}: { … } }.`;

/** What we look at of a project, be it as it is written or as Jest has read it. */
export interface ProjectOptions {
  readonly globals?: object | undefined;
  readonly preset?: string | null | undefined;
  readonly testEnvironment?: string | undefined;
  readonly testEnvironmentOptions?: object | undefined;
}

const refusal = (what: string, why: string = BELONGS): TypeError =>
  new TypeError(`async-leaks: ${what}; ${why}`);

/** The key of an object that is the name of our options, or nearly so. */
const keyIn = (object: object | undefined = {}): string | undefined =>
  Object.keys(object).find((key) => isNearly(key, NAME));

/** Throws one sentence if `testEnvironmentOptions` has our options under a name that is misspelt. */
export function refuseMisspelt(options: object = {}, where = 'testEnvironmentOptions'): void {
  const { [NAME]: _right, ...others } = options as Record<string, unknown>;
  const key = keyIn(others);
  if (key !== undefined) throw refusal(`${where} has "${key}"`);
}

/** Whether no other environment than ours may have an option of that name. */
export const isOwnEnvironment = ({ preset, testEnvironment }: ProjectOptions): boolean =>
  testEnvironment === undefined
    ? preset === 'async-leaks'
    : /^async-leaks[\\/]jest[\\/]environment|[\\/]jest[\\/]build[\\/]environment(-jsdom)?\.js$/.test(
        testEnvironment,
      );

/**
 * Throws one sentence if a project has our options under another name, or outside of `testEnvironmentOptions.asyncLeaks`.
 * @param name of the project, if there are several.
 */
export function refuseMisplaced(project: ProjectOptions, name?: string): void {
  const { globals, testEnvironmentOptions = {} } = project;
  const within = name === undefined ? '' : ` of project "${name}"`;
  refuseMisspelt(testEnvironmentOptions, `testEnvironmentOptions${within}`);
  const loose = Object.keys(testEnvironmentOptions).find((key) => optionNames.includes(key));
  if (loose !== undefined && !(NAME in testEnvironmentOptions) && isOwnEnvironment(project))
    throw refusal(`testEnvironmentOptions${within} has "${loose}"`);
  const key = keyIn(globals);
  // A test may have a global of that name; it would hardly be an object of nothing but our options.
  const value: unknown = key && (globals as Record<string, unknown>)[key];
  if (isRecord(value) && Object.keys(value).every((option) => optionNames.includes(option)))
    throw refusal(`globals${within} has "${key}"`);
}

/** Throws one sentence if our options stand at the top level of a configuration, as it is written. */
export function refuseAtTop(written: object, what = 'the configuration'): void {
  const key = keyIn(written);
  if (key !== undefined) throw refusal(`${what} has "${key}" at its top level`);
}

/** Throws one sentence if our options stand beside `projects`, and none of these has any. */
export function refuseBesideProjects(
  written: ProjectOptions,
  projects: readonly Config.InitialProjectOptions[],
): void {
  const has = ({ testEnvironmentOptions = {} }: ProjectOptions): boolean => NAME in testEnvironmentOptions;
  if (!has(written) || projects.length === 0 || projects.some(has)) return;
  throw refusal(
    `the configuration has testEnvironmentOptions: { ${NAME}: { … } } beside "projects", where Jest ignores it`,
    'it belongs in each project.',
  );
}

/** Throws one sentence if the reporter was given options. */
export function refuseReporterOptions(options: unknown): void {
  const [key] = isRecord(options) ? Object.keys(options) : [];
  if (key !== undefined) throw refusal(`the reporter has "${key}"`);
}
