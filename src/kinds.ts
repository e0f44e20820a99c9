/**
 * What differs by resource type. One row for each type that Node emits: its kind, the plain words for it,
 * how to see whether it is still open, what to show of it, and what closes it. Verdicts, messages,
 * documentation and fixtures all follow from this table.
 *
 * The names are those of Node's `AsyncWrap::Providers`, and those that its JavaScript emits by itself
 * (https://nodejs.org/api/async_hooks.html#type).
 */
import * as detail from './details.js';
import * as probe from './probes.js';

/** What a resource is, and so when it leaks (spec, "What counts"). */
export type Kind = 'timer' | 'handle' | 'request' | 'embedder' | 'internal';

/** One resource type. */
export interface Row {
  readonly kind: Kind;
  /** With its article: "a TCP socket". */
  readonly noun: string;
  /** How it came to be, as in "was opened in this test". */
  readonly made: string;
  /** What never happened, as in "but never closed". */
  readonly ended: string;
  /** What closes it: shown behind "Close it:". */
  readonly remedy: string;
  readonly probe: probe.Probe;
  /** What this one is in particular: addresses, delay, pid, path. */
  readonly detail: detail.Detail;
  /** Made by this module of Node's as a part of a resource of that type, it shares its verdict. */
  readonly partOf?: { readonly type: string; readonly module: string };
  /** The record holds it weakly: its end is seen only when the collector takes it. */
  readonly weak?: true;
  /** The line that asked for it lies deep below its creation: more frames are captured. */
  readonly deep?: true;
  /** The async id of the handle beneath it, when it is born again for another user of a pool. */
  readonly ridesOn?: (resource: object) => number | undefined;
  /** The async id of the handle for which it runs: what its callbacks make is because of that. */
  readonly speaksFor?: (resource: object) => number | undefined;
}

const timer = {
  kind: 'timer',
  noun: 'a timer',
  made: 'started',
  ended: 'cleared',
  probe: probe.timeout,
  detail: detail.timeout,
} as const;
const handle = { kind: 'handle', made: 'opened', ended: 'closed', probe: probe.handle } as const;
const request = {
  kind: 'request',
  made: 'started',
  ended: 'finished',
  probe: probe.inFlight,
  detail: detail.none,
} as const;
const cryptoJob = {
  ...request,
  probe: probe.cryptoJob,
  remedy: 'await its promise or its callback before the test ends.',
  weak: true,
} as const;
/** Never a leak: it ends by itself, or another resource tells. */
const internal: Row = {
  kind: 'internal',
  noun: 'a resource of Node itself',
  made: 'made',
  ended: 'ended',
  remedy: 'nothing to close.',
  probe: probe.never,
  detail: detail.none,
};

