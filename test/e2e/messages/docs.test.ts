/** The page of messages: its tests are run as they stand there, and have to print what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runs, useProject } from '../../support/e2e.ts';
import { root, vitest4 } from '../../support/install/versions.ts';

const page = readFileSync(join(root, 'docs/messages.md'), 'utf8');
const sections = page.split(/^## /m).slice(1);

/** Names and contents of the files of a text. The name is a comment of its own, so that lines are those of the file. */
const filesIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^```js\n(\/\/ (\S+)\n[^]*?)^```$/gm)].map(([, content, name]) => [name!, content!]),
  );
const messagesIn = (text: string): string[] => {
  const rest = text.replaceAll(/^```js\n[^]*?^```$/gm, '');
  return [...rest.matchAll(/^```\n([^]*?)^```$/gm)].map(([, message]) => message!.trimEnd());
};

/** Without what each run has anew: ports, ids of processes, and where Node is. */
const steady = (text: string): string =>
  text
    .replaceAll(/(127\.0\.0\.1:)\d+/g, '$1…')
    .replaceAll(/child process \d+: \S*node /g, 'child process …: node ')
    .replaceAll(/ +/g, ' ');

const files = filesIn(page);
const cases = sections.flatMap((section) => {
  const name = Object.keys(filesIn(section)).find((each) => each.startsWith('test/'));
  return name === undefined
    ? []
    : [[section.slice(0, section.indexOf('\n')), name, messagesIn(section)] as const];
});

test.each(cases)('%s', async (_title, name, messages) => {
  const { stdout, stderr } = await runs(useProject({ version: vitest4, files }), { args: [name] });
  const told = steady(stdout + stderr);
  expect(messages).not.toEqual([]);
  for (const message of messages) expect(told).toContain(steady(message));
});
