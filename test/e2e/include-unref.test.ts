/** `includeUnref`: unref'd resources are reported, too, except for timers that Node starts for itself. */
import { describe, expect, test } from 'vitest';
import { useProject } from '../support/e2e.ts';
import { withOptions } from '../support/project.ts';
import { run } from '../support/run.ts';
import { both } from '../support/install/versions.ts';

const content = `
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { watch } from 'node:fs';
import http from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setInterval as ticks, setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const listen = async (server: Server) => {
  await once(server.listen(0), 'listening');
  return (server.address() as AddressInfo).port;
};
const close = (server: Server) => new Promise((done) => server.close(done));

describe('leaks', () => {
  test('timer', () => { setTimeout(() => {}, 5000).unref(); });
  test('interval', () => { setInterval(() => {}, 5000).unref(); });
  test('promised timer', () => { void sleep(60_000, undefined, { ref: false }); });
  test('server', async () => { await listen(createServer().unref()); });
  test('HTTP server', async () => { await listen(http.createServer().unref()); });
  test('UDP socket', async () => { await once(createSocket('udp4').bind(0).unref(), 'listening'); });
  test('child', () => { spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3000)'], { stdio: 'ignore' }).unref(); });
  test('worker', async () => {
    const worker = new Worker('setTimeout(() => {}, 3000)', { eval: true });
    await once(worker, 'online');
    worker.unref();
  });
  test('watcher', () => { watch('.', { persistent: false }); });
});

describe('clean', () => {
  test('HTTP', async () => {
    const server = http.createServer((_, response) => response.end('x'));
    const port = await listen(server);
    await new Promise((done) => http.get({ port }, (response) => response.resume().on('end', done)));
    await close(server);
  });
  test('fetch', async () => {
    const server = http.createServer((_, response) => response.end('x'));
    const port = await listen(server);
    await (await fetch('http://localhost:' + port, { signal: AbortSignal.timeout(60_000) })).text();
    server.closeAllConnections();
    await close(server);
  });
  test('the timeout of a socket', async () => {
    const server = createServer((socket) => socket.end('x'));
    const socket = connect(await listen(server)).setTimeout(60_000).resume();
    await once(socket, 'close');
    await close(server);
  });
  test('promised timers that are over', async () => {
    await sleep(1, undefined, { signal: AbortSignal.timeout(60_000) });
    for await (const _ of ticks(1, undefined, { ref: true })) break;
  });
  test('cleared', () => { clearInterval(setInterval(() => {}, 1000).unref()); });
});
`;

const leaking = [
  'timer',
  'interval',
  'promised timer',
  'server',
  'HTTP server',
  'UDP socket',
  'child',
  'worker',
  'watcher',
];

describe.each(both)('%s', (_name, version) => {
  test("tells what was unref'd, once each, and how to end it", async () => {
    const config = withOptions(version, { includeUnref: true });
    const { tests } = await run(useProject({ version, files: { 'a.ts': content }, config }));
    const failed = tests.filter(({ state }) => state === 'failed');
    expect(failed.map(({ name }) => name)).toEqual(leaking.map((name) => `leaks > ${name}`));
    const remedies = failed.map(({ errors }) => errors.map((error) => /Close it: (.*)/.exec(error)?.[1]));
    expect(remedies.slice(0, 3)).toEqual([
      ['clearTimeout().'],
      ['clearInterval().'],
      ['await it, or abort it by its `signal`.'],
    ]);
    expect(remedies.map(({ length }) => length)).toEqual(leaking.map(() => 1));
  });

  test('tells none of it otherwise', async () => {
    const { tests } = await run(useProject({ version, files: { 'a.ts': content } }));
    expect(tests.filter(({ state }) => state !== 'passed')).toEqual([]);
  });
});
