/**
 * Enables an async hook for everything but promises, and makes sure that Node calls it.
 *
 * A test's stack may overflow inside Node's own code that calls async hooks. Node 20 to 26 then believe for the rest of the
 * process that a hook is being called (`active_hooks.call_depth` in lib/internal/async_hooks.js), so `enable()` and `disable()`
 * only change a copy of the list of hooks that never comes into use: Node never calls new hooks, and goes on calling old ones. So
 * a hook that Node calls is kept for the next file of the process, which puts its own callbacks into it.
 */
import { AsyncResource, createHook, type AsyncHook, type HookCallbacks } from 'node:async_hooks';

import { enableAsItIs, ignorePromises, symbolOf, type SilentHook } from './legacy-hook.js';
import type { FaultKeeper } from '../events/overflow.js';

export interface Callbacks extends HookCallbacks {
  init: NonNullable<HookCallbacks['init']>;
}

const NAMES = ['init', 'before', 'after', 'destroy'] as const;
/** Kept on `process`, because a framework may load us anew for each file. An idle hook holds nothing of a file that is over. */
const IDLE = Symbol.for('async-leaks/idle-hook');

type Internals = Record<symbol, unknown>;

/** The symbols by which Node keeps the callbacks of a hook; undefined if it uses other names than these. */
function fieldsOf(hook: AsyncHook): Record<(typeof NAMES)[number], symbol> | undefined {
  // mutation: fields of a hook
  const found = NAMES.map((name) => [name, symbolOf(hook, name)] as const);
  return found.every(([, field]) => field !== undefined) ? (Object.fromEntries(found) as never) : undefined;
}

/** Takes the hook that an earlier file left, if any. */
function takeIdle(): AsyncHook | undefined {
  const { [IDLE]: hook } = process as { [IDLE]?: AsyncHook | undefined };
  leaveIdle(undefined);
  return hook;
}

function leaveIdle(hook: AsyncHook | undefined): void {
  Object.defineProperty(process, IDLE, { configurable: true, value: hook });
}

/**
 * Enables a hook for everything but promises. `keeper` gets a fault if Node does not call it.
 * @param enable enables a hook, given the field that keeps its `destroy`.
 */
export function enableHook(
  callbacks: Callbacks,
  keeper: FaultKeeper,
  enable: (hook: AsyncHook, destroy: symbol) => SilentHook = enableAsItIs,
): SilentHook {
  const hook = takeIdle() ?? createSilentHook({});
  const fields = fieldsOf(hook);
  if (fields === undefined) return enableNew(callbacks, keeper);
  const internals = hook as unknown as Internals;
  const set = (values: HookCallbacks): void => {
    for (const name of NAMES) internals[fields[name]] = values[name];
  };
  let hears = false;
  const listen = (): void => {
    hears = true;
  };
  set({ ...callbacks, init: listen });
  const { disable, untrackPromises } = enable(hook, fields.destroy);
  new AsyncResource('async-leaks').emitDestroy();
  internals[fields.init] = callbacks.init;
  if (!hears) keeper.fault = deafness();
  return {
    disable() {
      disable();
      set({}); // Node may go on calling it
      if (hears) leaveIdle(hook);
    },
    untrackPromises,
  };
}

/** A hook that is used only once. */
function enableNew(callbacks: Callbacks, keeper: FaultKeeper): SilentHook {
  let hears = false;
  const init: Callbacks['init'] = (...event) => {
    hears = true;
    callbacks.init(...event);
  };
  const enabled = enableAsItIs(createSilentHook({ ...callbacks, init }));
  new AsyncResource('async-leaks').emitDestroy();
  if (!hears) keeper.fault = deafness();
  return enabled;
}

/** Node 22 has the field that the option sets, but not the option; Node 20 has neither. */
function createSilentHook(callbacks: HookCallbacks): AsyncHook {
  // mutation: trackPromises
  const hook = createHook({ ...callbacks, trackPromises: false } as HookCallbacks);
  // mutation: ignored promises
  ignorePromises(hook);
  return hook;
}

function deafness(): Error {
  const error = new Error(
    'Node calls no new async hook in this process, probably because the stack of an earlier test ended in the midst of one.',
  );
  error.stack = String(error); // the place says nothing
  return error;
}
