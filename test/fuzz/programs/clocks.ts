/** Fake clocks that tests install: the model, and how it is written out. What follows in the file runs under a clock that is left. */
import * as fc from 'fast-check';
import type { Version } from '../../support/install/versions.ts';
import { preludeOf } from './prelude.ts';

interface ClockTest {
  /** Whether a clock that moves by itself, or one that stands still, is installed by the test. */
  readonly installs: 'nothing' | 'moving' | 'still';
  /** What it leaves in its own clock: what has been run by then is no longer there. */
  readonly queues: 'nothing' | 'a timer' | 'an interval' | 'a timer that has run';
  readonly restores: boolean;
  /** It leaks a server as well. */
  readonly leaks: boolean;
}

/** A file of tests with fake clocks. */
export interface ClockProgram {
  readonly kind: 'clocks';
  readonly deadline: 'suite' | 'test';
  readonly beforeAll: 'nothing' | 'installs';
  readonly beforeEach: 'nothing' | 'installs';
  readonly afterEach: 'nothing' | 'restores';
  readonly afterAll: 'nothing' | 'restores' | 'something else';
  readonly tests: readonly ClockTest[];
}

const test: fc.Arbitrary<ClockTest> = fc.record({
  installs: fc.constantFrom('nothing', 'moving', 'moving', 'still'),
  queues: fc.constantFrom('a timer', 'nothing', 'an interval', 'a timer that has run'),
  restores: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  leaks: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const rarely = <T>(value: T) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant('nothing' as const) },
    { weight: 1, arbitrary: fc.constant(value) },
  );

/** One of a suite is taken down. */
export const clockPrograms: fc.Arbitrary<ClockProgram> = fc
  .record({
    kind: fc.constant('clocks'),
    deadline: fc.constantFrom('suite', 'suite', 'suite', 'test'),
    beforeAll: rarely('installs' as const),
    beforeEach: rarely('installs' as const),
    afterEach: rarely('restores' as const),
    afterAll: fc.constantFrom('nothing', 'nothing', 'restores', 'something else'),
    tests: fc.array(test, { minLength: 1, maxLength: 4 }),
  })
  .map((each) =>
    each.beforeAll === 'installs' && each.afterAll === 'nothing' ? { ...each, afterAll: 'restores' } : each,
  );

/** A clock that moves by itself; `owner` is the number of its test, undefined where it is the suite's. */
interface Clock {
  readonly owner: number | undefined;
  readonly place: 'test' | 'beforeEach';
  queued: boolean;
}

/** @returns by the number of each test that leaks its clock, where that was installed. */
function verdictsOf(program: ClockProgram): Map<number, Clock['place']> {
  const leaks = new Map<number, Clock['place']>();
  const isDeferred = program.deadline === 'suite' && program.afterAll !== 'nothing';
  let clock: Clock | undefined;
  const judge = (last: number): void => {
    if (clock?.owner !== undefined && clock.owner <= last && clock.queued)
      leaks.set(clock.owner, clock.place);
  };
  if (program.beforeAll === 'installs') clock = { owner: undefined, place: 'test', queued: false };
  for (const [i, { installs, queues, restores }] of program.tests.entries()) {
    if (program.beforeEach === 'installs') clock = { owner: i, place: 'beforeEach', queued: false };
    if (installs !== 'nothing')
      clock = installs === 'moving' ? { owner: i, place: 'test', queued: false } : undefined;
    if (clock?.owner === i && (queues === 'a timer' || queues === 'an interval')) clock.queued = true;
    if (restores || program.afterEach === 'restores') clock = undefined;
    if (!isDeferred && clock?.owner === i) judge(i);
  }
  if (program.afterAll === 'restores') clock = undefined;
  if (isDeferred) judge(Infinity);
  return leaks;
}

/** The text of the file. */
export function writeClocks(program: ClockProgram, framework: Version['framework']): string {
  const tool = framework === 'vitest' ? 'vi' : 'jest';
  const install = {
    moving:
      framework === 'vitest'
        ? 'vi.useFakeTimers({ shouldAdvanceTime: true });'
        : 'jest.useFakeTimers({ advanceTimers: true });',
    still: `${tool}.useFakeTimers();`,
  };
  const restore = `${tool}.useRealTimers();`;
  const queue = {
    nothing: '',
    'a timer': 'setTimeout(() => {}, 60_000);',
    'an interval': 'setInterval(() => {}, 50);',
    'a timer that has run': `setTimeout(() => {}, 60_000); ${tool}.advanceTimersByTime(60_000);`,
  };
  const leaks = verdictsOf(program);
  const blamed = [...leaks].filter(([, place]) => place === 'beforeEach').map(([i]) => `"t${i}"`);
  const lines: string[] = [preludeOf(framework)];
  const hook = (name: string, line: string): void => void lines.push(`${name}(() => {`, `  ${line}`, '});');
  if (program.beforeAll === 'installs') hook('beforeAll', install.moving);
  if (program.beforeEach === 'installs')
    hook(
      'beforeEach',
      install.moving + (blamed.length > 0 ? ` // @leak FakeClock in ${blamed.join(' and ')}` : ''),
    );
  if (program.afterEach === 'restores') hook('afterEach', restore);
  if (program.afterAll !== 'nothing') hook('afterAll', program.afterAll === 'restores' ? restore : '');
  for (const [i, each] of program.tests.entries()) {
    lines.push(`test('t${i}', () => {`);
    if (each.leaks) lines.push(`  net.createServer().listen(0); // @leak TCPSERVERWRAP in "t${i}"`);
    if (each.installs !== 'nothing')
      lines.push(
        `  ${install[each.installs]}${leaks.get(i) === 'test' ? ` // @leak FakeClock in "t${i}"` : ''}`,
      );
    // Only in a clock of its own.
    if (each.installs !== 'nothing' || program.beforeEach === 'installs')
      lines.push(`  ${queue[each.queues]}`);
    if (each.restores) lines.push(`  ${restore}`);
    lines.push('});');
  }
  return `${lines.join('\n')}\n`;
}
