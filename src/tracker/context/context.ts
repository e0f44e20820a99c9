/** Which cause runs now: one interface, and one backend for each generation of Node. */
import type { HookCallbacks } from 'node:async_hooks';

import type { FaultKeeper } from '../events/overflow.js';
import type { Cause } from '../resource.js';

export interface Context {
  /** The cause that runs now; undefined if none of ours does. */
  current(): Cause | undefined;
  /** Runs `fn`, and whatever it starts through any number of awaits, with `cause` as the current one. */
  run<T>(cause: Cause | undefined, fn: () => T): T;
  /** Makes `cause` the current one until the running callback, or async function, ends. */
  enter(cause: Cause): void;
  /** In `init`: attaches the current cause to the new resource. */
  born(resource: object): void;
  /** In `before`: enters `cause` or, if that is undefined, the cause that was current when the resource was created. */
  before(cause: Cause | undefined): void;
  /**
   * In `init` of a promise, which Node reports only if somebody else made it hook promises. Returns false as long as Node may be
   * doing so for our sake, and is about to stop.
   */
  promiseBorn(promise: object): boolean;
  /**
   * Enables the given hook, without promises, and the backend's own hooks; returns what disables both. `keeper` gets the faults
   * of the backend's own hooks.
   */
  enable(callbacks: Callbacks, keeper: FaultKeeper): () => void;
}

export type Callbacks = Required<Pick<HookCallbacks, 'init' | 'before' | 'destroy'>>;
