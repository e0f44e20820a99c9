/** The packed package as a consumer meets it: its types under the strict compiler, its entry points in plain Node. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { environment } from '../support/run.ts';
import { presets, root, vitest4 } from '../support/install/versions.ts';

/** Each entry point, and each form in which it may be called. */
const right = {
  'vitest.config.ts': `
import asyncLeaksByDefault, { asyncLeaks, type AsyncLeaksOptions } from 'async-leaks/vitest/plugin';
import AsyncLeaksReporter from 'async-leaks/vitest/reporter';
import { defineConfig } from 'vitest/config';

const options: AsyncLeaksOptions = {
  mode: 'warn',
  deadline: 'test',
  grace: 10,
  allow: ['Timeout', { type: 'TCPWRAP', from: 'src/pool', count: 1, reason: 'the pool is kept' }],
  includeUnref: true,
  staleAllow: 'fail',
  stackDepth: 8,
  baseline: 'known.json',
  outputFile: 'leaks.json',
  html: 'leaks.html',
  jobSummary: false,
};

export default defineConfig({
  plugins: [asyncLeaks(options), asyncLeaks(), asyncLeaksByDefault({ grace: 10 })],
  test: {
    setupFiles: ['async-leaks/vitest'],
    reporters: ['default', new AsyncLeaksReporter()],
    provide: { asyncLeaks: { mode: 'off' } },
  },
});
`,
  'users.test.ts': `
import 'async-leaks/vitest';
import { allowLingering } from 'async-leaks';
import { beforeAll, describe, inject, test } from 'vitest';

beforeAll(() => allowLingering());
test('one', { meta: { allowLingering: 'TCPWRAP' } }, () => {
  allowLingering('TCPWRAP');
  allowLingering('TCPWRAP', { type: 'Timeout', from: 'src/pool', count: 2, reason: 'the pool is kept' });
  allowLingering({});
});
describe('all', { meta: { allowLingering: true } }, () => {
  test('two', { meta: { allowLingering: ['Timeout', { type: 'TCPWRAP', count: 1 }] } }, ({ task }) => {
    const grace: number | undefined = inject('asyncLeaks')?.grace;
    console.log(grace, task.meta.asyncLeaks);
  });
});
`,
  'jest.ts': `
import { withAsyncLeaks, withLeakDetection, type AsyncLeaksEnvironmentOptions } from 'async-leaks/jest';
import NodeEnvironment, { TestEnvironment } from 'async-leaks/jest/environment';
import JSDOMEnvironment from 'async-leaks/jest/environment-jsdom';
import AsyncLeaksReporter from 'async-leaks/jest/reporter';
import preset from 'async-leaks/jest-preset';
import type { Config } from 'jest';
import { TestEnvironment as DOMBase } from 'jest-environment-jsdom';
import { TestEnvironment as Base } from 'jest-environment-node';

class Own extends Base {
  readonly own = 1;
}
const Watched = withLeakDetection(Own);
export const read = (environment: InstanceType<typeof Watched>): number => environment.own;
export const classes = [NodeEnvironment, TestEnvironment, JSDOMEnvironment, AsyncLeaksReporter];
export const watched = [withLeakDetection(Base), withLeakDetection(DOMBase)];
export class Further extends NodeEnvironment {}

const options: AsyncLeaksEnvironmentOptions = { asyncLeaks: { mode: 'warn' } };
export const config: Config = { preset: 'async-leaks', testEnvironmentOptions: options };
export const wrapped = [withAsyncLeaks(config), withAsyncLeaks(() => config), withAsyncLeaks(withAsyncLeaks(config))];
export const spread: Config = { ...preset, reporters: [...preset.reporters, 'summary'] };
`,
  'environment.ts': `
import 'async-leaks';

const variable: 'off' | 'warn' | 'fail' | 'update' | 'update-ci' | '' | undefined = process.env.ASYNC_LEAKS;
console.log(variable);
`,
  'tracker.ts': `
import { createTracker } from 'async-leaks/tracker';

const tracker = createTracker({
  file: '/a.test.ts',
  stackDepth: 8,
  grace: 10,
  includeUnref: false,
  allow: [],
  roleOf: () => 'library',
});
const scope = tracker.open('test', 'one');
tracker.start(scope);
tracker.run(scope, () => setInterval(() => {}, 1000));
void tracker.judge([scope]).then((verdicts) => {
  for (const { type, place, owner } of [...verdicts.values()].flat()) console.log(type, place?.line, owner.name);
});
`,
};

const required = {
  'required.cts': `
import leaks = require('async-leaks');
import jest = require('async-leaks/jest');
import preset = require('async-leaks/jest-preset');
import schema = require('async-leaks/output.schema.json');
import plugin = require('async-leaks/vitest/plugin');

leaks.allowLingering('TCPWRAP');
export const all = [jest.withLeakDetection, plugin.asyncLeaks({ mode: 'off' }), plugin.default()];
export const version: number = schema.properties.version.const;
export const spread = { ...preset, globalSetup: preset.globalSetup.toString() };
`,
};

