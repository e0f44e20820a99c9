/** Whether what a package opens is told as that package's. */
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { track, type Tracked } from './tracking.ts';

let tracked: Tracked;
beforeEach(() => {
  tracked = track();
});
afterEach(() => tracked.end());

/** A function of a package. */
function packaged(name: string, code: string): (argument?: unknown) => Promise<unknown> {
  // oxlint-disable-next-line no-eval -- in no other way can it have frames of a package
  return (0, eval)(`${code}\n//# sourceURL=/app/node_modules/${name}/index.js`) as (
    argument?: unknown,
  ) => Promise<unknown>;
}

/** A package that listens with the server that it is handed. */
const listener = (name: string): ((server: Server) => Promise<unknown>) =>
  packaged(
    name,
    '(server) => new Promise((go) => server.listen(0, "127.0.0.1", () => go("http://127.0.0.1")))',
  );

test.each(['async-listen', 'test-listen'])('%s only carries: the server is the user’s own', async (name) => {
  const listen = listener(name);
  const [leak] = await tracked.test(() => listen(createServer()));
  expect(leak).toMatchObject({ type: 'TCPSERVERWRAP', noun: 'a TCP server' });
  expect(leak).not.toHaveProperty('client');
});

test('any other package is the client', async () => {
  const listen = listener('some-server');
  const [leak] = await tracked.test(() => listen(createServer()));
  expect(leak).toMatchObject({ type: 'TCPSERVERWRAP', client: { package: 'some-server' } });
});

test.each(['@tanstack/query-core', '@tanstack/react-query', '@tanstack/vue-query'])(
  '%s is told as a query client',
  async (name) => {
    const query = packaged(name, 'async () => { setTimeout(() => {}, 300_000); }');
    const [leak] = await tracked.test(() => query());
    expect(leak).toMatchObject({ client: { noun: 'a query client', ends: 'queryClient.clear()' } });
  },
);
