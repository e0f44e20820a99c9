/**
 * The details of a resource: read when its leak is reported, never in an async hook. Each reader takes the resource object and
 * returns plain data, without what Node does not say.
 */
import { readlinkSync } from 'node:fs';

import { shownCommand } from './secrets.js';
import { noteServed, ownerOf, unwrap, type HeldClock, type TimerInternals } from './probes.js';

/** Plain, serialisable facts about one resource. */
export interface Details {
  /** A better noun than the table's: "an interval" for a repeating `Timeout`. */
  noun?: string;
  /** Likewise, a better remedy. */
  remedy?: string;
  /** The short form for the chain: "timer, 50 ms". */
  label?: string;
  /** The delay of a timer, in ms. */
  delay?: number;
  repeats?: boolean;
  /** `address:port` of this end and of the other. */
  local?: string;
  remote?: string;
  pid?: number;
  command?: string;
  path?: string;
  fd?: number;
  threadId?: number;
  hostname?: string;
}

/** Reads the details of one resource. May throw; the caller takes that for "nothing known". */
export type Detail = (resource: object) => Details;

export const none: Detail = () => ({});

/** What we read of the JavaScript object that owns a native handle. */
interface HandleOwner {
  /** Null as long as nobody reads. */
  readableFlowing?: boolean | null;
  writableEnded?: boolean;
  /** Set on the server's end of a connection. */
  server?: object | null;
  _pipeName?: string;
  pid?: number;
  spawnargs?: string[];
}

export const timeout: Detail = (resource) => {
  const timer = resource as TimerInternals;
  const repeats = typeof timer._repeat === 'number';
  const delay = (repeats ? timer._repeat : timer._idleTimeout) ?? 0;
  const isUnref = timer.hasRef?.() === false; // reported only with `includeUnref`
  return repeats
    ? {
        noun: 'an interval',
        remedy: isUnref ? 'clearInterval().' : 'clearInterval(), or .unref() if nothing waits for it.',
        label: `interval, every ${Math.round(delay)} ms`,
        delay,
        repeats,
      }
    : {
        ...(isUnref && { remedy: 'clearTimeout().' }),
        label: `timer, ${Math.round(delay)} ms`,
        delay,
        repeats,
      };
};

const FAKES: Record<string, string> = {
  Timeout: 'timer',
  Interval: 'interval',
  Immediate: 'immediate',
  AnimationFrame: 'animation frame',
  IdleCallback: 'idle callback',
};

/** "fake clock that holds 2 timers of 10 to 100 ms, an interval of 50 ms". */
export const fakeClock: Detail = (resource) => {
  const byKind = new Map<string, number[]>();
  for (const { type = '', delay, interval } of (resource as HeldClock).callbacks) {
    const kind = FAKES[type] ?? 'callback';
    const delays = byKind.get(kind) ?? [];
    byKind.set(kind, delays);
    delays.push(type === 'Interval' ? (interval ?? 0) : (delay ?? 0));
  }
  const held = [...byKind].map(([kind, delays]) => wordFakes(kind, delays));
  return { label: held.length === 0 ? 'fake clock' : `fake clock that holds ${held.join(', ')}` };
};

function wordFakes(kind: string, delays: readonly number[]): string {
  const count = delays.length === 1 ? (/^[aeiou]/.test(kind) ? 'an' : 'a') : String(delays.length);
  const what = `${count} ${kind}${delays.length === 1 ? '' : 's'}`;
  if (kind !== 'timer' && kind !== 'interval') return what;
  const [least, most] = [Math.min(...delays), Math.max(...delays)];
  return `${what} of ${least === most ? '' : `${least} to `}${most} ms`;
}

interface Named {
  getsockname?: (out: object) => unknown;
  getpeername?: (out: object) => unknown;
}

interface Address {
  address?: string;
  port?: number;
  family?: string;
}

function format({ address, port, family }: Address): string | undefined {
  if (address === undefined || port === undefined) return undefined;
  // A server that listens on both families sees its IPv4 clients' addresses like this; the clients do not.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  return family === 'IPv6' && mapped === undefined ? `[${address}]:${port}` : `${mapped ?? address}:${port}`;
}

function addressOf(resource: object, method: keyof Named): string | undefined {
  const native = unwrap(resource) as Named;
  const out: Address = {};
  native[method]?.(out);
  return format(out);
}

/** Leaves out what is not known, as `exactOptionalPropertyTypes` asks. */
function known(details: { [K in keyof Details]: Details[K] | undefined }): Details {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}

export const tcpServer: Detail = (resource) => {
  const local = addressOf(resource, 'getsockname');
  return known({ local, label: local && `server ${local}` });
};

/** What closes a connection that a server accepted; if nobody reads it, it does not see that the client has gone. */
const ACCEPTED =
  'close the client; or in the server socket.destroy(), for an HTTP server closeAllConnections().';
