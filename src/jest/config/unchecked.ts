/** What a run did not check, and how to have it checked, in one sentence. */
import { relative } from 'node:path';

const WRAP = 'or wrap the configuration with withAsyncLeaks() from "async-leaks/jest"';
/** The most names that are listed. */
const MOST_NAMES = 10;

/** Jest's own environments that a configuration names, and what to do about them. */
const INSTEAD: readonly (readonly [path: RegExp, advice: string])[] = [
  [/[\\/]jest-environment-node[\\/]/, 'remove testEnvironment: "node".'],
  [
    /[\\/]jest-environment-jsdom[\\/]/,
    'use testEnvironment: "async-leaks/jest/environment-jsdom" instead of "jsdom".',
  ],
];
const OTHERWISE =
  'use "async-leaks/jest/environment" or "async-leaks/jest/environment-jsdom", ' +
  'or wrap your environment with withLeakDetection() from "async-leaks/jest".';

/** Whether a runner runs tests, and is not a linter, say. */
export const runsTests = (runner: string | undefined = 'jest-runner'): boolean =>
  /^(?:jest-)?runner$|[\\/]jest-runner[\\/]/.test(runner);

/**
 * Names the test files with the preset's setup file, but another environment; one line for each kind of advice, empty if there
 * are none.
 * @param environmentOf the path of the environment of the project of a test file, if it is known: a docblock may name another.
 */
export function displacedNotice(
  displaced: readonly string[],
  root: string,
  environmentOf: (file: string) => string | undefined,
): string {
  const byAdvice = new Map<string, string[]>();
  for (const file of displaced) {
    const environment = environmentOf(file) ?? '';
    const [, advice = OTHERWISE] = INSTEAD.find(([path]) => path.test(environment)) ?? [];
    byAdvice.set(advice, [...(byAdvice.get(advice) ?? []), relative(root, file)]);
  }
  const sentences = [...byAdvice].map(([advice, files]) => {
    const names = files.toSorted();
    const rest = names.length - MOST_NAMES;
    const list = `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    return `async-leaks: the preset is on, but testEnvironment is not the preset's, so these tests are not checked: ${list}; ${advice}`;
  });
  return sentences.join('\n');
}

const byPreset = (it: string): string =>
  `give ${it} preset: "async-leaks", because projects do not inherit testEnvironment, ${WRAP}.`;

/** Says how many test files ran unchecked. */
export function filesNotice(count: number, hasProjects: boolean): string {
  const advice = hasProjects
    ? byPreset('each of "projects"')
    : `use preset: "async-leaks", or testEnvironment: "async-leaks/jest/environment", ${WRAP}.`;
  return `async-leaks: ${count} test ${count === 1 ? 'file was' : 'files were'} not checked: ${advice}`;
}

/** Says that a project ran unchecked. */
export const projectNotice = (name: string): string =>
  `async-leaks: project "${name}" is not checked: ${byPreset('it')}`;

/** Said where only the teardown of the preset is left. */
export const NOTHING_CHECKED: string = `async-leaks: no test file was checked: use preset: "async-leaks" without a testEnvironment beside it, ${WRAP}.`;
