/**
 * Hooks that leave promises alone, for Node 20 and 22, which have no `trackPromises`. Both ways rely on internals of releases
 * that no longer change; if one of them is missing, promise events arrive, which only costs time.
 */
import { createHook, type AsyncHook } from 'node:async_hooks';

/** A hook that is on, and leaves promises alone. */
export interface SilentHook {
  disable(): void;
  /** Keeps Node, if others made it hook promises, from also following each to its end. Must not be called in a hook. */
  untrackPromises(): void;
}

type Internals = Record<symbol, unknown>;

export function symbolOf(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

const FIELD = 'kNoPromiseHook';

/** Sets the field that `trackPromises: false` sets. Node 22 has the field, though not the option. */
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
 * Node 20 chooses how to hook promises whenever a hook is enabled: if any hook has a `destroy` callback, each promise gets a weak
 * reference, which costs three times as much as all the rest. So ours is enabled without `destroy`, and counted afterwards.
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
      fields[constants.kDestroy] = destroyHooks - 1; // even if Node counts in a copy
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

/** Node's own counts of how many hooks have which callback. */
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
 * Node 20 turns its promise hooks off when the last hook is disabled. So we enable ours while another is being disabled: when
 * `disable()` reads the field of its promise callback.
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
