/**
 * Where the sources can be broken on purpose: at comments of their own lines, `// mutation: …` before what is replaced and
 * `// fault: …` where something is put in. A marker stays with its code when that is moved, renamed or formatted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { root } from './versions.ts';

/** A change at the one marker that is worded like this: "mutation: …" or "fault: …". */
export type Edit = Replacement | Insertion;

/** Replaces what begins behind the marker: the whole statement, member of a class, property or expression. */
interface Replacement {
  readonly at: string;
  readonly to: string;
}

/** Puts something behind the marker, and keeps what follows. */
interface Insertion {
  readonly at: string;
  readonly insert: string;
}

/** The text of each source, by its path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>;

/** @returns the sources of a checkout. */
export function readSources(folder: string = root): Sources {
  const paths = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('src', path))
    .filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

const MARKER = /^[ \t]*\/\/ ((?:mutation|fault): .+)$/gm;

/** @returns the words of all markers. */
export const markersIn = (sources: Sources): string[] =>
  [...sources.values()].flatMap((text) => [...text.matchAll(MARKER)].map(([, words]) => words!));

/** @returns the sources with a change. */
export function change(sources: Sources, edit: Edit): Sources {
  const found = [...sources].flatMap(([path, text]) =>
    [...text.matchAll(MARKER)]
      .filter(([, words]) => words === edit.at)
      .map((match) => ({ path, text, end: match.index + match[0].length })),
  );
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`The sources have the marker "// ${edit.at}" ${found.length} times, not once.`);
  const { path, text, end } = first;
  return new Map([...sources, [path, changeBehind(end, edit, text, path)]]);
}

function changeBehind(end: number, edit: Edit, text: string, path: string): string {
  if ('insert' in edit) return `${text.slice(0, end)}\n${edit.insert}${text.slice(end)}`;
  const marked = nodeBehind(end, text, path);
  return text.slice(0, marked.start) + edit.to + text.slice(marked.end);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

const isNode = (value: object): value is Place => 'type' in value && 'start' in value && 'end' in value;

/** @returns where the largest node is that begins with the first token behind `from`. */
function nodeBehind(from: number, text: string, path: string): Place {
  let found: Place | undefined;
  // Outer nodes come before those within them.
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isNode(value) && value.start >= from && value.start < (found?.start ?? Infinity)) found = value;
    for (const child of Object.values(value)) visit(child);
  };
  visit(parseSync(path, text).program.body);
  if (found === undefined) throw new Error(`${path} has a marker with nothing behind it.`);
  return found;
}
