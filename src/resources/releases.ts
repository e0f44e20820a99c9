/**
 * How to let go of a resource that a test file left behind, so that it does not keep the process alive. Each row of
 * `kinds.ts` has one of these.
 */
import timers from 'node:timers';

import { ownerOf, unwrap } from './probes.js';

// Taken now: later a test may have faked them.
const { clearImmediate, clearTimeout } = timers;

export interface Release {
  /** Keeps it from holding the process; missing if that is impossible. A user's own `unref()` may throw. */
  unref?(resource: object): void;
  /** Ends it, if that is as good as unref'ing it, and it would go on otherwise. */
  clear?(resource: object): void;
  /** Whether a write of its own is under way, which holds the process though the handle is unref'd. */
  isBusy?(resource: object): boolean;
  /** Closes it silently: what its JavaScript waits for never comes. */
  close?(resource: object): void;
  /** It is a connection that does not know its other end. */
  readonly isAnonymous?: true;
  /** It is a request that holds its handle: while it is in flight, the handle is, too. */
  readonly isOfHandle?: true;
  /** A thread of Node's pool runs it: the process cannot exit until it has ended. */
  readonly inThreadPool?: true;
  /** The property that holds its callback, if Node does not list it among the requests under way. */
  readonly unlisted?: 'ondone' | 'oncomplete';
  /** It is unref'd only after the running job, because its constructor still refs it, or it cannot be touched before. */
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

/** Node's lists of what keeps the event loop alive; see `leftovers.ts`. */
export interface ProcessInternals {
  _getActiveRequests?: () => object[];
  _getActiveHandles?: () => object[];
}

const ignore = (): void => {};
const succeed = (): number => 0;

/** Methods of native streams that return 0 on success. Those of a closed stream return nothing, and Node throws. */
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

/** Node's jobs have their callback in `ondone`; the other requests in the pool are listed. */
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
  // A socket beneath TLS cannot be closed without its owner hearing of it.
  if (owner !== undefined && owner._handle !== native) return;
  for (const request of (process as ProcessInternals)._getActiveRequests?.() ?? [])
    if ((request as Request).handle === native) silence(request);
  native.close?.();
  for (const name of WRITES) (native as Record<string, unknown>)[name] = succeed; // for later writes
}

export const socket: Release = {
  ...handle,
  isBusy: (resource) => ((unwrap(resource) as Native).writeQueueSize ?? 0) > 0,
  close: closeSilently,
};

export const pipe: Release = { ...socket, isAnonymous: true };
