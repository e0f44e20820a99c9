/** What may linger: how allowances are written, and what they cover. */
import { inspect } from 'node:util';

import type { Leak } from '../tracker/leak.js';

/** One allowance in its object form; nothing named allows all. */
export interface Allowance {
  /** A resource type: "TCPWRAP". */
  type?: string;
  /** A part of any frame of the creation stack. */
  from?: string;
  /** At most so many. */
  count?: number;
  reason?: string;
}

/** What `allowLingering` takes: a type, or an object. */
export type AllowanceInput = string | Allowance;

const EXPECTED =
  'a resource type such as "TCPWRAP", or an object { type?, from?, count?, reason? } with strings and a whole count of at least 1';

function describe(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 2 });
}

/**
 * Checks what was passed to `name` and returns one allowance for each; nothing passed allows all.
 * Throws a TypeError that says what it expected.
 */
export function parseAllowances(inputs: readonly unknown[], name: string): Allowance[] {
  if (inputs.length === 0) return [{}];
  const allowances: Allowance[] = [];
  for (const input of inputs) allowances.push(parseAllowance(input, name));
  return allowances;
}

/** Whether it is an object with keys; a `RegExp` or a `Map` has none that we know, and would allow all. Of any realm. */
export const isRecord = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === '[object Object]';

function parseAllowance(input: unknown, name: string): Allowance {
  const fail = (got: string): never => {
    throw new TypeError(`${name}: expected ${EXPECTED}, but got ${got}.`);
  };
  if (typeof input === 'string') return input === '' ? fail("''") : { type: input };
  if (!isRecord(input)) return fail(describe(input));
  for (const [key, value] of Object.entries(input)) {
    if (key === 'type' || key === 'from' || key === 'reason') {
      if (value !== undefined && (typeof value !== 'string' || value === ''))
        fail(`${key}: ${describe(value)}`);
    } else if (key === 'count') {
      if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1))
        fail(`count: ${describe(value)}`);
    } else {
      fail(`the unknown key "${key}"`);
    }
  }
  return { ...input };
}

/** An allowance as it is written in code: "'TCPWRAP'", "{ type: 'TCPWRAP', count: 1 }"; empty for all. */
export function formatAllowance(allowance: Allowance): string {
  const keys = Object.keys(allowance);
  if (keys.length === 0) return '';
  const isType = keys.length === 1 && allowance.type !== undefined;
  return inspect(isType ? allowance.type : allowance, { breakLength: Infinity });
}

function covers({ type, from }: Allowance, leak: Leak): boolean {
  if (type !== undefined && type !== leak.type) return false;
  if (from === undefined) return true;
  return leak.frames.some((frame) =>
    `${frame.function ?? ''} ${frame.file}:${frame.line}:${frame.column}`.includes(from),
  );
}

/** Counts what each allowance has covered, so that `count` holds over several judgements. */
export class Tally {
  private readonly used = new Map<Allowance, number>();

  /** The first of the allowances that covers the leak, if any, and is not used up. */
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

  /** Takes a use back: what it covered does not count. */
  giveBack(allowance: Allowance): void {
    const used = this.used.get(allowance) ?? 0;
    if (used > 1) this.used.set(allowance, used - 1);
    else this.used.delete(allowance);
  }

  isUsed(allowance: Allowance): boolean {
    return this.used.has(allowance);
  }
}
