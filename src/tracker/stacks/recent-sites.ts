/** Where resources that have ended were made: a leak without a line of its own may have come of one of these calls. */
import type { Row } from '../../resources/row.js';
import { detachCall } from './frames.js';
import type { Site } from './site.js';

/** How many sites are kept. */
const RECENT = 16;
/** How many of the first sites are looked at: calls into a package are kept, detached from what they would keep alive. */
const FIRST = 4;

/** What has ended, and where it was made. */
export interface Ended {
  /** Its async id: the order in which resources were made. */
  readonly id: number;
  readonly site: Site;
  readonly row: Row;
}

export class RecentSites {
  private readonly first: Ended[] = [];
  private seen = 0;
  /** Weak, because an unread stack keeps alive what its frames refer to, and a test may check whether that is collected. */
  private ring: WeakRef<Site[]> | undefined = undefined;
  private ringAt = 0;
  /** The ids and rows of the sites in the ring. */
  private readonly ids: number[] = [];
  private readonly rows: Row[] = [];
  /** The ring, once no code of the scope can look for garbage any more. */
  private kept: Site[] | undefined = undefined;

  /** Keeps the site of what has ended. */
  add(site: Site, row: Row, id: number): void {
    if (this.seen++ < FIRST) {
      if (detachCall(site)) this.first.push({ id, site, row });
      return;
    }
    let ring = this.ring?.deref();
    if (ring === undefined) {
      ring = [];
      this.ring = new WeakRef(ring);
      this.ringAt = 0;
    }
    const at = this.ringAt++ % RECENT;
    ring[at] = site;
    this.rows[at] = row;
    this.ids[at] = id;
  }

  /** The first, and the latest since the last garbage collection; oldest first. */
  get all(): readonly Ended[] {
    const ring = this.kept ?? this.ring?.deref() ?? [];
    const ended = ring.map((site, at) => ({ id: this.ids[at]!, site, row: this.rows[at]! }));
    const oldest = ring.length < RECENT ? 0 : this.ringAt % RECENT;
    return [...this.first, ...ended.slice(oldest), ...ended.slice(0, oldest)];
  }

  /** From now on keeps the sites there are. */
  keep(): void {
    this.kept = this.ring?.deref();
  }
}
