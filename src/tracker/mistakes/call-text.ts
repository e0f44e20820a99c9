/** The user's calls as their source has them: only that says what the reader would recognize. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { masked } from '../../resources/secrets.js';
import type { Place } from '../leak.js';

/** A call in the source. */
export interface CallText {
  /** "boss.start()", "new Pool({ max: 4 })"; at most 40 characters. */
  readonly text: string;
  /** The name of the function or class: "start", "Pool". */
  readonly name: string;
  readonly isNew: boolean;
  /** What it is called on: "boss"; empty if on nothing. */
  readonly receiver: string;
  /** The variable or property that the line assigns its result to, if it does. */
  readonly assigned: string | undefined;
}

/** The most characters of a call that are shown. */
const LONGEST = 40;
/** The most characters of a line that are looked at: some are bundles. */
const LONGEST_LINE = 2000;
/** The most files whose lines are kept. */
const MOST_FILES = 50;

const texts = new Map<string, readonly string[]>();

/** The lines of a file; none if it cannot be read. */
function linesOf(file: string): readonly string[] {
  let lines = texts.get(file);
  if (lines === undefined) {
    try {
      lines = readFileSync(file, 'utf8').split('\n');
    } catch {
      lines = [];
    }
    if (texts.size >= MOST_FILES) texts.clear();
    texts.set(file, lines);
  }
  return lines;
}

/** Forgets the files that were read: in a watch they change. */
export function forgetTexts(): void {
  texts.clear();
}

