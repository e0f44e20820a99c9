/** Allowances: which leaks may linger, and how often each allowance was used. */
import type { Leak } from './leak.js';

/** One allowance in its object form. Without any field it allows everything. */
export interface Allowance {
  /** A resource type: "TCPWRAP". */
  type?: string;
  /** A substring of any frame of the creation stack. */
  from?: string;
  /** The most leaks it covers. */
  count?: number;
  reason?: string;
}

function covers({ type, from }: Allowance, leak: Leak): boolean {
  // mutation: allowed type
  if (type !== undefined && type !== leak.type) return false;
  if (from === undefined) return true;
  return leak.frames.some((frame) =>
    `${frame.function ?? ''} ${frame.file}:${frame.line}:${frame.column}`.includes(from),
  );
}

/** Counts what each allowance has covered, so that `count` holds over several judgements. */
export class Tally {
  private readonly used = new Map<Allowance, number>();

  /** The first allowance that covers the leak and is not used up, if any. */
  find(allowances: Iterable<Allowance>, leak: Leak): Allowance | undefined {
    for (const allowance of allowances) {
      const used = this.used.get(allowance) ?? 0;
      if (used < (allowance.count ?? Infinity) && covers(allowance, leak)) return allowance;
    }
    return undefined;
  }

  /** Uses an allowance up by one. */
  use(allowance: Allowance): void {
    this.used.set(allowance, (this.used.get(allowance) ?? 0) + 1);
  }

  /** Takes one use back, because the leak that it covered does not count. */
  giveBack(allowance: Allowance): void {
    const used = this.used.get(allowance) ?? 0;
    if (used > 1) this.used.set(allowance, used - 1);
    else this.used.delete(allowance);
  }

  isUsed(allowance: Allowance): boolean {
    return this.used.has(allowance);
  }
}
