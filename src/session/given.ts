/** What a test file is judged by, beside the options: its docblock, and what the baseline holds. */
import { readPragma } from '../config/pragma.js';
import { readBaseline } from '../report/baseline.js';
import type { SessionOptions } from './session.js';

/**
 * @param file absolute path of the test file, if it is the only one of this process.
 * @param baseline absolute path of the baseline, if there is to be one.
 * @throws an error of one sentence for a baseline that cannot be read, or a wrong docblock.
 */
export function readGiven(
  file: string | undefined,
  baseline: string | undefined,
): Pick<SessionOptions, 'known' | 'pragma'> {
  return { known: readBaseline(baseline), pragma: file === undefined ? [] : readPragma(file) };
}
