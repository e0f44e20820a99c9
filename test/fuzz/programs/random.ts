/** Random programs, as fast-check makes and shrinks them. */
import * as fc from 'fast-check';
import { chains, refreshedTimers } from './chains.ts';
import { clockPrograms } from './clocks.ts';
import {
  ENDS,
  runs,
  type Hooks,
  type Opened,
  type Program,
  type Suite,
  type SuiteProgram,
  type Test,
  type Use,
} from '../model.ts';
import type { Opening } from './opening.ts';
import { openings, type OpeningName } from './openings.ts';
import { WAYS } from './ways.ts';

/**
 * @param isWanted whether the programs may have a kind of things: the name of an opening, "chain", "refreshed timer" or "fake clock".
 * @returns programs that have nothing else.
 */
export function programs(isWanted: (kind: string) => boolean): fc.Arbitrary<Program> {
  const wanted = uses(isWanted);
  return oneOf<Program>(
    ...(wanted.length === 0 ? [] : [[8, suitePrograms(oneOf(...wanted))] as const]),
    ...(isWanted('fake clock') ? [[1, clockPrograms] as const] : []),
  );
}

type Weighted<T> = readonly [weight: number, arbitrary: fc.Arbitrary<T>];

const oneOf = <T>(...all: Weighted<T>[]): fc.Arbitrary<T> =>
  fc.oneof(...all.map(([weight, arbitrary]) => ({ weight, arbitrary })));

function uses(isWanted: (kind: string) => boolean): Weighted<Use>[] {
  const wanted = (Object.entries(openings) as [OpeningName, Opening][]).filter(([name]) => isWanted(name));
  const names = (isHeavy: boolean): OpeningName[] =>
    wanted.filter(([, { heavy }]) => (heavy ?? false) === isHeavy).map(([name]) => name);
  const opened = (weight: number, what: readonly OpeningName[]): Weighted<Use>[] => {
    if (what.length === 0) return [];
    const each: fc.Arbitrary<Opened> = fc.record({
      kind: fc.constant('opened'),
      what: fc.constantFrom(...what),
      way: fc.constantFrom(...WAYS),
      end: fc.constantFrom(...ENDS),
    });
    return [[weight, each]];
  };
  return [
    ...opened(60, names(false)),
    ...opened(6, names(true)),
    ...(isWanted('chain') ? [[6, chains] as Weighted<Use>] : []),
    ...(isWanted('refreshed timer') ? [[3, refreshedTimers] as Weighted<Use>] : []),
  ];
}

function suitePrograms(use: fc.Arbitrary<Use>): fc.Arbitrary<SuiteProgram> {
  /** One in so many bodies opens something, and at most so much. */
  const oneIn = (bodies: number, maxLength: number): fc.Arbitrary<Use[]> =>
    oneOf([bodies - 1, fc.constant<Use[]>([])], [1, fc.array(use, { minLength: 1, maxLength })]);
  const few = oneIn(4, 2);
  const fewer = oneIn(5, 1);

  /** Each row of an `each` would have its own first try. */
  const test: fc.Arbitrary<Test> = fc
    .record({
      kind: fc.constant('test'),
      uses: fc.array(use, { maxLength: 3 }),
      mode: fc.oneof(
        { weight: 6, arbitrary: fc.constant('serial' as const) },
        { weight: 3, arbitrary: fc.constant('concurrent' as const) },
        { weight: 1, arbitrary: fc.constantFrom('skipped' as const, 'each' as const) },
      ),
      fails: fc.oneof(
        { weight: 8, arbitrary: fc.constant('never' as const) },
        { weight: 1, arbitrary: fc.constantFrom('always' as const, 'at first' as const) },
      ),
      allows: fc.oneof(
        { weight: 8, arbitrary: fc.constant('nothing' as const) },
        { weight: 1, arbitrary: fc.constantFrom('everything' as const, 'timers and files' as const) },
      ),
    })
    .map((each) => (each.mode === 'each' && each.fails === 'at first' ? { ...each, fails: 'never' } : each));

  const hooks: fc.Arbitrary<Hooks> = fc.record({
    aroundAll: fewer,
    aroundEach: fewer,
    beforeAll: few,
    beforeEach: few,
    afterEach: few,
    afterAll: few,
    closesEach: fc.boolean(),
    closesAll: fc.boolean(),
  });

  const suite = (depth: number): fc.Arbitrary<Suite> =>
    fc.record({
      kind: fc.constant('suite'),
      hooks,
      children: fc.array(
        depth === 0
          ? test
          : fc.oneof({ weight: 3, arbitrary: test }, { weight: 1, arbitrary: suite(depth - 1) }),
        { minLength: 1, maxLength: 4 },
      ),
    });

  /** Each has a test that runs, for else its hooks do not. */
  return fc
    .record({
      kind: fc.constant('suites'),
      deadline: fc.oneof(
        { weight: 3, arbitrary: fc.constant('suite' as const) },
        { weight: 1, arbitrary: fc.constant('test' as const) },
      ),
      retries: fc.oneof(
        { weight: 4, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      topLevel: few,
      root: suite(2),
    })
    .filter(({ root }) => runs(root));
}
