/**
 * What no event reports in time: file handles. `destroy` of one waits for the collector, our record keeps the collector from
 * it, and it is born with no context and no trigger, just before the callback of the request that opened it.
 */
import type { Resource, Scope } from '../resource.js';

/** Open file handles before the closed ones among them are looked for. */
const PRUNE_FROM = 256;

export class FileHandles {
  /** One whose request is yet to call back. */
  orphan: Resource | undefined;
  /** The closings that are under way, by their async ids, and for whom. */
  readonly closings: Map<number, Scope> = new Map();
  private open: Resource[] = [];
  private pruneAt = PRUNE_FROM;
  private readonly drop: (handle: Resource) => void;

  /** @param drop takes one that is closed. */
  constructor(drop: (handle: Resource) => void) {
    this.drop = drop;
  }

  /** Follows a handle until it is closed. */
  keep(handle: Resource): void {
    this.open.push(handle);
    if (this.open.length >= this.pruneAt) this.prune(handle);
  }

  /** Drops those that are closed. Not to be asked yet is one being born: a native getter crashes on it. */
  private prune(born?: Resource): void {
    const open: Resource[] = [];
    for (const kept of this.open) {
      if (kept === born || ((kept.object ?? { fd: -1 }) as { fd: number }).fd >= 0) open.push(kept);
      else this.drop(kept);
    }
    this.open = open;
    this.pruneAt = Math.max(PRUNE_FROM, open.length * 2);
  }

  /** Whatever has this async id is over: a closing, maybe. */
  endClosing(id: number): void {
    if (this.closings.delete(id)) this.prune();
  }

  /** Whether one of a scope is being closed: until it is, the process stays alive, though nothing else shows it. */
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
