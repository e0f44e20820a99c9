/** Benchmarks and type tests: nothing is followed while they run, and one sentence says so. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { type Project, withPlugin } from '../../support/project.ts';
import { environment } from '../../support/run.ts';
import { nodeOf, vitest4, vitest5 } from '../../support/install/versions.ts';

// What the setup file keeps where it follows something.
const state = `globalThis[Symbol.for('async-leaks/vitest')] === undefined ? 'nothing' : 'the tests'`;
const say = (where: string) => `console.log('${where} is in a worker that follows', ${state});`;
const once = 'time: 0, iterations: 1, warmupTime: 0, warmupIterations: 0, warmup: false';

const body = `async () => { allowLingering(); await new Promise((resolve) => setTimeout(resolve, 1)); }`;
const files = {
  'a.test.ts': `${say('a test')} test('closes', () => {});\n`,
  'tsconfig.json': `{ "compilerOptions": { "noEmit": true, "skipLibCheck": true, "module": "nodenext" }, "include": ["c.test-d.ts"] }`,
  'c.test-d.ts': `import { test } from 'vitest';\ntest('types', () => {});\n`,
};
const benchOf4 = `import { bench } from 'vitest'; import { allowLingering } from 'async-leaks';
${say('a benchmark')} bench('waits', ${body}, { ${once} });\n`;
const benchOf5 = `import { allowLingering } from 'async-leaks';
${say('a benchmark')} test('waits', async ({ bench }) => { await bench('waits', { ${once} }, ${body}).run(); });\n`;

const sentences = {
  benchmarks: 'benchmarks are not followed, because that would slow them down.\n',
  types: 'type tests are not followed, because they run nothing.\n',
};
const followed = (text: string) =>
  [...text.matchAll(/(a \w+) is in a worker that follows (.*)/g)]
    .map(([, who, what]) => `${who}: ${what}`)
    .toSorted();

test.each([
  ['Vitest 4.1', vitest4, 20, benchOf4, '', ['bench', '--run'], ['a benchmark: nothing'], 'benchmarks'],
  ['Vitest 5.1', vitest5, 24, benchOf5, '', ['bench', '--run'], ['a benchmark: nothing'], 'benchmarks'],
  [
    'Vitest 5.1, beside tests',
    vitest5,
    24,
    benchOf5,
    'benchmark: { enabled: true }',
    // A mode of Vite's, which is none of Vitest's.
    ['run', '--mode=benchmark'],
    ['a benchmark: nothing', 'a test: the tests'],
    'benchmarks',
  ],
  ['Vitest 4.1', vitest4, 20, benchOf4, '', ['run', '--typecheck.only'], [], 'types'],
  ['Vitest 5.1', vitest5, 24, benchOf5, '', ['run', '--typecheck.only'], [], 'types'],
] as const)('%s %#', (_name, version, major, bench, settings, args, follows, sentence) => {
  const config = withPlugin(`include: ['*.test.ts'], ${settings}`, `{ outputFile: 'leaks.json' }`);
  const project = useProject({
    version,
    files: { ...files, 'b.bench.ts': bench, 'vitest.config.mjs': config },
  });
  const { status, output } = start(project, major, args);
  expect(followed(output), output).toEqual(follows);
  expect(output.split('async-leaks: ').slice(1), output).toEqual([sentences[sentence]]);
  expect(status, output).toBe(0);
  expect(existsSync(join(project.folder, 'leaks.json'))).toBe(args[0] === 'run' && sentence === 'benchmarks');
});

function start({ folder }: Project, major: number, args: readonly string[]) {
  const command = ['node_modules/vitest/vitest.mjs', ...args];
  const options = { cwd: folder, env: environment(), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(nodeOf(major).path, command, options);
  return { status, output: stdout + stderr };
}
