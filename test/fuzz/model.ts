/** Random test programs, as a model that tells by itself which tests must fail. */
import * as fc from 'fast-check';
import { openings, type Opening, type OpeningName } from './openings.ts';

/** Where, within a body, the statement that opens something stands. */
export const WAYS = [
  'directly',
  'after an await',
  'after a sleep',
  'in a timer',
  'in an immediate',
  'in a tick',
  'in a microtask',
  'in an emitter',
  'in a server callback',
  'in a helper',
  'in an async helper',
] as const;

/** How it ends: `each` and `all` leave it to a hook, if there is one. */
export const ENDS = ['never', 'at once', 'after a sleep', 'late', 'each', 'all', 'unref'] as const;

/** Something that a body opens. */
export interface Use {
  readonly what: OpeningName;
  readonly way: (typeof WAYS)[number];
  readonly end: (typeof ENDS)[number];
}

export interface Test {
  readonly kind: 'test';
  readonly uses: readonly Use[];
  readonly mode: 'serial' | 'concurrent' | 'skipped' | 'each';
  /** Fails by itself, at its end: always, or at its first try, where the program tries again. */
  readonly fails: 'never' | 'always' | 'at first';
  readonly allows: 'nothing' | 'everything' | 'timers';
}

export interface Hooks {
  /** Before the suite, or the test, is run; Jest has no such hooks. */
  readonly aroundAll: readonly Use[];
  readonly aroundEach: readonly Use[];
  readonly beforeAll: readonly Use[];
  readonly beforeEach: readonly Use[];
  readonly afterEach: readonly Use[];
  readonly afterAll: readonly Use[];
  /** Whether hooks close what tests leave to them, after each test and after all. */
  readonly closesEach: boolean;
  readonly closesAll: boolean;
}

export interface Suite {
  readonly kind: 'suite';
  readonly hooks: Hooks;
  readonly children: readonly (Test | Suite)[];
}

/** A test file. */
export interface Program {
  readonly deadline: 'suite' | 'test';
  /** Tests that fail are tried again. */
  readonly retries: boolean;
  readonly topLevel: readonly Use[];
  readonly root: Suite;
}

const light = Object.entries<Opening>(openings).flatMap(([name, { heavy }]) =>
  heavy ? [] : [name as OpeningName],
);
const heavy = Object.entries<Opening>(openings).flatMap(([name, opening]) =>
  opening.heavy ? [name as OpeningName] : [],
);

const use: fc.Arbitrary<Use> = fc.record({
  what: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...light) },
    { weight: 1, arbitrary: fc.constantFrom(...heavy) },
  ),
  way: fc.constantFrom(...WAYS),
  end: fc.constantFrom(...ENDS),
});

/** One in so many bodies opens something, and at most so much. */
const oneIn = (bodies: number, maxLength: number): fc.Arbitrary<Use[]> =>
  fc.oneof(
    { weight: bodies - 1, arbitrary: fc.constant<Use[]>([]) },
    { weight: 1, arbitrary: fc.array(use, { minLength: 1, maxLength }) },
  );
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
      { weight: 1, arbitrary: fc.constantFrom('everything' as const, 'timers' as const) },
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

/** Whether a suite has a test that runs. */
export const runs = ({ children }: Suite): boolean =>
  children.some((child) => (child.kind === 'suite' ? runs(child) : child.mode !== 'skipped'));

/** Each has a test that runs, for else its hooks do not. */
export const program: fc.Arbitrary<Program> = fc
  .record({
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
