/** Rows of a message: a text, who opened it, its place, and the function there, in columns as far as they fit. */
import { columnsOfRun, columnsOfTerminal } from '../../process/columns.js';
import { wrap } from '../../text/wrap.js';
import { formatPlace, shortName } from './words.js';
import type { Place } from '../../tracker/leak.js';

export interface Row {
  readonly text: string;
  /** "by pg, pg-pool". */
  readonly by?: string | undefined;
  readonly place?: Place | undefined;
}

/** Jest indents a message by four columns. */
const INDENT = 4;
export const LONGEST_LINE: number = columnsOfRun() - INDENT;
const GAP = '  ';

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));

const fits = (...cells: readonly string[]): boolean => cells.join(GAP).length <= LONGEST_LINE;

/** What stands in front of the first line. */
const NAME = 'LeakError: ';

/** The first line, broken only where a terminal would break it within a word: who searches a log finds it whole. */
export const firstLine = (text: string): string =>
  columnsOfTerminal() === undefined
    ? text
    : wrap(NAME + text, LONGEST_LINE)
        .join('\n')
        .slice(NAME.length);

/** A sentence on lines of its own. */
export const paragraph = (text: string): string => wrap(`  ${text}`, LONGEST_LINE).join('\n');

/** Puts the cells of each row into columns; what does not fit stands below its row. */
export function layOut(rows: readonly Row[], root: string): string {
  const table = rows.map(({ text, by = '', place }) => {
    const name = place?.function === undefined ? '' : shortName(place.function);
    const cells = [by, place === undefined ? '' : formatPlace(place, root), name];
    return { text: `  ${text}`, cells };
  });
  let lines = table.map(({ text }) => text);
  for (const column of [0, 1, 2]) {
    const width = widest(
      lines.filter(
        (line, i) =>
          table[i]!.cells[column] !== '' && !line.includes('\n') && fits(line, table[i]!.cells[column]!),
      ),
    );
    lines = lines.map((line, i) => {
      const cell = table[i]!.cells[column]!;
      if (cell === '') return line;
      const padded = line.padEnd(width);
      if (!line.includes('\n') && fits(padded, cell)) return `${padded}${GAP}${cell}`;
      if (!line.includes('\n') && fits(line, cell)) return `${line}${GAP}${cell}`;
      // A function's name is worth no line of its own.
      if (column === 2) return line;
      return `${line}\n${' '.repeat(table[i]!.text.search(/[^ └├│]/) + 2)}${cell}`;
    });
  }
  return lines.join('\n');
}
