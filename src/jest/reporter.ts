/** `reporters: ['default', 'async-leaks/jest/reporter']`, part of the preset: summary, `outputFile`, baseline. */
import { isOff, type AsyncLeaksOptions } from '../config/options.js';
import { publishColumns } from '../process/columns.js';
import { failing, refusing, refusingAsync } from '../process/faults.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { goOn, pause, stop } from '../process/opened.js';
import { say } from '../text/printable.js';
import { leavesChildren } from '../report/record.js';
import { isOpen, open } from '../process/channel.js';
import { refuseReporterOptions } from './config/misplaced.js';
import { filesNotice, runsTests } from './config/unchecked.js';
import { checkOptions, isSetupFile, projectsOf } from './config/projects.js';
import { endRunWhenHeld } from './ending.js';
import { tellWhatHolds } from './held.js';
import { finishRun } from './run.js';
import type { GlobalConfig, ProjectConfig } from './types.js';

/** What we read of a test file's result, and of the test file. */
interface FileResult {
  readonly testFilePath: string;
  readonly testExecError?: unknown;
  readonly skipped?: boolean;
}
interface RunResults {
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numTotalTestSuites: number;
  readonly testResults: readonly unknown[];
}
interface TestFile {
  readonly context: {
    readonly config: Pick<
      ProjectConfig,
      'runner' | 'setupFilesAfterEnv' | 'testEnvironment' | 'testEnvironmentOptions'
    >;
  };
}

/** With more test files than this, Jest repeats all failures at the end of a run. */
const MOST_UNREPEATED = 20;

// Others may extend it, so none of its members has a string for a name.
export default class AsyncLeaksReporter {
  readonly #config: GlobalConfig;
  /** Whether the preset has no part in this run. */
  readonly #isAlone: boolean;
  readonly #unaware: string[] = [];
  /** Whether a test file is checked, or could be. */
  #isOn = false;
  /** How many test files have not ended yet. */
  #ahead = Infinity;
  /** The environments of the projects, by test file. */
  readonly #environments = new Map<string, string>();
  #failure: string | undefined;
  /** The summary, if Jest is still to repeat all failures. */
  #postponed = '';

  /** `options` must be empty: those of a run stand with its projects. */
  constructor(config: GlobalConfig, options?: unknown) {
    refusing(() => refuseReporterOptions(options));
    publishColumns();
    this.#config = config;
    this.#isAlone = open(config);
  }

  /** Checks all options before any test runs. */
  async onRunStart(): Promise<void> {
    if (!this.#isAlone) return; // the preset has done so
    refuseUnsupportedNode();
    if (isBun()) warnOfBun();
    const projects = await projectsOf(this.#config);
    await refusingAsync(() => checkOptions(projects, this.#config));
  }

  /** Just before a test file runs. */
  onTestFileStart(): void {
    pause();
  }

  onTestFileResult({ context: { config } }: TestFile, result: FileResult, all?: RunResults): void {
    this.#ahead = Math.min(this.#ahead, all?.numTotalTestSuites ?? Infinity) - 1;
    // Before other reporters hear that the run is over, because they may open something.
    if (this.#ahead === 0) goOn();
    if (result.testExecError !== undefined || result.skipped === true) return;
    if (!runsTests(config.runner)) return;
    this.#environments.set(result.testFilePath, config.testEnvironment);
    const { asyncLeaks } = config.testEnvironmentOptions as { asyncLeaks?: AsyncLeaksOptions };
    if (!isOff(asyncLeaks)) this.#isOn = true;
    // Where the preset's setup file runs, it reports by itself what is missing.
    const isReportedThere = config.setupFilesAfterEnv.some(isSetupFile);
    if (asyncLeaks?.mode !== 'off' && !isReportedThere) this.#unaware.push(result.testFilePath);
  }

  onRunComplete(_contexts: unknown, results: RunResults): void {
    if (!isOpen(this.#config)) return; // a reporter of another copy of the package has reported everything
    failing(() => this.#endRun(results));
    if (this.#isOn) tellWhatHolds(this.#config);
    else stop();
  }

  #endRun(results: RunResults): void {
    const { numFailedTests, numRuntimeErrorTestSuites, numTotalTestSuites, testResults } = results;
    const partial = numRuntimeErrorTestSuites > 0 || testResults.length < numTotalTestSuites;
    const { text, failure, messages, notice } = finishRun(
      this.#config,
      (file) => this.#environments.get(file),
      partial,
    );
    if (numFailedTests > 0 && numTotalTestSuites > MOST_UNREPEATED) this.#postponed = text;
    // Behind a failure Jest leaves an empty line of its own.
    else if (text !== '') process.stderr.write(`${numFailedTests > 0 ? '' : '\n'}${text}\n\n`);
    if (notice !== '') say(`\n${notice}`);
    this.#failure = failure;
    endRunWhenHeld(this.#config, leavesChildren(messages.map(({ record }) => record)));
    const checked = new Set(messages.map(({ record }) => record.file));
    const unchecked = this.#unaware.filter((file) => !checked.has(file)).length;
    if (unchecked === 0 || isBun() || process.env['ASYNC_LEAKS'] === 'off') return;
    say(`\n${filesNotice(unchecked, this.#config.projects.length > 0)}`);
  }

  /** Why the run has to fail, though no test did. Jest asks once all reporters have had their say. */
  getLastError(): Error | undefined {
    if (this.#postponed !== '') process.stderr.write(`\n${this.#postponed}\n\n`);
    this.#postponed = '';
    if (this.#failure === undefined) return undefined;
    say(this.#failure);
    return new Error(this.#failure);
  }
}
