/** A run with leaks ends by itself: no --forceExit, no worker that has to be killed. */
import { describe, expect, inject, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { runFixtures } from '../support/fixtures.ts';
import { type Run, run } from '../support/run.ts';
import { jest30, vitest4 } from '../support/install/versions.ts';

function expectEnd({ timedOut, stdout, stderr }: Run): void {
  expect(timedOut, stdout + stderr).toBe(false);
  expect(stdout + stderr).not.toMatch(
    /did not exit|failed to exit gracefully|force exited|close timed out|preventing .* from exiting/,
  );
}

/** What arms itself again for ever, from wherever one can start it. */
const perpetual = `
  import { AsyncResource } from 'node:async_hooks';
  import { createServer, connect } from 'node:net';
  import { setInterval as ticks, setTimeout as sleep } from 'node:timers/promises';

  const spin = () => { setImmediate(spin); };
  const tick = () => { setTimeout(tick, 10); };
  const mix = () => { process.nextTick(() => setImmediate(() => setTimeout(() => queueMicrotask(mix), 1))); };
  const renew = () => { const timer = setInterval(() => { clearInterval(timer); renew(); }, 10); };
  const refresh = () => { const timer = setTimeout(() => timer.refresh(), 10); };
  const loop = async () => { for (;;) await sleep(10); };
  const iterate = async () => { for await (const _ of ticks(10)); };
  const stubborn = async () => { for (;;) { try { await sleep(10); } catch {} } };
  const foreign = () => new AsyncResource('POLLER').runInAsyncScope(tick);
  const ping = () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, () => {
      const client = connect((server.address() as any).port, () => client.write('x'));
      client.on('data', (data) => client.write(data));
    });
  };
  const all = { spin, tick, mix, renew, refresh, loop, iterate, stubborn, foreign, ping };

  spin(); tick();
  describe('hooks', () => {
    beforeAll(() => { spin(); renew(); });
    afterAll(() => { mix(); tick(); });
    beforeEach(tick);
    afterEach(spin);
    test('leaks by its hooks', () => {});
  });
  for (const [name, start] of Object.entries(all)) test(name, () => void start());
  test.concurrent('concurrent', async () => { spin(); await sleep(1); tick(); });
`;

const allowing = "import { allowLingering } from 'async-leaks';\nallowLingering();\n";
const spinning = 'const spin = () => { setImmediate(spin); };\n';
/** The same in files that may leave all of it behind, and one at a time. */
const lingering = {
  'a.ts': allowing + perpetual,
  'b.ts': allowing + perpetual,
  'c.ts': `${allowing}${spinning}test('spins', spin);\n`,
  'd.ts': `${allowing}${spinning}spin();\ntest('does nothing', () => {});\n`,
  'e.ts': `${allowing}const tick = () => { setTimeout(tick, 10); };\ntick();\ntest('does nothing', () => {});\n`,
};

const titles = [
  'hooks > leaks by its hooks',
  'spin',
  'tick',
  'mix',
  'renew',
  'refresh',
  'loop',
  'iterate',
  'stubborn',
  'foreign',
  'ping',
  'concurrent',
];
const files = { 'a.ts': perpetual, 'b.ts': perpetual, 'c.ts': `test('clean', () => {});\n` };

const modes = [
  [vitest4, ['--no-isolate', '--maxWorkers=1']],
  [jest30, ['-i']],
  [jest30, ['-w', '2']],
] as const;

describe.each(modes.map(([version, args]) => [version.name, args.join(' '), version, args] as const))(
  '%s %s',
  (_name, _args, version, args) => {
    test('ends, whatever arms itself again', async () => {
      const result = await run(useProject({ version, files }), { args });
      expectEnd(result);
      const failed = result.tests.filter(({ state }) => state === 'failed');
      const expected = ['a.ts', 'b.ts'].flatMap((file) => titles.map((title) => `${file} ${title}`));
      expect(failed.map(({ file, name }) => `${file} ${name}`).toSorted()).toEqual(expected.toSorted());
    });

    test('ends when all of it may linger', async () => {
      const result = await run(useProject({ version, files: lingering }), { args });
      expectEnd(result);
      expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    });

    test('ends when leaks only warn', async () => {
      const result = await run(useProject({ version, files }), { args, env: { ASYNC_LEAKS: 'warn' } });
      expectEnd(result);
      expect(result.exitCode, result.stderr).toBe(0);
    });
  },
);

// Two workers: test/fixtures.
test('Jest in band ends with every kind of leak in it', async () => {
  const options = { version: jest30, folder: 'fixtures/kinds', packed: inject('packed'), args: ['-i'] };
  const { run: result, wrong } = await runFixtures(options);
  expectEnd(result);
  expect(wrong.join('\n')).toBe('');
});
