/** What a random program may open: how it is written, and how it is closed. */

/** One way to open something. `x` is the variable that holds it. */
export interface Opening {
  readonly type: string;
  /** The statement that is to blame, on one line; declares nothing but what it opens. */
  open(x: string): string;
  /** Goes with it, on lines of their own, to make it one that stays. */
  after?(x: string): string;
  close(x: string): string;
  /** Makes it one that holds nothing. */
  unref?(x: string): string;
  /** It can be opened, or closed, only by waiting. */
  readonly async?: true;
  /** Starting one takes so long that only few programs have it. */
  readonly heavy?: true;
  /** Node lets nobody but its owner end it, and Jest says of a worker that is held by it that it had to be killed. */
  readonly holdsWorkers?: true;
  /** Ends by itself in time, or holds nothing. */
  readonly brief?: true;
}

const socket = {
  after: (x: string) => `${x}.on('error', () => {});`,
  close: (x: string) => `${x}.destroy();`,
};
const closable = {
  close: (x: string) => `${x}.close();`,
  unref: (x: string) => `${x}.unref();`,
};

export const openings = {
  timer: {
    type: 'Timeout',
    open: (x) => `${x} = setTimeout(() => {}, 60_000);`,
    close: (x) => `clearTimeout(${x});`,
    unref: (x) => `${x}.unref();`,
  },
  interval: {
    type: 'Timeout',
    open: (x) => `${x} = setInterval(() => {}, 7);`,
    close: (x) => `clearInterval(${x});`,
    unref: (x) => `${x}.unref();`,
  },
  'short timer': {
    type: 'Timeout',
    open: (x) => `${x} = setTimeout(() => {}, 30);`,
    close: (x) => `clearTimeout(${x});`,
    brief: true,
  },
  'timers in a row': {
    type: 'Timeout',
    open: (x) => `${x} = setTimeout(() => setTimeout(() => setTimeout(() => {}, 20), 20), 20);`,
    close: (x) => `clearTimeout(${x});`,
    brief: true,
  },
  immediate: {
    type: 'Immediate',
    open: (x) => `const spin = () => void (${x} = setImmediate(spin));`,
    after: () => 'spin();',
    close: (x) => `clearImmediate(${x});`,
  },
  server: {
    type: 'TCPSERVERWRAP',
    open: (x) => `${x} = net.createServer().listen(0);`,
    ...closable,
  },
  socket: {
    type: 'TCPWRAP',
    open: (x) => `${x} = net.connect(port(), '127.0.0.1');`,
    ...socket,
  },
  'IPC server': {
    type: 'PIPESERVERWRAP',
    open: (x) => `${x} = net.createServer().listen(pipe());`,
    ...closable,
  },
  'IPC socket': {
    type: 'PIPEWRAP',
    open: (x) => `${x} = net.connect(ipcPeer.address());`,
    ...socket,
  },
  'TLS socket': {
    type: 'TCPWRAP',
    open: (x) => `${x} = tls.connect(port(), '127.0.0.1');`,
    ...socket,
  },
  'HTTP request': {
    type: 'TCPWRAP',
    open: (x) => `${x} = http.get({ host: '127.0.0.1', port: port(), agent: false });`,
    ...socket,
  },
  'HTTP/2 session': {
    type: 'TCPWRAP',
    open: (x) => `${x} = http2.connect(\`http://127.0.0.1:\${port()}\`);`,
    ...socket,
  },
  'promised timer': {
    type: 'Timeout',
    open: (x) => `after(60_000, null, { signal: (${x} = new AbortController()).signal }).catch(() => {});`,
    close: (x) => `${x}.abort();`,
  },
  'abort timeout': {
    type: 'Timeout',
    open: (x) => `${x} = AbortSignal.timeout(60_000);`,
    close: (x) => `held.push(${x});`,
    brief: true,
  },
  'DNS query': {
    type: 'QUERYWRAP',
    open: (x) => `(${x} = await deafResolver()).resolve4('example.org', () => {});`,
    close: (x) => `${x}.cancel();`,
    async: true,
    holdsWorkers: true,
  },
  'UDP socket': {
    type: 'UDPWRAP',
    open: (x) => `${x} = dgram.createSocket('udp4').bind(0);`,
    ...closable,
  },
  watcher: {
    type: 'FSEVENTWRAP',
    open: (x) => `${x} = fs.watch(__dirname);`,
    ...closable,
  },
  'watched file': {
    type: 'STATWATCHER',
    open: (x) => `fs.watchFile((${x} = __filename + ++files), () => {});`,
    close: (x) => `fs.unwatchFile(${x});`,
  },
  'message port': {
    type: 'MESSAGEPORT',
    open: (x) => `${x} = new MessageChannel().port1;`,
    after: (x) => `${x}.on('message', () => {});`,
    close: (x) => `${x}.close();`,
  },
  'broadcast channel': {
    type: 'MESSAGEPORT',
    open: (x) => `${x} = new BroadcastChannel('fuzz');`,
    ...closable,
  },
  'compression stream': {
    type: 'ZLIB',
    open: (x) => `${x} = createGzip();`,
    close: (x) => `${x}.destroy();`,
    brief: true,
  },
  'file handle': {
    type: 'FILEHANDLE',
    open: (x) => `${x} = await fs.promises.open(__filename);`,
    close: (x) => `${x}.close();`,
    async: true,
  },
  'manual AsyncResource': {
    type: 'JOB',
    open: (x) => `${x} = new AsyncResource('JOB', { requireManualDestroy: true });`,
    after: (x) => `held.push(${x});`,
    close: (x) => `${x}.emitDestroy();`,
  },
  child: {
    type: 'PROCESSWRAP',
    open: (x) => `${x} = spawn('cat');`,
    close: (x) => `${x}.kill();`,
    heavy: true,
  },
  'child with IPC': {
    type: 'PROCESSWRAP',
    open: (x) => `${x} = spawn('cat', { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] });`,
    close: (x) => `${x}.kill();`,
    heavy: true,
  },
  worker: {
    type: 'WORKER',
    open: (x) => `${x} = new Worker('setInterval(() => {}, 1000)', { eval: true });`,
    close: (x) => `${x}.terminate();`,
    heavy: true,
  },
} as const satisfies Record<string, Opening>;

export type OpeningName = keyof typeof openings;

/** What all programs begin with. */
export const PRELUDE = `import { AsyncResource } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import tls from 'node:tls';
import { BroadcastChannel, MessageChannel, Worker } from 'node:worker_threads';
import { createGzip } from 'node:zlib';

const held = (globalThis.held = []);
let files = 0;
const tries = {};
const serve = (at) => net.createServer((socket) => socket.unref().on('error', () => {})).listen(at).unref();
const pipe = () => \`\${__filename}.\${++files}.sock\`;
const [peer, ipcPeer] = [serve(0), serve(pipe())];
const port = () => peer.address().port;
let deafPort;
const listenDeaf = (done) => {
  const socket = dgram.createSocket('udp4').unref();
  socket.bind(0, '127.0.0.1', () => done(socket.address().port));
};
const deafResolver = async () => {
  const at = await (deafPort ??= new Promise(listenDeaf));
  const resolver = new dns.Resolver({ timeout: 60_000, tries: 1 });
  resolver.setServers([\`127.0.0.1:\${at}\`]);
  return resolver;
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const run = (closers) => { for (const close of closers.splice(0)) close(); };
`;
