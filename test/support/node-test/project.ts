/** Projects for node:test, which has no configuration of its own: what to preload, and which files to run, is in a file of ours. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { transformSync } from '@swc/core';
import { root, type Node } from '../install/versions.ts';

const SETTINGS = '.node-test.json';
const GLOBALS = join(root, 'test/support/node-test/globals.mjs');
const RESULTS = join(root, 'test/support/node-test/results.mjs');

interface Settings {
  /** Modules to preload, in this order. */
  readonly imports: readonly string[];
  /** Further flags of Node's. */
  readonly flags: readonly string[];
  /** Test files, and the TypeScript among all files. */
  readonly tests: readonly string[];
  readonly scripts: readonly string[];
}

/**
 * The files of a project.
 * @param config `asyncLeaks` is for the options; `imports` and `flags` replace what is preloaded, and add flags.
 */
export function nodeTestFiles(
  tests: readonly string[],
  files: readonly string[],
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const { asyncLeaks, imports = ['async-leaks/node-test'], flags = [] } = config;
  const scripts = files.filter((name) => /(?<!\.d)\.ts$/.test(name));
  return {
    'package.json': '{ "private": true, "type": "module" }',
    [SETTINGS]: JSON.stringify({ imports, flags, tests, scripts }),
    ...(asyncLeaks !== undefined && { 'async-leaks.config.json': JSON.stringify(asyncLeaks) }),
  };
}

/** The arguments of Node that run a project. `args` may be flags of node:test, and files to run instead of all. */
export function nodeTestCommand(folder: string, { major }: Node, args: readonly string[]): string[] {
  const settings = JSON.parse(readFileSync(join(folder, SETTINGS), 'utf8')) as Settings;
  const { imports, flags, scripts } = settings;
  // Later Nodes take the types off by themselves.
  const isConverted = major < 22;
  if (isConverted) for (const name of scripts) convert(join(folder, name));
  const ownImports = imports.map((name, i) =>
    isConverted && name.endsWith('.ts') ? convert(name, join(folder, `.import${i}.mjs`)) : name,
  );
  const isFlag = (arg: string): boolean => arg.startsWith('-');
  const chosen = args.filter((arg) => !isFlag(arg));
  const tests = (chosen.length > 0 ? chosen : settings.tests).map((name) =>
    isConverted && name.endsWith('.ts') ? `${name}.mjs` : name,
  );
  return [
    ...(isConverted ? ['--enable-source-maps'] : ['--no-warnings']),
    ...[...ownImports, GLOBALS].flatMap((name) => ['--import', name]),
    '--test-concurrency=2',
    ...flags,
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${RESULTS}`,
    '--test-reporter-destination=stderr',
    ...args.filter(isFlag),
    ...tests,
  ];
}

/** Writes a file of TypeScript as JavaScript, which imports what was converted, too; returns the path of that. */
function convert(path: string, to = `${path}.mjs`): string {
  const { code } = transformSync(readFileSync(path, 'utf8'), {
    filename: path,
    swcrc: false,
    sourceMaps: 'inline',
    sourceFileName: basename(path),
    module: { type: 'es6' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  writeFileSync(
    to,
    code.replaceAll(/((?:from|import|import\() ?['"]\.{1,2}\/[^'"]+\.ts)(?=['"])/g, '$1.mjs'),
  );
  return to;
}
