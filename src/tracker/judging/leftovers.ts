/**
 * What test files have left behind in this process, and whether that is all that keeps it alive. There is one record for the
 * process, because the files of a run come one after the other, and the bundle that sees the run end is a different one.
 */
import type { Row } from '../../resources/kinds.js';
import { note } from '../../resources/notes.js';
import { ownerOf } from '../../resources/probes.js';
import type { ProcessInternals } from '../../resources/releases.js';

interface Leftovers {
  /** Resource objects, and the objects that own them. Held weakly: Node holds what is open. */
  readonly objects: WeakSet<object>;
  /** The objects that occupy a thread of Node's pool until they end, and how often each was seen there since. */
  readonly inThreadPool: WeakMap<object, number>;
  /** The objects under way that Node does not list among its active requests. */
  readonly unlisted: Set<object>;
  /** Async ids of handles that may still accept connections. */
  readonly servers: Set<number>;
  /** The leaks that were reported, in words; the latest come last. */
  readonly told: Set<string>;
  /** A test's stack has overflowed in an async hook: Node may have counted timers that were never made. */
  stackEnded: boolean;
}

const KEY = Symbol.for('async-leaks/leftovers');
/** How often an object has to be seen in the pool to count as stuck there. */
const STUCK = 2;
/** The most leaks that are remembered in words. */
const MOST_WORDS = 100;

const holderOfOurs = globalThis as { [KEY]?: Leftovers };
const leftovers = (holderOfOurs[KEY] ??= {
  objects: new WeakSet(),
  inThreadPool: new WeakMap(),
  unlisted: new Set(),
  servers: new Set(),
  told: new Set(),
  stackEnded: false,
});
const { objects, inThreadPool, unlisted, servers, told } = leftovers;

type Unlisted = { ondone?: Callback; oncomplete?: Callback };
type Callback = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Notes that a test file has left this behind. Also called in an async hook, so it does not look into the object.
 * @param isNew whether it is just being created; otherwise it was judged, and has had its time to end.
 */
export function leaveBehind(id: number, row: Row, object: object, isNew: boolean): void {
  objects.add(object);
  if (row.accepts !== undefined) servers.add(id);
  if (row.release?.inThreadPool === true) inThreadPool.set(object, isNew ? 0 : STUCK);
}

/** Adds what can only be read outside of async hooks: Node lists handles by their owners, and some requests not at all. */
export function lookInto(row: Row, object: object): void {
  const owner = ownerOf(object);
  if (owner !== undefined) objects.add(owner);
  const unlistedBy = row.release?.unlisted;
  if (unlistedBy !== undefined) follow(object, unlistedBy);
}

/** A request is over when its callback is called; until then nothing else shows that it is under way. */
function follow(request: Unlisted, property: keyof Unlisted): void {
  const callback = request[property];
  if (typeof callback !== 'function' || unlisted.has(request)) return;
  unlisted.add(request);
  request[property] = function (this: unknown, ...args) {
    unlisted.delete(request);
    return callback.apply(this, args);
  };
}

/** Notes that a leak was reported. */
export function noteReported(words: string): void {
  if (told.size < MOST_WORDS) told.add(words);
}

/** The leaks that were reported in this process. */
export const reportedLeaks = (): ReadonlySet<string> => told;

/** Notes that a test's stack has overflowed in an async hook. */
export function noteStackEnd(): void {
  leftovers.stackEnded = true;
}

/** Whether a test's stack has overflowed in an async hook, in this process. */
export const hasStackEnded = (): boolean => leftovers.stackEnded;

/** Whether the handle with this async id, which may accept connections, was left behind. */
export const isServerLeft = (id: number): boolean => servers.size > 0 && servers.has(id);

const internals = process as NodeJS.Process & ProcessInternals;

/** What we read of a native stream, or of a server that makes them. */
interface Native {
  readonly isStreamBase?: boolean;
  readonly reading?: boolean;
  readonly onconnection?: unknown;
}

/** A stream that is not read holds nothing, though Node lists it: `process.stdout`, say. Its writes are requests. */
function isIdle(active: object): boolean {
  const { _handle: native } = active as { _handle?: Native | null };
  return native?.isStreamBase === true && native.reading !== true && native.onconnection === undefined;
}

/** Handles that hold this process, or the objects that own them; none if Node does not list them. */
export const activeHandles = (): object[] =>
  (internals._getActiveHandles?.() ?? []).filter((active) => !isIdle(active));

const activeRequests = (): object[] => internals._getActiveRequests?.() ?? [];

/**
 * The object that shows whether a request was left behind: its handle, if it names one. When a framework prints, the write may
 * count as the test's, but the handle is the framework's.
 */
const subjectOf = (request: object): object => (request as { handle?: object }).handle ?? request;

/** What was left behind in Node's thread pool, and has not ended yet. */
const inPool = (): object[] =>
  [...unlisted, ...activeRequests()].filter((request) => inThreadPool.has(request));

/** Counts once more everything that is in the pool now. */
export function countPool(): void {
  for (const each of inPool()) inThreadPool.set(each, inThreadPool.get(each)! + 1);
}

/** Whether a thread of Node's pool is stuck in something left behind: `process.exit()` would wait for it. */
export const isPoolStuck = (): boolean => inPool().some((each) => inThreadPool.get(each)! >= STUCK);

/**
 * What keeps this process alive: 'leaks' if it is only what was left behind, 'others' if it is anything else too, or if Node does
 * not say. `isLeft` decides whether an object that is not known here was left behind by another process.
 */
export function holder(isLeft: (active: object) => boolean = () => false): 'nothing' | 'leaks' | 'others' {
  if (internals._getActiveHandles === undefined || internals._getActiveRequests === undefined) {
    note('Node does not list what holds a process: so a process that only leaks hold is not ended.');
    return 'others';
  }
  if (process.getActiveResourcesInfo().some((type) => type === 'Timeout' || type === 'Immediate'))
    return 'others';
  const active = [...activeHandles(), ...activeRequests().map(subjectOf)];
  if (!active.every((each) => objects.has(each) || isLeft(each))) return 'others';
  return active.length + unlisted.size > 0 ? 'leaks' : 'nothing';
}
