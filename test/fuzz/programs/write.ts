/** Writes a program out as a test file, with the markers that say what must come of it. */
import { linesOf } from './chains.ts';
import type { Version } from '../../support/install/versions.ts';
import {
  hasTests,
  runs,
  TIMERS_AND_FILES,
  type Hooks,
  type Opened,
  type Suite,
  type SuiteProgram,
  type Test,
  type Use,
} from '../model.ts';
import type { Opening } from './opening.ts';
import { openings } from './openings.ts';
import { preludeOf } from './prelude.ts';
import { traitsOf, type Traits } from './traits.ts';
import { wrap } from './ways.ts';

/** Who is blamed for what a body leaves: tests, by their titles, or the file; and where hooks close things. */
interface Owner {
  readonly blamed: readonly string[] | 'file';
  /** The variable of the closers that a hook around it runs; undefined where there is no such hook. */
  readonly each: string | undefined;
  readonly all: string | undefined;
  /** It runs at the top level, where nothing can be awaited. */
  readonly sync?: true;
  readonly allows?: Test['allows'];
  /** The judgement follows at once. */
  readonly isExact?: boolean;
}

const ALLOWED = TIMERS_AND_FILES.map((type) => `'${type}'`);

type HookName = Exclude<keyof Hooks, 'closesEach' | 'closesAll'>;

interface Around {
  readonly each: string | undefined;
  readonly all: string | undefined;
  /** Whether hooks run between a test and its verdict. */
  readonly hasAfterEach: boolean;
}

export class Writer {
  private readonly lines: string[] = [];
  private readonly program: SuiteProgram;
  private readonly framework: Version['framework'];
  private readonly traits: Traits;
  /** Titles of the tests that fail by themselves at first, and pass when they are tried again. */
  readonly triedAgain: string[] = [];
  private count = 0;
  private readonly names = new Map<Test, string>();

  constructor(program: SuiteProgram, framework: Version['framework']) {
    this.program = program;
    this.framework = framework;
    this.traits = traitsOf[framework];
    this.nameAll(program.root);
  }

  /** The text of the file. */
  write(): string {
    this.emit(0, preludeOf(this.framework));
    if (this.retries('by a call')) this.emit(0, 'jest.retryTimes(1);');
    this.hooksOf(this.program.root, { each: undefined, all: undefined, hasAfterEach: false }, 0, (around) => {
      // It is not judged where a hook that may close it is skipped.
      const blamed = this.skipsAfterAll(this.program.root) ? [] : 'file';
      this.body(this.program.topLevel, { blamed, each: undefined, all: around.all, sync: true }, 0);
    });
    return `${this.lines.join('\n')}\n`;
  }

  private emit(depth: number, line: string): void {
    this.lines.push(`${'  '.repeat(depth)}${line}`);
  }

  private nameAll(suite: Suite): void {
    for (const child of suite.children) {
      if (child.kind === 'suite') this.nameAll(child);
      else this.names.set(child, `t${this.names.size}`);
    }
  }

  private titleOf(test: Test): string {
    return test.mode === 'each' ? `${this.names.get(test)!} %i` : this.names.get(test)!;
  }

  /** Tests below a suite, whose hooks run for each of them. */
  private testsIn(suite: Suite): Test[] {
    return suite.children.flatMap((child) => (child.kind === 'suite' ? this.testsIn(child) : [child]));
  }

  /** Whether tests are tried again, and in this way. */
  private retries(how: Traits['triesAgain']): boolean {
    return this.program.retries && this.traits.triesAgain === how;
  }

  private hasEachHooks({ mode }: Test): boolean {
    return mode !== 'concurrent' || this.traits.hasEachHooksForConcurrent;
  }

  private failsByItself({ fails, mode }: Test): boolean {
    if (mode === 'skipped') return false;
    return fails === 'always' || (fails === 'at first' && (!this.program.retries || this.retries('never')));
  }

  private runsHooks(suite: Suite): boolean {
    return this.traits.runsHooksOfSkipped ? hasTests(suite) : runs(suite);
  }