/** Each line after the imports is wrong. */
const wrong = `import { allowLingering } from 'async-leaks';
import { withLeakDetection } from 'async-leaks/jest';
import { asyncLeaks } from 'async-leaks/vitest/plugin';
import { describe, test } from 'vitest';
import { defineConfig } from 'vitest/config';
process.env.ASYNC_LEAKS = 'loud';
asyncLeaks({ grase: 10 });
asyncLeaks({ mode: 'loud' });
asyncLeaks({ allow: [{ kind: 'Timeout' }] });
allowLingering(42);
allowLingering({ kind: 'x' });
allowLingering({ count: '1' });
test('one', { meta: { allowLingering: 42 } }, () => {});
test('one', { meta: { allowLingerin: 'TCPWRAP' } }, () => {});
describe('all', { meta: { allowLingering: { kind: 'x' } } }, () => {});
defineConfig({ test: { provide: { asyncLeaks: { grase: 10 } } } });
withLeakDetection({});
`;

interface Modules {
  readonly options: object;
  /** The folder that has the compiler. */
  readonly compiler?: string;
  /** Whether a CommonJS file may import from an ES module. */
  readonly requires?: true;
}

const modules: Readonly<Record<string, Modules>> = {
  nodenext: { options: { module: 'nodenext' }, requires: true },
  bundler: { options: { module: 'esnext', moduleResolution: 'bundler' } },
};

/** What ts-jest and ts-node take for `module: commonjs`; TypeScript 7 has it no more. */
const node10: Modules = {
  options: { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true, skipLibCheck: true },
  compiler: presets,
  requires: true,
};
const strict = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  types: ['node'],
  noUncheckedIndexedAccess: true,
};

const run = promisify(execFile);

/** Both frameworks import it, and TypeScript 7 faults its keys "Infinity" and "NaN". */
const NOT_OURS = /node_modules\/@types\/jsdom\//;

/** Compiles files in a project of the package, and returns the errors as printed, declarations included. */
async function compile(
  files: Record<string, string>,
  type: string,
  { options, compiler = root }: Modules,
): Promise<string[]> {
  const compilerOptions = { ...strict, resolveJsonModule: true, ...options };
  const project = useProject({
    version: vitest4,
    files: {
      ...files,
      'package.json': JSON.stringify({ private: true, type }),
      'tsconfig.json': JSON.stringify({ compilerOptions, files: Object.keys(files) }),
    },
  });
  const tsc = join(compiler, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '--pretty', 'false'], { cwd: project.folder }).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout.split(/\n(?! |$)/).filter((error) => error.trim() !== '' && !NOT_OURS.test(error));
}

describe.each(['module', 'commonjs'])('in a package of type %s', (type) => {
  describe.each(Object.entries(modules))('with the modules of %s', (_name, how) => {
    test('all that is right compiles', async () => {
      const files = { ...right, ...(how.requires && required) };
      expect(await compile(files, type, how)).toEqual([]);
    });

    test('all that is wrong does not', async () => {
      const lines = wrong.trimEnd().split('\n');
      const expected = lines.flatMap((line, i) => (line.startsWith('import') ? [] : [`wrong.ts(${i + 1},`]));
      const errors = await compile({ 'wrong.ts': wrong }, type, how);
      expect(errors).toEqual(expected.map((start) => expect.stringContaining(start)));
    });
  });
});

describe('with the modules of node10', () => {
  test('all that is right compiles', async () => {
    expect(await compile({ ...right, ...required }, 'commonjs', node10)).toEqual([]);
  });

  test('all that is wrong does not', async () => {
    // Vitest's own types take anything there.
    const lines = wrong.split('\n').filter((line) => !line.includes('provide'));
    const expected = lines.filter((line) => line !== '' && !line.startsWith('import'));
    const errors = await compile({ 'wrong.ts': lines.join('\n') }, 'commonjs', node10);
    expect(errors).toHaveLength(expected.length);
  });
});

