/** Colours for the stream that we write to: `picocolors` by itself looks at stdout, whatever the stream. */
import { fstatSync } from 'node:fs';
import pc from 'picocolors';

/** What the summary colours. */
export type Colors = Record<'bold' | 'dim' | 'red' | 'yellow' | 'cyan', (text: string) => string>;

/** What we read of a stream. */
export interface Stream {
  readonly isTTY?: boolean | undefined;
  readonly fd?: number | undefined;
}

/** No colours: for files. */
export const plain: Colors = pc.createColors(false);

/** The colours for a text that is written to a stream; plain if it should have none. */
export function colorsFor(stream: Stream): Colors {
  return pc.createColors(isColored(stream, process.env, process.argv));
}

/** Whether a stream should have colours: what the user says comes first, then whether anybody sees them. */
export function isColored(stream: Stream, env: NodeJS.ProcessEnv, argv: readonly string[]): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = env;
  const has = (...flags: string[]): boolean => flags.some((flag) => argv.includes(flag));
  if (NO_COLOR || has('--no-color', '--no-colors')) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (has('--color', '--colors')) return true;
  if (stream.isTTY) return TERM !== 'dumb';
  // A CI shows in colour what it reads from a pipe.
  return Boolean(CI) && !isFile(stream);
}

function isFile({ fd }: Stream): boolean {
  try {
    return fd !== undefined && fstatSync(fd).isFile();
  } catch {
    return false; // closed
  }
}
