/** Small projects in scratch folders, with the packed package and the real frameworks in their node_modules. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isTestFile } from './expected/expectations.ts';
import { root, type Version } from './install/versions.ts';
import { nodeTestFiles } from './node-test/project.ts';

/** A project to run. */
export interface Project {
  readonly version: Version;
  readonly folder: string;
  /** Deletes it, unless KEEP=1. */
  remove(): void;
}

/** What a project is made of. */
export interface ProjectOptions {
  readonly version: Version;
  /** The folder of the unpacked package. */
  readonly packed: string;
  /** Name and content. Whatever calls `test` or `it` is run; `vitest.config.mjs` or `jest.config.cjs` replaces ours. */
  readonly files: Readonly<Record<string, string>>;
  /** Added to the configuration: to `test` in Vitest, to the top level in Jest and Mocha; of node:test see `nodeTestFiles`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** A folder with a package.json and node_modules: what it depends on comes first. */
  readonly libraries?: string;
  /** Where to create it, as a package of a repository; a scratch folder of its own if missing. */
  readonly folder?: string;
}

/** @returns the path of a new folder. */
export const scratchFolder = (name: string): string =>
  mkdtempSync(join(realpathSync(tmpdir()), `async-leaks-${name}-`));

/**
 * Creates a project.
 * @returns its folder, and what deletes it.
 */
export function createProject(options: ProjectOptions): Project {
  const { version, packed, files, libraries } = options;
  const { folder = scratchFolder(version.framework) } = options;
  const tests = Object.keys(files).filter((name) => isTestFile(name, files[name] ?? ''));
  const config = { ...version.config, ...options.config };
  const all = { ...configure[version.framework](tests, config, Object.keys(files)), ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  link(folder, [...(libraries === undefined ? [] : [libraries]), version.folder, root]);
  cpSync(packed, join(folder, 'node_modules/async-leaks'), { recursive: true });
  const keep = process.env['KEEP'] === '1';
  if (keep) console.log(`${version.name}: ${folder}`);
  return { version, folder, remove: () => keep || rmSync(folder, { recursive: true, force: true }) };
}

/** The configuration of a project that has the package, and does not use it. */
export const withoutUs: Record<Version['framework'], Readonly<Record<string, unknown>>> = {
  vitest: { setupFiles: [] },
  jest: { preset: undefined },
  mocha: { require: ['./globals.cjs'] },
  'node-test': { imports: [] },
};

/** The configuration that gives options to async-leaks. */
export const withOptions = ({ framework }: Version, asyncLeaks: unknown): Readonly<Record<string, unknown>> =>
  placesOfOptions[framework](asyncLeaks);

/** The same, so that there is one end of the run: node:test preloaded by `--import` has neither `outputFile` nor `html`. */
export const withOneEnd = (version: Version, asyncLeaks: unknown): Readonly<Record<string, unknown>> => ({
  ...withOptions(version, asyncLeaks),
  ...(version.framework === 'node-test' && { imports: [], flags: ['--require', 'async-leaks/node-test'] }),
});

const placesOfOptions: Record<Version['framework'], (asyncLeaks: unknown) => Record<string, unknown>> = {
  vitest: (asyncLeaks) => ({ provide: { asyncLeaks } }),
  jest: (asyncLeaks) => ({ testEnvironmentOptions: { asyncLeaks } }),
  mocha: (asyncLeaks) => ({ asyncLeaks }),
  'node-test': (asyncLeaks) => ({ asyncLeaks }),
};

/**
 * The text of a `vitest.config.mjs` with the plugin.
 * @param settings of `test`, as source text; `options` of the plugin, too.
 */
export const withPlugin = (settings = '', options = ''): string =>
  `import asyncLeaks from 'async-leaks/vitest/plugin';
export default { plugins: [asyncLeaks(${options})], test: { globals: true, ${settings} } };\n`;

type Configure = (
  tests: readonly string[],
  config: Readonly<Record<string, unknown>>,
  files: readonly string[],
) => Record<string, string>;

const configure: Record<Version['framework'], Configure> = {
  vitest: (tests, config) => {
    const test = {
      globals: true,
      include: tests,
      setupFiles: ['async-leaks/vitest'],
      maxWorkers: 2,
      ...config,
    };
    return {
      'package.json': '{ "private": true, "type": "module" }',
      'vitest.config.mjs': `export default ${JSON.stringify({ test }, null, 2)};\n`,
    };
  },
  jest: (tests, config) => {
    const transform = { '\\.[cm]?tsx?$': ['@swc/jest', swc] };
    const own = { preset: 'async-leaks', testMatch: tests.map((name) => `<rootDir>/${name}`), transform };
    const rest = { maxWorkers: 2, cacheDirectory: '<rootDir>/.cache' };
    return {
      'package.json': '{ "private": true }',
      'jest.config.cjs': `module.exports = ${JSON.stringify({ ...own, ...rest, ...config }, null, 2)};\n`,
    };
  },
  mocha: (tests, { asyncLeaks, globalSetup, globalTeardown, ...config }) => {
    const required = ['./async-leaks.cjs', './globals.cjs', './global-fixtures.mjs'];
    const own = { require: required, spec: tests, parallel: true, jobs: 2 };
    const exported = Object.entries({ mochaGlobalSetup: globalSetup, mochaGlobalTeardown: globalTeardown });
    return {
      'package.json': JSON.stringify({ private: true, ...(asyncLeaks !== undefined && { asyncLeaks }) }),
      '.mocharc.json': JSON.stringify({ ...own, timeout: 5000, ...config }, null, 2),
      '.tests.json': JSON.stringify(tests),
      // Mocha is a link here, and looks for packages where it really is.
      'async-leaks.cjs': "require('async-leaks/mocha');\n",
      'globals.cjs': [
        `const { retryTimes } = require(${JSON.stringify(join(globals, 'mocha.cjs'))});`,
        "globalThis.jest = { ...require('@sinonjs/fake-timers'), retryTimes };\n",
      ].join('\n'),
      'global-fixtures.mjs': exported
        .flatMap(([name, path]) =>
          path === undefined ? [] : `export { default as ${name} } from ${JSON.stringify(path)};\n`,
        )
        .join(''),
      'node_modules/@sinonjs/fake-timers/index.js': fakes,
    };
  },
  'node-test': (tests, config, files) => nodeTestFiles(tests, files, config),
};

const globals = join(root, 'test/support/globals');

/** A copy, because its place says what it is. */
const fakes = [
  readFileSync(join(globals, 'fakes.cjs'), 'utf8'),
  `module.exports = exports.create(require(${JSON.stringify(join(root, 'node_modules/@sinonjs/fake-timers'))}));\n`,
].join('\n');

const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
};

/** Links what the packages in these folders depend on, each dependency from the first that has it. */
function link(folder: string, places: readonly string[]): void {
  const names = places.flatMap((place) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    return Object.keys({ ...dependencies, ...devDependencies });
  });
  for (const name of new Set(names)) {
    const installed = places
      .map((place) => join(place, 'node_modules', name))
      .find((path) => existsSync(path));
    if (installed === undefined) throw new Error(`${name} is installed in none of ${places.join(', ')}`);
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(installed, target, 'junction');
  }
}
