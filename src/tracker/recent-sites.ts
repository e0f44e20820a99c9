/** Where what has ended was made: the "latest call into the same package" of a leak of which no line is known. */
import { detach } from './frames.js';
import type { Site } from './site.js';

/** How many sites are kept. */
const RECENT = 64;
/** And how many of what has ended first: there calls of the scope's own code began; they are detached from what they would keep alive. */
const FIRST = 4;
/** Among so many that are looked at for a line of the user's: what has none leads nowhere, and is held weakly like the rest. */
const LOOKED_AT = 8;

export class RecentSites {
  private readonly first: Site[] = [];
  private lookedAt = 0;
  /** Weak, for an unread stack keeps alive what its frames refer to, and a test may look whether that is collected. */
  private ring: WeakRef<Site[]> | undefined = undefined;
  private ringAt = 0;
  /** The ring, once no code of the scope can look for garbage any more. */
  private kept: Site[] | undefined = undefined;

  /** Keeps the site of what has ended. */
  add(site: Site): void {
    if (this.first.length < FIRST && this.lookedAt++ < LOOKED_AT && detach(site)) {
      this.first.push(site);
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
