/** The command line behind `npm run load`; see load.mjs. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { blocked, patient } from '../support/blocking/blocked.ts';
import { choice, choose } from '../support/choice.ts';
import { foldersOf, hostile, runFixtures } from '../support/fixtures.ts';
import { pack } from '../support/install/pack.ts';
import type { Node, Version } from '../support/install/versions.ts';

const options = {
  rounds: { type: 'string', default: '4' },
  from: { type: 'string', default: '1' },
  ...choice,
} as const;

/** Beside what runs, as on a machine of CI that is let twice. */
const BUSY_LOOPS = 2;
/** Until whoever started it is gone. */
const BUSY_LOOP = 'for (const { ppid } = process; process.ppid === ppid; );';
/** Of the frameworks; the loops keep the usual 0, and so get three times as much of a core. */
const NICENESS = 5;

/** Hostile files break what blocks the loop, as they do all else; and Vitest does not load it into a window. */
const UNBLOCKED: ReadonlySet<string> = new Set([hostile, 'fixtures/vitest']);

/** What says how many workers there are. With one job Mocha runs all files in one process. */
const workersOption: Record<Version['framework'], string> = {
  vitest: '--maxWorkers',
  jest: '--maxWorkers',
  mocha: '--jobs',
  'node-test': '--test-concurrency',
};

/** What is particular to a round: each of the four in turn. */
interface Strain {
  readonly workers: 1 | 8;
  readonly isBlocked: boolean;
}

const strainOf = (round: number): Strain => ({
  workers: round % 2 === 1 ? 1 : 8,
  isBlocked: round % 4 === 1 || round % 4 === 2,
});

/**
 * @param args of the command line.
 * @returns the exit code: 0 if no verdict was wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const [rounds, from] = [Number(values.rounds), Number(values.from)];
  const chosen = choose(values, [rounds, from]);
  if (chosen === undefined) return 2;
  const { versions, node } = chosen;
  const packed = await pack();
  const loops = Array.from({ length: BUSY_LOOPS }, () =>
    spawn(process.execPath, ['-e', BUSY_LOOP], { stdio: 'ignore' }),
  );
  setPriority(NICENESS);
  let wrong = 0;
  try {
    for (let round = from; round < from + rounds; round++) {
      for (const version of versions) wrong += await runRound(round, version, node, packed.folder);
    }
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
    await packed.remove();
  }
  console.log(
    `${wrong} wrong in ${rounds} rounds of ${versions.map(({ name }) => name).join(', ')}, from ${from} on`,
  );
  return wrong === 0 ? 0 : 1;
}

/** Runs all fixtures once; returns how many things were wrong with the verdicts. */
async function runRound(round: number, version: Version, node: Node, packed: string): Promise<number> {
  const { workers, isBlocked } = strainOf(round);
  const start = Date.now();
  let [tests, found] = [0, 0];
  for (const folder of [...foldersOf(version), hostile]) {
    const { run, wrong } = await runFixtures({
      version,
      folder,
      packed,
      node,
      args: [`${workersOption[version.framework]}=${workers}`],
      env: { BLOCK_SEED: String(round) },
      config: isBlocked && !UNBLOCKED.has(folder) ? blocked(version) : patient(version),
      timeoutMs: 900_000,
    });
    tests += run.tests.length;
    found += wrong.length;
    for (const each of wrong) console.log(`✗ round ${round}, ${version.name}, ${folder}: ${each}`);
  }
  const strain = `${workers} ${workers === 1 ? 'worker' : 'workers'}${isBlocked ? ', the loop blocked' : ''}`;
  const seconds = Math.round((Date.now() - start) / 1000);
  console.log(
    `round ${round}, ${version.name}, Node ${node.major}, ${strain}: ${found} wrong in ${tests} tests, ${seconds} s`,
  );
  return found;
}
