/** What a socket is told as, where that depends on what goes on over it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { track, type Tracked } from './tracking.ts';

let tracked: Tracked;
const servers: net.Server[] = [];
beforeEach(() => {
  tracked = track();
});
afterEach(() => {
  tracked.end();
  for (const server of servers.splice(0)) server.close();
});

/** A server that no scope has opened. @returns its port. */
async function serve(server: net.Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1').unref());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const aside = (socket: Socket): unknown => socket.unref().on('error', () => {});

const request = {
  noun: 'an HTTP request',
  made: 'made',
  ended: 'finished',
  remedy: 'request.destroy(); or request.end(), and have the server answer it.',
};

test('is a request, as long as nobody answers', async () => {
  const port = await serve(http.createServer(() => {}).on('connection', aside));
  const leaks = await tracked.test(() => void http.get({ port, host: '127.0.0.1' }).on('error', () => {}));
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', ...request }]);
});

test('is a request, as long as it has no end', async () => {
  const server = http.createServer((_, response) => response.end('too soon')).on('connection', aside);
  const port = await serve(server);
  const leaks = await tracked.test(async () => {
    const sent = http.request({ port, host: '127.0.0.1', method: 'POST' }).on('error', () => {});
    sent.write('more to come');
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    await once(response.resume(), 'end');
  });
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', ...request }]);
});

test('is a request over TLS, too', async () => {
  const port = await serve(net.createServer(aside));
  const leaks = await tracked.test(() => void https.get({ port, host: '127.0.0.1' }).on('error', () => {}));
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', ...request }]);
});

test('is a socket again, once another protocol has taken over', async () => {
  const server = http.createServer().on('connection', aside);
  server.on('upgrade', (_, socket) =>
    socket.write('HTTP/1.1 101 OK\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n'),
  );
  const port = await serve(server);
  const leaks = await tracked.test(async () => {
    const headers = { Upgrade: 'echo', Connection: 'Upgrade' };
    await once(http.get({ port, host: '127.0.0.1', headers }), 'upgrade');
  });
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', noun: 'a TCP socket', made: 'opened', ended: 'closed' }]);
});

test('is accepted, if a server did', async () => {
  const leaks = await tracked.test(async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}));
    const port = await serve(server);
    aside(net.connect(port, '127.0.0.1'));
    await once(server, 'connection');
    server.close();
  });
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', noun: 'a TCP socket', made: 'accepted', ended: 'closed' }]);
});
