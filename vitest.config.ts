import { defineConfig } from 'vitest/config';

const minutes = 60_000;

/** A folder of tests, each of which runs a framework of its own; they begin once the folders before are done. */
const folder = (
  name: string,
  groupOrder: number,
  { globalSetup = ['pack'], fileParallelism = false, testTimeout = 10 * minutes } = {},
) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: globalSetup.map((file) => `test/support/install/${file}.ts`),
    fileParallelism,
    sequence: { groupOrder },
    testTimeout,
    hookTimeout: 10 * minutes,
  },
});

// Folders that keep both cores busy, or must not be kept waiting, run one file at a time.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      folder('e2e', 1, { fileParallelism: true }),
      folder('fixtures', 1, { fileParallelism: true }),
      folder('page', 3, { fileParallelism: true }),
      folder('edges', 3, { globalSetup: ['pack', 'edges'], fileParallelism: true }),
      folder('modes', 4),
      folder('matrix', 5, { globalSetup: ['pack', 'versions'] }),
      folder('libraries', 6, { globalSetup: ['pack', 'libraries'] }),
      folder('fuzz', 7, { testTimeout: 30 * minutes }),
    ],
  },
});
