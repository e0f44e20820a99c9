/** Whether what a package opens is told as that package's. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Leak } from '../../../../src/tracker/leak.ts';
import { track, type Tracked } from '../tracking.ts';

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

test('a call is shown only if it is one of the package', async () => {
  const throttle = packaged('some-throttle', '(socket) => void setTimeout(() => {}, 100_000)');
  const server = createServer((socket) => socket.destroy());
  server.on('connection', throttle);
  const leaks = await tracked.test(async () => {
    await new Promise<void>((go) => server.listen(0, '127.0.0.1', go));
    const { port } = server.address() as AddressInfo;
    await once(connect(port, '127.0.0.1').resume(), 'close');
    await new Promise((go) => server.close(go));
  });
  const [{ client, place }] = leaks.filter(({ type }) => type === 'Timeout') as [Leak];
  expect(client).toMatchObject({ package: 'some-throttle' });
  expect(client).not.toHaveProperty('call');
  expect(place?.file).toBe(import.meta.filename);
});

test('what an effect of React starts is the user’s own, and says who calls what ends it', async () => {
  const commit = packaged('react-dom', '(function commitHookEffectListMount(effect) { return effect(); })');
  const render = packaged('@testing-library/react', '(function render(act) { return act(); })');
  const leaks = await tracked.test(() => {
    void commit(() => setInterval(() => {}, 100_000));
    void render(() => commit(() => setTimeout(() => {}, 100_000)));
  });
  const [alone, tested] = leaks.map(({ remedy }) => remedy);
  const unref = 'or .unref() if nothing waits for it.';
  expect(alone).toBe(`in what the effect returns, which root.unmount() calls: clearInterval(), ${unref}`);
  expect(tested).toBe(`in what the effect returns, which cleanup() calls: clearTimeout(), ${unref}`);
  expect(leaks.map(({ client }) => client)).toEqual([undefined, undefined]);
});

test.each(['@tanstack/query-core', '@tanstack/react-query', '@tanstack/vue-query'])(
  '%s is told as a query client',
  async (name) => {
    const query = packaged(name, 'async () => { setTimeout(() => {}, 300_000); }');
    const [leak] = await tracked.test(() => query());
    expect(leak).toMatchObject({ client: { noun: 'a query client', ends: 'queryClient.clear()' } });
  },
);

test('one line that makes several clients says how many, and who called it', async () => {
  const open = packaged('some-server', '(server) => void server.listen(0)');
  const createHelper = (): unknown => open(createServer());
  const [leak] = await tracked.test(() => {
    createHelper();
    for (let i = 0; i < 2; i++) createHelper();
  });
  expect(leak).toMatchObject({ client: { package: 'some-server', count: 2 }, others: [{}, {}] });
  const callers = new Set([leak!, ...leak!.others].map(({ caller }) => caller?.line));
  expect(callers.size).toBe(2);
});
