/** The API of the Vitest that runs. */
import { refusing } from '../../process/faults.js';

type Vitest = typeof import('vitest');

/** Where Vitest itself keeps its API for `import.meta.vitest`: importing it by name takes some 2 ms a file. */
const { __vitest_index__: loaded } = globalThis as { __vitest_index__?: Vitest };

export const vitest: Vitest = refusing(() => {
  if (loaded !== undefined) return loaded;
  throw new Error(`async-leaks/vitest works only in test files: list it in Vitest's setupFiles.`);
});
