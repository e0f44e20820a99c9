/** What an escaped resource goes on doing after its scope has ended: the evidence of the harm it does. */
import type { Resource } from '../resource.js';

/** Names of tests kept, at most. */
const MOST_NAMES = 100;

export class Aftermath {
  /** Callbacks that ran. */
  fired = 0;
  /** The tests during which they ran. */
  readonly during: Set<string> = new Set();
}

/** Notes that a callback of the resource runs, while tests of these names do. What re-arms itself is counted as one. */
export function note(resource: Resource, running: Iterable<{ readonly name: string }>): void {
  const { cause } = resource;
  const aftermath = (resource.aftermath ??=
    (cause.depth > 0 ? (cause as Resource).aftermath : undefined) ?? new Aftermath());
  aftermath.fired++;
  for (const { name } of running) {
    if (aftermath.during.size >= MOST_NAMES) return;
    aftermath.during.add(name);
  }
}
