/** What a random program may open: how it is written, and how it is closed. */
import { loops } from './loops.ts';
import type { Opening } from './opening.ts';

const socket = {
  after: (x: string) => `${x}.on('error', () => {});`,
  close: (x: string) => `${x}.destroy();`,
};
const closable = {
  close: (x: string) => `${x}.close();`,
  unref: (x: string) => `${x}.unref();`,
};

const nothing = () => '';

export const openings = {
  timer: {
    type: 'Timeout',
    open: (x) => `${x} = setTimeout(() => {}, 600_000);`,
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
  'client of a package': {
    type: 'TCPWRAP',
    open: (x) => `${x} = new Client(port());`,
    after: (x) => `await ${x}.ready;`,
    close: (x) => `${x}.close();`,
    unref: (x) => `${x}.unref();`,
    async: true,
  },
  'client that nobody waits for': {
    type: 'TCPWRAP',
    open: (x) => `${x} = new Client(port());`,
    close: (x) => `${x}.close();`,
    unref: (x) => `${x}.unref();`,
    late: true,
  },
  'class of three resources': {
    type: 'TCPSERVERWRAP',
    open: (x) => `${x} = new Service();`,
    close: (x) => `${x}.close();`,
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
    open: (x) => `after(600_000, null, { signal: (${x} = new AbortController()).signal }).catch(() => {});`,
    close: (x) => `${x}.abort();`,
  },
  'abort timeout': {
    type: 'Timeout',
    open: (x) => `${x} = AbortSignal.timeout(600_000);`,
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
  'UDP socket that is not bound': {
    type: 'UDPWRAP',
    open: (x) => `${x} = dgram.createSocket('udp4');`,
    close: (x) => `${x}.close();`,
    brief: true,
  },
  'socket whose lookup never answers': {
    type: 'TCPWRAP',
    open: (x) => `${x} = net.connect({ host: 'example.org', port: 1, lookup: () => {} });`,
    ...socket,
    brief: true,
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
  'response that is held': {
    type: 'TCPWRAP',
    open: (x) => `held.push((${x} = await fetch(long())));`,
    close: (x) => `void ${x}.body.cancel();`,
    async: true,
  },
  'response that is dropped': {
    type: 'TCPWRAP',
    open: () => 'void (await fetch(long())).status;',
    close: nothing,
    async: true,
    brief: true,
  },
  'response that is cancelled': {
    type: 'TCPWRAP',
    open: () => 'await (await fetch(long())).body.cancel();',
    close: nothing,
    async: true,
    brief: true,
  },
  'response that is read': {
    type: 'TCPWRAP',
    open: () => 'void fetch(long()).then((response) => response.text()).catch(() => {});',
    close: nothing,
    brief: true,
  },
  'key derivation': {
    type: 'SCRYPTREQUEST',
    open: () => `scrypt('password', 'salt', 64, () => {});`,
    close: nothing,
    brief: true,
  },
  'key derivation, promised': {
    type: 'PBKDF2REQUEST',
    open: () => `void promisify(pbkdf2)('password', 'salt', 50_000, 64, 'sha512');`,
    close: nothing,
    brief: true,
  },
  'recursion that overflows the stack': {
    type: 'Timeout',
    open: () => `const down = () => (clearTimeout(setTimeout(() => {}, 1)), down() + 1);`,
    after: () => `expect(down).toThrow('call stack');`,
    close: nothing,
    overflows: true,
    brief: true,
  },
  'async recursion that overflows the stack': {
    type: 'Timeout',
    open: () => `const down = async () => (setImmediate(() => {}), 1 + (await down()));`,
    after: () => `await expect(down()).rejects.toThrow('call stack');`,
    close: nothing,
    overflows: true,
    async: true,
    brief: true,
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
  'child that sleeps': {
    type: 'PROCESSWRAP',
    open: (x) => `${x} = spawn('sleep', ['60']);`,
    close: (x) => `${x}.kill();`,
    heavy: true,
  },
  'child that ends at once': {
    type: 'PROCESSWRAP',
    open: (x) => `${x} = spawn('true');`,
    close: (x) => `${x}.kill();`,
    heavy: true,
    brief: true,
  },
  worker: {
    type: 'WORKER',
    open: (x) => `${x} = new Worker('setInterval(() => {}, 1000)', { eval: true });`,
    close: (x) => `${x}.terminate();`,
    heavy: true,
  },
  'worker that is busy for a while': {
    type: 'WORKER',
    open: (x) =>
      `${x} = new Worker('for (const end = Date.now() + 300; Date.now() < end; );', { eval: true });`,
    close: (x) => `${x}.terminate();`,
    heavy: true,
    brief: true,
  },
  ...loops,
} as const satisfies Record<string, Opening>;

export type OpeningName = keyof typeof openings;
