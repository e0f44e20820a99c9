/** The engine alone, without a framework: what it adds to one await, timer or socket, and how that grows with their number. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { formatRows } from '../support/expected/markdown.ts';
import { root, type Node } from '../support/install/versions.ts';
import { median } from './statistics.ts';

const execute = promisify(execFile);

/** No hooks at all; hooks that do nothing, promises left out where Node can; async-leaks. */
const MODES = ['nothing', 'empty', 'tracked'] as const;
type Mode = (typeof MODES)[number];

interface Measurement {
  /** Its name in `subject.mjs`. */
  readonly name: string;
  /** `%` stands for the size. */
  readonly what: string;
  readonly unit: 'ns' | 'µs' | 'ms' | 'bytes';
  readonly sizes: readonly number[];
  /** It makes sense with async-leaks only. */
  readonly onlyTracked?: true;
}

const powers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));

const measurements: readonly Measurement[] = [
  { name: 'await', what: 'an await', unit: 'ns', sizes: [1_000_000] },
  { name: 'few timers', what: 'a timer set and cleared, 20 in a test', unit: 'ns', sizes: [100_000] },
  { name: 'timer', what: 'a timer set and cleared, % in a test', unit: 'ns', sizes: powers(2, 6) },
  { name: 'alive', what: 'a timer set and cleared while % are alive', unit: 'ns', sizes: powers(1, 5) },
  { name: 'socket', what: 'a connection, opened and closed', unit: 'µs', sizes: [2000] },
  { name: 'bytes', what: 'a live timer, of %', unit: 'bytes', sizes: [50, 100_000] },
  { name: 'chain', what: 'a chain of % immediates', unit: 'bytes', sizes: powers(4, 6) },
  { name: 'tests', what: 'a test of three timers that has passed, of %', unit: 'bytes', sizes: [10_000] },
  {
    name: 'judge',
    what: "the verdict on 10 suspects, while % timers of others' live",
    unit: 'µs',
    sizes: powers(1, 5),
    onlyTracked: true,
  },
  {
    name: 'shared grace',
    what: 'the verdict on % tests at once, each with a timer of 125 ms',
    unit: 'ms',
    sizes: [1, 6000],
    onlyTracked: true,
  },
];

/** What one measurement came to on one Node, in its unit, by mode. */
export interface MicroRow {
  readonly what: string;
  readonly unit: Measurement['unit'];
  readonly node: number;
  readonly medians: Readonly<Partial<Record<Mode, number>>>;
}

const TRACKER = pathToFileURL(join(root, 'dist/jest/build/tracker.js')).href;
const SUBJECT = join(root, 'test/bench/subjects/subject.mjs');

async function measureOnce(node: Node, mode: Mode, name: string, size: number): Promise<number> {
  const args = ['--expose-gc', SUBJECT, TRACKER, mode, name, String(size)];
  const { stdout } = await execute(node.path, args);
  return Number(stdout);
}

/** Takes all measurements in `rounds` processes for each mode, in turn; `say` hears what is under way. */
export async function measureAll(
  nodes: readonly Node[],
  rounds: number,
  say: (text: string) => void,
): Promise<MicroRow[]> {
  const rows: MicroRow[] = [];
  for (const { name, what, unit, sizes, onlyTracked } of measurements)
    for (const size of sizes)
      for (const node of nodes) {
        const modes = onlyTracked ? (['tracked'] as const) : MODES;
        const values: Record<Mode, number[]> = { nothing: [], empty: [], tracked: [] };
        for (let round = 0; round < rounds; round++)
          for (const mode of modes) values[mode].push(await measureOnce(node, mode, name, size));
        const label = what.replace('%', size.toLocaleString('en'));
        say(`${label}, Node ${node.major}`);
        const scale = unit === 'µs' ? 1 / 1000 : 1;
        const medians = Object.fromEntries(modes.map((mode) => [mode, median(values[mode]) * scale]));
        rows.push({ what: label, unit, node: node.major, medians });
      }
  return rows;
}

/** @returns the rows as a table. */
export function formatMicro(rows: readonly MicroRow[]): string {
  const show = (value: number | undefined, unit: string): string =>
    value === undefined ? '' : `${Number(value.toPrecision(3)).toLocaleString('en')} ${unit}`;
  return formatRows(
    ['what', 'node', 'no hooks', 'empty hooks', 'async-leaks'],
    rows.map(({ what, node, unit, medians }) => [
      what,
      String(node),
      ...MODES.map((mode) => show(medians[mode], unit)),
    ]),
  );
}
