/** Tens of thousands of tests in one worker: what each of them leaves in memory, with async-leaks and without. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { formatRows } from '../support/expected/markdown.ts';
import { createProject, withoutUs } from '../support/project.ts';
import { run } from '../support/run.ts';
import type { Node, Version } from '../support/install/versions.ts';

const TESTS = 50_000;
/** How often we look at the memory, each time after a full collection. The first look does not count, because the framework warms up until then. */
const LOOKS = 10;

/** Each test has a timer that fires, one that is cleared, and one in ten a server, and passes. */
const content = `
const { appendFileSync } = process.getBuiltinModule('node:fs');
const { createServer } = process.getBuiltinModule('node:net');
process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
const gc = process.getBuiltinModule('node:vm').runInNewContext('gc');

for (let i = 1; i <= ${TESTS}; i++) test('test ' + i, async () => {
  await new Promise((done) => setTimeout(done, 0));
  clearInterval(setInterval(() => {}, 1000));
  if (i % 10 === 0) await new Promise((done) => { const server = createServer().listen(0, () => server.close(done)); });
  if (i % ${TESTS / LOOKS} > 0) return;
  gc();
  appendFileSync(process.env.SOAK_FILE, process.memoryUsage().heapUsed + ' ');
});
`;

/** What one run came to: bytes of the heap in use, look by look. */
export interface Soak {
  readonly framework: string;
  readonly node: number;
  readonly isOn: boolean;
  readonly heap: readonly number[];
}

/** Runs the tests once. Throws where they do not pass. */
async function soakOnce(version: Version, node: Node, isOn: boolean, packed: string): Promise<Soak> {
  const own = version.framework === 'jest' ? { transform: {} } : {};
  const config = { testTimeout: 60_000, ...own, ...(isOn ? {} : withoutUs[version.framework]) };
  const project = createProject({ version, packed, files: { 'a.js': content }, config });
  try {
    const file = join(project.folder, 'heap.txt');
    const result = await run(project, { node, env: { SOAK_FILE: file }, timeoutMs: 1_800_000 });
    if (result.exitCode !== 0) throw new Error(`${version.name}: ${result.stdout}${result.stderr}`);
    const heap = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    return { framework: version.name, node: node.major, isOn, heap };
  } finally {
    project.remove();
  }
}

/** Runs the tests in each framework on each Node, without async-leaks and with. */
export async function soak(
  frameworks: readonly Version[],
  nodes: readonly Node[],
  packed: string,
  say: (text: string) => void,
): Promise<Soak[]> {
  const found: Soak[] = [];
  for (const version of frameworks)
    for (const node of nodes.filter(({ major }) => version.nodes.includes(major)))
      for (const isOn of [false, true]) {
        say(`${version.name}, Node ${node.major}, ${isOn ? 'with' : 'without'} async-leaks`);
        found.push(await soakOnce(version, node, isOn, packed));
      }
  return found;
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** @returns the runs as a table. */
export function formatSoak(found: readonly Soak[]): string {
  const rows = found.map(({ framework, node, isOn, heap }) => {
    const [first, last] = [heap[0]!, heap.at(-1)!];
    const each = (last - first) / (TESTS - TESTS / LOOKS);
    return [
      framework,
      String(node),
      isOn ? 'async-leaks' : 'without',
      mebibytes(first),
      mebibytes(last),
      `${each.toFixed(0)} bytes`,
    ];
  });
  const head = [
    'framework',
    'node',
    'variant',
    `after ${TESTS / LOOKS} tests`,
    `after ${TESTS}`,
    'each test',
  ];
  return formatRows(head, rows);
}