const rows: Record<string, Row> = {
  Timeout: {
    ...timer,
    remedy: 'clearTimeout(), or .unref() if nothing waits for it.',
  },
  Immediate: {
    ...timer,
    noun: 'an immediate',
    remedy: 'clearImmediate(), or stop re-arming it.',
    probe: probe.immediate,
    detail: detail.none,
  },

  TCPSERVERWRAP: {
    ...handle,
    noun: 'a TCP server',
    remedy: 'server.close(), and await its callback; for an HTTP server also server.closeAllConnections().',
    probe: probe.inUse,
    detail: detail.tcpServer,
  },
  TCPWRAP: {
    ...handle,
    noun: 'a TCP socket',
    remedy: 'socket.end() or socket.destroy(), or close the client or the pool that owns it.',
    detail: detail.tcpSocket,
    deep: true,
  },
  PIPESERVERWRAP: {
    ...handle,
    noun: 'an IPC server',
    remedy: 'server.close(), and await its callback.',
    probe: probe.inUse,
    detail: detail.pipeServer,
  },
  PIPEWRAP: {
    ...handle,
    noun: 'a pipe',
    remedy: 'socket.end() or socket.destroy(); for a pipe of a child process, end the child.',
    detail: detail.pipe,
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
    noun: 'a UDP socket',
    remedy: 'socket.close().',
    probe: probe.inUse,
    detail: detail.udpSocket,
  },
  PROCESSWRAP: {
    ...handle,
    noun: 'a child process',
    made: 'spawned',
    ended: 'ended',
    remedy: "child.kill(), and await its 'exit' event.",
    detail: detail.childProcess,
  },
  WORKER: {
    ...handle,
    noun: 'a worker thread',
    made: 'started',
    ended: 'terminated',
    remedy: 'await worker.terminate().',
    detail: detail.worker,
  },
  MESSAGEPORT: {
    ...handle,
    noun: 'a message port',
    remedy: 'port.close(), or channel.close() for a BroadcastChannel.',
    detail: detail.none,
    partOf: { type: 'WORKER', module: 'node:internal/worker' },
  },
  FSEVENTWRAP: {
    ...handle,
    noun: 'a file watcher',
    remedy: 'watcher.close().',
    probe: probe.inUse,
    detail: detail.none,
  },
  STATWATCHER: {
    ...handle,
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
  },

  FSREQCALLBACK: {
    ...request,
    noun: 'a file system request',
    remedy: 'wait for its callback or its promise before the test ends.',
    probe: probe.fsRequest,
  },
  FSREQPROMISE: {
    ...request,
    noun: 'a file system request',
    remedy: 'await the promise of fs.promises.',
  },
  GETADDRINFOREQWRAP: {
    ...request,
    noun: 'a DNS lookup',
    remedy: 'await dns.lookup(), or the connection that needs it.',
    detail: detail.lookup,
  },
  GETNAMEINFOREQWRAP: {
    ...request,
    noun: 'a reverse DNS lookup',
    remedy: 'await dns.lookupService().',
    detail: detail.lookup,
  },
  QUERYWRAP: {
    ...request,
    noun: 'a DNS query',
    remedy: 'await it, or resolver.cancel().',
    detail: detail.lookup,
  },
  TCPCONNECTWRAP: {
    ...request,
    noun: 'a TCP connection attempt',
    remedy: 'await its connection, or socket.destroy().',
    detail: detail.connect,
  },
  PBKDF2REQUEST: { ...cryptoJob, noun: 'a key derivation (PBKDF2)' },
  SCRYPTREQUEST: { ...cryptoJob, noun: 'a key derivation (scrypt)' },
  ARGON2REQUEST: { ...cryptoJob, noun: 'a key derivation (Argon2)' },
  DERIVEBITSREQUEST: { ...cryptoJob, noun: 'a key derivation' },
  KEYPAIRGENREQUEST: { ...cryptoJob, noun: 'the generation of a key pair' },
  RANDOMPRIMEREQUEST: { ...cryptoJob, noun: 'the generation of a prime' },
  CHECKPRIMEREQUEST: { ...cryptoJob, noun: 'the check of a prime' },
};

// Ends by itself within moments, or at the hands of the collector, or is told by the handle beneath it.
for (const type of [
  'PROMISE',
  'TickObject',
  'Microtask',
  'HTTPCLIENTREQUEST',
  'HTTP2SESSION',
  'HTTP2STREAM',
  'HTTP2PING',
  'HTTP2SETTINGS',
  'JSSTREAM',
  'STREAMPIPE',
  'WRITEWRAP',
  'SHUTDOWNWRAP',
  'PIPECONNECTWRAP',
  'UDPSENDWRAP',
  'DNSCHANNEL',
  'DIRHANDLE',
  'FILEHANDLECLOSEREQ',
  'BLOBREADER',
  'ZLIB',
  'SIGNALWRAP',
  'ELDHISTOGRAM',
  'HEAPSNAPSHOT',
  'WORKERHEAPSNAPSHOT',
  // Crypto that is made by synchronous calls too, and never takes long.
  'RANDOMBYTESREQUEST',
  'HASHREQUEST',
  'SIGNREQUEST',
  'CIPHERREQUEST',
  'KEYGENREQUEST',
  'KEYEXPORTREQUEST',
]) {
  rows[type] = internal;
}
rows['HTTPINCOMINGMESSAGE'] = { ...internal, speaksFor: detail.connectionOf };
rows['TLSWRAP'] = { ...internal, ridesOn: detail.reusedTlsSocket };

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
};

/** A type of a newer Node or of an addon: judged only if it says by `hasRef()` that it is open. */
export const unknown: Row = {
  ...handle,
  noun: 'an async resource',
  remedy: 'close it with the library that made it.',
  probe: probe.unknown,
  detail: detail.none,
};
