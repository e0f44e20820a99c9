/**
 * The instructions that async-leaks adds to one event, counted by callgrind. Unlike time they are the same in each run, to
 * some parts in ten thousand, however busy the machine is: so they show what a change of the hook costs.
 */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { formatRows } from '../support/expected/markdown.ts';
import { root, type Node } from '../support/install/versions.ts';
import { median } from './statistics.ts';

const execute = promisify(execFile);

/** Each event by its name in `events.mjs`, with how many are made until V8 has compiled what is hot. */
const EVENTS: Readonly<Record<string, readonly [what: string, warmUp: number]>> = {
  timeout: ['setTimeout and clearTimeout', 4000],
  immediate: ['setImmediate', 4000],
  tick: ['process.nextTick', 10_000],
  await: ['await', 20_000],
  promise: ['a promise and its then', 20_000],
  resource: ['an AsyncResource and its callback', 4000],
  stat: ['fs.stat', 4000],
  socket: ['a connection, opened and closed', 400],
};

/** What makes V8 do the same in each run: no threads of its own, no clock, no seed. */
const REPEATABLE = ['--single-threaded', '--predictable', '--random-seed=1', '--hash-seed=1'];

interface Subject {
  readonly node: Node;
  /** The folder of a build; undefined for no hooks. */
  readonly dist: string | undefined;
  readonly event: string;
}

async function countAll({ node, dist, event }: Subject, count: number): Promise<number> {
  const url = dist === undefined ? '' : pathToFileURL(join(resolve(dist), 'jest/build/tracker.js')).href;
  const subject = join(root, 'test/bench/subjects/events.mjs');
  const args = [url, dist === undefined ? 'nothing' : 'tracked', event, String(count)];
  const { stderr } = await execute('valgrind', [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    node.path,
    ...REPEATABLE,
    subject,
    ...args,
  ]);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`callgrind counted nothing:\n${stderr}`);
  return Number(collected);
}

/** @returns the instructions of one event: what as many again take as have warmed up, so that the start does not count. */
async function countOne(subject: Subject): Promise<number> {
  const [, warmUp] = EVENTS[subject.event]!;
  const [once, twice] = await Promise.all([countAll(subject, warmUp), countAll(subject, warmUp * 2)]);
  return (twice - once) / warmUp;
}

/** The instructions of one event on one Node: the counts of each round. */
export interface InstructionRow {
  readonly event: string;
  readonly node: number;
  readonly nothing: readonly number[];
  /** With the build that is compared with, if any. */
  readonly against: readonly number[];
  readonly tracked: readonly number[];
}

export interface InstructionOptions {
  readonly nodes: readonly Node[];
  readonly rounds: number;
  /** The folder of the build to compare with. */
  readonly against: string | undefined;
  /** Hears what is under way. */
  readonly say: (text: string) => void;
}

/** Counts all events, without hooks, with the build to compare with, and with `dist`. */
export async function compareInstructions(options: InstructionOptions): Promise<InstructionRow[]> {
  const { nodes, rounds, against, say } = options;
  const rows: InstructionRow[] = [];
  for (const event of Object.keys(EVENTS))
    for (const node of nodes) {
      say(`${event}, Node ${node.major}`);
      const row = {
        event,
        node: node.major,
        nothing: [] as number[],
        against: [] as number[],
        tracked: [] as number[],
      };
      for (let round = 0; round < rounds; round++) {
        row.nothing.push(await countOne({ node, dist: undefined, event }));
        if (against !== undefined) row.against.push(await countOne({ node, dist: against, event }));
        row.tracked.push(await countOne({ node, dist: join(root, 'dist'), event }));
      }
      rows.push(row);
    }
  return rows;
}

function show(counts: readonly number[]): string {
  if (counts.length === 0) return '';
  const middle = median(counts);
  const spread = (Math.max(...counts) - Math.min(...counts)) / middle;
  const text = Math.round(middle).toLocaleString('en');
  return counts.length === 1 ? text : `${text} ± ${(spread * 50).toFixed(2)} %`;
}

/** @returns the rows as a table; ± is half of what lies between the least and the most. */
export function formatInstructions(rows: readonly InstructionRow[]): string {
  return formatRows(
    ['one event', 'node', 'no hooks', 'before', 'async-leaks', 'more'],
    rows.map(({ event, node, nothing, against, tracked }) => [
      EVENTS[event]![0],
      String(node),
      show(nothing),
      show(against),
      show(tracked),
      against.length === 0 ? '' : `${((median(tracked) / median(against) - 1) * 100).toFixed(2)} %`,
    ]),
  );
}
