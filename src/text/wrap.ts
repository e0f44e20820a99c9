/** Lines no wider than a terminal, coloured or not. */
import { stripVTControlCharacters } from 'node:util';

/** Stands for a blank at which no line is broken; names cannot contain it, because they are made printable. */
const UNBROKEN = '\u0000';
/** How much deeper a line is indented after its first break. */
const DEEPER = '  ';

/** A text that stays on one line, a path for example. */
export const unbroken = (text: string): string => text.replaceAll(' ', UNBROKEN);

/** The same with blanks that are blanks, for texts that are not wrapped. */
export const breakable = (text: string): string => text.replaceAll(UNBROKEN, ' ');

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Breaks a line at its blanks; what follows the first break is indented deeper. */
export function wrap(line: string, columns: number): string[] {
  const lines: string[] = [];
  let indent = /^ */.exec(line)![0];
  let last = '';
  let width = 0;
  for (const word of line.trim().split(' ')) {
    const more = widthOf(word);
    if (last !== '' && indent.length + width + 1 + more > columns) {
      lines.push(indent + last);
      if (lines.length === 1) indent += DEEPER;
      last = word;
      width = more;
    } else {
      width += last === '' ? more : 1 + more;
      last = last === '' ? word : `${last} ${word}`;
    }
  }
  return [...lines, indent + last].map((each) => breakable(each.trimEnd()));
}
