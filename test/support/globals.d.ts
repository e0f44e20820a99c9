/** What both frameworks give to a test file as globals: as much of it as the fixtures use. */
import type { Jest } from '@jest/environment';
import type { vi as Vi } from 'vitest';

/** A framework hands over a callback, a context with fixtures, or nothing: the fixture says which. */
// oxlint-disable-next-line typescript/no-explicit-any
type Body = (this: any, ...args: any[]) => unknown;

interface Each<Result> {
  <Row>(
    rows: readonly Row[],
  ): (
    name: string,
    body: (...row: Row extends readonly unknown[] ? Row : [Row]) => unknown,
    timeout?: number,
  ) => Result;
}

interface Test {
  (name: string, body: Body, timeout?: number): void;
  (name: string, options: { [option: string]: unknown }, body: Body): void;
  readonly only: Test;
  readonly skip: Test;
  readonly concurrent: Test;
  /** Vitest. */
  readonly sequential: Test;
  /** Vitest. */
  readonly fails: Test;
  /** Jest. */
  readonly failing: Test;
  readonly each: Each<void>;
  todo(name: string): void;
}

interface Describe {
  (name: string, body: () => void): void;
  (name: string, options: { [option: string]: unknown }, body: () => void): void;
  readonly only: Describe;
  readonly skip: Describe;
  /** Vitest. */
  readonly concurrent: Describe;
  readonly each: Each<void>;
}

type Hook = (body: Body, timeout?: number) => void;

declare global {
  const test: Test;
  const it: Test;
  const describe: Describe;
  const beforeAll: Hook;
  const afterAll: Hook;
  const beforeEach: Hook;
  const afterEach: Hook;
  const expect: typeof import('vitest').expect;
  /** In Jest only. */
  const jest: Jest;
  /** In Vitest only. */
  const vi: typeof Vi;
}
