/**
 * What differs by resource type. One row for each type that Node emits: its kind, the plain words for it, how to see whether
 * it is still open, what to show of it, what closes it, and how to let go of it. Verdicts, messages, documentation and
 * fixtures all follow from this table.
 *
 * Names: Node's `AsyncWrap::Providers`, and what its JavaScript emits (https://nodejs.org/api/async_hooks.html#type).
 */
import * as detail from './details.js';
import * as probe from './probes.js';
import * as release from './releases.js';
import { asks, fetched, unread } from './requests.js';
import type { Row } from './row.js';

export type { Kind, Maker, Row } from './row.js';

/** The module of timers that return promises. */
export const PROMISED_TIMERS = 'node:timers/promises';

const timer = {
  kind: 'timer',
  noun: 'a timer',
  made: 'started',
  ended: 'cleared',
  probe: probe.timeout,
  detail: detail.timeout,
  release: release.timer,
  many: { after: 64, frames: 8 }, // four of Node's own
} as const;
const handle = {
  kind: 'handle',
  made: 'opened',
  ended: 'closed',
  probe: probe.handle,
  release: release.handle,
} as const;
const request = {
  kind: 'request',
  made: 'started',
  ended: 'finished',
  probe: probe.inFlight,
  detail: detail.none,
  many: { after: 16, frames: 8 },
  framesInCallbacks: 8,
} as const;
const poolRequest = { ...request, release: release.pooled } as const;
const cryptoJob = {
  ...poolRequest,
  probe: probe.request,
  remedy: 'await its promise or its callback before the test ends.',
  weak: true,
  boundByMachine: probe.always,
} as const;
/** Never a leak: it ends by itself, or another resource is reported instead; `why` says which. */
const internal = (noun: string, why: string): Row => ({
  kind: 'internal',
  noun,
  made: 'made',
  ended: 'ended',
  remedy: why,
  probe: probe.never,
  detail: detail.none,
});

/** A request that a client has begun, and not written yet. */
export const clientRequest: Row = internal('an HTTP request', 'its socket is reported instead (TCPWRAP).');

