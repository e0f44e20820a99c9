/** The leaks of a run in Markdown, as GitHub shows it: for the summary of a job, or a comment on a pull request. */
import { count, cut } from '../../text/names.js';
import { printable, printableData } from '../../text/printable.js';
import { foundIn, group, isBlamed, TestFiles, totalsOf, wordsOf, type Group } from '../groups.js';
import { notesOf } from '../message/notes.js';
import type { DeclaredAllowance, RunRecord } from '../record.js';
import type { GroupWords } from '../shown.js';

export interface MarkdownInput extends RunRecord {
  /** How many test files were checked. */
  readonly files: number;
}

/** The most rows, and the most characters of a cell. */
const MOST_ROWS = 50;
const LONGEST_CELL = 300;
/** The most allowances that are named. */
const MOST_STALE = 5;
/** A comment on GitHub holds 65,536 characters. */
const LONGEST = 60_000;

/** Lets whoever comments on a pull request find the comment of the last run. */
const MARK = '<!-- async-leaks -->';

/** At most 60,000 characters, whatever leaked. Ends with a line break. */
export function toMarkdown(input: MarkdownInput): string {
  const { records, stale, root, files } = printableData(input);
  const blamed = foundIn(records).filter(isBlamed);
  const groups = group(blamed);
  const named = new TestFiles(records, root);
  const rows = groups.slice(0, MOST_ROWS).map((each) => row(each, wordsOf(each, named, root)));
  const notes = [...notesOf(records), ...staleNote(stale)];
  const total = groups.length === 0 ? undefined : totalsOf(blamed, groups.length);
  for (let shown = rows.length; ; shown--) {
    const more = groups.length - shown;
    const text = [
      MARK,
      `### ${total === undefined ? 'No async leaks' : `Async leaks: ${total}`}`,
      ...(total === undefined ? [`${plain(count(files, 'test file'))} checked.`] : []),
      ...(shown > 0 ? [[...HEAD, ...rows.slice(0, shown)].join('\n')] : []),
      ...(more > 0 ? [`… and ${count(more, 'more place')}.`] : []),
      ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
    ].join('\n\n');
    if (text.length <= LONGEST || shown === 0) return `${text}\n`;
  }
}

const HEAD = ['| opened at | what | in | what to do |', '| --- | --- | --- | --- |'];

function row({ found }: Group, words: GroupWords): string {
  const isWarned = found.every(({ status }) => status === 'warned');
  const place = words.place === undefined ? 'no line of yours' : cell(words.place);
  const cells = [
    [`${words.probably && `${words.probably} `}${place}`, ...(words.name === '' ? [] : [cell(words.name)])],
    [...words.what.map(plain), ...(isWarned ? ['only warned of'] : [])],
    [
      ...words.where.map(cell),
      ...words.callers.map(plain),
      ...(words.aftermath === undefined ? [] : [plain(words.aftermath)]),
    ],
    words.remedies.flatMap((text) => text.split('\n')).map(plain),
  ];
  return `| ${cells.map((lines) => lines.join('<br>')).join(' | ')} |`;
}

function staleNote(stale: readonly DeclaredAllowance[]): string[] {
  if (stale.length === 0) return [];
  const names = stale.slice(0, MOST_STALE).map(({ text }) => code(text));
  const more = stale.length > MOST_STALE ? ' …' : '';
  return [`${count(stale.length, 'allowance')} allowed nothing: ${names.join(', ')}${more}`];
}

/** A text as code: GitHub looks for no markup and no names of people in it. */
function code(text: string, isInTable = false): string {
  const shown = cut(printable(text), LONGEST_CELL);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(shown) ? ' ' : '';
  return `${fence}${space}${isInTable ? shown.replaceAll('|', '\\|') : shown}${space}${fence}`;
}

const cell = (text: string): string => code(text, true);

/** A text as it is: no markup, no link, no name of a person and no number of an issue. */
function plain(text: string): string {
  return cut(printable(text), LONGEST_CELL)
    .replace(/[\\`*_[\]<>!|~&$]|:(?=\/\/)/g, '\\$&')
    .replace(/(?<=www)\./gi, '\\.')
    .replace(/[@#]/g, '$&<!-- -->');
}
