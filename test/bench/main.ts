/** The command line behind `npm run bench`. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { pack } from '../support/install/pack.ts';
import install, { byName, nodeOf, root, thisNode } from '../support/install/versions.ts';
import { compare, type Comparison } from './compare.ts';
import { compareInstructions, formatInstructions } from './instructions.ts';
import { formatMicro, measureAll } from './micro.ts';
import { formatSoak, soak } from './soak.ts';
import { formatTable } from './table.ts';
import { workloads } from './workloads.ts';

const USAGE = `npm run bench -- [options]
  --workload NAME    ${Object.keys(workloads).join(', ')}; all if not given; may be repeated
  --framework NAME   ${Object.keys(byName).join(', ')}; vitest and jest if not given; may be repeated
  --node MAJOR       20, 22, 24, 26; the Node that runs this if not given; may be repeated
  --pairs N          runs with and without, in turn, after a warm-up; 5
  --flags            the frameworks' own flags too, in every round: slow
  --floor            in every round also what hooks cost that do nothing
  --json FILE        keeps all figures
  --check            exits with 1 where a ratio is over its bound by more than the noise
  --soak             instead: what each of 50,000 tests in one file leaves in memory
  --micro            instead: the engine alone, what it adds to an await, a timer, a socket, and how that grows
  --instructions     instead: the instructions that each event takes, counted by valgrind, which has to be installed
  --against DIST     with --instructions: the folder of another build, to compare with`;

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workload: { type: 'string', multiple: true, default: Object.keys(workloads) },
      framework: { type: 'string', multiple: true, default: ['vitest', 'jest'] },
      node: { type: 'string', multiple: true, default: [] },
      pairs: { type: 'string', default: '5' },
      flags: { type: 'boolean', default: false },
      floor: { type: 'boolean', default: false },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      micro: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      instructions: { type: 'boolean', default: false },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const chosen = values.workload.flatMap((name) =>
    workloads[name] ? [[name, workloads[name]] as const] : [],
  );
  const frameworks = values.framework.flatMap((name) => byName[name] ?? []);
  const pairs = Number(values.pairs);
  const isWrong =
    chosen.length < values.workload.length || frameworks.length < values.framework.length || !(pairs >= 1);
  if (values.help || isWrong) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const nodes = values.node.length === 0 ? [thisNode] : values.node.map((major) => nodeOf(Number(major)));
  if (values.node.length > 0 || frameworks.some(({ folder }) => folder !== root)) install();

  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform} ${process.arch}`;
  if (values.micro) {
    const rows = await measureAll(nodes, pairs, console.error);
    console.log(`${formatMicro(rows)}\n\nMedians of ${pairs} processes each, in turn. ${machine}.`);
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
    return 0;
  }
  if (values.instructions) {
    const rows = await compareInstructions({
      nodes,
      rounds: pairs,
      against: values.against,
      say: console.error,
    });
    console.log(formatInstructions(rows));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
    return 0;
  }

  const packed = await pack();
  const found: Comparison[] = [];
  try {
    if (values.soak) {
      const rows = await soak(frameworks, nodes, packed.folder, console.error);
      console.log(formatSoak(rows));
      if (values.json !== undefined)
        writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
      return 0;
    }
    for (const [name, workload] of chosen)
      for (const version of frameworks)
        for (const node of nodes.filter(({ major }) => version.nodes.includes(major))) {
          const say = (text: string) =>
            console.error(`${name}, ${version.name}, Node ${node.major}: ${text}`);
          const { flags, floor } = values;
          const options = { name, workload, version, node, pairs, packed: packed.folder, flags, floor, say };
          found.push(await compare(options));
        }
  } finally {
    await packed.remove();
  }
  console.log(formatTable(found, machine));
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, comparisons: found }, null, 2)}\n`);
  return values.check && found.some(({ isOver }) => isOver) ? 1 : 0;
}
