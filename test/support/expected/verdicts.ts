/** Compares what a run reported with what its fixtures expect. */
import type { ExpectedLeak, Fixture } from './expectations.ts';
import { libraries } from '../../../src/resources/libraries/index.ts';
import type { FileResult, Run, TestResult } from '../run.ts';

/**
 * @param fixtures all files of the project, helpers included.
 * @returns a sentence for each thing that is wrong; none if the run is right.
 */
export function verdicts(run: Run, fixtures: readonly Fixture[]): string[] {
  // Rather than a sentence for each test: what the framework said before it ended.
  if (run.files.length === 0) return [noResults(run)];
  const wrong = [...judgeRun(run, fixtures)];
  const leaks = fixtures.flatMap((fixture) => fixture.leaks.map((leak) => ({ ...leak, fixture })));
  const applies = (fixture: Fixture, title: string | undefined, test: TestResult) =>
    title !== undefined && (!fixture.isTest || fixture.path === test.file) && isNamed(test, title);

  for (const leak of leaks) {
    const target = leak.test;
    if (target === undefined) {
      const own = run.files.filter(({ file }) => !leak.fixture.isTest || file === leak.fixture.path);
      if (!own.some(({ errors }) => errors.some((error) => tells(error, leak))))
        wrong.push(`${leak.place}: ${leak.type} was not reported on the file`);
    } else if (!run.tests.some((test) => applies(leak.fixture, target, test))) {
      wrong.push(`${leak.place}: no test "${target}" was run, that could leak ${leak.type}`);
    }
  }

  for (const test of run.tests) {
    const own = leaks.filter((leak) => applies(leak.fixture, leak.test, test));
    const failures = fixtures.flatMap((fixture) =>
      fixture.failures.filter((each) => applies(fixture, each.test, test)),
    );
    wrong.push(
      ...judgeTest(
        test,
        own,
        failures.map(({ text }) => text),
      ),
    );
  }

  for (const file of run.files)
    wrong.push(
      ...judgeFile(
        file,
        leaks.filter((leak) => leak.test === undefined),
      ),
    );
  return wrong;
}

function noResults({ exitCode, signal, timedOut, durationMs, stdout, stderr }: Run): string {
  const how = timedOut ? 'was killed' : signal === null ? `exited with ${exitCode}` : `died of ${signal}`;
  const said = [stdout, stderr].map((text) => indent(text.trimEnd().split('\n').slice(-40)));
  return [`the run ${how} after ${Math.round(durationMs)} ms, and left no results:`, ...said].join('\n');
}

function* judgeRun(run: Run, fixtures: readonly Fixture[]): Generator<string> {
  const output = run.stdout + run.stderr;
  const failing = fixtures.some(({ leaks, failures }) => leaks.length + failures.length > 0);
  if (run.timedOut) yield `the run did not end, and was killed after ${Math.round(run.durationMs)} ms`;
  else if ((run.exitCode !== 0) !== failing)
    yield `the exit code is ${run.exitCode}, expected ${failing ? 'a failure' : '0'}`;
  const hanging = /.*(close timed out|did not exit|force exited|main process from exiting).*/.exec(output);
  if (hanging) yield `the framework says "${hanging[0].trim()}"`;
  for (const { path, isTest } of fixtures) {
    if (isTest && !run.tests.some(({ file }) => file === path)) yield `${path}: no test was run`;
  }
}

function* judgeTest(
  test: TestResult,
  leaks: readonly ExpectedLeak[],
  failures: readonly string[],
): Generator<string> {
  const name = `${test.file} "${test.name}"`;
  const failing = leaks.length + failures.length > 0;
  if (failing && test.state !== 'failed') yield `${name}: ${test.state}, but was to fail${list(leaks)}`;
  if (!failing && test.state === 'failed') yield `${name}: failed, but was to pass:\n${indent(test.errors)}`;
  if (!failing || test.state !== 'failed') return;
  for (const leak of leaks) {
    if (!test.errors.some((error) => tells(error, leak)))
      yield `${name}: no error tells of ${leak.type} at ${leak.place}:\n${indent(test.errors)}`;
    else if (leak.by !== undefined && test.errors.filter(isLeak).length > leaks.length)
      yield `${name}: ${leak.type} of ${leak.by} at ${leak.place} is not told in one error:\n${indent(test.errors)}`;
    else if (leak.once && test.errors.filter(isLeak).length > leaks.length)
      yield `${name}: ${leak.type} at ${leak.place} is told more than once:\n${indent(test.errors)}`;
  }
  for (const text of failures) {
    if (!test.errors.some((error) => !isLeak(error) && error.includes(text)))
      yield `${name}: no failure "${text}":\n${indent(test.errors)}`;
  }
  const others = test.errors.filter((error) => !leaks.some((leak) => tells(error, leak)));
  const unexpected = others.filter(
    (error) => isLeak(error) || !failures.some((text) => error.includes(text)),
  );
  if (unexpected.length > 0) yield `${name}: has unexpected errors:\n${indent(unexpected)}`;
}

function* judgeFile(
  { file, errors }: FileResult,
  leaks: readonly (ExpectedLeak & { fixture: Fixture })[],
): Generator<string> {
  const own = leaks.filter(({ fixture }) => !fixture.isTest || fixture.path === file);
  const unexpected = errors.filter((error) => !own.some((leak) => tells(error, leak)));
  if (unexpected.length > 0)
    yield `${file || 'the run'}: unexpected errors outside of tests:\n${indent(unexpected)}`;
}

/**
 * @returns whether an error names the type of a leak and the line that opened it, or where that is enough no line; and of a
 * package's, what its row says.
 */
export function tells(error: string, { type, place, once, atBest, by }: ExpectedLeak): boolean {
  if (!type.split('|').some((each) => word(each).test(error))) return false;
  if (by !== undefined && !speaksFor(error, by)) return false;
  if (isSomewhere(error) && (once === true || atBest === true)) return atBest === true;
  return word(place).test(error);
}

/** Whether the line that an error leads with is not known: others below it may be. */
const isSomewhere = (error: string): boolean => /LeakError: .* somewhere in /.test(error);

/** Whether an error says what the row of a package says: the noun, and what ends it. */
function speaksFor(error: string, name: string): boolean {
  const row = libraries[name];
  if (row === undefined) return false;
  const text = error.replaceAll(/\s+/g, ' ');
  const words = [row, ...Object.values(row.of ?? {})];
  const isUnread = text.includes('LeakError: a response was received ');
  return words.some(
    ({ noun, ends }) =>
      (isUnread || text.includes(`LeakError: ${noun ?? row.noun ?? name} `)) &&
      text.includes(`Close it: ${ends}.`),
  );
}

const word = (text: string) => new RegExp(`(?<![\\w])${escape(text)}(?!\\w)`);

/** @returns whether an error is one of ours. */
export const isLeak = (error: string): boolean => error.includes('LeakError');

/** @returns whether a test has this title or full name, placeholders of `each` and template literals standing for anything. */
export function isNamed({ name }: Pick<TestResult, 'name'>, title: string): boolean {
  const pattern = title
    .split(/%[sdifjop#$]|\$\{[^}]*\}|\$[a-zA-Z_][\w.]*/)
    .map(escape)
    .join('.*');
  return new RegExp(`^(.* > )?${pattern}$`, 's').test(name);
}

const escape = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const list = (leaks: readonly ExpectedLeak[]) =>
  leaks.map(({ type, place }) => `, ${type} at ${place}`).join('');

const indent = (errors: readonly string[]) => errors.join('\n').replaceAll(/^(?=.)/gm, '    ');
