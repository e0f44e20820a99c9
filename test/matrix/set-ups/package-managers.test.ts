/** What package managers make of a workspace: each installs the package, a linked one beside it, and both frameworks find the leak there. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { environment } from '../../support/run.ts';
import { jest30, managers, nodeOf, vitest4 } from '../../support/install/versions.ts';

interface Manager {
  readonly install: readonly string[];
  /** What runs a command of a package. */
  readonly exec: readonly string[];
  /** Only the root of the workspace depends on the package and on the frameworks. */
  readonly isAtRoot?: boolean;
  readonly files?: Readonly<Record<string, string>>;
  /** Where the summary says that the documentation is. */
  readonly docs?: string;
}

const own = 'node_modules/async-leaks/docs/allowances.md';
const yarn = { install: ['yarn', 'install'], exec: ['yarn'] };
const bun: Manager = {
  install: ['bun', 'install'],
  exec: ['bun', 'run'],
  isAtRoot: true,
  docs: `../../${own}`,
} as const;

const all: Readonly<Record<string, Manager>> = {
  npm: {
    install: ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'],
    exec: ['npm', 'exec', '--'],
    isAtRoot: true,
    docs: `../../${own}`,
  },
  pnpm: {
    install: ['pnpm', 'install', '--ignore-scripts', '--no-frozen-lockfile'],
    exec: ['pnpm', 'exec'],
    files: { 'pnpm-workspace.yaml': 'packages: [packages/*]\n' },
    docs: own,
  },
  'Yarn, node_modules': {
    ...yarn,
    files: { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    docs: `../../${own}`,
  },
  "Yarn, Plug'n'Play": { ...yarn, files: { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: pnp\n' } },
  Bun: bun,
};

const pool = {
  'packages/pool/package.json': '{ "name": "pool", "version": "1.0.0" }',
  'packages/pool/index.js': `'use strict';\nexports.open = () => setInterval(() => {}, 1000);\n`,
};
const api = {
  'packages/api/api.test.js': `
    const { allowLingering } = require('async-leaks');
    const { open } = require('pool');
    test('leaks', () => { open(); });
    test('is allowed', () => { allowLingering('Timeout'); open(); });\n`,
  'packages/api/jest.config.cjs': `module.exports = { preset: 'async-leaks', transform: {} };\n`,
  'packages/api/vitest.config.mjs': `
    import asyncLeaks from 'async-leaks/vitest/plugin';
    export default { plugins: [asyncLeaks()], test: { globals: true, include: ['*.test.js'] } };\n`,
};

const installed = (folder: string, name: string): string =>
  (
    JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string;
    }
  ).version;
const tarball = (): string => join(dirname(inject('packed')), 'async-leaks-0.1.0.tgz');

/** Vite has an optional dependency for Windows, which Yarn wants to have everywhere. */
const resolutions = { 'napi-windows-process-start-time': 'link:./packages/pool' };

function filesOf({ isAtRoot = false, files = {} }: Manager): Record<string, string> {
  const needed = {
    'async-leaks': `file:${tarball()}`,
    jest: installed(jest30.folder, 'jest'),
    vitest: installed(vitest4.folder, 'vitest'),
  };
  const root = { private: true, workspaces: ['packages/*'], resolutions };
  const member = { name: 'api', version: '1.0.0', dependencies: { pool: isAtRoot ? '*' : 'workspace:*' } };
  return {
    ...pool,
    ...api,
    'package.json': JSON.stringify({ ...root, ...(isAtRoot && { devDependencies: needed }) }),
    'packages/api/package.json': JSON.stringify({ ...member, ...(!isAtRoot && { devDependencies: needed }) }),
    ...files,
  };
}

/** Creates a workspace. */
function createWorkspace(manager: Manager): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-workspace-'));
  for (const [name, content] of Object.entries(filesOf(manager))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const PATH = [join(managers, 'node_modules/.bin'), dirname(nodeOf(24).path), process.env['PATH']].join(
  delimiter,
);

/** Runs a command to its end, whatever its exit code. */
const command = ([name = '', ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv) =>
  new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(name, args, { cwd, env: { ...env, PATH }, timeout: 240_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });

async function registry(): Promise<NodeJS.ProcessEnv> {
  const { output } = await command(['npm', 'config', 'get', 'registry'], managers, process.env);
  // Yarn reads no .npmrc, and in CI it would not write its lock file.
  return {
    YARN_NPM_REGISTRY_SERVER: output.trim(),
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_NETWORK_CONCURRENCY: '8',
  };
}

/** Installs a workspace. Yarn gives up at the first connection that the registry closes, so each manager may try again. */
async function install(manager: Manager, folder: string): Promise<void> {
  const env = { ...process.env, ...(await registry()) };
  let last = await command(manager.install, folder, env);
  for (let retries = 2; last.code !== 0 && retries > 0; retries--)
    last = await command(manager.install, folder, env);
  expect(last.code, last.output).toBe(0);
}

test.concurrent.each(Object.entries(all))('%s', async (_name, manager) => {
  const folder = createWorkspace(manager);
  const member = join(folder, 'packages/api');
  try {
    await install(manager, folder);
    const frameworks = [['vitest', 'run'], ['jest']].map((each) =>
      command([...manager.exec, ...each], member, environment()),
    );
    for (const { code, output } of await Promise.all(frameworks)) {
      expect(output).toMatch(/interval, every 1000 ms +\.\.\/pool\/index\.js:2:22/);
      expect(output).toMatch(/Tests:? +1 failed(?: \||,) 1 passed/);
      expect(output).toContain(
        `call allowLingering() in its test${manager.docs === undefined ? '.' : `: ${manager.docs}`}`,
      );
      expect(output).not.toContain('async-leaks: ');
      expect(output).not.toMatch(/async-leaks[\\/]dist/);
      expect(code, output).toBe(1);
    }
    if (manager === bun) await expectNothingInBun(member);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Bun itself runs the tests: one sentence says that nothing is checked. */
async function expectNothingInBun(folder: string): Promise<void> {
  const ways = [
    ['bun', 'test'],
    ['bunx', '--bun', 'vitest', 'run'],
  ].map((each) => command(each, folder, environment()));
  for (const { code, output } of await Promise.all(ways)) {
    expect(output.match(/^async-leaks\b.*$/gm), output).toEqual([
      'async-leaks is off: this is Bun, whose async_hooks report no resource.',
    ]);
    expect(output).toMatch(/2 pass/);
    expect(code, output).toBe(0);
  }
}
