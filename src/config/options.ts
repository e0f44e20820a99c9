/** Every option: its type, its default, its check. */
import { resolve } from 'node:path';
import { inspect } from 'node:util';

// Types `process.env.ASYNC_LEAKS`.
export type {} from '../index.cjs';
import { isRecord, parseAllowances, type Allowance, type AllowanceInput } from './allowances.js';

export interface AsyncLeaksOptions {
  /** `'warn'` prints the same but fails nothing; `'off'` installs no async hook. Default `'fail'`. */
  mode?: 'fail' | 'warn' | 'off';
  /** `'test'`: judge at the end of each test, even if its suites still have cleanup ahead. Default `'suite'`. */
  deadline?: 'suite' | 'test';
  /** The longest wait per judgement, in ms; also the longest one-shot timer that is waited for. Default 250. */
  grace?: number;
  /** What may linger in the whole project. Default none. */
  allow?: AllowanceInput[];
  /** Judge unref'd resources too. Default false. */
  includeUnref?: boolean;
  /** What to do about an allowance that nothing used: say so (the default), fail the run, or nothing. */
  staleAllow?: 'warn' | 'fail' | 'off';
  /** Frames per resource; fewer after a test's first 64 timers and 16 requests, unless an allowance has `from`. Default 24. */
  stackDepth?: number;
  /** Path of a file of known leaks, which are tolerated; `ASYNC_LEAKS=update` rewrites it. Default none. */
  baseline?: string;
  /** Path of a file that takes every leak of the run as JSON. Default none. */
  outputFile?: string;
  /** Path of a file that shows the run as a page, in time. Default none. */
  html?: string;
  /** On GitHub Actions: add the leaks of the run to the summary of the job. Default true. */
  jobSummary?: boolean;
}

type Paths = 'baseline' | 'outputFile' | 'html';

export interface ResolvedOptions extends Required<Omit<AsyncLeaksOptions, 'allow' | Paths>> {
  allow: Allowance[];
  baseline: string | undefined;
  outputFile: string | undefined;
  html: string | undefined;
  /** `ASYNC_LEAKS=update`: no leak fails, and what leaks becomes the new baseline. */
  update: boolean;
}

/** What `process.env` may be, whatever its type says. */
type Environment = Readonly<Record<string, string | undefined>>;

type Check = { readonly takes: string; readonly test: (value: unknown) => boolean };

const oneOf = (...values: string[]): Check => ({
  takes: values.map((value) => `'${value}'`).join(', '),
  test: (value) => typeof value === 'string' && values.includes(value),
});
const whole = (least: number): Check => ({
  takes: `a whole number of at least ${least}`,
  test: (value) => Number.isSafeInteger(value) && (value as number) >= least,
});

const flag: Check = { takes: 'true or false', test: (value) => typeof value === 'boolean' };

const path: Check = {
  takes: 'the path of a file',
  test: (value) => typeof value === 'string' && value !== '',
};

const CHECKS: Record<keyof AsyncLeaksOptions, Check> = {
  mode: oneOf('fail', 'warn', 'off'),
  deadline: oneOf('suite', 'test'),
  grace: whole(0),
  allow: { takes: 'an array of allowances', test: Array.isArray },
  includeUnref: flag,
  staleAllow: oneOf('warn', 'fail', 'off'),
  stackDepth: whole(1),
  baseline: path,
  outputFile: path,
  html: path,
  jobSummary: flag,
};

/** The names of all options. */
export const optionNames: readonly string[] = Object.keys(CHECKS);

/** What `ASYNC_LEAKS` may be: a mode, or `update`, which rewrites the baseline; in CI only as `update-ci`. */
const VARIABLE = ['off', 'warn', 'fail', 'update', 'update-ci'];

const DEFAULTS: ResolvedOptions = {
  mode: 'fail',
  deadline: 'suite',
  grace: 250,
  allow: [],
  includeUnref: false,
  staleAllow: 'warn',
  stackDepth: 24,
  baseline: undefined,
  outputFile: undefined,
  html: undefined,
  jobSummary: true,
  update: false,
};

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : inspect(value, { breakLength: Infinity });
}

/**
 * Checks the options that a project gave, and fills in the defaults. The environment variable `ASYNC_LEAKS` (`off`, `warn`,
 * `fail`, and `update` or `update-ci` if there is a baseline) wins over `mode`. Throws a TypeError that names the option, what it got, what it
 * takes.
 */
export function resolveOptions(given: unknown = {}, env: Environment = process.env): ResolvedOptions {
  if (!isRecord(given)) {
    throw new TypeError(`async-leaks: the options must be an object, but got ${show(given)}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof AsyncLeaksOptions] : undefined;
    if (check === undefined) {
      throw new TypeError(`async-leaks: there is no option "${name}"; it takes ${optionNames.join(', ')}.`);
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
  const { ASYNC_LEAKS: variable } = env;
  if (variable === undefined || variable === '') return options;
  if (!VARIABLE.includes(variable)) throw refusal(VARIABLE.join(', '), variable);
  if (variable === 'update' && isCi(env))
    throw new Error(
      'async-leaks: ASYNC_LEAKS=update is refused in CI, because it would let new leaks in; run it where you work, or set ASYNC_LEAKS=update-ci.',
    );
  if (!isUpdate(env)) return { ...options, mode: variable as ResolvedOptions['mode'] };
  // A project without a baseline has nothing to record, and goes on as usual.
  if (options.baseline === undefined) return options;
  return { ...options, mode: options.mode === 'off' ? 'fail' : options.mode, update: true };
}

function refusal(takes: string, got: string): TypeError {
  return new TypeError(
    `async-leaks: the environment variable ASYNC_LEAKS takes ${takes}, but got ${show(got)}.`,
  );
}

/** Whether options that are not checked yet switch async-leaks off: then they need not be valid. */
export function isOff(given: AsyncLeaksOptions = {}, env: Environment = process.env): boolean {
  const { ASYNC_LEAKS: variable } = env;
  // `update` leaves what is off alone, unless there is a baseline to record into.
  const wins = isUpdate(env) ? given.baseline !== undefined : Boolean(variable);
  return (wins ? variable : given.mode) === 'off';
}

/** Whether the run is to rewrite its baselines, if it has any. */
export function isUpdate(env: Environment = process.env): boolean {
  return env['ASYNC_LEAKS'] === 'update' || env['ASYNC_LEAKS'] === 'update-ci';
}

/** Whether this is a continuous integration, which all of them say by this variable. */
function isCi({ CI }: Environment): boolean {
  return CI !== undefined && !['', '0', 'false'].includes(CI);
}

/** Throws one sentence if the baselines are to be rewritten, but no project of the run names one. */
export function refuseIdleUpdate(projects: readonly ResolvedOptions[], env?: Environment): void {
  if (isUpdate(env) && !projects.some(({ update }) => update))
    throw refusal('update only where option "baseline" names a file', env?.['ASYNC_LEAKS'] ?? 'update');
}

/** Options with their paths made absolute. */
export function resolvePaths(options: ResolvedOptions, root: string): ResolvedOptions {
  const { baseline, outputFile, html } = options;
  return {
    ...options,
    baseline: baseline && resolve(root, baseline),
    outputFile: outputFile && resolve(root, outputFile),
    html: html && resolve(root, html),
  };
}
