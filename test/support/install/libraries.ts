/** What the fixtures of libraries need: the libraries, the Node versions, the servers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installers, type Services, startServices } from './services.ts';
import { installIn, jest30, nodes, nodeTest, root, type Version, vitest4 } from './versions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    services: Pick<Services, 'env' | 'missing'>;
  }
}

/** The fixtures. */
export const corpus = 'fixtures/libraries';

/** The package that depends on the libraries. */
export const libraries: string = join(root, 'test/libraries');

/** The versions that the corpus is run in. */
export const libraryVersions: readonly Version[] = [vitest4, jest30, nodeTest];
export const libraryNodes = [20, 24] as const;

/** Installs what is not installed yet. */
export const installLibraries = (): void => installIn([nodes, libraries]);

/** Vitest's global setup. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installLibraries();
  const { env, missing, stop } = await startServices();
  for (const name of missing)
    console.warn(`Tests that need ${name} are not run. To run them: ${installers[name]}`);
  project.provide('services', { env, missing });
  return stop;
}

/** @returns the configuration that the framework needs to load the libraries. */
export function configOf({ framework }: Version): Record<string, unknown> {
  if (framework === 'vitest') return { testTimeout: TIMEOUT };
  if (framework === 'mocha') return { timeout: TIMEOUT };
  // It has no timeout of its own.
  if (framework === 'node-test') return {};
  return { testTimeout: TIMEOUT, workerIdleMemoryLimit: WORKER_LIMIT, ...compileModules() };
}

const TIMEOUT = 20_000;

/**
 * Jest replaces a worker that has grown beyond this. Node takes half a second to free the gigabyte that a hundred
 * libraries come to, and half a second is what Jest gives a worker to exit.
 */
const WORKER_LIMIT = '256MB';

/** Jest's CommonJS cannot load ES modules; its users have it compile the packages that are nothing else. */
function compileModules(): Record<string, unknown> {
  const swc = (syntax: string) => [
    '@swc/jest',
    {
      swcrc: false,
      sourceMaps: 'inline',
      module: { type: 'commonjs' },
      jsc: { target: 'es2022', parser: { syntax } },
    },
  ];
  return {
    transform: { '\\.[cm]?tsx?$': swc('typescript'), '\\.m?js$': swc('ecmascript') },
    transformIgnorePatterns: [`^(?!${libraries}/(${modules().join('|')})/(?!node_modules/)).*/node_modules/`],
  };
}

/** @returns where the packages are installed that are ES modules, relative to the folder. */
function modules(): string[] {
  const { packages } = JSON.parse(readFileSync(join(libraries, 'node_modules/.package-lock.json'), 'utf8'));
  return Object.keys(packages).filter((place) => {
    const file = join(libraries, place, 'package.json');
    // One for another platform is in the lock file, and not on the disk.
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).type === 'module';
  });
}
