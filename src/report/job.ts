/** The summary of a job on GitHub Actions, a page in Markdown. */
import { appendFileSync } from 'node:fs';

import { say } from '../text/printable.js';

/** Adds a text as it stands, if this is a job; a page that cannot be written fails nothing. */
export function addToJob(textOf: () => string): void {
  // https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
  const { GITHUB_STEP_SUMMARY: path } = process.env;
  if (path === undefined || path === '') return;
  const text = textOf();
  try {
    appendFileSync(path, `${fenced(text)}\n`);
  } catch (error) {
    say(`async-leaks: the summary of the job could not be written: ${(error as Error).message}`);
  }
}

/** Behind a fence that is longer than any in the text: a test may have any name. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}\n`;
}
