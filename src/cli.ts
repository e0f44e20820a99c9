#!/usr/bin/env node
/** The command `async-leaks`: one report of what several runs have leaked. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { writeAtomically } from './process/atomic.js';
import { refuseUnsupportedNode } from './process/node-version.js';
import { packageFile } from './process/package-file.js';
import { refuse } from './process/faults.js';
import { toMarkdown } from './report/github/markdown.js';
import { merge, readOutput, toRecords, type Named } from './report/outputs/index.js';
import { textOf } from './report/outputs/output.js';
import type { RunRecord } from './report/record.js';
import { toPage } from './report/page/index.js';
import { summarise } from './report/summary.js';
import { colorsFor } from './text/colors.js';
import { count } from './text/names.js';
import { realPath } from './text/paths.js';
import { say } from './text/printable.js';

const HELP = `Usage: async-leaks report FILE… [options]

Prints one summary of what runs have leaked. Each FILE is what the option
outputFile has written: of a shard, of a project, of any framework.

  --html FILE     write a page that shows the runs in time
  --json FILE     write one file of all, as outputFile writes it
  --markdown      print Markdown instead, for a comment on a pull request
  -h, --help      show this
  -v, --version   show the version

The exit code is 0, however much has leaked; 1 if a file cannot be read or
written, which is said, while the rest is reported; 2 for wrong arguments.

  npx async-leaks report leaks-*.json --html leaks.html

More: node_modules/async-leaks/docs/report.md
`;

interface Wanted {
  readonly files: readonly string[];
  readonly html: string | undefined;
  readonly json: string | undefined;
  readonly markdown: boolean;
}

/** Arguments that make no sense. */
class UsageError extends Error {}

/** What the arguments ask for; or a text to print instead. */
function read(args: readonly string[]): Wanted | string {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  if (values.version)
    return `${(JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version}\n`;
  const [command, ...files] = positionals;
  if (command === undefined) throw new UsageError('name a command: async-leaks report FILE…');
  if (command !== 'report') throw new UsageError(`there is no command "${command}", only "report".`);
  if (files.length === 0)
    throw new UsageError('name at least one file that the option outputFile has written.');
  const { html, json, markdown = false } = values;
  const taken = new Map(files.map((file) => [realPath(resolve(file)), `${file}, which is read`]));
  for (const [name, path] of Object.entries({ html, json })) {
    if (path === undefined) continue;
    if (path === '') throw new UsageError(`--${name} takes the path of a file.`);
    const real = realPath(resolve(path));
    const other = taken.get(real);
    if (other !== undefined) throw new UsageError(`--${name} would overwrite ${other}; name another file.`);
    taken.set(real, `what --${name} writes`);
  }
  return { files, html, json, markdown };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        html: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    // Its first sentence says what is wrong; the others are of no use here.
    throw new UsageError(`${(error as Error).message.split(/\.(?:\s|$)/)[0]}.`, { cause: error });
  }
}

/** Runs a step that may fail; says why, if it does. */
function trying<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    say(`async-leaks: ${(error as Error).message}`);
    process.exitCode = 1;
    return undefined;
  }
}

/** The outputs in the files; each file once. */
function readAll(files: readonly string[]): Named[] {
  const seen = new Set<string>();
  return files.flatMap((name) => {
    const path = realPath(resolve(name));
    if (seen.has(path)) {
      say(`async-leaks: ${name} is named twice, and counted once.`);
      return [];
    }
    seen.add(path);
    const output = trying(() => readOutput(name));
    return output === undefined ? [] : [{ name, output }];
  });
}

function write(path: string, content: () => string): void {
  const done = trying(() => {
    const text = content();
    try {
      writeAtomically(resolve(path), text);
    } catch (error) {
      throw new Error(`${path} could not be written: ${(error as Error).message}`, { cause: error });
    }
    return true;
  });
  if (done) say(`async-leaks: wrote ${path}`);
}

/** The summary as text, ending with a line break. */
function toText(run: RunRecord, files: number): string {
  const text = summarise({
    ...run,
    baselines: [],
    colors: colorsFor(process.stdout),
    columns: process.stdout.columns,
    lists: '--html shows',
  });
  const leaks = run.records.flatMap((record) => record.leaks);
  const known = leaks.filter(({ status }) => status === 'known').length;
  const recorded = leaks.filter(({ status }) => status === 'recorded').length;
  const parts = [
    text,
    ...(known > 0 ? [` Tolerated ${count(known, 'known leak')}.`] : []),
    ...(recorded > 0 ? [` Recorded ${count(recorded, 'known leak')}.`] : []),
  ].filter((part) => part !== '');
  if (parts.length === 0) parts.push(`No leaks in ${count(files, 'test file')}.`);
  return `${parts.join('\n')}\n`;
}

function report({ files, html, json, markdown }: Wanted): void {
  const all = readAll(files);
  if (all.length === 0) return;
  const output = merge(all);
  const { files: checked, root, staleAllowances: stale } = output;
  const run = { records: toRecords(output), stale, root };
  process.stdout.write(markdown ? toMarkdown({ ...run, files: checked }) : toText(run, checked));
  if (json !== undefined) write(json, () => textOf(output));
  if (html !== undefined) write(html, () => toPage(output));
}

// A reader that has seen enough, as `head`, closes the pipe.
process.stdout.on('error', () => {});
try {
  refuseUnsupportedNode();
  const wanted = read(process.argv.slice(2));
  if (typeof wanted === 'string') process.stdout.write(wanted);
  else report(wanted);
} catch (error) {
  if (!(error instanceof UsageError)) refuse(error);
  say(`async-leaks: ${error.message} See async-leaks --help.`);
  process.exitCode = 2;
}
