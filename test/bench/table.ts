/** Comparisons as a table. */
import { formatRows } from '../support/expected/markdown.ts';
import type { Comparison, Summary, Variant } from './compare.ts';
import type { Ratio } from './statistics.ts';

const HEAD = [
  'workload',
  'framework',
  'node',
  'variant',
  'CPU',
  'wall',
  'memory',
  'CPU ratio',
  'wall ratio',
  'bound',
];

const labels: Record<Variant, string> = {
  without: 'without',
  with: 'async-leaks',
  flag: 'its own flag',
  band: 'without, -i',
  floor: 'idle hooks',
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const ratio = ({ median, error }: Ratio): string => `${median.toFixed(3)} ± ${error.toFixed(3)}`;

function row(comparison: Comparison, variant: Variant, summary: Summary): string[] {
  const { workload, framework, node, bound, isOver } = comparison;
  const { cpu, wall, memory, cpuRatio, wallRatio } = summary;
  const isPlain = variant === 'without';
  return [
    workload,
    framework,
    String(node),
    labels[variant],
    seconds(cpu),
    seconds(wall),
    memory === undefined ? '' : `${memory.toFixed(0)} MiB`,
    isPlain ? '' : ratio(cpuRatio),
    isPlain ? '' : ratio(wallRatio),
    variant !== 'with' || bound === undefined ? '' : `${bound}${isOver ? ', over' : ''}`,
  ];
}

/** @returns a table in Markdown, its columns aligned, with a line on the machine. */
export function formatTable(comparisons: readonly Comparison[], machine: string): string {
  const rows = comparisons.flatMap((comparison) =>
    (Object.entries(comparison.summaries) as [Variant, Summary][]).map(([variant, summary]) =>
      row(comparison, variant, summary),
    ),
  );
  const pairs = comparisons[0]?.pairs ?? 0;
  const foot = `Medians of ${pairs} rounds, all variants in turn, after a warm-up; ratios pair by pair, ± their standard error. ${machine}.`;
  return [formatRows(HEAD, rows), '', foot].join('\n');
}
