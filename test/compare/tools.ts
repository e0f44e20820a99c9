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

const ours = ({ framework }: Version): Tool => ({
  name: `async-leaks in ${framework === 'vitest' ? 'Vitest' : 'Jest'}`,
  args: [],
  config: {},
  isOurs: true,
  read: ({ tests, files }) => [
    ...tests.flatMap(({ name, errors }) => errors.filter(isLeak).map((text) => ({ text, test: name }))),
    ...files.flatMap(({ errors }) => errors.filter(isLeak).map((text) => ({ text }))),
  ],
});

/** @returns the framework's own, and ours. */
export const toolsOf = (version: Version): Tool[] => [
  version.framework === 'vitest' ? vitestFlag : jestFlag,
  ours(version),
];

/** @returns what begins at each match; what stands before the first is none. */
function blocks(text: string, start: RegExp): Report[] {
  return text
    .split(start)
    .slice(1)
    .map((block) => ({ text: block }));
}
