/** Counts what an escaped resource does after its scope has ended. */
import { isResource, type Resource } from '../resource.js';

/** The most names of tests that are kept. */
const MOST_NAMES = 100;

/** Notes that a callback of the resource runs during the tests with these names. A resource that re-arms itself counts as one. */
export function note(resource: Resource, running: Iterable<{ readonly name: string }>): void {
  const { cause } = resource;
  const aftermath = (resource.aftermath ??= (isResource(cause) ? cause.aftermath : undefined) ?? {
    fired: 0,
    during: new Set(),
  });
  aftermath.fired++;
  for (const { name } of running) {
    if (aftermath.during.size >= MOST_NAMES) return;
    aftermath.during.add(name);
  }
}
