/** The summary of a job on GitHub Actions: a file of Markdown, to which each step of the job may add. */
import { appendFileSync } from 'node:fs';

import { printableLines, say } from '../../text/printable.js';

/** Whether this process is a step of a job that has a summary. */
export function hasJobSummary(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['GITHUB_ACTIONS'] === 'true' && Boolean(env['GITHUB_STEP_SUMMARY']);
}

/** Adds Markdown to the summary of the job. If that fails, says so, and nothing else: the run is as good without. */
export function addToJobSummary(markdown: string, env: NodeJS.ProcessEnv = process.env): void {
  try {
    appendFileSync(env['GITHUB_STEP_SUMMARY']!, `\n${printableLines(markdown)}`);
  } catch (error) {
    say(`async-leaks: the summary of the job could not be written: ${(error as Error).message}`);
  }
}