test('types name only packages that are declared', () => {
  const packed = inject('packed');
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
  const declared = Object.keys({ ...dependencies, ...peerDependencies });
  const files = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.d\.c?ts$/.test(name),
  );
  const named = files.flatMap((name) => {
    const text = readFileSync(join(packed, name), 'utf8');
    return [...text.matchAll(/(?:\bfrom|\bimport\(?|\btypes=)\s*['"]([^.'"][^'"]*)['"]/g)].map(
      ([, from = '']) => from,
    );
  });
  const packages = named
    .filter((from) => !from.startsWith('node:'))
    .map((from) => /^(@[^/]+\/)?[^/]+/.exec(from)?.[0]);
  expect([...new Set(packages)].filter((name) => name === undefined || !declared.includes(name))).toEqual([]);
  expect(packages).toContain('vitest');
});

/** What each entry point has to offer, and of what type that is. */
const offers: Record<string, Record<string, string>> = {
  '.': { allowLingering: 'function' },
  './vitest/plugin': { asyncLeaks: 'function', default: 'function' },
  './vitest/reporter': { default: 'function' },
  './jest-preset': {},
  './jest': { withAsyncLeaks: 'function', withLeakDetection: 'function' },
  './jest/environment': { TestEnvironment: 'function', default: 'function' },
  './jest/environment-jsdom': { TestEnvironment: 'function', default: 'function' },
  './jest/reporter': { default: 'function' },
  './jest/setup': {},
  './tracker': { createTracker: 'function', Tracker: 'function', Scope: 'function' },
};
/** What only a run of its framework can load, and what is no code. */
const others = ['./vitest', './node-test', './mocha', './output.schema.json', './package.json'];

/** Runs a script in a project of the package, and returns what it printed. */
async function node(name: string, script: string): Promise<string> {
  const project = useProject({ version: vitest4, files: { [name]: script } });
  const { stdout } = await run(process.execPath, [name], { cwd: project.folder, env: environment() });
  return stdout;
}

describe('in plain Node', () => {
  const names = Object.keys(offers).map((entry) => entry.replace('.', 'async-leaks'));

  test.each([
    ['import', 'script.mjs', 'await import(name)'],
    ['require', 'script.cjs', 'require(name)'],
  ])('%s loads each entry point', async (_how, file, load) => {
    const script = `(async () => {
      const offers = {};
      for (const name of ${JSON.stringify(names)}) {
        offers[name] = Object.fromEntries(Object.entries(${load}).map(([key, value]) => [key, typeof value]));
      }
      console.log(JSON.stringify(offers));
    })();`;
    const found = JSON.parse(await node(file, script));
    for (const [entry, offer] of Object.entries(offers))
      expect(found[entry.replace('.', 'async-leaks')], entry).toMatchObject(offer);
  });

  test.each([
    ['import', 'script.mjs', `import preset from 'async-leaks/jest-preset';`],
    ['require', 'script.cjs', `const preset = require('async-leaks/jest-preset');`],
  ])('%s gives what a configuration of Jest spreads', async (_how, file, load) => {
    const script = `${load}\nconsole.log(Object.keys({ ...preset }).toSorted().join());\n`;
    expect(await node(file, script)).toBe(
      'globalSetup,globalTeardown,reporters,setupFilesAfterEnv,testEnvironment\n',
    );
  });

  test('there is no other entry point', () => {
    const { exports } = JSON.parse(readFileSync(join(inject('packed'), 'package.json'), 'utf8'));
    expect(Object.keys(exports).toSorted()).toEqual([...Object.keys(offers), ...others].toSorted());
  });

  test.each([
    ['import', 'script.mjs', `import { allowLingering } from 'async-leaks';`],
    ['require', 'script.cjs', `const { allowLingering } = require('async-leaks');`],
  ])('allowLingering() by %s says that it is not switched on', async (_how, file, load) => {
    const script = `${load}\ntry { allowLingering(); } catch (error) { console.log(String(error)); }\n`;
    expect(await node(file, script)).toMatch(
      /^TypeError: allowLingering\(\) works only if async-leaks is on/,
    );
  });

  test('the package is small', async () => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await run('npm', args, { cwd: root });
    const [{ size, entryCount }] = JSON.parse(stdout) as [{ size: number; entryCount: number }];
    expect(size).toBeLessThanOrEqual(220_000);
    expect(entryCount).toBeLessThanOrEqual(170);
  });

  test('the schema can be required', async () => {
    const script = `console.log(require('async-leaks/output.schema.json').properties.version.const);\n`;
    expect(await node('script.cjs', script)).toBe('2\n');
  });

  test('the tracker tells who leaks what, and which line', async () => {
    const script = `import { createTracker } from 'async-leaks/tracker';
const roleOf = () => 'library';
const tracker = createTracker({ file: '/a', stackDepth: 8, grace: 10, includeUnref: false, allow: [], roleOf });
const [clean, leaky] = ['clean', 'leaky'].map((name) => tracker.open('test', name));
tracker.run(clean, () => clearInterval(setInterval(() => {}, 1000)));
tracker.run(leaky, () => setInterval(() => {}, 1000));
const verdicts = await tracker.judge([clean, leaky]);
for (const [scope, leaks] of verdicts) for (const { type, place } of leaks) console.log(scope.name, type, place.line);
tracker.release();
tracker.dispose();
`;
    expect(await node('script.mjs', script)).toBe('leaky Timeout 6\n');
  });
});
