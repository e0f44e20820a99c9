/** Judgements as tables in Markdown. */
import { formatRows } from '../support/expected/markdown.ts';
import type { Judgement } from './judge.ts';

/** @returns a table of the totals of each tool, and one of each library. */
export function formatTables(judgements: readonly Judgement[]): string {
  const tools = [...new Set(judgements.map(({ tool }) => tool))];
  const libraries = [...new Set(judgements.map(({ library }) => library))];
  const of = (tool: string) => judgements.filter((each) => each.tool === tool);
  const totals = tools.map((tool) => [tool, ...totalsOf(of(tool))]);
  const rows = libraries.map((library) => [
    library,
    ...tools.map((tool) => cell(of(tool).filter((each) => each.library === library))),
  ]);
  return [formatRows(['', ...TOTALS], totals), formatRows(['library', ...tools], rows), LEGEND].join('\n\n');
}

const TOTALS = [
  'leaks found',
  'on their test',
  'reports that name none of them',
  'reports on clean files',
  'leaking files that fail',
  'clean files that fail',
];

const LEGEND = `"2/3": two of three leaks found, by type and line; "+1": a report that tells of none of them; then the exit code of the file that
leaks. "clean": reports on the file that closes all, and its exit code, where they are not 0. "–": the framework does not load it.`;

function totalsOf(judgements: readonly Judgement[]): string[] {
  const [leaking, clean] = [false, true].map((isClean) =>
    judgements.filter((each) => each.isClean === isClean),
  ) as [Judgement[], Judgement[]];
  const leaks = sum(leaking, 'leaks');
  const failing = (files: readonly Judgement[]) =>
    `${files.filter(({ exitCode }) => exitCode !== 0).length} of ${files.length}`;
  return [
    `${sum(leaking, 'found')} of ${leaks}`,
    `${sum(leaking, 'named')} of ${leaks}`,
    String(sum(leaking, 'others')),
    String(sum(clean, 'others')),
    failing(leaking),
    failing(clean),
  ];
}

function cell(judgements: readonly Judgement[]): string {
  const leaking = judgements.filter(({ isClean }) => !isClean).map(ofLeak);
  const clean = judgements.filter(({ isClean }) => isClean).map(ofClean);
  return [...leaking, ...clean].filter((text) => text !== '').join('; ') || '–';
}

const ofLeak = ({ found, leaks, others, exitCode }: Judgement) =>
  `${found}/${leaks}${others > 0 ? ` +${others}` : ''}, exit ${exitCode ?? 'never'}`;

const ofClean = ({ others, exitCode }: Judgement) =>
  others === 0 && exitCode === 0 ? '' : `clean: ${others}, exit ${exitCode ?? 'never'}`;

const sum = (judgements: readonly Judgement[], field: 'leaks' | 'found' | 'named' | 'others') =>
  judgements.reduce((total, each) => total + each[field], 0);
