/** Whether a resource is open, by the probe of its type. */
import { IDLE, OPEN, REFED } from '../probes.js';
import type { Resource } from './resource.js';

/** The state of one resource by its probe, in the bits of probes.ts; 0 where the probe throws. */
export function stateOf(resource: Resource, grace: number): number {
  try {
    const { object } = resource;
    if (object === undefined) return 0;
    return resource.row.probe(object, grace);
  } catch {
    return 0;
  }
}

/** Whether a state is that of a leak, if it stays. */
export function isSuspicious(state: number, includeUnref: boolean): boolean {
  const wanted = includeUnref ? OPEN : OPEN | REFED;
  return (state & (wanted | IDLE)) === wanted;
}
