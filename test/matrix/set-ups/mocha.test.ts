/** Mocha beside what compiles its tests and what measures their coverage, and in each file that it reads its configuration from. */
import { expect, test } from 'vitest';
import { useProject } from '../../support/e2e.ts';
import { leaksIn, told } from '../../support/expected/output.ts';
import { failures, output, run } from '../../support/run.ts';
import { mocha12, mochaSetUps, nodeOf, type Node } from '../../support/install/versions.ts';

/** Whatever compiles these takes lines out: a line is right only if a source map was followed, or what was taken out left its place. */
const unseen = `interface Unseen {\n  readonly line: true;\n}\n\n`;
const sources = (ending: string) => ({
  'pool.ts': `${unseen}export function open(): NodeJS.Timeout {\n  return setInterval(() => {}, 1000);\n}\n`,
  'a.test.ts': `import { allowLingering } from 'async-leaks';
import { open } from './pool${ending}';

${unseen}it('leaks', async () => {
  await null;
  const timer: NodeJS.Timeout = open();
  void timer;
});
it('allows', () => {
  allowLingering('Timeout');
  open();
});
it('passes', () => {});\n`,
  // Of its hooks one leaks, and of its fixtures none.
  'plugin.ts': `${unseen}let open: NodeJS.Timeout[] = [];
export const mochaHooks = {
  beforeAll(): void {
    open.push(setInterval(() => {}, 1000));
    setInterval(() => {}, 2000);
  },
  afterAll(): void {
    open.forEach(clearInterval);
  },
};
export const mochaGlobalSetup = (): unknown => open.push(setInterval(() => {}, 3000));
export const mochaGlobalTeardown = (): void => open.forEach(clearInterval);\n`,
});

const ours = './async-leaks.cjs';
const commonjs = {
  ...sources(''),
  'package.json': JSON.stringify({ private: true }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'commonjs', sourceMap: true, types: [] },
  }),
};
const modules = {
  ...sources('.ts'),
  'package.json': JSON.stringify({ private: true, type: 'module' }),
};

interface SetUp {
  readonly files: Readonly<Record<string, string>>;
  /** Of Mocha, in .mocharc.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly nodes?: readonly number[];
  /** What runs Mocha. */
  readonly runner?: readonly string[];
  readonly args?: readonly string[];
  /** A line of the coverage. */
  readonly covered?: RegExp;
}

const plugin = './plugin.ts';
const tsNode = 'ts-node/register/transpile-only';
const nyc = ['node_modules/nyc/bin/nyc.js', '--reporter=text'];
const c8 = ['node_modules/c8/bin/c8.js', '--reporter=text'];

const setUps: Readonly<Record<string, SetUp>> = {
  'ts-node, required after us': { files: commonjs, config: { require: [ours, tsNode, plugin] } },
  'ts-node, required before us': { files: commonjs, config: { require: [tsNode, ours, plugin] } },
  'ts-node, in workers': {
    files: commonjs,
    config: { require: [ours, tsNode, plugin], parallel: true, jobs: 2 },
  },
  'tsx, required': { files: commonjs, config: { require: [ours, 'tsx', plugin] } },
  'tsx, --import': {
    files: commonjs,
    config: { require: [ours, plugin], parallel: true, jobs: 2 },
    args: ['--import=tsx'],
  },
  'tsx, node-option, ES modules': {
    files: modules,
    config: { require: [ours, plugin], 'node-option': ['import=tsx'] },
  },
  'tsx, node-option, ES modules, in workers': {
    files: modules,
    config: { require: [ours, plugin], 'node-option': ['import=tsx'], parallel: true, jobs: 2 },
  },
  'Node by itself': { files: modules, config: { require: [ours, plugin] }, nodes: [24] },
  'us as a node-option': {
    files: modules,
    config: { require: [plugin], 'node-option': ['import=async-leaks/mocha'] },
    nodes: [24],
  },
  'nyc, tsx': {
    files: commonjs,
    config: { require: [ours, 'tsx', plugin] },
    runner: nyc,
    covered: /^ *pool\.ts +\| +100 /m,
  },
  'nyc, in workers': {
    files: commonjs,
    config: { require: [ours, 'tsx', plugin], parallel: true, jobs: 2 },
    runner: nyc,
    covered: /^ *pool\.ts +\| +100 /m,
  },
  'c8, ts-node': {
    files: commonjs,
    config: { require: [ours, tsNode, plugin] },
    runner: c8,
    covered: /^ *pool\.ts +\| +100 /m,
  },
  'c8, in workers': {
    files: modules,
    config: { require: [ours, plugin], 'node-option': ['import=tsx'], parallel: true, jobs: 2 },
    runner: c8,
    covered: /^ *pool\.ts +\| +100 /m,
  },
};

const rows = Object.entries(setUps).flatMap(([name, setUp]) =>
  (setUp.nodes ?? [20, 24]).map((major) => [name, major, setUp] as const),
);

test.each(rows)('%s, Node %i', async (_name, major, { files, config, runner, args = [], covered }) => {
  const project = useProject({
    version: mocha12,
    libraries: mochaSetUps,
    files: {
      ...files,
      '.mocharc.json': JSON.stringify({ ...config, spec: ['a.test.ts'] }),
      'async-leaks.config.json': JSON.stringify({ outputFile: 'leaks.json' }),
    },
  });
  const node: Node = nodeOf(major);
  const flags = runner === undefined ? [] : [...runner, node.path];
  const result = await run(project, { node, flags, args });
  expect(failures(result), output(result)).toEqual(['leaks']);
  expect(told(leaksIn(project)).toSorted()).toEqual([
    'a.test.ts: allowed Timeout of test allows',
    'a.test.ts: failed Timeout of file a.test.ts before',
    'a.test.ts: failed Timeout of test leaks',
  ]);
  expect(result.stdout).toMatch(
    /^ +interval, every 1000 ms +pool\.ts:6:10 +open\n +└ called here +a\.test\.ts:10:\d+$/m,
  );
  expect(result.stdout).toMatch(/^ +interval, every 2000 ms +plugin\.ts:9:5 /m);
  expect(result).toMatchObject({ exitCode: 2, timedOut: false });
  if (covered !== undefined) expect(result.stdout).toMatch(covered);
});

const spec = ['a.test.cjs'];
const settings = JSON.stringify({ require: [ours], spec });

test.each<[name: string, content: string]>([
  ['.mocharc.json', `// With a comment.\n${settings}`],
  ['.mocharc.jsonc', `/* With a comment. */ ${settings}`],
  ['.mocharc.js', `module.exports = ${settings};`],
  ['.mocharc.cjs', `module.exports = ${settings};`],
  ['.mocharc.mjs', `export default ${settings};`],
  ['.mocharc.yml', `require: ${ours}\nspec: a.test.cjs\n`],
  ['.mocharc.yaml', `require:\n  - ${ours}\nspec: [a.test.cjs]\n`],
  ['package.json', JSON.stringify({ private: true, mocha: { require: ours, spec } })],
])('configured in %s', async (name, content) => {
  const leaking = `it('leaks', () => { setInterval(() => {}, 1000); });\n`;
  const files = { '.mocharc.json': '{}', 'a.test.cjs': leaking, [name]: content };
  const result = await run(useProject({ version: mocha12, libraries: mochaSetUps, files }));
  expect(failures(result), output(result)).toEqual(['leaks']);
  expect(result).toMatchObject({ exitCode: 1, timedOut: false });
});
