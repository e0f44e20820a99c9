/** The suites that are measured. None leaks but one, and none tests anything: what they cost is their work. */

/** A generated suite. */
export interface Workload {
  readonly what: string;
  /** Name and content of the test files. */
  readonly files: Readonly<Record<string, string>>;
  readonly tests: number;
  /**
   * CPU with async-leaks divided by CPU without, at most: on Node 24 and later, and on Node 20 and 22. Missing where
   * none is promised.
   */
  readonly bound?: { readonly modern: number; readonly legacy: number };
  /** Its tests leak, so that with async-leaks they fail. */
  readonly leaks?: true;
}

/** So many files with the same content. */
function repeat(count: number, content: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.bench.js`, content]));
}

const tests = (count: number, body: string): string =>
  `for (let i = 0; i < ${count}; i++) test('test ' + i, async () => {\n${body}\n});\n`;

const promises = `
async function loop() {
  for (let i = 0; i < 20; i++) await i;
}
${tests(100, '  for (let loops = 0; loops < 50; loops++) await loop();')}`;

const service = `
const { readFile } = process.getBuiltinModule('node:fs/promises');
const http = process.getBuiltinModule('node:http');

let server, url;
beforeAll(async () => {
  server = http.createServer((request, response) => response.end('{"ok":true}'));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = 'http://127.0.0.1:' + server.address().port;
});
afterAll(() => new Promise((done) => server.close(done)));

const get = () => new Promise((done, fail) => {
  http.get(url, { agent: false }, (response) => response.resume().once('end', done)).once('error', fail);
});
const orders = Array.from({ length: 200 }, (_, id) => ({ id, name: 'order ' + id, lines: [id, id + 1] }));

${tests(
  50,
  `  for (let i = 0; i < 500; i++) await i;
  for (let i = 0; i < 20; i++) JSON.parse(JSON.stringify(orders));
  await Promise.all(Array.from({ length: 20 }, () => new Promise((done) => setTimeout(done, 1))));
  for (let i = 0; i < 3; i++) await new Promise((done) => setImmediate(done));
  for (let i = 0; i < 2; i++) await readFile(__filename);
  for (let i = 0; i < 2; i++) await get();`,
)}`;

const timers = tests(20, '  for (let n = 0; n < 2000; n++) clearTimeout(setTimeout(() => {}, 1000));');

const sockets = `
const net = process.getBuiltinModule('node:net');

let server;
beforeAll(() => new Promise((done) => {
  server = net.createServer((socket) => socket.resume().once('end', () => socket.end())).listen(0, '127.0.0.1', done);
}));
afterAll(() => new Promise((done) => server.close(done)));

const visit = () => new Promise((done, fail) => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => socket.end());
  socket.resume().once('close', done).once('error', fail);
});

${tests(20, '  for (let n = 0; n < 50; n++) await visit();')}`;

/** By name. */
export const workloads: Readonly<Record<string, Workload>> = {
  promises: {
    what: '20 files × 100 tests × 50 loops of 20 awaits',
    files: repeat(20, promises),
    tests: 2000,
    bound: { modern: 1.03, legacy: 1.15 },
  },
  service: {
    what: '10 files × 50 tests × 500 awaits, JSON, 20 timers, 3 immediates, 2 file reads, 2 HTTP round trips',
    files: repeat(10, service),
    tests: 500,
    bound: { modern: 1.12, legacy: 1.2 },
  },
  timers: {
    what: '10 files × 20 tests × 2,000 setTimeout and clearTimeout',
    files: repeat(10, timers),
    tests: 200,
    bound: { modern: 3, legacy: 3 },
  },
  tiny: {
    what: '20 files × 500 empty tests',
    files: repeat(20, tests(500, '')),
    tests: 10_000,
    bound: { modern: 1.05, legacy: 1.05 },
  },
  sockets: {
    what: '5 files × 20 tests × 50 connections opened and closed',
    files: repeat(5, sockets),
    tests: 100,
    bound: { modern: 1.1, legacy: 1.15 },
  },
  leaky: {
    what: '4 files × 50 tests that leave a timer of a minute behind',
    files: repeat(4, tests(50, '  setTimeout(() => {}, 60_000);')),
    tests: 200,
    leaks: true,
  },
};
