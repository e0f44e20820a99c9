/**
 * How to see, when a scope is judged, whether a resource is still open. Never called from an async hook: touching some resources
 * inside `init` crashes the process (facts: native getters of FILEHANDLE and TCPSERVERWRAP).
 */

import { readdirSync, readFileSync } from 'node:fs';

import { note } from './notes.js';

/** The bits that a probe returns; without any of them, the resource is over. */
export const OPEN = 1;
/** It keeps the event loop, and so the process, alive. */
export const REFED = 2;
/** It is visibly still in use, not on its way out: waiting for it is of no use. */
export const IN_USE = 4;
/** It ends by itself, though not soon, or holds nothing yet: no leak, but it must not keep the run from ending either. */
export const IDLE = 8;

/**
 * Takes the resource object and the longest one-shot timer that is waited for (ms); returns the bits above.
 * May throw, when a user's `hasRef` does; the caller takes that for "over".
 */
export type Probe = (resource: object, grace: number) => number;

interface Refable {
  hasRef?: () => unknown;
}

/** What Node keeps on a `Timeout`. */
export interface TimerInternals extends Refable {
  _destroyed?: boolean;
  /** The delay in ms; CLEARED once cleared, but unchanged if the timer has run out. */
  _idleTimeout?: number;
  /** When it was last started, in ms of the event loop's clock. */
  _idleStart?: number;
  /** The ms between repeats, null for a one-shot timer. */
  _repeat?: number | null;
}

const isRefable = (value: unknown): value is Refable =>
  typeof (value as Refable | null | undefined)?.hasRef === 'function';

/** http's Agent re-arms a pooled socket with a stand-in, which has no `hasRef` but holds the handle (`ReusedHandle`). */
export function unwrap(resource: object): Refable {
  return isRefable(resource) ? resource : (Object.values(resource).find(isRefable) ?? resource);
}

function refed(resource: Refable): number {
  return resource.hasRef?.() === true ? REFED : 0;
}

/**
 * Whether a handle has been closed, and only its last callback is still to come. Node then keeps that callback under a symbol
 * described `handle_onclose`, and takes the handle from its owner.
 */
export function isClosing(resource: object): boolean {
  const native = unwrap(resource);
  const { fd } = native as { fd?: number };
  if (native.hasRef === undefined) return typeof fd === 'number' && fd < 0; // a FileHandle
  if (Object.getOwnPropertySymbols(native).some(({ description }) => description === 'handle_onclose'))
    return true;
  const owner: { destroyed?: boolean } | undefined = ownerOf(native);
  return owner?.destroyed === true;
}

/** The delay that Node gives to a timer that was cleared. */
export const CLEARED = -1;

export const never: Probe = () => 0;

/** A cleared timer keeps saying `hasRef()`; `_destroyed` is true at once. */
export const timeout: Probe = (resource, grace) => {
  const timer = resource as TimerInternals;
  if (timer._destroyed === true || timer._idleTimeout === CLEARED) return 0;
  const longLived = typeof timer._repeat === 'number' || (timer._idleTimeout ?? 0) > grace;
  return OPEN | refed(timer) | (longLived ? IN_USE : 0);
};

/** The function that a tick will run. */
export function callbackOf(tick: object): object | undefined {
  const { callback } = tick as { callback?: unknown };
  return typeof callback === 'function' ? callback : undefined;
}

/** The ms after which a timer is due, or between two runs of an interval; CLEARED if a call has ended it. */
export const delayOf = (timer: object): number | undefined => (timer as TimerInternals)._idleTimeout;

/** What we read of a callback in a fake clock. */
export interface FakeCallback {
  /** "Timeout", "Interval", "Immediate", "AnimationFrame", "IdleCallback". */
  readonly type?: string;
  /** Fake ms. */
  readonly delay?: number;
  readonly interval?: number;
}

/** A fake clock that moves by itself. */
export interface HeldClock {
  /** It is still installed, and moves. */
  readonly isMoving: boolean;
  /** The callbacks in it that belong to its own scope. */
  readonly callbacks: readonly FakeCallback[];
  /** Keeps it from holding the process. */
  unref(): void;
}

/** A clock that holds nothing does no harm, but must not keep the run from ending either. */
export const fakeClock: Probe = (resource) => {
  const { isMoving, callbacks } = resource as HeldClock;
  if (!isMoving) return 0;
  return OPEN | REFED | (callbacks.length > 0 ? IN_USE : IDLE);
};

export const immediate: Probe = (resource) => {
  const timer = resource as TimerInternals;
  return timer._destroyed === true ? 0 : OPEN | refed(timer);
};

