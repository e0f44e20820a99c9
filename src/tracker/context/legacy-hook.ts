/**
 * Hooks that leave promises alone, for Node 20 and 22, which know no `trackPromises`. Both ways rest on internals
 * of releases that change no more; where one of them is missing, promise events arrive, and cost time, nothing
 * else.
 */
import { createHook, type AsyncHook } from 'node:async_hooks';

/** A hook that is on, and leaves promises alone. */
export interface SilentHook {
  disable(): void;
  /** Somebody else has made Node hook promises: keeps it from following each of them to its destruction too. Not to be called from inside a hook. */
  untrackPromises(): void;
}

type Internals = Record<symbol, unknown>;

export function symbolOf(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

const FIELD = 'kNoPromiseHook';

/** Sets the field that `trackPromises: false` sets, which Node 22 has, though not the option. */
export function ignorePromises(hook: AsyncHook): void {
  const field = symbolOf(hook, FIELD);
  if (field !== undefined) (hook as unknown as Internals)[field] = true;
}

export function enableAsItIs(hook: AsyncHook): SilentHook {
  hook.enable();
  return { disable: () => void hook.disable(), untrackPromises() {} };
}

/**
 * Enables a hook on Node 20 or 22 so that promises are left alone.
 * @param field where the hook keeps its `destroy`.
 */
export function enableLegacy(hook: AsyncHook, field: symbol): SilentHook {
  return symbolOf(hook, FIELD) === undefined ? enableOnNode20(hook, field) : enableAsItIs(hook);
}

/**
 * Node 20 chooses how to hook promises each time that a hook is enabled: with a `destroy` callback among them,
 * each promise gets a weak reference, three times the cost of all the rest. So ours is enabled without, and
 * counted after.
 */
function enableOnNode20(hook: AsyncHook, field: symbol): SilentHook {
  const counts = hookCounts();
  const decoy = createHook({ init() {} });
  if (counts === undefined) {
    enableBehind(decoy.enable(), hook);
    return { disable: () => void hook.disable(), untrackPromises() {} };
  }
  const { async_hook_fields: fields, constants } = counts;
  const internals = hook as unknown as Internals;
  const { [field]: destroy } = internals;
  const inits = fields[constants.kInit]!;
  decoy.enable();
  // Otherwise Node has counted in a copy (async-hook.ts), and what it counts there does no harm.
  if (fields[constants.kInit] !== inits) internals[field] = undefined;
  enableBehind(decoy, hook);
  internals[field] = destroy;
  fields[constants.kDestroy]!++;
  let enabled = true;
  return {
    disable() {
      enabled = false;
      const destroyHooks = fields[constants.kDestroy]!;
      hook.disable();
      fields[constants.kDestroy] = destroyHooks - 1; // also where Node counts in a copy
    },
    untrackPromises() {
      if (!enabled) return;
      const destroyHooks = fields[constants.kDestroy]!;
      fields[constants.kDestroy] = destroyHooks - 1;
      createHook({ init() {} })
        .enable()
        .disable();
      fields[constants.kDestroy] = destroyHooks;
    },
  };
}

interface HookCounts {
  async_hook_fields: Uint32Array;
  constants: { kInit: number; kDestroy: number };
}

/** How many hooks have which callback: what Node itself looks at. */
function hookCounts(): HookCounts | undefined {
  const settings = process as { noDeprecation?: boolean | undefined };
  const { noDeprecation } = settings;
  try {
    settings.noDeprecation = true;
    const binding = (process as unknown as { binding(name: string): Partial<HookCounts> }).binding(
      'async_wrap',
    );
    const isKnown =
      binding.async_hook_fields instanceof Uint32Array &&
      typeof binding.constants?.kInit === 'number' &&
      typeof binding.constants.kDestroy === 'number';
    return isKnown ? (binding as HookCounts) : undefined;
  } catch {
    return undefined;
  } finally {
    settings.noDeprecation = noDeprecation;
  }
}

/**
 * Node 20 turns its promise hooks off when the last hook is disabled. So we enable ours in the midst of the
 * disabling of another: while `disable()` reads the field of its promise callback.
 */
function enableBehind(decoy: AsyncHook, hook: AsyncHook): void {
  const field = symbolOf(decoy, 'promiseResolve');
  let enabled = false;
  const enable = (): void => {
    if (!enabled) hook.enable();
    enabled = true;
  };
  if (field !== undefined) Object.defineProperty(decoy, field, { get: enable });
  decoy.disable();
  enable();
}
