/**
 * One count in a process of its own, to be run under callgrind: `node events.mjs TRACKER MODE EVENT COUNT` makes so many of
 * one event in a test and ends.
 *
 * TRACKER is the URL of a built engine; MODE `nothing` or `tracked`. Nothing here looks at a clock, so that two runs execute
 * the same instructions. Plain JavaScript, so that Node 20 runs it too.
 */
import { AsyncResource } from 'node:async_hooks';
import { stat } from 'node:fs';
import net from 'node:net';

const [, , url, mode, name, given] = process.argv;
const count = Number(given);
const nothing = () => {};

/** Calls around each event made in a loop: about as deep as a test is in its framework. */
const CALLS = 20;
const deep = (fn, calls = CALLS) => (calls === 0 ? fn() : deep(fn, calls - 1));

/** How to make `count` of each event. */
const events = {
  timeout: async () =>
    deep(() => {
      for (let i = 0; i < count; i++) clearTimeout(setTimeout(nothing, 1000));
    }),
  immediate: () => inTurn((done) => setImmediate(() => done())),
  tick: () => inTurn((done) => process.nextTick(done)),
  async await() {
    for (let i = 0; i < count; i++) await i;
  },
  promise: () => inTurn((proceed) => void Promise.resolve().then(() => proceed())),
  resource: async () =>
    deep(() => {
      for (let i = 0; i < count; i++) new AsyncResource('EVENT').runInAsyncScope(nothing);
    }),
  stat: () => inTurn((done) => stat('/', done)),
  async socket() {
    const server = net.createServer((socket) => socket.resume().once('end', () => socket.end()));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address();
    await inTurn((done) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.end());
      socket.resume().once('close', done);
    });
    await new Promise((done) => server.close(done));
  },
};

/** Makes one after the other, each as the one before is over. */
function inTurn(make) {
  return new Promise((resolve) => {
    let left = count;
    const next = () => (left-- > 0 ? make(next) : resolve());
    next();
  });
}

if (mode === 'tracked') {
  const tracker = (await import(url)).createTracker({
    file: import.meta.filename ?? 'events.mjs',
    grace: 250,
    stackDepth: 24,
    includeUnref: false,
    allow: [],
    roleOf: () => 'library',
  });
  const scope = tracker.open('test', 'test');
  tracker.start(scope);
  await tracker.run(scope, events[name]);
} else {
  await events[name]();
}
process.reallyExit(0);