  /** Whether one of its suites has an afterAll that does not run. */
  private skipsAfterAll(suite: Suite): boolean {
    const { closesAll, afterAll } = suite.hooks;
    if (!this.runsHooks(suite) && (closesAll || afterAll.length > 0)) return true;
    return suite.children.some((child) => child.kind === 'suite' && this.skipsAfterAll(child));
  }

  /** Writes the hooks of a suite, what `first` writes, and its children. */
  private hooksOf(suite: Suite, outer: Around, depth: number, first: (around: Around) => void): void {
    const n = this.count++;
    const { closesEach, closesAll } = suite.hooks;
    const around: Around = {
      each: closesEach ? `each${n}` : outer.each,
      all: closesAll ? `all${n}` : outer.all,
      hasAfterEach:
        outer.hasAfterEach || closesEach || suite.hooks.afterEach.length + suite.hooks.aroundEach.length > 0,
    };
    if (closesEach) this.emit(depth, `const each${n} = [];`);
    if (closesAll) this.emit(depth, `const all${n} = [];`);
    first(around);
    if (this.traits.hasAroundHooks) {
      this.hook('aroundAll', suite, around, depth);
      this.hook('aroundEach', suite, around, depth);
    }
    this.hook('beforeAll', suite, around, depth);
    if (closesEach) this.emit(depth, `afterEach(() => run(each${n}));`);
    if (closesAll) this.emit(depth, `afterAll(() => run(all${n}));`);
    this.hook('beforeEach', suite, around, depth);
    this.hook('afterEach', suite, around, depth);
    this.hook('afterAll', suite, around, depth);
    for (const child of suite.children) {
      if (child.kind === 'test') this.test(child, around, depth);
      else {
        this.emit(depth, `describe('s${this.count}', () => {`);
        this.hooksOf(child, around, depth + 1, () => {});
        this.emit(depth, '});');
      }
    }
  }

  private hook(name: HookName, suite: Suite, { each, all }: Around, depth: number): void {
    const uses = suite.hooks[name];
    if (uses.length === 0) return;
    const isBefore = !name.startsWith('after');
    const isAround = name.startsWith('around');
    this.emit(depth, `${name}(async (${isAround ? 'inner' : ''}) => {`);
    if (name.endsWith('Each')) {
      const tests = this.testsIn(suite);
      // What closes each may run before an afterEach, or after it.
      for (const use of uses)
        this.use(use, this.ownerOfEach(use, tests, isBefore ? each : undefined, all), depth + 1);
    } else {
      // And what closes all before an afterAll. Without a test that runs there is no hook that does.
      const blamed = this.runsHooks(suite) ? 'file' : [];
      this.body(uses, { blamed, each: undefined, all: isBefore ? all : undefined }, depth + 1);
    }
    if (isAround) this.emit(depth + 1, 'await inner();');
    this.emit(depth, '});');
  }

  private ownerOfEach(
    use: Use,
    tests: readonly Test[],
    each: string | undefined,
    all: string | undefined,
  ): Owner {
    const blamed = tests.filter(
      (test) =>
        test.mode !== 'skipped' &&
        this.hasEachHooks(test) &&
        !this.failsByItself(test) &&
        !isAllowed(use, test.allows),
    );
    return { blamed: blamed.map((test) => this.titleOf(test)), each, all };
  }

  private test(test: Test, around: Around, depth: number): void {
    const title = this.titleOf(test);
    const call = {
      serial: 'test',
      concurrent: 'test.concurrent',
      skipped: 'test.skip',
      each: 'test.each([1, 2])',
    }[test.mode];
    const fails = this.failsByItself(test);
    const options = this.retries('by an option') ? ' { retry: 1 },' : '';
    this.emit(depth, `${call}('${title}',${options} async () => {${fails ? ' // @fails "by itself"' : ''}`);
    if (test.allows !== 'nothing')
      this.emit(depth + 1, `allowLingering(${test.allows === 'everything' ? '' : ALLOWED.join(', ')});`);
    const isBlamed = !fails && test.mode !== 'skipped';
    this.body(
      test.uses,
      {
        blamed: isBlamed ? [title] : [],
        each: this.hasEachHooks(test) ? around.each : undefined,
        all: around.all,
        allows: test.allows,
        isExact: this.program.deadline === 'test' && test.mode === 'serial' && !around.hasAfterEach,
      },
      depth + 1,
    );
    if (test.fails === 'always') this.emit(depth + 1, `throw new Error('by itself');`);
    if (test.fails === 'at first') {
      if (!fails && test.mode !== 'skipped') this.triedAgain.push(title);
      const key = this.names.get(test)!;
      this.emit(depth + 1, `tries.${key} = (tries.${key} ?? 0) + 1;`);
      this.emit(depth + 1, `if (tries.${key} === 1) throw new Error('by itself');`);
    }
    this.emit(depth, '});');
  }

