/** `reporters: ['default', 'async-leaks/jest/reporter']`, part of the preset: summary, `outputFile`, baseline. */
import type { Config } from '@jest/types';

import { open } from './channel.js';
import { finishRun } from './run.js';

/** What we read of a test file's result, and of the test file. */
interface FileResult {
  readonly testFilePath: string;
  readonly testExecError?: unknown;
  readonly skipped?: boolean;
}
interface TestFile {
  readonly context: {
    readonly config: Pick<Config.ProjectConfig, 'setupFilesAfterEnv' | 'testEnvironmentOptions'>;
  };
}

export default class AsyncLeaksReporter {
  private readonly config: Config.GlobalConfig;
  private readonly unaware: string[] = [];
  private failure: string | undefined;

  constructor(config: Config.GlobalConfig) {
    this.config = config;
    open();
  }

  onTestFileResult({ context: { config } }: TestFile, result: FileResult): void {
    if (result.testExecError !== undefined || result.skipped === true) return;
    const { asyncLeaks } = config.testEnvironmentOptions as { asyncLeaks?: { mode?: unknown } };
    // Where the preset's setup file runs, it says itself what is missing.
    const isToldThere = config.setupFilesAfterEnv.some((file) => /async-leaks.*setup\.cjs$/.test(file));
    if (asyncLeaks?.mode !== 'off' && !isToldThere) this.unaware.push(result.testFilePath);
  }

  onRunComplete(_contexts: unknown, { numFailedTests }: { readonly numFailedTests: number }): void {
    const { text, failure, checked } = finishRun(this.config);
    // Behind a failure Jest leaves an empty line of its own.
    if (text !== '') process.stderr.write(`${numFailedTests > 0 ? '' : '\n'}${text}\n\n`);
    this.failure = failure;
    const unchecked = this.unaware.filter((file) => !checked.has(file)).length;
    if (unchecked > 0 && process.env['ASYNC_LEAKS'] !== 'off') {
      process.stderr.write(
        `\nasync-leaks: ${unchecked} test ${unchecked === 1 ? 'file was' : 'files were'} not checked: give each of "projects" preset: "async-leaks", for projects inherit no testEnvironment.\n`,
      );
    }
  }

  /** Why the run is to fail, though no test did. */
  getLastError(): Error | undefined {
    if (this.failure === undefined) return undefined;
    process.stderr.write(`${this.failure}\n`);
    return new Error(this.failure);
  }
}