const ACCEPTED_UNREAD =
  "in the server socket.destroy(); or socket.resume(), to hear of the client's end, and then socket.end().";
/** What closes a socket that has been ended. */
const ENDED = 'socket.destroy(), or end the other side, too. socket.end() ends only this side.';
const ENDED_UNREAD =
  'socket.resume() to read the rest, or socket.destroy(). socket.end() ends only this side.';

/** What closes a socket in the state in which it is; undefined if any call does. */
function remedyOf({ server, readableFlowing, writableEnded }: HandleOwner): string | undefined {
  const isUnread = readableFlowing === null;
  if (server != null) return isUnread ? ACCEPTED_UNREAD : ACCEPTED;
  if (writableEnded === true) return isUnread ? ENDED_UNREAD : ENDED;
  return undefined;
}

export const tcpSocket: Detail = (resource) => {
  const local = addressOf(resource, 'getsockname');
  const remote = addressOf(resource, 'getpeername');
  const label = remote ? `socket ${local} → ${remote}` : local && `socket ${local}`;
  const remedy = remedyOf(ownerOf(unwrap(resource)) ?? {});
  return known({ local, remote, label, remedy });
};

export const udpSocket: Detail = (resource) => {
  const local = addressOf(resource, 'getsockname');
  return known({ local, label: local ? `UDP socket ${local}` : 'UDP socket, not bound' });
};

export const pipeServer: Detail = (resource) => {
  const owner: HandleOwner | undefined = ownerOf(resource);
  const path = owner?._pipeName;
  return known({ path, label: path && `server ${path}` });
};

function fdOf(resource: object): number | undefined {
  const { fd } = unwrap(resource) as { fd?: number };
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

export const pipe: Detail = (resource) => {
  const fd = fdOf(resource);
  return known({ fd, label: fd === undefined ? undefined : `pipe, file descriptor ${fd}` });
};

export const tty: Detail = (resource) => {
  const fd = fdOf(resource);
  return known({ fd, label: fd === undefined ? undefined : `terminal, file descriptor ${fd}` });
};

export const fileHandle: Detail = (resource) => {
  const fd = fdOf(resource);
  const path = fd === undefined ? undefined : pathOf(fd);
  return known({ fd, path, label: `file ${path ?? `descriptor ${fd}`}` });
};

/** Linux only: Node does not keep the path. */
function pathOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

export const childProcess: Detail = (resource) => {
  const child: HandleOwner | undefined = ownerOf(resource);
  const pid = child?.pid;
  const command = child?.spawnargs === undefined ? undefined : shownCommand(child.spawnargs.join(' '));
  return known({ pid, command, label: `child process ${pid ?? ''}${command ? `: ${command}` : ''}` });
};

export const worker: Detail = (resource) => {
  const { threadId } = resource as { threadId?: number };
  return known({ threadId, label: threadId === undefined ? undefined : `worker thread ${threadId}` });
};

export const lookup: Detail = (resource) => {
  const { hostname } = resource as { hostname?: string };
  return known({ hostname, label: hostname && `lookup of ${hostname}` });
};

export const connect: Detail = (resource) => {
  const { address, port } = resource as Address;
  const remote = format({ ...(address && { address }), ...(port && { port }) });
  return known({ remote, label: remote && `connection to ${remote}` });
};

/** Identifies a handle: its async id or, if this Node does not say that, the handle or its owner. */
export type HandleKey = number | object | undefined;

/** What we read of a native handle, and of a socket. */
interface NativeHandle {
  getAsyncId?: () => number;
  /** On a TLS socket: the handle of its TCP socket. */
  _parent?: NativeHandle;
}
interface SocketOwner {
  _handle?: NativeHandle | null;
}

/** The handle of a TCP socket, also of one beneath TLS. Safe inside `init` once the handle is fully made. */
export function keyOf(socket: object): HandleKey {
  const native = (socket as SocketOwner)._handle;
  return native === undefined ? socket : native === null ? undefined : keyOfNative(native);
}

function keyOfNative(native: NativeHandle): HandleKey {
  const tcp = native._parent ?? native;
  return tcp.getAsyncId?.() ?? tcp;
}

/** The TCP socket of a TLS socket that http's Agent hands out again (a `ReusedHandle` around it). Undefined for a new one. */
export function reusedTlsSocket(resource: object): HandleKey {
  const { handle } = resource as { handle?: NativeHandle };
  return handle && (handle._parent === undefined ? handle : keyOfNative(handle));
}

/** The connection that the parser of an HTTP server reads. */
export function connectionOf(resource: object): HandleKey {
  const { socket } = resource as { socket?: SocketOwner };
  if (socket === undefined) return undefined;
  if (socket._handle != null) noteServed(socket._handle._parent ?? socket._handle, socket);
  return keyOf(socket);
}
