/** What a socket is told as, where that depends on what goes on over it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Leak } from '../../../src/tracker/leak.ts';
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
const aside = (socket: Socket): Socket => socket.unref().on('error', () => {});

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

test('is one of fetch, if that has sent it', async () => {
  const port = await serve(http.createServer(() => {}).on('connection', aside));
  const leaks = await tracked.test(() => void fetch(`http://127.0.0.1:${port}`).catch(() => {}));
  expect(leaks).toMatchObject([
    {
      type: 'TCPWRAP',
      noun: 'a request of fetch',
      made: 'made',
      ended: 'finished',
      remedy: 'abort it by its `signal`; or await it, and have the server answer.',
    },
  ]);
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

/** What a test leaves that accepts a connection. @param end what becomes of the client. */
function accept(handle: (socket: Socket) => unknown, end: (client: Socket) => unknown): Promise<Leak[]> {
  return tracked.test(async () => {
    const server = net.createServer((socket) => handle(socket.on('error', () => {})));
    const port = await serve(server);
    const client = net.connect(port, '127.0.0.1');
    client.on('error', () => {}).unref();
    await once(server, 'connection');
    end(client);
    server.close();
  });
}

test('is accepted, if a server did', async () => {
  const leaks = await accept(
    (socket) => socket.resume(),
    () => {},
  );
  expect(leaks).toMatchObject([
    {
      type: 'TCPWRAP',
      noun: 'a TCP socket',
      made: 'accepted',
      ended: 'closed',
      remedy:
        'close the client; or in the server socket.destroy(), for an HTTP server closeAllConnections().',
    },
  ]);
});

test('does not see that its client has gone, if the server does not read', async () => {
  const leaks = await accept(
    () => {},
    (client) => client.end('unread'),
  );
  const remedy =
    "in the server socket.destroy(); or socket.resume(), to hear of the client's end, and then socket.end().";
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', made: 'accepted', remedy }]);
  const read = (socket: Socket): unknown => socket.on('end', () => socket.end()).resume();
  expect(await accept(read, (client) => client.end('unread'))).toEqual([]);
});

test('is not closed by an end that it has had', async () => {
  const port = await serve(net.createServer((socket) => void aside(socket).end('the rest')));
  const dial = (read: (socket: Socket) => unknown): Promise<Leak[]> =>
    tracked.test(async () => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      read(socket.end());
    });
  const remedy = 'socket.resume() to read the rest, or socket.destroy(). socket.end() ends only this side.';
  expect(await dial(() => {})).toMatchObject([{ type: 'TCPWRAP', remedy }]);
  expect(await dial((socket) => socket.resume())).toEqual([]);
});

test('waits for an end of the other side, if it has had its own', async () => {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => aside(socket.resume()));
  const port = await serve(server);
  const leaks = await tracked.test(() => void net.connect(port, '127.0.0.1').resume().end());
  const remedy = 'socket.destroy(), or end the other side, too. socket.end() ends only this side.';
  expect(leaks).toMatchObject([{ type: 'TCPWRAP', remedy }]);
});
