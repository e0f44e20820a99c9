/** Every option: its type, its default, its check. */
import { inspect } from 'node:util';

import { parseAllowances, type Allowance, type AllowanceInput } from './allowances.js';

export interface AsyncLeaksOptions {
  /** `'warn'` says the same and fails nothing; `'off'` installs no hook. Default `'fail'`. */
  mode?: 'fail' | 'warn' | 'off';
  /** `'test'`: judge at the end of each test, whatever cleanup its suites still have ahead. Default `'suite'`. */
  deadline?: 'suite' | 'test';
  /** ms, at most, per judgement; also the longest one-shot timer that is waited for. Default 250. */
  grace?: number;
  /** What may linger in the whole project. Default none. */
  allow?: AllowanceInput[];
  /** Judge unref'd resources too. Default false. */
  includeUnref?: boolean;
  /** Frames kept per resource. Default 24. */
  stackDepth?: number;
}

export interface ResolvedOptions extends Required<Omit<AsyncLeaksOptions, 'allow'>> {
  allow: Allowance[];
}

type Check = { readonly takes: string; readonly test: (value: unknown) => boolean };

const oneOf = (...values: string[]): Check => ({
  takes: values.map((value) => `'${value}'`).join(', '),
  test: (value) => typeof value === 'string' && values.includes(value),
});
const whole = (least: number): Check => ({
  takes: `a whole number of at least ${least}`,
  test: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});

const CHECKS: Record<keyof AsyncLeaksOptions, Check> = {
  mode: oneOf('fail', 'warn', 'off'),
  deadline: oneOf('suite', 'test'),
  grace: whole(0),
  allow: { takes: 'an array of allowances', test: Array.isArray },
  includeUnref: { takes: 'true or false', test: (value) => typeof value === 'boolean' },
  stackDepth: whole(1),
};

const DEFAULTS: ResolvedOptions = {
  mode: 'fail',
  deadline: 'suite',
  grace: 250,
  allow: [],
  includeUnref: false,
  stackDepth: 24,
};

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : inspect(value, { breakLength: Infinity });
}

/**
 * Checks the options that a project gave, and fills in the defaults. The environment variable `ASYNC_LEAKS`
 * (`off`, `warn`, `fail`) wins over `mode`. Throws a TypeError that names the option, what it got, what it takes.
 */
export function resolveOptions(given: unknown = {}, env: NodeJS.ProcessEnv = process.env): ResolvedOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`async-leaks: the options must be an object, but got ${show(given)}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof AsyncLeaksOptions] : undefined;
    if (check === undefined) {
      throw new TypeError(
        `async-leaks: there is no option "${name}"; it takes ${Object.keys(CHECKS).join(', ')}.`,
      );
    }
    if (value !== undefined && !check.test(value)) {
      throw new TypeError(`async-leaks: option "${name}" takes ${check.takes}, but got ${show(value)}.`);
    }
  }
  const { allow, ...rest } = given as AsyncLeaksOptions;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const options: ResolvedOptions = { ...DEFAULTS, ...known };
  if (allow !== undefined)
    options.allow = allow.length === 0 ? [] : parseAllowances(allow, 'async-leaks: option "allow"');
  const { ASYNC_LEAKS: mode } = env;
  if (mode === undefined || mode === '') return options;
  if (!CHECKS.mode.test(mode)) {
    throw new TypeError(
      `async-leaks: the environment variable ASYNC_LEAKS takes off, warn, fail, but got ${show(mode)}.`,
    );
  }
  return { ...options, mode: mode as ResolvedOptions['mode'] };
}
