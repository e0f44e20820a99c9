/** Runs random programs in the real frameworks, and compares what they report with what the model knows. */
import * as fc from 'fast-check';
import { parse, type Fixture } from '../support/expected/expectations.ts';
import { createProject, withOptions } from '../support/project.ts';
import { run, type Run } from '../support/run.ts';
import { thisNode, type Node, type Version } from '../support/install/versions.ts';
import { verdicts } from '../support/expected/verdicts.ts';
import type { Program } from './model.ts';
import { programs } from './programs/random.ts';
import { PACKAGE } from './programs/package.ts';
import { writeClocks } from './programs/clocks.ts';
import { toldTwice } from './programs/told-twice.ts';
import { Writer } from './programs/write.ts';

/** What to run them in. */
export interface Setting {
  readonly version: Version;
  readonly node?: Node;
  /** The folder of the unpacked package. */
  readonly packed: string;
  /** The kinds of things that programs may have, by name; all if not given. */
  readonly kinds?: RegExp;
}

/** A program for which the report is not what the model says. */
export interface Mismatch {
  /** Its number among the programs of the seed. */
  readonly index: number;
  /** A sentence for each thing that is wrong. */
  readonly wrong: readonly string[];
  readonly text: string;
}

const programsOf = ({ kinds }: Setting): fc.Arbitrary<Program> =>
  programs((kind) => kinds?.test(kind) ?? true);

/** Files in one run of a framework. */
const BATCH = 40;
/** Workers of the framework: more than a small machine has cores, because they spend most of the time waiting for verdicts. */
const WORKERS = 4;
/** ms, of a test or a hook: no program is to fail by a busy machine. */
const TIMEOUT = 60_000;

const limits: Record<Version['framework'], Record<string, unknown>> = {
  vitest: { maxWorkers: WORKERS, testTimeout: TIMEOUT, hookTimeout: TIMEOUT },
  jest: { maxWorkers: WORKERS, testTimeout: TIMEOUT },
  mocha: { jobs: WORKERS, timeout: TIMEOUT },
  'node-test': { flags: [`--test-concurrency=${WORKERS}`] },
};

function fixtureOf(program: Program, name: string, { framework }: Version): Fixture {
  if (program.kind === 'clocks') return parse(name, writeClocks(program, framework));
  const writer = new Writer(program, framework);
  const fixture = parse(name, writer.write());
  // If the second try fails too, because of a leak, Vitest still shows why the first one failed.
  const again = writer.triedAgain.filter((title) => fixture.leaks.some(({ test }) => test === title));
  const failures = again.map((title) => ({ test: title, text: 'by itself' }));
  return framework === 'vitest' ? { ...fixture, failures: [...fixture.failures, ...failures] } : fixture;
}

/** Runs programs of one deadline together; resolves to what is wrong with each of them. */
async function judge(all: readonly Program[], setting: Setting): Promise<string[][]> {
  const { version, packed, node = thisNode } = setting;
  const fixtures = all.map((program, i) => fixtureOf(program, `p${i}.ts`, version));
  const config = {
    ...withOptions(version, { deadline: all[0]!.deadline }),
    ...limits[version.framework],
  };
  const files = { ...PACKAGE, ...Object.fromEntries(fixtures.map(({ path, content }) => [path, content])) };
  const project = createProject({ version, packed, files, config });
  let result: Run;
  try {
    result = await run(project, { node, timeoutMs: 300_000 });
  } finally {
    project.remove();
  }
  const wrong = all.map((): string[] => []);
  for (const sentence of [...verdicts(result, fixtures), ...toldTwice(result, fixtures)]) {
    const index = /^p(\d+)\.ts/.exec(sentence)?.[1];
    // What is wrong with the run as a whole may be the fault of any.
    for (const own of index === undefined ? wrong : [wrong[Number(index)]!]) own.push(sentence);
  }
  return wrong;
}

/**
 * @param most of the mismatches that are wanted.
 * @returns those of the programs of a seed, from `from` to below `to`, that mismatch.
 */
export async function findMismatches(
  seed: number,
  from: number,
  to: number,
  setting: Setting,
  progress: (done: number) => void = () => {},
  most = Infinity,
): Promise<Mismatch[]> {
  const all = fc
    .sample(programsOf(setting), { seed, numRuns: to })
    .map((program, index) => ({ program, index }));
  const found: Mismatch[] = [];
  let done = 0;
  for (const deadline of ['suite', 'test'] as const) {
    const members = all.slice(from).filter(({ program }) => program.deadline === deadline);
    for (let i = 0; i < members.length; i += BATCH) {
      const batch = members.slice(i, i + BATCH);
      const wrong = await judge(
        batch.map(({ program }) => program),
        setting,
      );
      for (const [k, sentences] of wrong.entries()) {
        if (sentences.length === 0) continue;
        const { program, index } = batch[k]!;
        // Alone, for another one may be to blame.
        const [alone] = await judge([program], setting);
        const text = fixtureOf(program, 'p0.ts', setting.version).content;
        found.push({
          index,
          wrong: alone!.length > 0 ? alone! : sentences.map((each) => `(with others) ${each}`),
          text,
        });
        if (found.length === most) return found;
      }
      done += batch.length;
      progress(done);
    }
  }
  return found;
}

/** Shrinks a mismatch to the smallest program that still has one. */
export async function shrink(seed: number, index: number, setting: Setting): Promise<Mismatch | undefined> {
  const result = await fc.check(
    fc.asyncProperty(
      programsOf(setting),
      async (program) => (await judge([program], setting))[0]!.length === 0,
    ),
    { seed, path: String(index), numRuns: index + 1, endOnFailure: false },
  );
  const [smallest] = result.counterexample ?? [];
  if (smallest === undefined) return undefined;
  const [wrong] = await judge([smallest], setting);
  return { index, wrong: wrong!, text: fixtureOf(smallest, 'p0.ts', setting.version).content };
}