/** Whether a handle has been asked to end: a socket, a child process. */
export function isEnding(native: object): boolean {
  const owner: { writableEnded?: boolean; killed?: boolean } = ownerOf(unwrap(native)) ?? {};
  return owner.writableEnded === true || owner.killed === true;
}

/** Node keeps the owner of a native handle, a `Socket` say, under a symbol described `owner_symbol`. */
export function ownerOf(native: object): object | undefined {
  const key = Object.getOwnPropertySymbols(native).find((symbol) => symbol.description === 'owner_symbol');
  return key && (native as Record<symbol, object | undefined>)[key];
}

/** The process's own stdin, stdout or stderr: nobody's to close (vitest#11330). */
function isStdio(native: object): boolean {
  const { fd } = (typeof (native as { fd?: number }).fd === 'number' ? native : (ownerOf(native) ?? {})) as {
    fd?: number;
  };
  return typeof fd === 'number' && fd >= 0 && fd <= 2;
}

/** A closing or closed handle answers `hasRef()` with false. */
export const handle: Probe = (resource) => {
  const native = unwrap(resource);
  return isStdio(native) ? 0 : OPEN | refed(native);
};

/** What we read of a connection that an HTTP server accepted. */
interface HttpConnection {
  server?: object | null;
  /** Null once another protocol has taken over. */
  parser?: object | null;
  /** The response that is under way; null between two, undefined before the first. */
  _httpMessage?: object | null;
  bytesRead?: number;
  bytesWritten?: number;
}

/** The sockets of connections to HTTP servers, by handle, if Node does not say which connections those are. */
const served = new WeakMap<object, object>();
let tellsServed: boolean | undefined;

/** Notes that an HTTP server reads from a connection. */
export function noteServed(native: object, socket: object): void {
  tellsServed ??= ownerOf(native) !== undefined && 'server' in socket;
  if (!tellsServed) served.set(native, socket);
}

/**
 * Whether a connection waits for its first request (`headersTimeout`, 60 s) or for the next one (`keepAliveTimeout`, 5 s): an
 * HTTP server ends it by itself. undici opens a connection that waits in place of one that it had to abort.
 */
function awaitsRequest(native: object): boolean {
  const socket: HttpConnection | undefined = served.get(native) ?? ownerOf(native);
  if (socket === undefined || (socket.server == null && !served.has(native))) return false;
  const { parser, _httpMessage, bytesRead, bytesWritten = 0 } = socket;
  if (parser === null) return false;
  if (_httpMessage !== undefined) return _httpMessage === null;
  // Nothing has come yet; or it has answered without any `_httpMessage`, which this Node then does not set.
  return parser !== undefined && (bytesRead === 0 || bytesWritten > 0);
}

/** What we read of the socket of an HTTP client. */
interface ClientSocket {
  readonly bytesRead?: number;
  /** The request that is under way; on the server's side the response, which knows nothing of upgrades. */
  readonly _httpMessage?: {
    readonly res?: { readonly readableFlowing?: boolean | null } | null;
    /** Another protocol has taken over. */
    readonly upgradeOrConnect?: boolean;
  } | null;
}

/**
 * Whether a response has come on a socket and is not read: of Node's own HTTP client, or of another one of which only that much is
 * known that it got some bytes.
 */
export function hasUnread(socket: object, isHeld: boolean): boolean {
  const owner: ClientSocket | undefined = ownerOf(unwrap(socket));
  if (isHeld) return (owner?.bytesRead ?? 0) > 0;
  return owner?._httpMessage?.res?.readableFlowing === null;
}

/** Whether a request of Node's own HTTP client is under way on a socket. */
export function asksHttp(socket: object): boolean {
  const owner: ClientSocket | undefined = ownerOf(unwrap(socket));
  return owner?._httpMessage?.upgradeOrConnect === false;
}

/** What we read of the native handle of a socket. */
interface SocketHandle {
  /** -1 without a descriptor, and always on Windows. */
  fd?: number;
  /** Writes the address into `out`, and returns 0 or the number of an error. */
  getsockname?: (out: { port?: number }) => number;
}

/** Whether the operating system knows of no address for it: it was neither bound nor connected. */
function hasNoAddress(native: object): boolean {
  // A mocking library puts a function of its own on the handle (nock).
  // mutation: address
  const { getsockname } = Object.getPrototypeOf(native) as SocketHandle;
  const { fd } = native as SocketHandle;
  if (typeof getsockname !== 'function') return fd === -1 && process.platform !== 'win32';
  const address: { port?: number } = {};
  return getsockname.call(native, address) !== 0 || address.port === 0; // 0 where `bind` has failed
}

