/**
 * File handles, which no event reports in time. Their `destroy` waits for the garbage collector, but our record keeps them from
 * being collected; and they are created with no context and no trigger, just before the callback of the request that opened them.
 */
import type { Resource, Scope } from '../resource.js';

/** Once this many handles are kept, we look for closed ones among them. */
const PRUNE_FROM = 256;

export class FileHandles {
  /** A new handle, until the request that opened it calls back. */
  orphan: Resource | undefined;
  /** The closings that are under way: the scope of each, by its async id. */
  readonly closings: Map<number, Scope> = new Map();
  private open: Resource[] = [];
  private pruneAt = PRUNE_FROM;
  private readonly drop: (handle: Resource) => void;

  /** @param drop takes a handle that is closed. */
  constructor(drop: (handle: Resource) => void) {
    this.drop = drop;
  }

  /** Follows a handle until it is closed. */
  keep(handle: Resource): void {
    this.open.push(handle);
    if (this.open.length >= this.pruneAt) this.prune(handle);
  }

  /** Drops the handles that are closed. `born`, which is still being created, is not asked: a native getter crashes on it. */
  private prune(born?: Resource): void {
    const open: Resource[] = [];
    for (const kept of this.open) {
      if (kept === born || ((kept.object ?? { fd: -1 }) as { fd: number }).fd >= 0) open.push(kept);
      else this.drop(kept);
    }
    this.open = open;
    this.pruneAt = Math.max(PRUNE_FROM, open.length * 2);
  }

  /** Whatever has this async id is over; it may be a closing. */
  endClosing(id: number): void {
    if (this.closings.delete(id)) this.prune();
  }

  /** Whether a handle of a scope is being closed: until it is, the process stays alive, though nothing else shows it. */
  isClosingIn(scope: Scope): boolean {
    if (this.closings.size > 0) for (const each of this.closings.values()) if (each === scope) return true;
    return false;
  }

  /** Forgets everything. */
  clear(): void {
    this.open = [];
    this.closings.clear();
    this.orphan = undefined;
  }
}
