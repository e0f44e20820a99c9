import { AsyncResource, createHook, executionAsyncId } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { EventEmitterAsyncResource, once } from 'node:events';
import { open } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { track, typesOf, type Tracked } from './tracking.ts';

const forever = 100_000;
let tracked: Tracked;
beforeEach(() => {
  tracked = track();
});
afterEach(() => tracked.end());

/** Whether a promise settles before the event loop turns. */
async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await promise;
  return !turned;
}

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe('waiting', () => {
  test('for nothing where nothing is suspect', async () => {
    const scope = tracked.tracker.open('test', 'clean');
    tracked.tracker.run(scope, () => clearTimeout(setTimeout(() => {}, forever)));
    expect(await settlesAtOnce(tracked.tracker.judge([scope]))).toBe(true);
  });

  test('for a timer within the grace, by its nominal delay, even if the loop is blocked', async () => {
    let fired = 0;
    const leaks = await tracked.test(() => {
      setTimeout(() => {
        fired++;
        block(300);
        setTimeout(() => fired++, 200);
      }, 20);
    });
    expect([leaks, fired]).toEqual([[], 2]);
  });

  test.each([false, true])(
    'for timers that an async function awaits in a row, by their nominal delays, even if the loop is blocked (hooked promises: %s)',
    async (hooksPromises) => {
      const hook = createHook({ before() {} });
      if (hooksPromises) hook.enable();
      let fired = 0;
      const leaks = await tracked.test(() => {
        void (async () => {
          for (const ms of [20, 40, 80]) {
            await delay(ms);
            fired++;
            block(150);
          }
        })();
      });
      hook.disable();
      expect([leaks, fired]).toEqual([[], 3]);
    },
  );

  test('for what is held up as each look is, beyond the grace by the clock', async () => {
    const server = net.createServer().listen(0);
    await once(server, 'listening');
    let socket: net.Socket | undefined;
    const heldUp = setInterval(block, 1, 40);
    setTimeout(() => socket?.destroy(), 1700); // the grace is over after 2.1 s here; by the clock it would be after 1.3
    const leaks = await tracked.test(async () => {
      socket = net.connect((server.address() as AddressInfo).port);
      await once(socket, 'connect');
    });
    clearInterval(heldUp);
    server.close();
    expect([leaks, socket?.destroyed]).toEqual([[], true]);
  });

  test('not for those that take longer than the grace', async () => {
    const leaks = await tracked.test(() => {
      void (async () => {
        for (const ms of [100, 100, 100]) await delay(ms);
      })();
    });
    expect(typesOf(leaks)).toEqual(['Timeout']);
  });

  test('not for timers in a row that take longer than the grace, even if they fire in one turn', async () => {
    const leaks = await tracked.test(() => {
      setTimeout(() => {
        setTimeout(() => {}, 240);
        block(500);
      }, 20);
      block(40);
    });
    expect(typesOf(leaks)).toEqual(['Timeout']);
  });

  test.each([
    ['timer', () => void setTimeout(() => {}, 251)],
    [
      'timer that re-arms itself',
      () =>
        (function arm() {
          setTimeout(arm, 50);
        })(),
    ],
    [
      'immediate that re-arms itself',
      () =>
        (function arm() {
          setImmediate(arm);
        })(),
    ],
    [
      'timer that refreshes itself',
      () => {
        const timer: NodeJS.Timeout = setTimeout(() => timer.refresh(), 50);
      },
    ],
    ['interval', () => void setInterval(() => {}, 10)],
  ])('not for a %s', async (_, leak) => {
    expect(await tracked.test(leak)).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await tracked.tracker.judge(tracked.tracker.late)).toEqual(new Map());
  });

  test('not for a timer over the grace, though it fires while others are waited for', async () => {
    const { tracker } = tracked;
    const [one, two] = [tracker.open('test', 'one'), tracker.open('test', 'two')];
    tracker.run(one, () => setTimeout(() => {}, 251));
    tracker.run(two, () => setTimeout(() => {}, 250));
    // By now it is due, so that it fires at the first turn.
    block(300);
    const verdicts = await tracker.judge([one, two]);
    expect([...verdicts].map(([scope, leaks]) => [scope, typesOf(leaks)])).toEqual([[one, ['Timeout']]]);
  });

  test('for the timeout of a closing handshake, which goes when its socket has gone', async () => {
    const server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const leaks = await tracked.test(async () => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      const timeout = setTimeout(() => socket.destroy(), 30_000);
      socket.resume().on('close', () => clearTimeout(timeout));
      socket.end();
    });
    server.close();
    expect(leaks).toEqual([]);
  });
});