/** What a name is called on, behind its last dot: `this.db.`, `pools[0]?.`. */
const BEFORE = /(?:[\w$)\]]|\.|\?\.|!|\[[^[\]]*\]|\([^()]*\))*$/;
const ASSIGNED = /(?:^|[\s.({,;])(?:const|let|var|this\.)?\s*(#?[\w$]+)\s*(?::[^=]*)?=\s*(?:await\s+)?$/;

/** The call at a place; undefined if there is none. Lines and columns count from 1. */
export function callAt({ file, line: number, column }: Place): CallText | undefined {
  const line = linesOf(file)[number - 1];
  if (line === undefined || line.length > LONGEST_LINE) return undefined;
  return callIn(line, column - 1);
}

const IMPORT = /\bimport\(\s*(['"`])(\.[^'"`]*)\1/g;
const withoutEnding = (path: string): string => path.replace(/\.\w+$/, '');

/** Whether a specifier, as an absolute path, may lead to a module: its ending may be another one, or missing, and `index` as well. */
function leadsTo(path: string, module: string): boolean {
  const bare = withoutEnding(module);
  const names = new Set([module, bare, bare.replace(/[\\/]index$/, '')]);
  return names.has(path) || names.has(withoutEnding(path));
}

/**
 * The call of `import()` in a file that loads a module; undefined if there is none, or more than one. In Vitest no stack of what the
 * module opens has it.
 */
export function importOf(file: string, module: string): Place | undefined {
  const found = linesOf(file).flatMap((line, i): Place[] =>
    line.length > LONGEST_LINE
      ? []
      : [...line.matchAll(IMPORT)]
          .map(({ 2: specifier, index }) => ({ path: resolve(dirname(file), specifier!), index }))
          .filter(({ path }) => leadsTo(path, module))
          .map(({ index }) => ({ file, line: i + 1, column: index + 1 })),
  );
  return found.length === 1 ? found[0] : undefined;
}

/** A line that begins the body of a function, and not of a loop or the like. */
const BEGINS = /^(?!\s*(?:\}\s*)?(?:if|else|for|while|do|switch|catch)\b).*(?:=>|\))[^(){}]*\{\s*$/;

/** Whether a function has nothing but the call at a place: a helper that says nothing of who wanted it. */
export function isHelper({ file, line, column }: Place): boolean {
  const lines = linesOf(file);
  const before = lines[line - 1]?.slice(0, column - 1) ?? '';
  if (/=>|\bfunction\b/.test(before)) return true;
  const isAlone = BEGINS.test(lines[line - 2] ?? '') && /^\s*\}/.test(lines[line] ?? '');
  return isAlone && /^\s*(?:return|await)\b/.test(before);
}

/** The call whose name, `new` or `await` begins at `column`, from 0, of a line. */
export function callIn(line: string, column: number): CallText | undefined {
  // Where a compiler turns `connect()` into `(0, x.connect)()`, its source map leads to the parenthesis.
  let at = line[column] === '(' ? /[\w$]*$/.exec(line.slice(0, column))!.index : column;
  at += /^(?:(?:await|return|void|yield)\s+)*/.exec(line.slice(at))![0].length;
  const isNew = /^new\s/.test(line.slice(at));
  let start = at;
  if (isNew) at += /^new\s+/.exec(line.slice(at))![0].length;
  else start -= BEFORE.exec(line.slice(0, at))![0].length;
  // To the last name of `a.b.c`.
  const path = /^[\w$]+(?:(?:\?\.|\.)[\w$]+)*/.exec(line.slice(at))?.[0];
  if (path === undefined) return undefined;
  const name = path.slice(path.lastIndexOf('.') + 1);
  const end = at + path.length;
  const args = argumentsAt(line, end);
  if (args === undefined && !isNew) return undefined;
  const before = sinceOpened(line.slice(start, end)).replace(/^[.?!]+/, '');
  const receiver = isNew ? '' : before.slice(0, -name.length).replace(/[.?!]+$/, '');
  return {
    text: shorten(masked(before), masked(args ?? '')),
    name,
    isNew,
    receiver,
    assigned: ASSIGNED.exec(line.slice(0, start))?.[1],
  };
}

/** What follows the last bracket that closes something from further back, in a line before, say: "listen" of "}).listen". */
function sinceOpened(text: string): string {
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) depth++;
    else if (')]}'.includes(text[i]!) && --depth < 0) {
      depth = 0;
      from = i + 1;
    }
  }
  return text.slice(from);
}

/** The arguments of the call whose name ends here, with their parentheses; without the last if they go on in the next line. */
function argumentsAt(line: string, from: number): string | undefined {
  const open = /^(?:<[^()]*>)?(?:\?\.)?\(/.exec(line.slice(from))?.[0];
  if (open === undefined) return undefined;
  const start = from + open.length - 1;
  let depth = 0;
  let quote = '';
  for (let i = start; i < line.length; i++) {
    const letter = line[i]!;
    if (quote !== '') {
      if (letter === '\\') i++;
      else if (letter === quote) quote = '';
    } else if (`'"\``.includes(letter)) quote = letter;
    else if ('([{'.includes(letter)) depth++;
    else if (')]}'.includes(letter) && --depth === 0) return line.slice(start, i + 1);
  }
  return '(…)';
}

function shorten(name: string, args: string): string {
  if (name.length + args.length <= LONGEST) return name + args;
  const short = name.replaceAll(/\([^()]+\)/g, '(…)') + (args.length > '(…)'.length ? '(…)' : args);
  return short.length <= LONGEST ? short : `…${short.slice(1 - LONGEST)}`;
}

/** Makes something that somebody has to end: two of these are two clients. */
const MAKES = /^(?:create|open|launch|init|duplicate)(?![a-z])/;
/** Starts something that has been made: twice the same is two clients, if each opened a handle. */
const STARTS = /^(?:connect|start|listen|run)(?![a-z])/;
/** Ends something: what it opens on its way is nobody's wish. */
const CLOSES =
  /^_*(?:[cC]lose|[eE]nd|[sS]top|[qQ]uit|[dD]isconnect|[dD]estroy|[tT]erminate|[sS]hutdown|[rR]elease|[dD]ispose)(?![a-z])/;

export const isMaker = ({ isNew, name }: CallText): boolean => isNew || MAKES.test(name);
export const isStarter = ({ name }: CallText): boolean => STARTS.test(name);
export const isCloser = ({ isNew, name }: CallText): boolean => !isNew && CLOSES.test(name);
