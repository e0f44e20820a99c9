import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { kinds } from '../../../src/resources/kinds.ts';
import { Resource, type Cause } from '../../../src/tracker/resource.ts';
import { Scope } from '../../../src/tracker/resource.ts';
import { track, type Tracked } from './tracking.ts';

const forever = 100_000;
let tracked: Tracked;
beforeEach(() => {
  tracked = track();
});
afterEach(() => tracked.end());

/** A point that two tests pass together. */
function barrier(parties: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === parties) for (const go of waiting.splice(0)) go();
    });
}

describe('a resource belongs to the scope in whose context it was made', () => {
  test('after any number of awaits, with other tests in between', async () => {
    const together = barrier(3);
    const leaks = await Promise.all(
      [1, 2, 3].map((n) =>
        tracked.test(async () => {
          for (let i = 0; i < 20; i++) {
            await null;
            await together();
          }
          setTimeout(() => {}, forever * n);
        }, `test ${n}`),
      ),
    );
    expect(leaks.map(([leak]) => [leak?.owner.name, leak?.details.delay])).toEqual([
      ['test 1', forever],
      ['test 2', forever * 2],
      ['test 3', forever * 3],
    ]);
  });

  test('in callbacks of timers, immediates, ticks and microtasks', async () => {
    const leaks = await tracked.test(async () => {
      await new Promise<void>((resolve) => {
        setTimeout(() => {
          setImmediate(() => {
            process.nextTick(() => {
              queueMicrotask(() => {
                setInterval(() => {}, forever);
                resolve();
              });
            });
          });
        }, 1);
      });
    });
    expect(leaks.map(({ type }) => type)).toEqual(['Timeout']);
    expect(leaks[0]?.chain.map(({ type }) => type)).toEqual(['Immediate', 'Timeout']);
  });

  test('in the callbacks of a server, whichever test connects', async () => {
    const { tracker } = tracked;
    const suite = tracker.open('suite', 'suite');
    const server = tracker.run(suite, () => net.createServer(() => setTimeout(() => {}, forever)));
    tracker.run(suite, () => server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const leaks = await tracked.test(async () => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      await new Promise((resolve) => server.getConnections(resolve));
      socket.destroy();
    });
    server.close();
    expect(leaks).toEqual([]);
    const verdicts = await tracker.judge([suite]);
    expect(verdicts.get(suite)?.map(({ type }) => type)).toEqual(['Timeout']);
  });

  test('a socket that an agent hands out again, to its last user', async () => {
    const server = http.createServer((_, response) => response.end('x')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const get = async (path: string): Promise<http.IncomingMessage> => {
      const [response] = (await once(http.get({ port, path, agent, host: '127.0.0.1' }), 'response')) as [
        http.IncomingMessage,
      ];
      return response;
    };
    expect(
      await tracked.test(async () => {
        const response = await get('/');
        response.resume();
        await once(response, 'end');
      }),
    ).toEqual([]);
    const leaks = await tracked.test(async () => void (await get('/unread')), 'second');
    expect(leaks.map(({ type, owner }) => [type, owner.name])).toEqual([['TCPWRAP', 'second']]);
    agent.destroy();
    server.close();
  });

  test('and what is made after the verdict is still its own', async () => {
    const { tracker } = tracked;
    let wake!: () => void;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const first = tracker.open('test', 'first');
    void tracker.run(first, async () => {
      await woken;
      setInterval(() => {}, forever);
    });
    expect(await tracker.judge([first])).toEqual(new Map());
    const second = await tracked.test(async () => {
      wake();
      await null;
    }, 'second');
    expect(second).toEqual([]);
    expect(tracker.late).toEqual([first]);
    expect((await tracker.judge(tracker.late)).get(first)?.map(({ type }) => type)).toEqual(['Timeout']);
  });
});

describe('AsyncResource', () => {
  test('runInAsyncScope runs in the scope that made it, and leaks nothing into its caller', async () => {
    let resource!: AsyncResource;
    const first = await tracked.test(() => {
      resource = new AsyncResource('Pool');
    }, 'first');
    const second = await tracked.test(() => {
      resource.runInAsyncScope(() => setTimeout(() => {}, forever));
      setTimeout(() => {}, forever * 2);
    }, 'second');
    expect(first).toEqual([]);
    expect(second.map(({ details }) => details.delay)).toEqual([forever * 2]);
    const [late] = await tracked.tracker.judge(tracked.tracker.late);
    expect(late?.[0].name).toBe('first');
    expect(late?.[1].map(({ details }) => details.delay)).toEqual([forever]);
  });

  test("a user's own AsyncLocalStorage keeps its store, and bind() its context", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await tracked.test(async () => {
      const bound = storage.run('bound', () => AsyncResource.bind(() => seen.push(storage.getStore())));
      await storage.run('running', async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(storage.getStore());
        bound();
      });
    });
    expect(seen).toEqual(['running', 'bound']);
  });
});

test('where nothing tells whose it is, the only running test has it, else the file', async () => {
  const { tracker } = tracked;
  const [one, two] = [tracker.open('test', 'one'), tracker.open('test', 'two')];
  const born = (): NodeJS.Timeout => tracker.run(undefined as never, () => setInterval(() => {}, forever));
  born();
  tracker.start(one);
  born();
  tracker.start(two);
  born();
  tracker.stop(one);
  tracker.stop(two);
  const verdicts = await tracker.judge([one, two, tracker.file]);
  expect(verdicts.get(one)?.map(({ unattributed }) => unattributed)).toEqual([false]);
  expect(verdicts.get(two)).toBeUndefined();
  // Before any test ran, there was only one possible owner.
  const [leak] = verdicts.get(tracker.file) ?? [];
  expect([leak, ...leak!.others].map((each) => each?.unattributed)).toEqual([false, true]);
});

test('a request leads to the handle that makes it, wherever a long chain is cut', () => {
  let cause: Cause = new Scope('test', 'reconnects', undefined);
  for (let i = 0; i < 100; i++) {
    const socket: Resource = new Resource(2 * i, 'TCPWRAP', kinds['TCPWRAP']!, cause, undefined);
    const request = new Resource(2 * i + 1, 'TCPCONNECTWRAP', kinds['TCPCONNECTWRAP']!, socket, undefined);
    expect(request.cause).toBe(socket);
    expect(request.depth).toBeLessThan(20);
    cause = request;
  }
});
