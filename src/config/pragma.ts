/** `@allow-lingering Timeout TCPWRAP` in the docblock at the head of a test file holds for the whole file. */
import { readFileSync } from 'node:fs';

import { parseAllowances, type Allowance } from './allowances.js';

const PRAGMA = 'allow-lingering';

/** A pragma as it is written, for one of its allowances. */
export function formatPragma({ type }: Allowance): string {
  return `@${PRAGMA}${type === undefined ? '' : ` ${type}`}`;
}

/** The docblock at the very head: after a hash bang at most. */
const DOCBLOCK = /^(?:\uFEFF)?(?:#!.*\n)?\s*\/\*\*([\s\S]*?)\*\//;

/**
 * A line with the pragma, behind blanks and stars, but only those of the same line: any before it would be tried again from each
 * line.
 */
const LINE = /^(?:[^\S\n\r\u2028\u2029]|\*)*@allow-lingering(?![\w-])[^\S\n]*(.*)$/gm;

/** The allowances that a pragma declares; `values` is the text behind each of its occurrences. */
export function parsePragma(values: string | readonly string[] | undefined): Allowance[] {
  if (values === undefined) return [];
  const lines = typeof values === 'string' ? [values] : values;
  return lines.flatMap((line) => parseAllowances(line.split(/[\s,]+/).filter(Boolean), `@${PRAGMA}`));
}

/** The allowances that the docblock of a file declares. */
export function readPragma(file: string): Allowance[] {
  const block = DOCBLOCK.exec(readFileSync(file, 'utf8'))?.[1];
  if (block === undefined) return [];
  return parsePragma([...block.matchAll(LINE)].map(([, text = '']) => text));
}
