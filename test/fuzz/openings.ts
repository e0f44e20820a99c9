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
  /** Ends by itself in time. */
  readonly brief?: true;
}

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
    close: (x) => `${x}.close();`,
    unref: (x) => `${x}.unref();`,
  },
  socket: {
    type: 'TCPWRAP',
    open: (x) => `${x} = net.connect(port(), '127.0.0.1');`,
    after: (x) => `${x}.on('error', () => {});`,
    close: (x) => `${x}.destroy();`,
  },
  'UDP socket': {
    type: 'UDPWRAP',
    open: (x) => `${x} = dgram.createSocket('udp4');`,
    close: (x) => `${x}.close();`,
    unref: (x) => `${x}.unref();`,
  },
  watcher: {
    type: 'FSEVENTWRAP',
    open: (x) => `${x} = fs.watch(__dirname);`,
    close: (x) => `${x}.close();`,
    unref: (x) => `${x}.unref();`,
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
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';

const held = (globalThis.held = []);
let files = 0;
const tries = {};
const peer = net.createServer((socket) => socket.unref().on('error', () => {})).listen(0).unref();
const port = () => peer.address().port;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const run = (closers) => { for (const close of closers.splice(0)) close(); };
`;
