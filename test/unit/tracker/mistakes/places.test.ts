/** Which line of the user's a report names if a library opens things on its own. */
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { track, typesOf, type Tracked } from '../tracking.ts';

let tracked: Tracked;
beforeEach(() => {
  tracked = track();
});
afterEach(() => tracked.end());

/** A function of a package, which calls back in its own time. */
function library(code: string): (argument: unknown) => void {
  // oxlint-disable-next-line no-eval -- in no other way can it have frames of a package
  return (0, eval)(`${code}\n//# sourceURL=/app/node_modules/library/index.js`) as (
    argument: unknown,
  ) => void;
}

/** The line of the call to it. */
function lineOfCaller(): number {
  return Number(/places\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)?.[1]);
}

test('is that of a call into it, if that made but a tick', async () => {
  const call = library(`(done) => {
    process.nextTick(() => {});
    void Promise.resolve().then(() => new Promise((go) => go())).then(() => {
      setInterval(() => {}, 100_000);
      done();
    });
  }`);
  let line = 0;
  const [leak] = await tracked.test(
    () =>
      new Promise<void>((done) => {
        line = lineOfCaller() + 1;
        call(done);
      }),
  );
  expect(leak).toMatchObject({ type: 'Timeout', probably: true, place: { line } });
});

test('is the user’s, though many frames of the library lie above it', async () => {
  const deep = library(
    '(function deep(depth) { if (depth === 0) setInterval(() => {}, 100_000); else deep(depth - 1); })',
  );
  let line = 0;
  const [leak] = await tracked.test(() => {
    line = lineOfCaller() + 1;
    deep(40);
  });
  expect(leak).toMatchObject({ type: 'Timeout', probably: false, place: { line } });
});

test('is that in a callback, of which few frames are kept of a request', async () => {
  let line = 0;
  const [leak] = await tracked.test(
    () =>
      new Promise<void>((done) => {
        setImmediate(() => {
          line = lineOfCaller() + 1;
          pbkdf2('password', 'salt', 5_000_000, 64, 'sha512', () => {});
          done();
        });
      }),
  );
  expect(leak).toMatchObject({ type: 'PBKDF2REQUEST', probably: false, place: { line } });
});

test('is that of the server for a connection that it accepts', async () => {
  let line = 0;
  const [leak, ...others] = await tracked.test(async () => {
    line = lineOfCaller() + 1;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    connect((server.address() as AddressInfo).port, '127.0.0.1').unref();
    const [accepted] = (await once(server, 'connection')) as [Socket];
    server.close();
    await new Promise((done) => accepted.once('data', done).setTimeout(1, done as () => void));
  });
  expect(others).toEqual([]);
  expect(leak).toMatchObject({ type: 'TCPWRAP', probably: false, place: { line } });
});

test('is the user’s for a connection that is opened as another is accepted, both ends told as one', async () => {
  let line = 0;
  const leaks = await tracked.test(async () => {
    const target = createServer().listen(0, '127.0.0.1');
    await once(target, 'listening');
    const proxy = createServer((inner) => {
      inner.unref();
      line = lineOfCaller() + 1;
      connect((target.address() as AddressInfo).port, '127.0.0.1');
      target.once('connection', () => proxy.emit('ready'));
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    connect((proxy.address() as AddressInfo).port, '127.0.0.1').unref();
    await once(proxy, 'ready');
    proxy.close();
    target.close().unref();
  });
  expect(leaks.map(({ probably, place }) => [probably, place?.line])).toEqual([[false, line]]);
  expect(typesOf(leaks)).toEqual(['TCPWRAP (TCPWRAP)']);
});

test('is unknown where it gets there by promises alone', async () => {
  const call = library(`(done) => {
    void Promise.resolve().then(() => new Promise((go) => go())).then(() => {
      setInterval(() => {}, 100_000);
      done();
    });
  }`);
  const [leak] = await tracked.test(() => new Promise<void>((done) => call(done)));
  expect(leak).toMatchObject({ type: 'Timeout', probably: false });
  expect(leak?.place).toBeUndefined();
});

test('is told once of timers of a library, each of which arms the next, like those of a window of jsdom', async () => {
  const repeat = library(`(tick) => {
    const arm = () => setTimeout(() => { tick(); arm(); }, 2);
    arm();
  }`);
  let line = 0;
  const [leak] = await tracked.test(
    () =>
      new Promise<void>((done) => {
        let ticks = 0;
        line = lineOfCaller() + 1;
        repeat(() => ++ticks === 3 && done());
      }),
  );
  expect(leak).toMatchObject({ type: 'Timeout', probably: false, place: { line } });
  expect(leak!.chain).toMatchObject([{ type: 'Timeout', place: { line } }]);
});

/** A helper that does nothing else. */
function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
async function answer(): Promise<string> {
  await new Promise((done) => setTimeout(done, 100_000));
  return 'late';
}

test.each([sleep, pause])(
  'is told with its caller if it is in a helper that does nothing else (%#)',
  async (help) => {
    let line = 0;
    const [leak] = await tracked.test(() => {
      line = lineOfCaller() + 1;
      void help(100_000);
    });
    expect(leak).toMatchObject({ type: 'Timeout', helper: true, caller: { line } });
  },
);

test('is enough in a function that does more, though a callback begins in the same line', async () => {
  const [leak] = await tracked.test(() => void answer());
  expect(leak).toMatchObject({ type: 'Timeout', caller: expect.anything() });
  expect(leak).not.toHaveProperty('helper');
});
