/** Counts what an escaped resource goes on doing after its scope has ended. */
import { isResource, type Resource } from '../resource.js';

/** Names of tests kept, at most. */
const MOST_NAMES = 100;

/** Notes that a callback of the resource runs, while tests of these names do. What re-arms itself is counted as one. */
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
