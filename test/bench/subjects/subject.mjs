/**
 * One measurement in a process of its own: `node --expose-gc subject.mjs TRACKER MODE NAME SIZE` prints a number.
 *
 * TRACKER is the URL of the built engine; MODE `nothing`, `empty` (hooks that do nothing) or `tracked`; SIZE what NAME
 * counts. Plain JavaScript, so that Node 20 runs it too.
 */
import { createHook } from 'node:async_hooks';
import net from 'node:net';

const [, , url, mode, name, given] = process.argv;
const size = Number(given);
const nothing = () => {};
/** ms: longer than any measurement. */
const FOREVER = 2 ** 30;
/** ms of CPU before anything counts, for V8 to compile what is hot. */
const WARM_UP = 200;
/** Calls around each opening: about as deep as a test is in its framework. */
const CALLS = 20;
/** ms, as users have it. */
const GRACE = 250;

const tracker =
  mode === 'tracked' &&
  (await import(url)).createTracker({
    file: import.meta.filename ?? 'subject.mjs',
    grace: GRACE,
    stackDepth: 24,
    includeUnref: false,
    allow: [],
    roleOf: () => 'library',
  });
if (mode === 'empty') {
  createHook({ init: nothing, before: nothing, destroy: nothing, trackPromises: false }).enable();
}

let scopes = 0;
/** Runs `fn` as a test; resolves to its scope. */
async function asTest(fn) {
  if (!tracker) return void (await fn());
  const scope = tracker.open('test', `test ${scopes++}`);
  tracker.start(scope);
  await tracker.run(scope, fn);
  tracker.stop(scope);
  return scope;
}

/** The same; resolves to what `fn` resolves to. */
async function inTest(fn) {
  let result;
  await asTest(async () => (result = await fn()));
  return result;
}

const deep = (fn, calls = CALLS) => (calls === 0 ? fn() : deep(fn, calls - 1));
const now = () => Number(process.hrtime.bigint());
const turn = () => new Promise((done) => setImmediate(done));
const timer = () => setTimeout(nothing, FOREVER);

async function heap() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

/** ns for each of `count` calls of `fn`, which may be asynchronous as a whole. */
async function timed(count, fn) {
  const until = process.cpuUsage();
  do await fn(Math.min(count, 1000));
  while (process.cpuUsage(until).user < WARM_UP * 1000);
  const start = now();
  await fn(count);
  return (now() - start) / count;
}

const setAndClear = (count) => {
  deep(() => {
    for (let i = 0; i < count; i++) clearTimeout(timer());
  });
};

async function connect(count) {
  const server = net.createServer((socket) => socket.resume().once('end', () => socket.end()));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  for (let i = 0; i < count; i++) {
    await new Promise((done) => {
      const socket = net.connect(server.address().port, '127.0.0.1', () => socket.end());
      socket.resume().once('close', done);
    });
  }
  await new Promise((done) => server.close(done));
}

/** How to measure each of what has a name; see `micro.ts`. */
const measurements = {
  await: () =>
    inTest(() =>
      timed(size, async (count) => {
        for (let i = 0; i < count; i++) await i;
      }),
    ),
  timer: () => inTest(() => timed(size, setAndClear)),
  // As most tests have them: what the first of a test cost.
  'few timers': () =>
    timed(size, async (count) => {
      for (let i = 0; i < count / 20; i++) await asTest(async () => setAndClear(20));
    }),
  socket: () => inTest(() => timed(size, connect)),
  /** Bytes for each of so many live timers. */
  async bytes() {
    const timers = [];
    await asTest(async () => setAndClear(1000));
    const before = await heap();
    await asTest(async () =>
      deep(() => {
        for (let i = 0; i < size; i++) timers.push(timer());
      }),
    );
    const bytes = ((await heap()) - before) / size;
    timers.forEach(clearTimeout);
    return bytes;
  },
  /** ns for each timer set and cleared while so many are alive. */
  alive: () =>
    inTest(async () => {
      const timers = Array.from({ length: size }, timer);
      const result = await timed(100_000, setAndClear);
      timers.forEach(clearTimeout);
      return result;
    }),
  /** Bytes that a chain of so many hops, one immediate arming the next, has added. */
  async chain() {
    let before;
    await asTest(async () => {
      const hops = (count) =>
        new Promise((done) => {
          const hop = () => (count-- > 0 ? setImmediate(hop) : done());
          hop();
        });
      await hops(1000);
      before = await heap();
      await hops(size);
    });
    return (await heap()) - before;
  },
  /** Bytes for each of so many tests that are over, all kept by their tracker's file. */
  async tests() {
    const tests = async (count) => {
      for (let i = 0; i < count; i++) {
        const scope = await asTest(async () => setAndClear(3));
        if (tracker && tracker.isClean(scope)) tracker.close(scope);
      }
    };
    await tests(1000);
    const before = await heap();
    await tests(size);
    return ((await heap()) - before) / size;
  },
  /** ns to judge one scope of ten suspects while so many of others' live; they are timers over the grace. */
  async judge() {
    const others = [];
    await asTest(async () => others.push(...Array.from({ length: size }, timer)));
    const judge = async () => {
      const timers = [];
      const scope = await asTest(async () => timers.push(...Array.from({ length: 10 }, timer)));
      const start = now();
      await tracker.judge([scope]);
      const took = now() - start;
      timers.forEach(clearTimeout);
      return took;
    };
    for (let i = 0; i < 50; i++) await judge();
    const all = [];
    for (let i = 0; i < 21; i++) all.push(await judge());
    others.forEach(clearTimeout);
    return all.toSorted((a, b) => a - b)[10];
  },
  /** ms to judge so many tests at once, each with a timer that ends within the grace. */
  async 'shared grace'() {
    const left = [];
    for (let i = 0; i < size; i++) left.push(await asTest(async () => void setTimeout(nothing, GRACE / 2)));
    const start = now();
    const verdicts = await tracker.judge(left);
    if (verdicts.size > 0) throw new Error(`${verdicts.size} of ${size} leak`);
    return (now() - start) / 1e6;
  },
};

console.log(await measurements[name]());
process.exit();
