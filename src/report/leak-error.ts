/** The errors that tests fail with. */
import { isSamePlace, type Leak, type Place } from '../tracker/leak.js';
import { cut } from '../text/names.js';
import { printable, printableData } from '../text/printable.js';
import { groupBy } from '../tracker/group-by.js';
import { layOut } from './message/layout.js';
import { describeLeak } from './message/describe.js';
import { countOf, formatPlace, labelOf } from './message/words.js';

/** The most errors on one test; the rest are counted by place. */
const MOST_ERRORS = 10;

/** The most lines in the list of a test that timed out. */
const MOST_LINES = 10;

/** A leak as an error: its stack begins at the line that created the resource, so frameworks draw their code frame there. */
export class LeakError extends Error {
  /** Bundling shortens names, and Node prints this one: "Fi [LeakError]: …". */
  static override readonly name: string = 'LeakError';
  override readonly name = 'LeakError';

  /** The same facts as plain data, for reporters: each resource, the one that leads first. */
  readonly leaks: readonly Leak[];

  constructor(message: string, leaks: readonly Leak[], frames: readonly Place[]) {
    super(message);
    this.leaks = leaks.flatMap(flatten);
    const lines = frames.map(({ function: name, file, line, column }) =>
      // Frameworks take the first parenthesis for the one around the place.
      name && !/[()]/.test(name)
        ? `    at ${cut(name)} (${file}:${line}:${column})`
        : `    at ${file}:${line}:${column}`,
    );
    this.stack = [`LeakError: ${message}`, ...lines].join('\n');
  }
}

/**
 * Where the code frame is drawn: the stack that shows the place; where no line of the user's is known, the test's. Never two stacks
 * in one.
 */
function framesOf({ frames, placeFrames, place, owner, construction }: Leak): readonly Place[] {
  if (construction !== undefined) return [construction.place];
  if (place === undefined && owner.definition) return [owner.definition];
  const shown = placeFrames ?? frames;
  if (shown.length > 0) return shown;
  return place ? [place] : owner.place ? [owner.place] : [];
}

export interface ErrorOptions {
  /** Absolute path that shown paths are relative to. */
  readonly root: string;
  /** The most frames of a stack that are shown. */
  readonly stackDepth: number;
}

/** One error for each mistake, at most ten; one more counts the rest. */
export function toErrors(leaks: readonly Leak[], options: ErrorOptions): LeakError[] {
  const told = leaks.slice(0, MOST_ERRORS);
  const rest = leaks.slice(MOST_ERRORS);
  const errors = told.map((leak) => toError([leak], options, ([shown], at) => describeLeak(shown!, at)));
  if (rest.length > 0) errors.push(toError(rest, options, countByPlace));
  return errors;
}

/** The innermost frames, and the place, however far out it is: the code frame is drawn there. */
function cutTo(depth: number, frames: readonly Place[], place: Place | undefined): readonly Place[] {
  const shown = frames.slice(0, depth);
  const at = place === undefined ? -1 : frames.findIndex((frame) => isSamePlace(frame, place));
  return at < depth ? shown : [...shown.slice(0, -1), frames[at]!];
}

const flatten = (leak: Leak): Leak[] => [leak, ...leak.others];

/** An error that reports leaks, at the place of the first; `word` gets texts that are all printable. */
function toError(
  leaks: readonly Leak[],
  { root, stackDepth }: ErrorOptions,
  word: (shown: readonly Leak[], root: string) => string,
): LeakError {
  const shown = printableData(leaks);
  return new LeakError(
    word(shown, printable(root)),
    leaks,
    cutTo(stackDepth, framesOf(shown[0]!), shown[0]!.place),
  );
}

function countByPlace(leaks: readonly Leak[], root: string): string {
  const counts = new Map<string, number>();
  for (const leak of leaks) {
    const key = `${cut(leak.type)}${leak.place ? `  ${formatPlace(leak.place, root)}` : ''}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = [...counts].map(([key, count]) => `  ${count} × ${key}`);
  const more = leaks.length === 1 ? '1 more resource was' : `${leaks.length} more resources were`;
  return [`${more} never closed`, lines.join('\n')].join('\n\n');
}

/** Lists what a timed-out test still had open or in flight: usually what it was waiting for. Undefined if nothing. */
export function toTimeoutError(open: readonly Leak[], options: ErrorOptions): LeakError | undefined {
  return open.length === 0 ? undefined : toError(open, options, listOpen);
}

function listOpen(open: readonly Leak[], root: string): string {
  const groups = groupBy(open, ({ type, noun, place }) =>
    JSON.stringify([type, noun, place?.file, place?.line]),
  );
  const rows = [...groups.values()].map((own) => {
    const [{ type, noun, place }] = own as [Leak];
    const text = own.length === 1 ? labelOf(own[0]!, root) : countOf(own.length, noun);
    return { text: `${text} (${cut(type)})`, place };
  });
  const rest = rows.length - MOST_LINES;
  const more = rest > 0 ? [{ text: `and ${countOf(rest, 'a line')} more` }] : [];
  const list = layOut([...rows.slice(0, MOST_LINES), ...more], root);
  return ['when this test timed out, it still had open or in flight', list].join('\n\n');
}
