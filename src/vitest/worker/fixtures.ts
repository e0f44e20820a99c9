/**
 * Fixtures of scope `file` and `worker` are created lazily, inside the first test that asks for them, but belong to the file, or
 * to nobody, and not to that test. So they run in that scope, through all their awaits.
 */
import type { Hook } from './tasks/tasks.js';

export type FixtureScope = 'test' | 'file' | 'worker';

const PATCHED = Symbol('async-leaks');

interface Registration {
  value: unknown;
  scope: FixtureScope;
  parent?: Registration;
}

interface FixturesClass {
  [PATCHED]?: true;
  parseUserFixtures(...args: unknown[]): Map<string, Registration>;
}

/** Vitest's registry of fixtures, which a test function keeps under a symbol of its own. */
function registryOf(test: object): FixturesClass | undefined {
  const key = Object.getOwnPropertySymbols(test).find((symbol) => symbol.description === 'kChainableContext');
  const context = key && (test as Record<symbol, { getFixtures?: () => object }>)[key];
  const fixtures = context?.getFixtures?.();
  return fixtures && (Object.getPrototypeOf(fixtures) as FixturesClass);
}

/** Hears of scoped fixtures. */
export interface FixtureListener {
  /** There is a fixture of this scope; called before any hook of the file runs. */
  declared(scope: FixtureScope): void;
  /** Runs a fixture. */
  run<T>(scope: FixtureScope, fn: () => T): T;
}

/**
 * From now on reports each scoped fixture to the listener, which runs it. `test` is any test function of this Vitest. Does
 * nothing the second time.
 */
export function wrapScopedFixtures(test: object, listener: FixtureListener): void {
  const registry = registryOf(test);
  if (typeof registry?.parseUserFixtures !== 'function' || registry[PATCHED]) return;
  registry[PATCHED] = true;
  const parse = registry.parseUserFixtures;
  registry.parseUserFixtures = function (...args) {
    const registrations = parse.apply(this, args);
    for (const name of Object.keys(args[1] as object)) {
      const fixture = registrations.get(name);
      if (fixture === undefined || fixture.scope === 'test') continue;
      const scope = declaredScope(fixture, (args[1] as Record<string, unknown>)[name]);
      declared.set(fixture, scope);
      listener.declared(scope);
      if (typeof fixture.value !== 'function') continue;
      const original = fixture.value as Hook;
      const wrapped: Hook = (...params) => listener.run(scope, () => original(...params));
      // Vitest keeps what it knows of a fixture on the function.
      fixture.value = Object.assign(wrapped, original);
    }
    return registrations;
  };
}

const declared = new WeakMap<Registration, FixtureScope>();

/** The scope as it was written: in the vm pools Vitest turns `worker` into `file`. An override inherits it. */
function declaredScope({ scope, parent }: Registration, definition: unknown): FixtureScope {
  const written = Array.isArray(definition) ? (definition[1] as { scope?: FixtureScope }).scope : undefined;
  return written ?? (parent && declared.get(parent)) ?? scope;
}
