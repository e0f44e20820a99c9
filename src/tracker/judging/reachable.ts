/** Which `AsyncResource`s something still holds: only those leak (spec, "When it is judged"). */
import { embedder } from '../../resources/kinds.js';
import type { Scope } from '../resource.js';
import { collectGarbage } from './garbage.js';
import type { Offence } from './offence.js';
import { turn } from './settle.js';

/** The most full collections after the first, until an `AsyncResource` counts as reachable. */
const COLLECTIONS = 3;

const isEmbedder = ({ resource }: Offence): boolean => resource.row === embedder;
const isReachable = (offence: Offence): boolean =>
  !isEmbedder(offence) || offence.resource.object !== undefined;

/**
 * Drops the `AsyncResource`s that the collector can take.
 * @param collect reads the stacks in these scopes, which keep alive what they show, and collects garbage for the first time.
 */
export async function withoutUnreachable(
  offences: readonly Offence[],
  collect: (scopes: ReadonlySet<Scope>) => Promise<void>,
): Promise<readonly Offence[]> {
  if (!offences.some(isEmbedder)) return offences;
  await collect(new Set(offences.map(({ resource }) => resource.scope)));
  let reachable = offences;
  // More than once: a collection already under way takes everything created since it began for alive, and a compilation keeps
  // what it works on.
  for (let i = 0; i < COLLECTIONS && reachable.some(isEmbedder); i++) {
    collectGarbage();
    await turn();
    reachable = reachable.filter(isReachable);
    await turn(); // lets go of what was looked at
  }
  return reachable;
}
