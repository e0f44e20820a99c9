/** Lets go of what a file left behind, so that a reported leak cannot keep the run from ending. */
import { kinds, unknown } from '../../resources/kinds.js';
import { leaveBehind, lookInto } from './leftovers.js';
import { unwrap } from '../../resources/probes.js';
import { silence } from '../../resources/releases.js';
import { ends, otherEnds } from '../mistakes/causes.js';
import { detailsOf } from './offence.js';
import { isResource, type Cause, type Resource } from '../resource.js';

// Taken now: later a test may have faked it.
const { queueMicrotask } = globalThis;

/** Keeps a resource that may linger from holding the process, and does nothing else to it. */
export function unref({ object, row }: Resource): void {
  if (object !== undefined) attempt(() => row.release?.unref?.(object));
}

/**
 * Lets go of everything that is left: clears timers, because one that re-arms itself would live for ever, and unrefs all else. If
 * a handle needs more, because one of its own requests is under way, closes it, together with the other end of its connection if
 * that is left, too.
 * @param requests the requests in flight: nobody should hear of those of a closed handle.
 */
export function release(left: readonly Resource[], requests: readonly Resource[]): void {
  note(left);
  for (const { object, row } of left)
    if (object !== undefined) attempt(() => (row.release?.clear ?? row.release?.unref)?.(object));
  closeBusy(left, requests);
}

/** Records what is left, so that we recognize it if it holds the process in the end. */
export function note(left: readonly Resource[]): void {
  for (const { id, object, row } of left) {
    if (object === undefined) continue;
    const native = unwrap(object);
    leaveBehind(id, row, native, false);
    attempt(() => lookInto(row, native));
  }
}

function closeBusy(left: readonly Resource[], requests: readonly Resource[]): void {
  const requested = new Set<Cause>(
    requests.filter(({ row }) => row.release?.isOfHandle).map(({ cause }) => cause),
  );
  const busy = left.filter((resource) => requested.has(resource) || isWriting(resource));
  if (busy.length === 0) return;
  const closing = new Set([...busy, ...left.filter((resource) => isPeerOf(resource, busy))]);
  for (const { object, row, cause } of requests)
    if (object !== undefined && row.release?.isOfHandle && isResource(cause) && closing.has(cause))
      silence(object);
  // In one turn: else the other end would hear of it.
  for (const { object, row } of closing)
    if (object !== undefined) attempt(() => row.release?.close?.(object));
}

function isWriting({ object, row }: Resource): boolean {
  return object !== undefined && attempt(() => row.release?.isBusy?.(object)) === true;
}

/** Whether it is the other end of one of these connections, or may be. */
function isPeerOf(resource: Resource, busy: readonly Resource[]): boolean {
  const others = busy.filter(({ row }) => row === resource.row);
  if (others.length === 0) return false;
  const isAnonymous = resource.row.release?.isAnonymous;
  if (isAnonymous) return resource.whole === undefined && others.some(({ whole }) => whole === undefined);
  const key = otherEnds(detailsOf(resource));
  return key !== undefined && others.some((other) => ends(detailsOf(other)) === key);
}

/** Lets go of a resource that is just being created by something a file left behind. */
export function letGo(id: number, type: string, object: object): void {
  const row = kinds[type] ?? unknown;
  leaveBehind(id, row, object, true);
  const { unref: unrefIt, late, unlisted } = row.release ?? {};
  if (!late) unrefIt?.(object);
  if (late || unlisted)
    queueMicrotask(() => {
      attempt(() => lookInto(row, object));
      if (late) attempt(() => unrefIt?.(object));
    });
}

/** User code may throw, and what is Node's may be gone: then there is nothing left to do. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
