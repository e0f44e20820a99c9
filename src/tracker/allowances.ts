/** Allowances: which leaks may linger, and how often each allowance was used. */
import { headOf } from '../resources/libraries/index.js';
import type { Leak, Place } from './leak.js';
import { packageOf } from './stacks/source.js';

/** One allowance in its object form. Without any field it allows everything. */
export interface Allowance {
  /** A resource type: "TCPWRAP". */
  type?: string;
  /** A package on the creation stack, by the name that users know it by: "pg" is also pg-pool. */
  package?: string;
  /** A substring of any frame of the creation stack. */
  from?: string;
  /** The most leaks it covers. */
  count?: number;
  reason?: string;
}

function covers({ type, package: name, from }: Allowance, leak: Leak): boolean {
  // mutation: allowed type
  if (type !== undefined && type !== leak.type) return false;
  const frames = [...leak.frames, ...(leak.placeFrames ?? [])];
  if (name !== undefined && !frames.some(({ file }) => isOf(packageOf(file), name))) return false;
  return from === undefined || frames.some((frame) => formatFrame(frame).includes(from));
}

const isOf = (own: string | undefined, name: string): boolean =>
  own !== undefined && (own === name || headOf(own) === name);

const formatFrame = ({ function: name = '', file, line, column }: Place): string =>
  `${name} ${file}:${line}:${column}`;

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
