/** The tools that are compared, and how to read what each reports. */
import { withoutUs } from '../support/project.ts';
import type { Run } from '../support/run.ts';
import type { Version } from '../support/install/versions.ts';
import { isLeak } from '../support/expected/verdicts.ts';

/** One leak, as a tool reports it. */
export interface Report {
  readonly text: string;
  /** The test that it is reported on, if any. */
  readonly test?: string;
}

/** A tool in a framework. */
export interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  /** Replaces that of a project which has async-leaks. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly isOurs: boolean;
  read(run: Run): Report[];
}

const vitestFlag: Tool = {
  name: 'vitest --detectAsyncLeaks',
  args: ['--detectAsyncLeaks'],
  config: withoutUs.vitest,
  isOurs: false,
  read: ({ stderr }) => blocks(stderr, /^(?=\S+ leaking in )/m),
};

const jestFlag: Tool = {
  name: 'jest --detectOpenHandles',
  // Without it Jest does not exit where it found something.
  args: ['--detectOpenHandles', '--forceExit'],
  config: withoutUs.jest,
  isOurs: false,
  read: ({ stderr }) =>
    blocks(stderr.split(/^Jest has detected the following /m)[1] ?? '', /^(?= {2}● {2})/m),
};

const names: Record<Version['framework'], string> = {
  vitest: 'Vitest',
  jest: 'Jest',
  mocha: 'Mocha',
  'node-test': 'node:test',
};

/** It reports nothing: without the flag, a file with a leak never ends. */
const nodeTestFlag: Tool = {
  name: 'node --test --test-force-exit',
  args: ['--test-force-exit'],
  config: withoutUs['node-test'],
  isOurs: false,
  read: () => [],
};

/** What each framework has of its own. */
const flags: Record<Version['framework'], Tool | undefined> = {
  vitest: vitestFlag,
  jest: jestFlag,
  mocha: undefined,
  'node-test': nodeTestFlag,
};

const ours = ({ framework }: Version): Tool => ({
  name: `async-leaks in ${names[framework]}`,
  args: [],
  config: {},
  isOurs: true,
  read: ({ tests, files }) => [
    ...tests.flatMap(({ name, errors }) => errors.filter(isLeak).map((text) => ({ text, test: name }))),
    ...files.flatMap(({ errors }) => errors.filter(isLeak).map((text) => ({ text }))),
  ],
});

/** @returns the framework's own, if it has one, and ours. */
export const toolsOf = (version: Version): Tool[] => [flags[version.framework] ?? [], ours(version)].flat();

/** @returns what begins at each match; what stands before the first is none. */
function blocks(text: string, start: RegExp): Report[] {
  return text
    .split(start)
    .slice(1)
    .map((block) => ({ text: block }));
}
