/**
 * How to let go of a resource that a test file left behind, so that it does not keep the process alive. Each row of
 * `kinds.ts` has one of these.
 */
import timers from 'node:timers';

import { ownerOf, unwrap } from './probes.js';

// Taken now: later a test may have faked them.
const { clearImmediate, clearTimeout } = timers;

export interface Release {
  /** Keeps it from holding the process; missing where that cannot be. A user's own `unref()` may throw. */
  unref?(resource: object): void;
  /** Ends it, where that is as good as to unref it, and it would go on otherwise. */
  clear?(resource: object): void;
  /** Whether a write of its own is under way, which holds the process though the handle is unref'd. */
  isBusy?(resource: object): boolean;
  /** Closes it. Nobody hears of it: what its JavaScript waits for never comes. */
  close?(resource: object): void;
  /** It is a connection, and does not know which other one is its other end. */
  readonly isAnonymous?: true;
  /** A request that holds the handle that it is made for: while it is in flight, so is that. */
  readonly isOfHandle?: true;
  /** A thread of Node's pool runs it: until it has ended, the process cannot exit. */
  readonly inThreadPool?: true;
  /** Node does not list it among the requests that are under way: this is where its callback is. */
  readonly unlisted?: 'ondone' | 'oncomplete';
  /** Its constructor goes on to ref it, or it cannot be touched before: it is unref'd once the running job has ended. */
  readonly late?: true;
}

interface Native {
  unref?: () => void;
  close?: () => void;
  /** Bytes that wait to be written. */
  writeQueueSize?: number;
}

/** A request of Node's, as `process._getActiveRequests()` lists it. */
interface Request {
  /** The stream that it is for. */
  handle?: object;
  oncomplete?: unknown;
}

interface Owner {
  _handle?: object | null;
}

/** What Node lists of what keeps the event loop alive; see `leftovers.ts`. */
export interface ProcessInternals {
  _getActiveRequests?: () => object[];
  _getActiveHandles?: () => object[];
}

const ignore = (): void => {};
const succeed = (): number => 0;

/** Methods of native streams that return 0 where all is well. Those of a closed one return nothing, and Node throws. */
const WRITES = [
  'writeBuffer',
  'writev',
  'writeUtf8String',
  'writeAsciiString',
  'writeLatin1String',
  'writeUcs2String',
  'shutdown',
] as const;

/** Keeps whoever waits for a request from hearing of its end. */
export function silence(request: object): void {
  (request as Request).oncomplete = ignore;
}

/** Jobs of Node's have their callback there; the other requests in the pool are listed. */
export const pooled: Release = { inThreadPool: true, unlisted: 'ondone' };

export const query: Release = { unlisted: 'oncomplete' };

export const connection: Release = { isOfHandle: true };

export const timer: Release = {
  unref: (resource) => (resource as NodeJS.Timeout).unref(),
  clear: (resource) => clearTimeout(resource as NodeJS.Timeout),
};

export const immediate: Release = {
  unref: (resource) => (resource as NodeJS.Immediate).unref(),
  clear: (resource) => clearImmediate(resource as NodeJS.Immediate),
  late: true,
};

export const handle: Release = {
  unref: (resource) => (unwrap(resource) as Native).unref?.(),
  late: true,
};

function closeSilently(resource: object): void {
  const native = unwrap(resource) as Native;
  const owner: Owner | undefined = ownerOf(native);
  // What lies beneath an encryption cannot be closed without its owner's hearing of it.
  if (owner !== undefined && owner._handle !== native) return;
  for (const request of (process as ProcessInternals)._getActiveRequests?.() ?? [])
    if ((request as Request).handle === native) silence(request);
  native.close?.();
  for (const name of WRITES) (native as Record<string, unknown>)[name] = succeed; // for what is written later still
}

export const socket: Release = {
  ...handle,
  isBusy: (resource) => ((unwrap(resource) as Native).writeQueueSize ?? 0) > 0,
  close: closeSilently,
};

export const pipe: Release = { ...socket, isAnonymous: true };
