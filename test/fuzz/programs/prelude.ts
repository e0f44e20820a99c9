/** What all programs begin with. */
import type { Version } from '../../support/install/versions.ts';
import { traitsOf } from './traits.ts';

const OWN_PATHS = `import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);
`;

export const preludeOf = (framework: Version['framework']): string =>
  (traitsOf[framework].isESM ? OWN_PATHS : '') + PRELUDE;

const PRELUDE = `import { allowLingering } from 'async-leaks';
import { AsyncResource } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { pbkdf2, scrypt } from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { BroadcastChannel, MessageChannel, Worker } from 'node:worker_threads';
import { createGzip } from 'node:zlib';
import { Client } from 'fuzz-client';

const held = (globalThis.held = []);
let files = 0;
const tries = {};
const serve = (at) => net.createServer((socket) => socket.unref().on('error', () => {})).listen(at).unref();
const pipe = () => \`\${__filename}.\${++files}.sock\`;
const [peer, ipcPeer] = [serve(0), serve(pipe())];
const port = () => peer.address().port;
const web = http.createServer((request, response) => {
  // Each request has a socket of its own; and what is long fits into the buffers of the system, but not into those of the client.
  response.writeHead(200, { connection: 'close' }).end(Buffer.alloc(request.url === '/long' ? 400_000 : 4));
});
web.on('connection', (socket) => socket.unref()).listen(0).unref();
const site = () => \`http://127.0.0.1:\${web.address().port}\`;
const long = () => \`\${site()}/long\`;
let deafPort;
const listenDeaf = (done) => {
  const socket = dgram.createSocket('udp4').unref();
  socket.bind(0, '127.0.0.1', () => done(socket.address().port));
};
const deafResolver = async () => {
  const at = await (deafPort ??= new Promise(listenDeaf));
  // One try ends after some 5 s, however long the timeout.
  const resolver = new dns.Resolver({ timeout: 600_000, tries: 1000 });
  resolver.setServers([\`127.0.0.1:\${at}\`]);
  return resolver;
};
// For ever, as this program knows it: until the next one begins in the same process, which would have no time else.
const begun = (EventEmitter.begun = (EventEmitter.begun ?? 0) + 1);
const loop = (rounds = Infinity) => ({
  goesOn: () => EventEmitter.begun === begun && rounds-- > 0,
  stop: () => (rounds = 0),
});
// Two at a time: the server accepts one connection in a turn of the loop, and on a busy machine more would come than that.
let asked = 0;
const ask = () => {
  if (asked === 2) return;
  asked++;
  http.get(site(), { agent: false }, (response) => response.resume()).on('close', () => asked--);
};
class Service {
  server = net.createServer().listen(0);
  socket = net.connect(port(), '127.0.0.1').on('error', () => {});
  timer = setInterval(() => {}, 5000);
  close() {
    this.server.close();
    this.socket.destroy();
    clearInterval(this.timer);
  }
}
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const run = (closers) => { for (const close of closers.splice(0)) close(); };
`;
