/**
 * The timers that Vitest keeps for itself, out of reach of fakes: its timeouts of tests and hooks, the polls of `vi.waitFor`.
 * They run in the test's context, at least one for each test. None is ever judged, so we need not read their stacks to see whose
 * they are.
 */

const PATCHED = Symbol('async-leaks');
const KINDS = ['setTimeout', 'setInterval', 'setImmediate'] as const;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- timers of every shape
type SetTimer = (...args: any[]) => unknown;
type SafeTimers = Record<(typeof KINDS)[number], SetTimer> & { [PATCHED]?: true };

function safeTimers(): SafeTimers | undefined {
  const key = Object.getOwnPropertySymbols(globalThis).find(
    ({ description }) => description === 'vitest:SAFE_TIMERS',
  );
  return key && (globalThis as unknown as Record<symbol, SafeTimers>)[key];
}

/** From now on arms each of them through `arm`, which takes the function to run. Does nothing the second time. */
export function wrapSafeTimers(arm: <T>(fn: () => T) => T): void {
  const timers = safeTimers();
  if (timers === undefined || timers[PATCHED]) return;
  timers[PATCHED] = true;
  for (const kind of KINDS) {
    const set = timers[kind];
    if (typeof set === 'function') timers[kind] = (...args) => arm(() => set(...args));
  }
}