  private body(uses: readonly Use[], owner: Owner, depth: number): void {
    for (const [i, use] of uses.entries())
      this.use(use, { ...owner, isExact: owner.isExact === true && i === uses.length - 1 }, depth);
  }

  private use(use: Use, owner: Owner, depth: number): void {
    const lines = use.kind === 'opened' ? this.opened(use, owner) : this.chained(use, owner);
    for (const line of lines) this.emit(depth, line);
  }

  private chained(use: Exclude<Use, Opened>, owner: Owner): string[] {
    const isLeak = use.verdict !== 'in time' && !isAllowed(use, owner.allows ?? 'nothing');
    const marker = isLeak ? markerOf('Timeout', owner.blamed) : '';
    const way = owner.sync ? 'directly' : use.way;
    return wrap(way, linesOf(use, marker, owner.isExact === true), this.count++, false);
  }

  private opened(use: Opened, owner: Owner): string[] {
    const opening: Opening = openings[use.what];
    if (owner.sync && opening.async) return [];
    if (opening.holdsWorkers && this.traits.killsWorkers) return [];
    if (opening.overflows && this.traits.waitsForTimers) return [];
    const n = this.count++;
    const x = `x${n}`;
    const closers = use.end === 'each' ? owner.each : use.end === 'all' ? owner.all : undefined;
    // With the deadline "test" a hook after all tests comes too late for what belongs to one.
    const inTime = use.end === 'each' || this.program.deadline === 'suite' || owner.blamed === 'file';
    if (opening.late && use.end === 'all' && !inTime) return [];
    const isClosed =
      use.end === 'at once' ||
      use.end === 'late' ||
      (use.end === 'after a sleep' && !owner.sync) ||
      (use.end === 'unref' && opening.unref !== undefined) ||
      (closers !== undefined && inTime);
    const isLeak = !isClosed && opening.brief === undefined && !isAllowed(use, owner.allows ?? 'nothing');
    const marker = isLeak ? markerOf(opening.type, owner.blamed) : '';
    const open = [`${opening.open(x)}${marker}`, ...(opening.after === undefined ? [] : [opening.after(x)])];
    const close = opening.close(x);
    const way = owner.sync ? 'directly' : use.way;
    return [
      `let ${x};`,
      ...wrap(way, open, n, opening.async === true),
      ...(use.end === 'at once' ? [close] : []),
      ...(use.end === 'after a sleep' && !owner.sync ? [`await sleep(10); ${close}`] : []),
      ...(use.end === 'late' ? [opening.slow ? close : `setTimeout(() => { ${close} }, 60);`] : []),
      ...(use.end === 'unref' && opening.unref ? [opening.unref(x)] : []),
      ...(closers === undefined ? [] : [`${closers}.push(() => { ${close} });`]),
    ];
  }
}

function isAllowed(use: Use, allows: Test['allows']): boolean {
  if (allows !== 'timers and files') return allows === 'everything';
  const type = use.kind === 'opened' ? openings[use.what].type : 'Timeout';
  return type.split('|').every((each) => (TIMERS_AND_FILES as readonly string[]).includes(each));
}

function markerOf(type: string, blamed: readonly string[] | 'file'): string {
  if (blamed === 'file') return ` // @leak ${type} in file`;
  if (blamed.length === 0) return '';
  return ` // @leak ${type} in ${blamed.map((title) => `"${title}"`).join(' and ')}`;
}
