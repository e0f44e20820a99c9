/** How allowances are written. */
import { inspect } from 'node:util';

import type { Allowance } from '../tracker/allowances.js';

export type { Allowance } from '../tracker/allowances.js';

/** What `allowLingering` takes: a type, or an object. */
export type AllowanceInput = string | Allowance;

const EXPECTED =
  'a resource type such as "TCPWRAP", or an object { type?, package?, from?, count?, reason? } with strings and a whole count of at least 1';

/** The keys whose values are texts. */
const TEXTS: ReadonlySet<string> = new Set(['type', 'package', 'from', 'reason']);

function describe(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 2 });
}

/**
 * Checks what was passed to `name` and returns one allowance for each; to pass nothing allows everything. Throws a TypeError that
 * says what it expected.
 */
export function parseAllowances(inputs: readonly unknown[], name: string): Allowance[] {
  if (inputs.length === 0) return [{}];
  const allowances: Allowance[] = [];
  for (const input of inputs) allowances.push(parseAllowance(input, name));
  return allowances;
}

/** Whether it is an object of any realm with keys; a `RegExp` or a `Map` has none that we know, and would allow everything. */
export const isRecord = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === '[object Object]';

function parseAllowance(input: unknown, name: string): Allowance {
  const fail = (got: string): never => {
    throw new TypeError(`${name}: expected ${EXPECTED}, but got ${got}.`);
  };
  if (typeof input === 'string') return input === '' ? fail("''") : { type: input };
  if (!isRecord(input)) return fail(describe(input));
  for (const [key, value] of Object.entries(input)) {
    if (TEXTS.has(key)) {
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
