/** Where what has ended was made: the "latest call into the same package" of a leak of which no line is known. */
import { detachCall } from './frames.js';
import type { Site } from './site.js';

/** How many sites are kept. */
const RECENT = 16;
/** How many of what has ended first are looked at: those of calls into a package are kept, detached from what they would keep alive. */
const FIRST = 4;

export class RecentSites {
  private readonly first: Site[] = [];
  private seen = 0;
  /** Weak, for an unread stack keeps alive what its frames refer to, and a test may look whether that is collected. */
  private ring: WeakRef<Site[]> | undefined = undefined;
  private ringAt = 0;
  /** The ring, once no code of the scope can look for garbage any more. */
  private kept: Site[] | undefined = undefined;

  /** Keeps the site of what has ended. */
  add(site: Site): void {
    if (this.seen++ < FIRST) {
      if (detachCall(site)) this.first.push(site);
      return;
    }
    let ring = this.ring?.deref();
    if (ring === undefined) {
      ring = [];
      this.ring = new WeakRef(ring);
    }
    if (ring.length < RECENT) ring.push(site);
    else ring[this.ringAt++ % RECENT] = site;
  }

  /** The first, and since the last collection of garbage the latest, in a ring. */
  get all(): readonly Site[] {
    return [...this.first, ...(this.kept ?? this.ring?.deref() ?? [])];
  }

  /** Holds from now on what there is. */
  keep(): void {
    this.kept = this.ring?.deref();
  }
}
