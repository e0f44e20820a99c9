/** A resource that is open where it should not be, with what can only be read while it is open. */
import type { Details } from '../../resources/details.js';
import type { Resource } from '../resource.js';

/** A convicted resource, and what could be read of it at that moment. */
export interface Offence {
  readonly resource: Resource;
  readonly details: Details;
  /** The start of its chain, if it was created during its judgement: that chain renews itself. */
  readonly root: Resource | undefined;
}

export function toOffence(resource: Resource, root?: Resource): Offence {
  return { resource, details: detailsOf(resource), root };
}

/** Reads the details of a resource; none if that throws. */
export function detailsOf(resource: Resource): Details {
  try {
    const { object, delay, row } = resource;
    if (object !== undefined) return row.detail(object);
    return delay === undefined || delay < 0 ? {} : { delay, label: `timer, ${Math.round(delay)} ms` };
  } catch {
    return {};
  }
}
