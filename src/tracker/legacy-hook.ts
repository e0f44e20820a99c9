/**
 * Hooks that leave promises alone, for Node 20 and 22, which know no `trackPromises`. Both ways rest on internals
 * of releases that change no more; where one of them is missing, promise events arrive, and cost time, nothing
 * else.
 */
import { createHook, type AsyncHook, type HookCallbacks } from 'node:async_hooks';

export interface EnabledHook {
  disable(): void;
  /** Somebody else has made Node hook promises: keeps it from following each of them to its destruction too. Not to be called from inside a hook. */
  untrackPromises(): void;
}

type Internals = Record<symbol, unknown>;

function symbolOf(object: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

/** Sets the field that `trackPromises: false` sets, which Node 22 has, though not the option; false where there is none. */
export function ignorePromises(hook: AsyncHook): boolean {
  const field = symbolOf(hook, 'kNoPromiseHook');
  if (field !== undefined) (hook as unknown as Internals)[field] = true;
  return field !== undefined;
}

/** Enables a hook for everything but promises. */
export function enableWithoutPromises(callbacks: HookCallbacks): EnabledHook {
  const hook = createHook(callbacks);
  if (!ignorePromises(hook)) return enableOnNode20(callbacks);
  hook.enable();
  return { disable: () => void hook.disable(), untrackPromises() {} };
}

/**
 * Node 20 chooses how to hook promises each time that a hook is enabled: with a `destroy` callback among them,
 * each promise gets a weak reference, three times the cost of all the rest. So ours is enabled without, and
 * counted after.
 */
function enableOnNode20({ destroy, ...others }: HookCallbacks): EnabledHook {
  const hook = createHook(others);
  const counts = hookCounts();
  const field = symbolOf(hook, 'destroy');
  if (counts === undefined || field === undefined) {
    const plain = createHook({ ...others, ...(destroy && { destroy }) });
    enableBehind(plain);
    return { disable: () => void plain.disable(), untrackPromises() {} };
  }
  const { async_hook_fields: fields, constants } = counts;
  enableBehind(hook);
  (hook as unknown as Internals)[field] = destroy;
  fields[constants.kDestroy]!++;
  let enabled = true;
  return {
    disable() {
      enabled = false;
      hook.disable();
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
  constants: { kDestroy: number };
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
      binding.async_hook_fields instanceof Uint32Array && typeof binding.constants?.kDestroy === 'number';
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
function enableBehind(hook: AsyncHook): void {
  const decoy = createHook({ init() {} });
  const field = symbolOf(decoy, 'promiseResolve');
  if (field === undefined) {
    hook.enable();
    return;
  }
  decoy.enable();
  let enabled = false;
  Object.defineProperty(decoy, field, {
    get() {
      if (!enabled) hook.enable();
      enabled = true;
      return undefined;
    },
  });
  decoy.disable();
}
