/** Presets and environments of others, found and read as Jest does. */
import { createRequire } from 'node:module';
import type { Config } from '@jest/types';

import { load } from '../locate.js';

type Project = Config.InitialOptions;

interface JestResolve {
  readonly default: {
    findNodeModule(path: string, options: { basedir: string; extensions?: string[] }): string | null;
  };
  resolveTestEnvironment(options: {
    rootDir: string;
    testEnvironment: string;
    requireResolveFunction: (module: string) => string;
  }): string;
}
interface JestUtil {
  requireOrImportModule(path: string): Promise<unknown>;
}

const EXTENSIONS = ['.json', '.js', '.cjs', '.mjs'];

/** What a preset sets; nothing if there is no preset, or none that can be read, because Jest says so itself. */
export async function readPreset({ preset }: Project, rootDir: string): Promise<Project> {
  if (preset == null) return {};
  const path = preset.replace(/^<rootDir>/, rootDir);
  const { default: resolver } = load('jest-resolve', 'async-leaks') as JestResolve;
  const { requireOrImportModule } = load('jest-util', 'async-leaks') as JestUtil;
  try {
    const found = resolver.findNodeModule(/^[./]|^[a-z]:/i.test(path) ? path : `${path}/jest-preset`, {
      basedir: rootDir,
      extensions: EXTENSIONS,
    });
    return found === null ? {} : ((await requireOrImportModule(found)) as Project);
  } catch {
    return {};
  }
}

/** The absolute path of an environment. Throws Jest's own message if there is none. */
export function resolveEnvironment(testEnvironment: string, rootDir: string): string {
  const { resolveTestEnvironment } = load('jest-resolve', 'async-leaks') as JestResolve;
  return resolveTestEnvironment({
    rootDir,
    testEnvironment: testEnvironment.replace(/^<rootDir>/, rootDir),
    requireResolveFunction: createRequire(import.meta.url).resolve,
  });
}
