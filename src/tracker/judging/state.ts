/** Whether a resource is open, by the probe of its type. */
import { IDLE, IN_USE, isClosing, isEnding, OPEN, REFED } from '../../resources/probes.js';
import type { Resource } from '../resource.js';
import { isOneShot } from './timers.js';

/** The state of one resource by its probe, in the bits of probes.ts; 0 if the probe throws. */
export function stateOf(resource: Resource, grace: number): number {
  try {
    const { object } = resource;
    if (object === undefined) return 0;
    return resource.row.probe(object, grace);
  } catch {
    return 0;
  }
}

/** Whether a resource in this state is a leak, if it stays in it. */
export function isSuspicious(state: number, includeUnref: boolean): boolean {
  // mutation: wanted state
  const wanted = includeUnref ? OPEN : OPEN | REFED;
  return (state & (wanted | IDLE)) === wanted;
}

/** Whether it has ended, or has been closed and only waits for its last callback. */
export function isOver(resource: Resource): boolean {
  try {
    const { object, row } = resource;
    if (object === undefined) return true;
    if (row.kind === 'handle') return isClosing(object);
    return row.kind !== 'request' && row.probe(object, 0) === 0;
  } catch {
    return true;
  }
}

/** Whether something shows that it is about to end: it was asked to, or it is a timer that runs out within the grace. */
export function isLeaving(resource: Resource, grace: number): boolean {
  const { object, row } = resource;
  if (object === undefined) return true;
  if (row.kind === 'handle') return isEnding(object);
  return isOneShot(resource) && (stateOf(resource, grace) & IN_USE) === 0;
}

/** Whether the callback that begins is a resource's last: the code that goes on after it is done with the resource. */
export function isLastCallback(resource: Resource): boolean {
  const { row, object } = resource;
  if (row.kind === 'handle') return isOver(resource);
  const timer: { _repeat?: unknown } | undefined = object;
  return row.kind === 'request' || (row.kind === 'timer' && typeof timer?._repeat !== 'number');
}
