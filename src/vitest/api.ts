/** The API of the Vitest that runs: each of its workers has it loaded, and to import it by its name takes some 2 ms a file. */
type Vitest = typeof import('vitest');

/** Where Vitest itself keeps it, for `import.meta.vitest`. */
const { __vitest_index__: loaded } = globalThis as { __vitest_index__?: Vitest };

export const vitest: Vitest = loaded ?? (await import('vitest'));