describe('one cause, one error', () => {
  test('the pipes of a child are told under it', async () => {
    let child!: ReturnType<typeof spawn>;
    const leaks = await tracked.test(() => {
      child = spawn('sleep', ['100']);
    });
    child.kill();
    expect(typesOf(leaks)).toEqual(['PROCESSWRAP (PIPEWRAP, PIPEWRAP, PIPEWRAP)']);
  });

  test("and an unref'd child has silent pipes", async () => {
    let child!: ReturnType<typeof spawn>;
    expect(await tracked.test(() => (child = spawn('sleep', ['100'])).unref())).toEqual([]);
    child.kill();
  });

  test("the accepted end of a leaked client, though its server is another scope's", async () => {
    const { tracker } = tracked;
    const [suite, scope] = [tracker.open('suite', 'suite'), tracker.open('test', 'test')];
    const server = await tracker.run(suite, async () => {
      const listening = net.createServer().listen(0, '127.0.0.1');
      await once(listening, 'listening');
      return listening;
    });
    const client = await tracker.run(scope, async () => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    });
    server.close();
    const verdicts = await tracker.judge([suite, scope]);
    client.destroy();
    expect(typesOf(verdicts.get(scope) ?? [])).toEqual(['TCPWRAP (TCPWRAP)']);
    expect(verdicts.get(suite)).toBeUndefined();
  });

  test('what a leaked timer goes on to make is its consequence', async () => {
    const made: net.Server[] = [];
    const timers: NodeJS.Timeout[] = [];
    let judged = false;
    const leaks = await tracked.test(() => {
      timers.push(setInterval(() => void (judged && made.push(net.createServer().listen(0))), 5));
    });
    judged = true;
    while (made.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    timers.forEach(clearInterval);
    expect(typesOf(leaks)).toEqual(['Timeout']);
    expect(await tracked.tracker.judge(tracked.tracker.late)).toEqual(new Map());
    for (const server of made) server.close();
  });
});

describe('embedders', () => {
  class Pool extends AsyncResource {
    constructor(name = 'Pool') {
      super(name, { requireManualDestroy: true });
    }
  }
  const held: unknown[] = [];

  test('a manual one that is reachable and not destroyed leaks, whatever its name', async () => {
    expect(await tracked.test(() => void held.push(new Pool('TCPWRAP')))).toMatchObject([
      { type: 'TCPWRAP', kind: 'embedder', noun: 'an AsyncResource' },
    ]);
  });

  test.each([
    ['destroyed', () => void held.push(new Pool().emitDestroy())],
    ['out of reach', () => void new Pool()],
    ['collectable', () => void held.push(new AsyncResource('Timeout'))],
    ['bound', () => void held.push(AsyncResource.bind(() => {}))],
    ['an emitter', () => void held.push(new EventEmitterAsyncResource({ name: 'Emitter' }))],
  ])('but not one that is %s', async (_, make) => {
    expect(await tracked.test(make)).toEqual([]);
  });
});

test('closed file handles, which Node destroys only with the collector, are let go', async () => {
  const leaks = await tracked.test(async () => {
    for (let i = 0; i < 600; i++) await (await open(new URL(import.meta.url))).close();
    held = await open(new URL(import.meta.url));
  });
  await held?.close();
  expect(leaks).toMatchObject([{ type: 'FILEHANDLE' }]);
});
let held: Awaited<ReturnType<typeof open>> | undefined;

