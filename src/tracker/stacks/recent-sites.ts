/** Where resources that have ended were made: the "latest call into the same package" of a leak without a line of its own. */
import { detachCall } from './frames.js';
import type { Site } from './site.js';

/** How many sites are kept. */
const RECENT = 16;
/** How many of the first sites are looked at: calls into a package are kept, detached from what they would keep alive. */
const FIRST = 4;

export class RecentSites {
  private readonly first: Site[] = [];
  private seen = 0;
  /** Weak, because an unread stack keeps alive what its frames refer to, and a test may check whether that is collected. */
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

  /** The first sites, and the latest since the last garbage collection, in a ring. */
  get all(): readonly Site[] {
    return [...this.first, ...(this.kept ?? this.ring?.deref() ?? [])];
  }

  /** From now on keeps the sites there are. */
  keep(): void {
    this.kept = this.ring?.deref();
  }
}
