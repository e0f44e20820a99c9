/** Fake clocks that move by themselves: those of the configuration, and that nothing of a clock looks different with us. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withoutUs } from '../support/project.ts';
import { run } from '../support/run.ts';
import { both, jest30, vitest4 } from '../support/install/versions.ts';

const states = (tests: readonly { name: string; state: string }[]): string[] =>
  tests.map(({ name, state }) => `${name}: ${state}`);

describe('of the configuration', () => {
  const content = `
test('queues in it', () => { setInterval(() => {}, 50); });
test('queues in it, too', () => { setTimeout(() => {}, 60_000); });`;
  const passed = ['queues in it: passed', 'queues in it, too: passed'];

  test.each(['environment', 'environment-jsdom'])('in Jest, %s', async (environment) => {
    const config = {
      testEnvironment: `async-leaks/jest/${environment}`,
      fakeTimers: { enableGlobally: true, advanceTimers: true },
    };
    const { tests, exitCode } = await run(
      useProject({ version: jest30, files: { 'a.ts': content }, config }),
    );
    expect(states(tests)).toEqual(passed);
    expect(exitCode).toBe(0);
  });

  test('in a setup file of Vitest', async () => {
    const files = {
      'a.ts': content,
      'clock.ts': `import { vi } from 'vitest'; vi.useFakeTimers({ shouldAdvanceTime: true });`,
    };
    const config = { setupFiles: ['async-leaks/vitest', './clock.ts'] };
    const { tests, exitCode } = await run(useProject({ version: vitest4, files, config }));
    expect(states(tests)).toEqual(passed);
    expect(exitCode).toBe(0);
  });
});

/** Prints what a test can see of a clock that its suite has installed. */
const observer = `
import { promisify } from 'node:util';
const fakes = typeof vi === 'undefined' ? jest : vi;
beforeAll(() => void fakes.useFakeTimers({ shouldAdvanceTime: true, advanceTimers: true, loopLimit: 50, timerLimit: 50 }));
afterAll(() => void fakes.useRealTimers());

function describeError(error) {
  return error.stack.split('\\n').map((line) => line.trim().replace(/\\(?(?:file:|\\/).*/, ''));
}

test('sees it', () => {
  const { clock } = setTimeout;
  const functions = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout'];
  const shapes = (holder) => functions.map((key) => [key, holder[key].name, holder[key].length, Object.getOwnPropertyNames(holder[key])]);
  const failed = (() => { try { setTimeout(5); } catch (error) { return describeError(error).slice(0, 2); } })();
  const own = function poll() { setTimeout(poll, 10); };
  own();
  const looped = (() => { try { fakes.runAllTimers(); } catch (error) { return describeError(error).slice(0, 3); } })();
  const now = fakes.now?.() === Date.now();
  console.log('SEEN ' + JSON.stringify({
    globals: shapes(globalThis), clock: shapes(clock), promised: typeof setTimeout[promisify.custom],
    failed, looped, now, count: fakes.getTimerCount(), fake: fakes.isFakeTimers?.(), keys: Object.keys(clock).sort(),
  }));
});`;

test.each(both)('a test of %s sees what it sees without us', async (_name, version) => {
  const seen = async (config: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
    const { stdout, stderr, tests } = await run(useProject({ version, files: { 'a.ts': observer }, config }));
    expect(states(tests)).toEqual(['sees it: passed']);
    return /SEEN (.*)/.exec(stdout + stderr)?.[1];
  };
  const [withUs, without] = [await seen({}), await seen(withoutUs[version.framework])];
  expect(withUs).toBeDefined();
  expect(withUs).toBe(without);
});
