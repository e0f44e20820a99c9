/** One workload in one framework on one Node: with and without async-leaks, in turn. */
import { createProject } from '../support/project.ts';
import { environment } from '../support/run.ts';
import type { Node, Version } from '../support/install/versions.ts';
import { floor, type Measured } from './floor.ts';
import { measure, type Cost } from './measure.ts';
import { median, ratioOf, type Ratio } from './statistics.ts';
import type { Workload } from './workloads.ts';

/**
 * What is measured: nothing switched on, async-leaks, the flag that the framework has of its own, nothing but all in one
 * process, as that flag of Jest's has it, or the floor: an extension that hangs into the framework and Node at the same
 * places, and does nothing there.
 */
export type Variant = 'without' | 'with' | 'flag' | 'band' | 'floor';

/** What the framework's own flag is measured by: arguments. */
const flags: Record<Measured, Readonly<Partial<Record<Variant, readonly string[]>>>> = {
  vitest: { flag: ['--detectAsyncLeaks'] },
  // Jest does not end by itself where something leaks.
  jest: { flag: ['--detectOpenHandles', '--forceExit'], band: ['--runInBand'] },
  mocha: {},
};

/** What to compare. */
export interface CompareOptions {
  readonly name: string;
  readonly workload: Workload;
  readonly version: Version;
  readonly node: Node;
  readonly pairs: number;
  /** The folder of the unpacked package. */
  readonly packed: string;
  /** Whether the framework's own flag is measured, too, and what hooks cost that do nothing. */
  readonly flags: boolean;
  readonly floor: boolean;
  /** Told what is under way. */
  readonly say: (text: string) => void;
}

/** Medians of one variant; ms and MiB. */
export interface Summary {
  readonly cpu: number;
  readonly wall: number;
  readonly memory: number | undefined;
  /** Divided by the run without, pair by pair. */
  readonly cpuRatio: Ratio;
  readonly wallRatio: Ratio;
}

/** What came of one comparison. */
export interface Comparison {
  readonly workload: string;
  readonly framework: string;
  readonly node: number;
  readonly pairs: number;
  readonly summaries: Readonly<Partial<Record<Variant, Summary>>>;
  /** What the CPU ratio may be at most. */
  readonly bound: number | undefined;
  /** It is over its bound by more than the noise. */
  readonly isOver: boolean;
  readonly costs: Readonly<Partial<Record<Variant, readonly Omit<Cost, 'output'>[]>>>;
}

const entries: Record<Measured, readonly string[]> = {
  vitest: ['node_modules/vitest/vitest.mjs', 'run'],
  jest: ['node_modules/jest/bin/jest.js'],
  mocha: ['node_modules/mocha/bin/mocha.js'],
};

/** What a configuration has in addition if something is on. */
const switches: Record<Measured, Readonly<Partial<Record<Variant, string>>>> = {
  vitest: {
    with: `{ plugins: [(await import('async-leaks/vitest/plugin')).default()] }`,
    floor: `{ test: { setupFiles: ['./floor.cjs'] } }`,
  },
  jest: { with: `{ preset: 'async-leaks' }`, floor: `{ testEnvironment: './floor.cjs' }` },
  mocha: { with: `{ require: ['./async-leaks.cjs'] }`, floor: `{ require: ['./floor.cjs'] }` },
};

const configs: Record<Measured, (more: string) => string> = {
  vitest: (more) =>
    `const { test, ...more } = ${more};
const own = { globals: true, include: ['*.bench.js'], maxWorkers: 2, testTimeout: 60000 };
export default { ...more, test: { ...own, ...test } };\n`,
  jest: (more) =>
    `const own = { testMatch: ['<rootDir>/*.bench.js'], maxWorkers: 2, transform: {}, testTimeout: 60000 };
export default { ...own, ...${more} };\n`,
  // Mocha's tests share one process unless it is told otherwise.
  mocha: (more) =>
    `const { require = [] } = ${more};
export default { require: [...require, './globals.cjs'], spec: '*.bench.js', timeout: 60000 };\n`,
};

/** Runs a warm-up, then so many rounds of all variants, and returns the medians. Throws where a run fails that should not. */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { name, workload, version, node, pairs, packed, say } = options;
  const { framework } = version;
  if (framework === 'node-test') throw new Error('node:test has no configuration to switch us on and off');
  const variants = [
    'without',
    'with',
    ...(options.flags ? Object.keys(flags[framework]) : []),
    ...(options.floor ? ['floor'] : []),
  ] as Variant[];
  // Both kinds of module have `__filename`.
  const head = framework === 'vitest' ? 'const __filename = import.meta.filename;\n' : '';
  const project = createProject({
    version,
    packed,
    files: {
      ...Object.fromEntries(Object.entries(workload.files).map(([file, text]) => [file, head + text])),
      ...Object.fromEntries(
        variants.map((variant) => [
          `${variant}.config.mjs`,
          configs[framework](switches[framework][variant] ?? '{}'),
        ]),
      ),
      'floor.cjs': floor[framework],
    },
  });
  const costs: Record<Variant, Cost[]> = { without: [], with: [], flag: [], band: [], floor: [] };
  const runOnce = async (variant: Variant): Promise<Cost> => {
    const more = flags[framework][variant] ?? [];
    const args = [...entries[framework], '--config', `${variant}.config.mjs`, ...more];
    const cost = await measure([node.path, ...args], project.folder, environment());
    const isFailure = cost.exitCode !== 0;
    if (isFailure !== (variant === 'with' && workload.leaks === true))
      throw new Error(`${name}, ${version.name}, ${variant}: exit code ${cost.exitCode}\n${cost.output}`);
    return cost;
  };
  try {
    for (const variant of variants) await runOnce(variant);
    for (let round = 1; round <= pairs; round++) {
      // Whatever drifts meanwhile is not to favour one of them.
      for (const variant of round % 2 === 0 ? variants.toReversed() : variants)
        costs[variant].push(await runOnce(variant));
      say(`round ${round} of ${pairs}`);
    }
  } finally {
    project.remove();
  }
  const summaries = Object.fromEntries(
    variants.map((variant) => [variant, summarise(costs[variant], costs.without)]),
  );
  const bound = workload.bound?.[node.major >= 24 ? 'modern' : 'legacy'];
  const { median: ratio, error } = summaries['with']!.cpuRatio;
  return {
    workload: name,
    framework: version.name,
    node: node.major,
    pairs,
    summaries,
    bound,
    isOver: bound !== undefined && ratio - 2 * error > bound,
    costs: Object.fromEntries(
      variants.map((variant) => [variant, costs[variant].map(({ output: _output, ...cost }) => cost)]),
    ),
  };
}

function summarise(costs: readonly Cost[], without: readonly Cost[]): Summary {
  const of = (list: readonly Cost[], key: 'cpu' | 'wall') => list.map((cost) => cost[key]);
  const peaks = costs.flatMap(({ memory }) => memory ?? []);
  return {
    cpu: median(of(costs, 'cpu')),
    wall: median(of(costs, 'wall')),
    memory: peaks.length > 0 ? median(peaks) : undefined,
    cpuRatio: ratioOf(of(costs, 'cpu'), of(without, 'cpu')),
    wallRatio: ratioOf(of(costs, 'wall'), of(without, 'wall')),
  };
}
