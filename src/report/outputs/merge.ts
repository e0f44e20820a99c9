/** Makes one output of several: of shards, of projects, of several frameworks. */
import type { Output } from './output.js';
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
  const used = byKey(outputs, 'usedAllowances');
  const stale = byKey(outputs, 'staleAllowances');
  for (const key of used.keys()) stale.delete(key);
  const sources = new Map(
    outputs.flatMap((output) => output.sources).map((each) => [lineKey({ ...each, column: 1 }), each]),
  );
  // In the order of their paths, as in one run of all.
  const files = outputs
    .flatMap(({ testFiles }, i) =>
      testFiles.map((file, index) => ({ of: i, index, file: { ...file, run: file.run + runsBefore[i]! } })),
    )
    .toSorted(({ file: { file: a } }, { file: { file: b } }) => (a < b ? -1 : a > b ? 1 : 0));
  const places = new Map(files.map(({ of, index }, place) => [`${of} ${index}`, place]));
  return {
    version: 2,
    root: commonFolder(outputs.map(({ root }) => root)),
    files: sum(outputs.map((output) => output.files)),
    abandoned: sum(outputs.map(({ abandoned }) => abandoned)),
    leaks: outputs
      .flatMap(({ leaks }, i) => leaks.map((leak) => ({ ...leak, file: places.get(`${i} ${leak.file}`)! })))
      .toSorted((a, b) => a.file - b.file),
    staleAllowances: [...stale.values()],
    usedAllowances: [...used.values()],
    runs,
    testFiles: files.map(({ file }) => file),
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
