/** The user's own failures look exactly as they do without us, and so does a run in which all is well. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { normalise } from '../support/expected/normalise.ts';
import { withoutUs } from '../support/project.ts';
import { run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

const files = {
  'a failing test': `
    import { equal } from 'node:assert';
    enum Level { Low, High }
    const check = async (level: Level) => { await Promise.resolve(); equal(level, Level.High); };
    test('passes', () => {});
    test('fails', () => { expect({ a: 1 }).toEqual({ a: 2 }); });
    test('fails in a helper, after an await', async () => { await check(Level.Low); });
    test('fails with a cause', () => { throw new Error('outer', { cause: new Error('inner') }); });
    test('fails with several', () => { throw new AggregateError([new Error('one'), new Error('two')], 'all'); });
    test('asserts', () => { equal(1, 2); });
    test('throws a string', () => { throw 'a string'; });
    test('throws undefined', () => { throw undefined; });
    test('rejects with nothing', () => Promise.reject());
    test.each([1, 2])('fails for %i', (n) => { expect(n).toBe(0); });
    test.concurrent('fails concurrently', async () => { await Promise.resolve(); throw new Error('concurrent'); });
    test.skip('is skipped', () => {});
    test.todo('is still to do');
  `,
  'failing hooks': `
    describe('beforeAll', () => { beforeAll(() => { throw new Error('in beforeAll'); }); test('one', () => {}); });
    describe('afterAll', () => { afterAll(async () => { await null; throw new Error('in afterAll'); }); test('one', () => {}); });
    describe('beforeEach', () => { beforeEach(() => { throw new Error('in beforeEach'); }); test('one', () => {}); });
    describe('afterEach', () => { afterEach(() => { throw new Error('in afterEach'); }); test('one', () => {}); });
  `,
  'failing hooks whose errors carry errors': `
    const cause = () => new Error('the cause');
    const carrying: Record<string, () => unknown> = {
      'a cause': () => new Error('outer', { cause: cause() }),
      'a cause in a cause': () => new Error('outer', { cause: new TypeError('middle', { cause: cause() }) }),
      'several as a cause': () => new Error('outer', { cause: new AggregateError([cause(), cause()], 'all') }),
      'several that have several': () => new AggregateError([cause(), new AggregateError([cause()], 'within')], 'all'),
      'an error in a field': () => Object.assign(new Error('outer'), { original: cause() }),
      'one that was suppressed': () => Object.assign(new Error('outer'), { error: cause(), suppressed: cause() }),
      'a frozen cause': () => new Error('outer', { cause: Object.freeze(cause()) }),
    };
    describe.each(Object.entries(carrying))('%s', (_what, make) => {
      describe('beforeAll', () => { beforeAll(() => { throw make(); }); test('one', () => {}); });
      describe('afterAll', () => { afterAll(async () => { await null; throw make(); }); test('one', () => {}); });
      describe('beforeEach', () => { beforeEach(() => { throw make(); }); test('one', () => {}); });
      describe('afterEach', () => { afterEach(() => { throw make(); }); test('one', () => {}); });
      test('a test', () => { throw make(); });
      test.concurrent('a concurrent test', async () => { throw make(); });
    });
  `,
  timeouts: `
    test('times out', () => new Promise(() => {}), 50);
    describe('hook', () => { beforeEach(() => new Promise(() => {}), 50); test('one', () => {}); });
    describe('file hook', () => { beforeAll(() => new Promise(() => {}), 50); test('one', () => {}); });
    describe('last hook', () => { afterAll(() => new Promise(() => {}), 50); test('one', () => {}); });
  `,
  'a file that cannot be evaluated': `
    test('one', () => {});
    throw new Error('at the top level');
  `,
  'a passing file that prints': `
    console.log('at the top level');
    beforeAll(() => console.warn('in beforeAll'));
    test('prints', async () => { console.log('one'); await null; console.error('two'); });
    test('warns', () => { console.warn('careful'); });
  `,
};

/** V8 keeps ten frames, ours among them: of the framework's, which are the outermost, a stack that is printed whole has fewer. */
const withoutDeepFrames = (text: string) =>
  text.replaceAll(/\\n {4}at (?:[^\\']*node_modules\/@?vitest\/|new Promise)[^\\']*/g, '');

describe.each([
  ['Vitest', vitest4],
  ['Jest', jest30],
] as const)('%s', (_name, version) => {
  test.each(Object.entries(files))('prints for %s what it prints without us', async (_what, content) => {
    const print = async (config: object) => {
      const project = useProject({ version, files: { 'a.ts': content }, config: { ...config } });
      const result = await run(project);
      return `${withoutDeepFrames(normalise(result, project))}\nexit code ${result.exitCode}`;
    };
    const expected = await print(withoutUs[version.framework]);
    expect(expected).toMatch(/at the top level|fails for 2|in afterEach|imes? ?out|the cause/);
    expect(await print({})).toBe(expected);
  });

  test('tells of no leak what a failed afterAll was to close', async () => {
    const content = `
      let timer: NodeJS.Timeout;
      const broken = () => true;
      test('opens what it would close', () => { timer = setInterval(() => {}, 1000); });
      afterAll(() => { if (broken()) throw new Error('in afterAll'); clearInterval(timer); });
    `;
    const result = await run(useProject({ version, files: { 'a.ts': content } }));
    expect(result.stdout + result.stderr).toContain('in afterAll');
    expect(result.stdout + result.stderr).not.toContain('LeakError');
    expect(result).toMatchObject({ exitCode: 1, timedOut: false });
  });
});
