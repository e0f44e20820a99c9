/** Spawns the real command line of a framework in a project, and reads the results. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './project.ts';
import { type Node, root, thisNode, type Version } from './install/versions.ts';
import { nodeTestCommand } from './node-test/project.ts';

const TIMEOUT = 120_000;

/** The result of one test, as the framework reported it in the end. */
export interface TestResult {
  /** Relative to the project. */
  readonly file: string;
  /** Titles from the outermost describe on, joined by " > ". */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'todo';
  /** Message and stack of each. */
  readonly errors: readonly string[];
}

/** What failed in a file, or in a describe of it, rather than in a test. The empty file name is that of the run. */
export interface FileResult {
  readonly file: string;
  readonly errors: readonly string[];
}

/** What came of a run. */
export interface Run {
  readonly exitCode: number | null;
  /** What killed the framework's main process, if anything did. */
  readonly signal: NodeJS.Signals | null;
  /** It had to be killed. */
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly tests: readonly TestResult[];
  readonly files: readonly FileResult[];
}

/** How to run a project. */
export interface RunOptions {
  /** Defaults to the Node that runs this. */
  readonly node?: Node;
  /** Flags of Node's own, before the framework. */
  readonly flags?: readonly string[];
  /** Further arguments on the command line of the framework; `--reporter=…` replaces the default one. */
  readonly args?: readonly string[];
  /** No reporter on the command line, where it would replace those of the project; then no results are read. */
  readonly ownReporters?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runners read some hundred variables (std-env, ci-info) to choose reporter, colours and watch mode. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

const runVitest = ['node_modules/vitest/vitest.mjs', 'run'];
const runJest = 'node_modules/jest/bin/jest.js';
const runMocha = 'node_modules/mocha/bin/mocha.js';

const readerOf = (name: string): string => join(root, 'test/support/results', name);

/** @returns the environment that a framework is run in. */
export function environment(own: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...pick(process.env, inherited), NO_COLOR: '1', ...own };
}

type Command = (args: readonly string[], folder: string, node: Node) => string[];

const commands: Record<Version['framework'], Command> = {
  vitest: (args) => [
    ...runVitest,
    ...(args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']),
    `--reporter=${readerOf('vitest.mjs')}`,
    ...args,
  ],
  jest: (args) => [runJest, `--testResultsProcessor=${readerOf('jest.cjs')}`, ...args],
  mocha: (args) => [
    runMocha,
    ...(args.some((arg) => arg.startsWith('--reporter=')) ? [] : [`--reporter=${readerOf('mocha.cjs')}`]),
    ...args,
  ],
  'node-test': (args, folder, node) => nodeTestCommand(folder, node, args),
};

/** The commands without a reporter of ours. */
const plain: Record<Version['framework'], readonly string[]> = {
  vitest: runVitest,
  jest: [runJest],
  mocha: [runMocha],
  'node-test': ['--import', 'async-leaks/node-test', '--test'],
};

/**
 * Runs the tests of a project.
 * @returns the results, and all that was printed. Never throws on what the framework does.
 */
export async function run(project: Project, options: RunOptions = {}): Promise<Run> {
  const {
    node = thisNode,
    flags = [],
    args = [],
    env = {},
    timeoutMs = TIMEOUT,
    ownReporters = false,
  } = options;
  const { framework } = project.version;
  const command = ownReporters
    ? [...plain[framework], ...args]
    : commands[framework](args, project.folder, node);
  const file = join(project.folder, '.results.json');
  rmSync(file, { force: true });
  const start = performance.now();
  const child = spawn(node.path, [...flags, ...command], {
    cwd: project.folder,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that children which a test left behind end with it.
    detached: true,
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = await new Promise<Pick<Run, 'exitCode' | 'signal' | 'timedOut' | 'durationMs'>>(
    (resolve, reject) => {
      let timedOut = false;
      const kill = () => child.pid !== undefined && killGroup(child.pid);
      const timer = setTimeout(() => {
        timedOut = true;
        kill();
      }, timeoutMs);
      child.once('error', reject);
      // Not 'close': a child that a test left holds the pipes open.
      child.once('exit', (exitCode, signal) => {
        clearTimeout(timer);
        kill();
        const durationMs = performance.now() - start;
        child.once('close', () => resolve({ exitCode, signal, timedOut, durationMs }));
      });
    },
  );
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { tests: [], files: [] };
  return { ...ended, stdout: stdout(), stderr: stderr(), ...results };
}

/** @returns what reads all that the stream has given. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

/** Kills a process and its children, where it is detached. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** The titles of failed tests. */
export const failures = ({ tests }: Run) =>
  tests.filter(({ state }) => state === 'failed').map(({ name }) => name);

/** Everything that a run printed. */
export const output = ({ stdout, stderr }: Run) => stdout + stderr;
