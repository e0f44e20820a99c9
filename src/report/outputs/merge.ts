/** Makes one output of several: of shards, of projects, of several frameworks. */
import type { Output } from '../output.js';
import { lineKey } from '../../tracker/leak.js';
import { allowanceKey } from '../record.js';

/** An output, and what its run is called. */
export interface Named {
  readonly name: string;
  readonly output: Output;
}

/** One output of at least one, in their order. If there are several, their runs get the names. */
export function merge(all: readonly Named[]): Output {
  if (all.length === 1) return all[0]!.output;
  const outputs = all.map(({ output }) => output);
  const runs = all.flatMap(({ name, output }) =>
    output.runs.map((run) => ({ ...run, name: run.name === undefined ? name : `${name}: ${run.name}` })),
  );
  const runsBefore = sumsBefore(outputs.map((output) => output.runs.length));
  const filesBefore = sumsBefore(outputs.map(({ testFiles }) => testFiles.length));
  const used = byKey(outputs, 'usedAllowances');
  const stale = byKey(outputs, 'staleAllowances');
  for (const key of used.keys()) stale.delete(key);
  const sources = new Map(
    outputs.flatMap((output) => output.sources).map((each) => [lineKey({ ...each, column: 1 }), each]),
  );
  return {
    version: 2,
    root: commonFolder(outputs.map(({ root }) => root)),
    files: sum(outputs.map(({ files }) => files)),
    abandoned: sum(outputs.map(({ abandoned }) => abandoned)),
    leaks: outputs.flatMap(({ leaks }, i) =>
      leaks.map((leak) => ({ ...leak, file: leak.file + filesBefore[i]! })),
    ),
    staleAllowances: [...stale.values()],
    usedAllowances: [...used.values()],
    runs,
    testFiles: outputs.flatMap(({ testFiles }, i) =>
      testFiles.map((file) => ({ ...file, run: file.run + runsBefore[i]! })),
    ),
    sources: [...sources.values()],
  };
}

const byKey = (outputs: readonly Output[], list: 'usedAllowances' | 'staleAllowances') =>
  new Map(outputs.flatMap((output) => output[list]).map((each) => [allowanceKey(each), each]));

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** For each number the sum of those before it. */
function sumsBefore(numbers: readonly number[]): number[] {
  let before = 0;
  return numbers.map((each) => (before += each) - each);
}

/** The innermost folder that all are in: of shards their root, of several packages that of the repository. */
function commonFolder(folders: readonly string[]): string {
  const all = folders.map((folder) => folder.split(/[\\/]/));
  const [first = []] = all;
  const other = first.findIndex((part, i) => all.some((parts) => parts[i] !== part));
  const separator = folders[0]?.startsWith('/') === false ? '\\' : '/';
  return first.slice(0, other < 0 ? undefined : other).join(separator) || '/';
}
