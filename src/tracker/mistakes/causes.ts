/** Offences that share a cause are reported once: decides which offence goes under which other. */
import type { Details } from '../../resources/details.js';
import { isSamePlace, type Place } from '../leak.js';
import { detailsOf, type Offence } from '../judging/offence.js';
import { causesOf, isAccepted, type Resource } from '../resource.js';

/** The two ends of one connection have each other's addresses. */
export const ends = ({ local, remote }: Details): string | undefined =>
  local && remote && `${local} ${remote}`;
export const otherEnds = ({ local, remote }: Details): string | undefined =>
  local && remote && `${remote} ${local}`;

const portOf = (address: string | undefined): string | undefined => /:(\d+)$/.exec(address ?? '')?.[1];

/** The offences of a file, as they are found. */
export class Causes {
  private readonly byResource = new Map<Resource, Offence>();
  /** Connecting ends, by their addresses. */
  private readonly byEnds = new Map<string, Offence>();
  /** Servers, by their ports. */
  private readonly servers = new Map<string, Offence>();
  /** The offences of each chain that renews itself, by the root of the chain. */
  private readonly renewals = new Map<Resource, Offence[]>();
  /** The user's line that opened each of them. */
  private readonly places = new Map<Offence, Place>();
  private readonly isAllowed: (resource: Resource) => boolean;
  private readonly wholeOf: (resource: Resource) => Resource | undefined;

  constructor(
    isAllowed: (resource: Resource) => boolean,
    wholeOf: (resource: Resource) => Resource | undefined,
  ) {
    this.isAllowed = isAllowed;
    this.wholeOf = wholeOf;
  }

  /** `place` is the user's line that opened it, if one is known. */
  add(offence: Offence, place: Place | undefined): void {
    const { resource, details } = offence;
    this.byResource.set(resource, offence);
    if (place !== undefined) this.places.set(offence, place);
    const root = offence.root ?? resource;
    const renewals = this.renewals.get(root);
    if (renewals === undefined) this.renewals.set(root, [offence]);
    else renewals.push(offence);
    const port = resource.row.accepts === undefined ? undefined : portOf(details.local);
    if (port !== undefined) this.servers.set(port, offence);
    const key = ends(details);
    if (key !== undefined && !isAccepted(resource)) this.byEnds.set(key, offence);
  }

  clear(): void {
    this.byResource.clear();
    this.byEnds.clear();
    this.servers.clear();
    this.renewals.clear();
    this.places.clear();
  }

  /**
   * The offence that one is reported under; itself if it stands alone. `failed` finds what was left by tests that failed by
   * themselves: a consequence of that is not reported.
   */
  rootOf(offence: Offence, failed: () => readonly Offence[]): Offence {
    const seen = new Set<Offence>();
    let root = offence;
    for (let next: Offence | undefined = root; next !== undefined; next = this.nearest(root, failed)) {
      if (seen.has(next)) return this.firstOf(next, failed);
      seen.add(next);
      root = next;
    }
    return root;
  }

  /** Of offences that lead to each other, the one that was created first. */
  private firstOf(offence: Offence, failed: () => readonly Offence[]): Offence {
    let first = offence;
    for (
      let next = this.nearest(offence, failed);
      next !== offence && next !== undefined;
      next = this.nearest(next, failed)
    )
      if (next.resource.id < first.resource.id) first = next;
    return first;
  }

  private nearest(offence: Offence, failed: () => readonly Offence[]): Offence | undefined {
    const { resource, details } = offence;
    const { scope, culprit } = resource;
    const whole = this.wholeOf(resource);
    const shared = whole && this.byResource.get(whole);
    if (shared !== undefined) return shared;
    for (const cause of causesOf(resource)) {
      const found = this.covering(cause, resource);
      if (found !== undefined) return found;
    }
    const found = culprit?.scope === scope ? this.covering(culprit, resource) : undefined;
    if (found !== undefined) return found;
    const first = this.firstOfRenewal(offence);
    if (first !== undefined) return first;
    if (!isAccepted(resource)) return this.serverBeside(offence);
    const key = otherEnds(details);
    if (key === undefined) return undefined;
    return this.byEnds.get(key) ?? failed().find((other) => ends(other.details) === key);
  }

  /** The first offence that the same line renewed, which the others go under. One without a line is plumbing: any will do. */
  private firstOfRenewal(offence: Offence): Offence | undefined {
    if (offence.root === undefined) return undefined;
    const place = this.places.get(offence);
    return this.renewals
      .get(offence.root)
      ?.find(
        (other) =>
          other.resource.scope === offence.resource.scope &&
          this.places.has(other) &&
          (place === undefined || isSamePlace(place, this.places.get(other))),
      );
  }

  /** The server that the same call opened along with a connection to it, as supertest does. */
  private serverBeside(offence: Offence): Offence | undefined {
    const { resource, details } = offence;
    const server = this.servers.get(portOf(details.remote) ?? '');
    if (server?.resource.scope !== resource.scope) return undefined;
    const [here, there] = [this.places.get(offence), this.places.get(server)];
    const isSame = here?.file === there?.file && here?.line === there?.line && here?.column === there?.column;
    return here !== undefined && isSame ? server : undefined;
  }

  /** The connecting end of what a server accepted. The accepted end is no offence if the server has unref'd it. */
  private otherEndOf(cause: Resource): Offence | undefined {
    const key = isAccepted(cause) ? otherEnds(detailsOf(cause)) : undefined;
    const other = key === undefined ? undefined : this.byEnds.get(key);
    return other?.resource.scope === cause.scope ? other : undefined;
  }

  /** The offence of a cause, if it covers the resource: an allowed one covers only its type, and connections it accepted. */
  private covering(cause: Resource, resource: Resource): Offence | undefined {
    // A part is no offence of its own.
    const found = this.byResource.get(this.wholeOf(cause) ?? cause) ?? this.otherEndOf(cause);
    if (found === undefined || found.resource === resource || cause.scope !== resource.scope)
      return undefined;
    const covers =
      !this.isAllowed(cause) ||
      cause.type === resource.type ||
      (cause === resource.cause && isAccepted(resource));
    return covers ? found : undefined;
  }
}