/** Turns of the event loop so far; undefined if this Node does not count them. */
function turnsSoFar(): number | undefined {
  const { nodeTiming } = process.getBuiltinModule('node:perf_hooks').performance;
  return (nodeTiming as { uvMetricsInfo?: { loopCount: number } }).uvMetricsInfo?.loopCount;
}

/** The turn in which we first saw that a handle was not open. */
const firstSeen = new WeakMap<object, number>();

/**
 * Whether nothing is about to open a socket that is not open now: it was never bound, or a `lookup` of the user's own never
 * answers. Then Node does not wait for it, whatever `hasRef()` says (Node 20 to 26). The rest of this turn of the loop may open
 * it, as `bind` and `connect` do in a tick; a lookup of Node's is a resource of its own, and we wait for that.
 */
function isDormant(native: object): boolean {
  const now = turnsSoFar();
  // mutation: dormant, unknown
  if (now === undefined) return true; // if it is opened later, the end of the file finds it
  const first = firstSeen.get(native);
  if (first === undefined) firstSeen.set(native, now);
  // mutation: dormant, seen
  return first !== undefined && first !== now;
}

export const tcpSocket: Probe = (resource) => {
  const native: Refable & SocketHandle = unwrap(resource);
  const isOpen = (native.fd ?? -1) >= 0 || !hasNoAddress(native);
  const isIdle = isOpen ? awaitsRequest(native) : isDormant(native);
  return OPEN | refed(native) | (isIdle ? IDLE : 0);
};

/** Only a call closes it once it is bound. */
export const udpSocket: Probe = (resource) => {
  const native: Refable & SocketHandle = unwrap(resource);
  if (!hasNoAddress(native)) return OPEN | refed(native) | IN_USE;
  return OPEN | refed(native) | (isDormant(native) ? IDLE : 0);
};

/** Only a call closes it: a server that listens, a watcher. */
export const inUse: Probe = (resource) => OPEN | refed(unwrap(resource)) | IN_USE;

/** `destroy` comes with the collector, long after `close()`; the descriptor is gone at once. */
export const fileHandle: Probe = (resource) => {
  // mutation: file descriptor
  const { fd } = resource as { fd?: number };
  if (typeof fd !== 'number')
    note('Node does not say the descriptor of a file handle: FILEHANDLE is missed.');
  return (fd ?? -1) >= 0 ? OPEN | REFED : 0;
};

/** Its `destroy` comes the moment it finishes: while there is a record, it is in flight. */
export const inFlight: Probe = () => OPEN | REFED;

/**
 * Whether Node will call somebody back: the callback is an own property of the request, `oncomplete` or `ondone`. A synchronous
 * job has none, and lives on until it is collected; Node's own reads from a file handle, kept for reuse, have none either.
 */
export const callsBack = (request: object): boolean =>
  // mutation: callbacks of a request
  Object.keys(request).some(
    (key) => key.startsWith('on') && typeof (request as Record<string, unknown>)[key] === 'function',
  );

/** For a type that Node also creates when there is nothing to wait for. */
export const request: Probe = (resource) => (callsBack(resource) ? OPEN | REFED : 0);

/**
 * Whether the garbage collector may end an `AsyncResource`. If so, it has an own symbol described `destroyed`, which the
 * constructor sets after `init`; one made with `requireManualDestroy` does not (Node 20.20 to 26.10).
 */
export function isCollectable(resource: object): boolean {
  // mutation: collectable
  return Object.getOwnPropertySymbols(resource).some((symbol) => symbol.description === 'destroyed');
}

export const embedder: Probe = (resource) => (isCollectable(resource) ? 0 : OPEN | REFED | IN_USE);

export const unknown: Probe = (resource) => {
  const native = unwrap(resource);
  return typeof native.hasRef === 'function' ? OPEN | refed(native) : 0;
};

/** Whether only the machine keeps a resource from ending just now. Called only if a judgement has waited in vain. */
export type Bound = (resource: object) => boolean;

export const always: Bound = () => true;

/** Whether a child has a thread that computes or waits for the disk, or has ended. Only Linux shows it; elsewhere it may. */
export const isRunnable: Bound = (resource) => {
  const { pid } = resource as { pid?: number };
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) =>
      // The name before the state may contain anything.
      /\) [RDZX] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
    );
  } catch {
    return true;
  }
};

const idleTimes = new WeakMap<object, number>();

/** Whether the loop of a worker has not begun, has ended, or has not idled since we last asked. */
export const isWorkerBusy: Bound = (resource) => {
  const idle = (resource as { loopIdleTime?: () => number }).loopIdleTime?.() ?? -1;
  const before = idleTimes.get(resource);
  idleTimes.set(resource, idle);
  return idle < 0 || before === undefined || idle === before;
};