const rows: Record<string, Row> = {
  Timeout: {
    ...timer,
    remedy: 'clearTimeout(), or .unref() if nothing waits for it.',
    madeBy: [{ module: PROMISED_TIMERS, remedy: 'await it, or abort it by its `signal`.' }],
    deep: true,
    delayOf: probe.delayOf,
  },
  Immediate: {
    ...timer,
    noun: 'an immediate',
    remedy: 'clearImmediate(), or stop re-arming it.',
    probe: probe.immediate,
    detail: detail.none,
    release: release.immediate,
    framesInCallbacks: 8,
  },

  // mutation: server type
  TCPSERVERWRAP: {
    ...handle,
    rank: 0,
    noun: 'a TCP server',
    remedy: 'server.close(), and await its callback; for an HTTP server also server.closeAllConnections().',
    probe: probe.inUse,
    detail: detail.tcpServer,
    accepts: 'TCPWRAP',
  },
  TCPWRAP: {
    ...handle,
    rank: 3,
    noun: 'a TCP socket',
    remedy: 'socket.end() or socket.destroy(), or close the client or the pool that owns it.',
    probe: probe.tcpSocket,
    detail: detail.tcpSocket,
    release: release.socket,
    deep: true,
    madeBy: [
      fetched,
      {
        module: 'node:internal/http2/core',
        noun: 'an HTTP/2 session',
        remedy: 'session.close(), or session.destroy().',
      },
      { module: 'node:_tls_wrap', noun: 'a TLS socket' },
      { module: 'node:internal/tls/wrap', noun: 'a TLS socket' },
    ],
    unread,
    asks,
    heldByResponse: { module: 'node:internal/deps/undici/undici', package: 'undici' },
  },
  PIPESERVERWRAP: {
    ...handle,
    rank: 0,
    noun: 'an IPC server',
    remedy: 'server.close(), and await its callback.',
    probe: probe.inUse,
    detail: detail.pipeServer,
    accepts: 'PIPEWRAP',
  },
  PIPEWRAP: {
    ...handle,
    rank: 3,
    noun: 'a pipe',
    remedy: 'socket.end() or socket.destroy(); for a pipe of a child process, end the child.',
    detail: detail.pipe,
    release: release.pipe,
    // mutation: child module
    partOf: { type: 'PROCESSWRAP', module: 'node:internal/child_process' },
  },
  TTYWRAP: {
    ...handle,
    noun: 'a terminal',
    remedy: 'stream.destroy().',
    detail: detail.tty,
  },
  UDPWRAP: {
    ...handle,
    rank: 3,
    noun: 'a UDP socket',
    remedy: 'socket.close().',
    probe: probe.udpSocket,
    detail: detail.udpSocket,
  },
  PROCESSWRAP: {
    ...handle,
    rank: 1,
    noun: 'a child process',
    made: 'spawned',
    ended: 'ended',
    remedy: "child.kill(), and await its 'exit' event.",
    detail: detail.childProcess,
    madeBy: [
      {
        module: 'node:internal/cluster/primary',
        noun: 'a worker of a cluster',
        remedy: "worker.kill(), and await its 'exit' event.",
      },
    ],
    boundByMachine: probe.isRunnable,
  },
  WORKER: {
    ...handle,
    rank: 2,
    noun: 'a worker thread',
    made: 'started',
    ended: 'terminated',
    remedy: 'await worker.terminate().',
    detail: detail.worker,
    boundByMachine: probe.isWorkerBusy,
  },
  MESSAGEPORT: {
    ...handle,
    noun: 'a message port',
    remedy: 'port.close(), or channel.close() for a BroadcastChannel.',
    detail: detail.none,
    // mutation: worker module
    partOf: { type: 'WORKER', module: 'node:internal/worker' },
  },
  FSEVENTWRAP: {
    ...handle,
    rank: 4,
    noun: 'a file watcher',
    remedy: 'watcher.close().',
    madeBy: [{ module: 'node:internal/fs/recursive_watch', noun: 'a recursive file watcher' }],
    probe: probe.inUse,
    detail: detail.none,
  },
  STATWATCHER: {
    ...handle,
    rank: 4,
    noun: 'a file watcher (fs.watchFile)',
    remedy: 'fs.unwatchFile(path).',
    probe: probe.inUse,
    detail: detail.none,
  },
  FILEHANDLE: {
    ...handle,
    noun: 'a file handle',
    remedy: 'await handle.close(), or `await using`.',
    probe: probe.fileHandle,
    detail: detail.fileHandle,
    endsUnseen: true,
  },

  FSREQCALLBACK: {
    ...poolRequest,
    noun: 'a file system request',
    remedy: 'wait for its callback or its promise before the test ends.',
    probe: probe.request,
    many: { after: 16, frames: 0 }, // watchers and bundlers make hundreds of thousands; only one on a pipe that nobody writes to stays
  },
  FSREQPROMISE: {
    ...poolRequest,
    noun: 'a file system request',
    remedy: 'await the promise of fs.promises.',
    opensFileHandles: true,
  },
  GETADDRINFOREQWRAP: {
    ...poolRequest,
    noun: 'a DNS lookup',
    remedy: 'await dns.lookup(), or the connection that needs it.',
    detail: detail.lookup,
  },
  GETNAMEINFOREQWRAP: {
    ...poolRequest,
    noun: 'a reverse DNS lookup',
    remedy: 'await dns.lookupService().',
    detail: detail.lookup,
  },
  QUERYWRAP: {
    ...request,
    noun: 'a DNS query',
    remedy: 'await it, or resolver.cancel().',
    release: release.query,
    detail: detail.lookup,
  },
  TCPCONNECTWRAP: {
    ...request,
    noun: 'a TCP connection attempt',
    remedy: 'await its connection, or socket.destroy().',
    detail: detail.connect,
    release: release.connection,
  },
  PBKDF2REQUEST: { ...cryptoJob, noun: 'a key derivation (PBKDF2)' },
  SCRYPTREQUEST: { ...cryptoJob, noun: 'a key derivation (scrypt)' },
  ARGON2REQUEST: { ...cryptoJob, noun: 'a key derivation (Argon2)' },
  DERIVEBITSREQUEST: { ...cryptoJob, noun: 'a key derivation' },
  KEYPAIRGENREQUEST: { ...cryptoJob, noun: 'the generation of a key pair' },
  RANDOMPRIMEREQUEST: { ...cryptoJob, noun: 'the generation of a prime' },
  CHECKPRIMEREQUEST: { ...cryptoJob, noun: 'the check of a prime' },
  PROMISE: internal('a promise', 'one that never settles keeps nothing open.'),
  TickObject: {
    ...internal('a callback of process.nextTick()', 'it runs before anything else.'),
    passesOn: probe.callbackOf,
  },
  Microtask: internal('a callback of queueMicrotask()', 'it runs before anything else.'),
  HTTPCLIENTREQUEST: clientRequest,
  HTTPINCOMINGMESSAGE: {
    ...internal('an HTTP request that a server received', 'its socket is reported instead (TCPWRAP).'),
    speaksFor: detail.connectionOf,
  },
  HTTP2SESSION: internal('an HTTP/2 session', 'its socket is reported instead (TCPWRAP).'),
  HTTP2STREAM: internal('an HTTP/2 stream', 'its socket is reported instead (TCPWRAP).'),
  HTTP2PING: internal('an HTTP/2 ping', 'its socket is reported instead (TCPWRAP).'),
  HTTP2SETTINGS: internal('an HTTP/2 settings frame', 'its socket is reported instead (TCPWRAP).'),
  TLSWRAP: {
    ...internal('the encryption of a TLS socket', 'its socket is reported instead (TCPWRAP).'),
    ridesOn: detail.reusedTlsSocket,
  },
  JSSTREAM: internal('a stream in JavaScript beneath a native one', 'the stream beneath it tells.'),
  STREAMPIPE: internal('a pipe between two native streams', 'the streams at its ends tell.'),
  WRITEWRAP: internal('a write to a stream', 'the stream tells.'),
  SHUTDOWNWRAP: internal('the end of a stream', 'the stream tells.'),
  PIPECONNECTWRAP: internal('a connection to an IPC server', 'the pipe tells (PIPEWRAP).'),
  UDPSENDWRAP: internal('a datagram on its way', 'the socket tells (UDPWRAP).'),
  DNSCHANNEL: internal('a DNS resolver', 'Node keeps one for the process; a query tells (QUERYWRAP).'),
  DIRHANDLE: internal('an open directory', 'it keeps nothing alive, and closes when it is collected.'),
  FILEHANDLECLOSEREQ: {
    ...internal('the closing of a file handle', 'the file handle tells (FILEHANDLE).'),
    closesFileHandle: true,
  },
  BLOBREADER: internal('a reader of a Blob', 'it keeps nothing alive.'),
  ZLIB: internal('a compression stream', 'it keeps nothing alive, and ends when it is collected.'),
  SIGNALWRAP: internal('a listener to a signal', 'Node keeps it from holding the process.'),
  ELDHISTOGRAM: internal('a monitor of event loop delay', 'Node keeps it from holding the process.'),
  HEAPSNAPSHOT: internal('a heap snapshot', 'it keeps nothing alive.'),
  WORKERHEAPSNAPSHOT: internal('a heap snapshot of a worker', 'the worker tells (WORKER).'),
  RANDOMBYTESREQUEST: internal(
    'a request for random bytes',
    'synchronous calls make it too, and it takes no time.',
  ),
  HASHREQUEST: internal('a hash', 'synchronous calls make it too, and it takes no time.'),
  SIGNREQUEST: internal('a signature', 'synchronous calls make it too, and it takes no time.'),
  CIPHERREQUEST: internal('an encryption', 'synchronous calls make it too, and it takes no time.'),
  KEYGENREQUEST: internal('the generation of a key', 'synchronous calls make it too, and it takes no time.'),
  KEYEXPORTREQUEST: internal('the export of a key', 'synchronous calls make it too, and it takes no time.'),
};

/** The table, by resource type. Without a prototype, so that a type named `constructor` finds nothing. */
export const kinds: Readonly<Record<string, Row | undefined>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, Row>, rows),
);

/** Any `AsyncResource` of a library or of the user, whatever it calls itself. */
export const embedder: Row = {
  kind: 'embedder',
  noun: 'an AsyncResource',
  made: 'made',
  ended: 'destroyed',
  remedy: 'call emitDestroy() on it: it was made with requireManualDestroy.',
  probe: probe.embedder,
  detail: detail.none,
  weak: true,
  many: { after: 16, frames: 8 },
  framesInCallbacks: 8, // Node's own streams make one each
};

/** A type of a newer Node or of an addon: judged only if its `hasRef()` says that it is open. */
export const unknown: Row = {
  ...handle,
  noun: 'an async resource',
  remedy: 'close it with the library that made it.',
  probe: probe.unknown,
  detail: detail.none,
};
