import { defineConfig } from 'vitest/config';

const minutes = 60_000;

/** End to end, each test runs a framework that has its own workers: one file at a time, after the unit tests. */
const alone = (name: string, groupOrder: number, globalSetup: string[], testTimeout = 10 * minutes) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: globalSetup.map((file) => `test/support/${file}.ts`),
    fileParallelism: false,
    sequence: { groupOrder },
    testTimeout,
    hookTimeout: 10 * minutes,
  },
});

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
      alone('e2e', 1, ['pack']),
      alone('matrix', 2, ['pack', 'versions']),
      alone('libraries', 3, ['pack', 'libraries']),
      alone('fuzz', 4, ['pack'], 30 * minutes),
    ],
  },
});
