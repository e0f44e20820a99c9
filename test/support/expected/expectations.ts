/**
 * Reads from the fixtures what a run must report. Markers, in comments:
 *
 *     … // @leak TYPE, TYPE             what this line creates leaks, from the test around it; TYPE|TYPE is one of either type
 *     … // @leak TYPE in "title"        … from the test of that title, or full name ("suite > title")
 *     … // @leak TYPE in "a" and "b"
 *     … // @leak TYPE in file           … from the file or a describe, and from no test
 *     … // @leak TYPE once              … and is reported in one error, however often it is renewed
 *     … // @leak TYPE by PACKAGE        … is told in one error, as what this package left running, with the remedy of its row in src/resources/libraries
 *     … // @leak TYPE at best           … and the report names this line, or only that of the test: only promises lead from here to the leak
 *     … // @fails "text"                the test around it fails for its own reason, with that text
 *     // @only vitest  // @node >=22    the file is for that framework, for those versions of Node
 *     // @not mocha: why                … for every framework but that, and why it cannot be; node-test@20 is only that Node
 *     // @needs redis                  … and runs only if that service is there
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Node, root, type Version } from '../install/versions.ts';

/** A leak that a run must report. */
export interface ExpectedLeak {
  /** "TYPE|TYPE" where it may be of either. */
  readonly type: string;
  /** File and line that open it: "fixtures/kinds/Timeout.leak.ts:7". */
  readonly place: string;
  /** The report may name no line but that of the test. */
  readonly atBest?: true;
  /** It is reported in one error. */
  readonly once?: true;
  /** The package that it is told of as what it left running: in one error, with the package's own remedy. */
  readonly by?: string;
  /** Title, or full name, of the test to blame; in an `each`, with its placeholders. Without: the file is to blame. */
  readonly test?: string;
}

/** A test that must fail by itself. */
export interface ExpectedFailure {
  readonly test: string;
  readonly text: string;
}

/** A file of fixtures, test or helper. */
export interface Fixture {
  /** Relative to the repository, and to the project that it is copied to. */
  readonly path: string;
  readonly content: string;
  readonly isTest: boolean;
  readonly leaks: readonly ExpectedLeak[];
  readonly failures: readonly ExpectedFailure[];
  /** The services that it talks to. */
  readonly needs: readonly string[];
}

/** Helpers that fixtures of all folders use. */
const SHARED = 'fixtures/support';

/**
 * Reads a folder of fixtures.
 * @param folder relative to the root of the repository.
 * @returns those of its files that are for this framework and this Node, and the shared helpers.
 */
export function readFixtures(folder: string, framework: Version['framework'], node: Node): Fixture[] {
  return [folder, SHARED]
    .flatMap((place) => readdirSync(join(root, place), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted()
    .map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
    .filter(({ content }) => (/^\/\/ @only ([\w-]+)/m.exec(content)?.[1] ?? framework) === framework)
    .filter(({ content }) => !isNotFor(content, framework, node))
    .filter(({ content }) => node.major >= Number(/^\/\/ @node >=(\d+)/m.exec(content)?.[1] ?? 0));
}

/** Whether a `@not` of the file names the framework, in this Node. */
function isNotFor(content: string, framework: Version['framework'], { major }: Node): boolean {
  return [...content.matchAll(/^\/\/ @not ([\w-]+)(?:@(\d+))?: ./gm)].some(
    ([, name, only]) => name === framework && (only === undefined || Number(only) === major),
  );
}

// A test's call, also by a name of its own (`serverTest(…)`); not `pattern.test(…)`, nor `test.extend(…)`.
const TEST =
  /(?<![.\w])(?:\w*[tT]est|it)(?!\.(?:extend|override|scoped|describe|(?:before|after|around)\w+)\b)(?:\.\w+)*[(`]/;

/** @returns whether the file has tests, so that it must run. */
export function isTestFile(path: string, content: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path) && content.split('\n').some((line) => TEST.test(code(line)));
}

/** @returns the fixture with the expectations that its markers state. */
export function parse(path: string, content: string): Fixture {
  const lines = content.split('\n');
  const leaks: ExpectedLeak[] = [];
  const failures: ExpectedFailure[] = [];
  for (const [index, line] of lines.entries()) {
    const place = `${path}:${index + 1}`;
    const [, types, once, by, atBest, where] =
      /\/\/ @leak ([^\s,]+(?:, *[^\s,]+)*)( once)?(?: by (\S+))?( at best)?(?: in (.+))?$/.exec(
        line.trimEnd(),
      ) ?? [];
    if (types !== undefined) {
      const targets = where === undefined ? [enclosingTest(lines, index, place)] : readTargets(where, place);
      for (const type of types.split(/, */))
        leaks.push(
          ...targets.map((test) => ({
            type,
            place,
            ...(once !== undefined && { once: true as const }),
            ...(by !== undefined && { by }),
            ...(atBest !== undefined && { atBest: true as const }),
            ...(test !== undefined && { test }),
          })),
        );
    }
    const failure = /\/\/ @fails(?: "(.*)")?/.exec(line);
    if (failure) failures.push({ test: enclosingTest(lines, index, place), text: failure[1] ?? '' });
    if (/\/\/ @leak\b/.test(line) && types === undefined) throw new Error(`${place}: cannot read this @leak`);
  }
  const needs = [...content.matchAll(/^\/\/ @needs (\w+)$/gm)].map(([, name]) => name!);
  return { path, content, isTest: isTestFile(path, content), leaks, failures, needs };
}

/** @returns each title that is named; undefined for the file. */
function readTargets(where: string, place: string): (string | undefined)[] {
  const targets = [...where.matchAll(/"([^"]*)"|\bfile\b/g)].map(([, title]) => title);
  if (targets.length === 0)
    throw new Error(`${place}: after "in", a @leak names a test in double quotes, or the file`);
  return targets;
}

function enclosingTest(lines: readonly string[], index: number, place: string): string {
  const own = indentation(lines[index] ?? '');
  for (let at = index; at >= 0; at--) {
    const line = lines[at] ?? '';
    if (!TEST.test(code(line)) || (at !== index && indentation(line) >= own)) continue;
    const title = readTitle(lines.slice(at).join('\n'));
    if (title !== undefined) return title;
  }
  throw new Error(`${place}: no test encloses this line; the marker has to say 'in "title"' or 'in file'`);
}

/** @returns the title that the call at the start of the text gives to its test. */
function readTitle(text: string): string | undefined {
  const call = TEST.exec(text);
  if (!call) return;
  const rest = text.slice(call.index + call[0].length - 1);
  const title = /\.(?:each|for)[(`]$/.test(call[0])
    ? /[)`]\(\s*(['"`])((?:\\.|(?!\1).)*)\1/
    : /^\(\s*(['"`])((?:\\.|(?!\1).)*)\1/;
  return title.exec(rest)?.[2]?.replaceAll(/\\(.)/g, '$1');
}

const indentation = (line: string) => line.length - line.trimStart().length;

/** The line without its comment, which may well speak of a `test(…)`. */
const code = (line: string) => line.replace(/(^|\s)\/\/.*$/, '').replace(/^\s*\/?\*.*$/, '');
