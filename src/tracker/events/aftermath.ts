/** Counts what an escaped resource does after its scope has ended. */
import { isResource, type Aftermath, type Resource } from '../resource.js';

/** The most names of tests, and the most times, that are kept. */
const MOST_NAMES = 100;
const MOST_TIMES = 100;

/**
 * Notes that a callback of the resource runs during the tests with these names, and when, if there is a clock. A resource that
 * re-arms itself counts as one.
 */
export function note(
  resource: Resource,
  running: Iterable<{ readonly name: string }>,
  clock?: () => number,
): void {
  const { cause } = resource;
  const aftermath = (resource.aftermath ??= (isResource(cause) ? cause.aftermath : undefined) ?? {
    fired: 0,
    during: new Set(),
    times: [],
    every: 1,
  });
  if (clock !== undefined && aftermath.fired % aftermath.every === 0) addTime(aftermath, clock());
  aftermath.fired++;
  for (const { name } of running) {
    if (aftermath.during.size >= MOST_NAMES) return;
    aftermath.during.add(name);
  }
}

/** Keeps a time. If there are too many, every other one goes, so that the rest show the whole of it. */
function addTime(aftermath: Aftermath, time: number): void {
  const { times } = aftermath;
  times.push(time);
  if (times.length <= MOST_TIMES) return;
  aftermath.every *= 2;
  for (let i = 0; 2 * i < times.length; i++) times[i] = times[2 * i]!;
  times.length = Math.ceil(times.length / 2);
}