describe('what the documentation of async_hooks warns of', () => {
  test("a resource that was born before the hook is nobody's", async () => {
    tracked.end();
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    tracked = track();
    const leaks = await tracked.test(async () => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
    server.close();
    expect(leaks).toEqual([]);
  });

  test('and so is what its callbacks make, whichever test runs', async () => {
    tracked.end();
    let done!: () => void;
    const made = new Promise<void>((resolve) => {
      done = resolve;
    });
    const timers: NodeJS.Timeout[] = [];
    timers.push(setInterval(() => void timers.push(setInterval(done, 1)), 1));
    tracked = track();
    expect(await tracked.test(() => made)).toEqual([]);
    timers.forEach(clearInterval);
  });

  test('a resource whose hasRef or unref throws harms nobody', async () => {
    const leaks = await tracked.test(() => {
      const timer = setTimeout(() => {}, forever);
      timer.hasRef = () => {
        throw new Error('hostile');
      };
      timer.unref = timer.hasRef as never;
    });
    expect(leaks).toEqual([]);
    expect(() => tracked.end()).not.toThrow();
    tracked = track();
  });

  test('ids of resources that nobody announced are ignored', async () => {
    const ids: number[] = [];
    const hook = createHook({ before: (id) => void ids.push(id) }).enable();
    expect(await tracked.test(() => new Promise((resolve) => setImmediate(resolve)))).toEqual([]);
    hook.disable();
    expect(ids.length).toBeGreaterThan(0);
    expect(executionAsyncId()).toBeGreaterThanOrEqual(0);
    expect(tracked.tracker.fault).toBeUndefined();
  });
});

/** Arms so many timers that never fire, from so many calls below a function of this name. */
function armBelow(count: number, calls: number): void {
  if (calls > 0) armBelow(count, calls - 1);
  else for (let i = 0; i < count; i++) setInterval(() => {}, forever);
}

test('of many timers in a scope the first have all their frames, the rest those of their line', async () => {
  const { tracker } = tracked;
  const scope = tracker.open('test', 'test');
  tracker.run(scope, () => armBelow(70, 20));
  const [lead] = (await tracker.judge([scope])).get(scope) ?? [];
  const leaks = [lead!, ...lead!.others];
  const counts = leaks.map(({ frames, place }) => [frames.length, place?.function]);
  expect(counts).toHaveLength(70);
  const [first, last] = [counts[0]!, counts.at(-1)!];
  expect(first[0]).toBeGreaterThan(20);
  expect(last[0]).toBeLessThan(10);
  expect([first[1], last[1]]).toEqual(['armBelow', 'armBelow']);
});

test('all have all their frames where an allowance asks for one', async () => {
  const { tracker } = tracked;
  const scope = tracker.open('test', 'test');
  tracker.allow(scope, [{ from: 'deepDownInThisTest' }]);
  const deepDownInThisTest = (): void => armBelow(70, 20);
  tracker.run(scope, () => {
    deepDownInThisTest();
    deepDownInThisTest();
  });
  expect(await tracker.judge([scope])).toEqual(new Map());
});

test('allowances: by type, by frame, by count, of the scope and of those around it', async () => {
  const { tracker } = tracked;
  const suite = tracker.open('suite', 'suite');
  const scope = tracker.open('test', 'test', suite);
  tracker.allow(suite, [{ type: 'UDPWRAP' }]);
  tracker.allow(scope, [{ from: 'helperOfThisTest' }, { type: 'Timeout', count: 2 }]);
  const helperOfThisTest = (): void => void setInterval(() => {}, forever * 9);
  tracker.run(scope, () => {
    helperOfThisTest();
    for (let i = 0; i < 3; i++) setInterval(() => {}, forever + i);
  });
  const leaks = (await tracker.judge([scope])).get(scope);
  expect(leaks?.map(({ details }) => details.delay)).toEqual([forever + 2]);
});
