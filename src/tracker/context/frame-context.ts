/**
 * For Node 24 and later, and 22 with `--experimental-async-context-frame`: an AsyncLocalStorage is carried through promises at
 * no cost, and hooks can leave promises alone (`trackPromises: false`, nodejs/node#61415).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { FaultKeeper } from '../events/overflow.js';
import type { Cause } from '../resource.js';
import { enableHook } from './async-hook.js';
import type { Callbacks, Context } from './context.js';

/** An `AsyncLocalStorage` on V8's AsyncContextFrame; true for Node 24 and later. */
export function hasContextFrames(): boolean {
  return String(AsyncLocalStorage.prototype.enterWith).includes('AsyncContextFrame');
}

/** One for all files of a process: what goes on after its file still belongs to that file, not to the next one. */
let shared: AsyncLocalStorage<Cause | undefined> | undefined;

/** Each callback starts in a frame of its own: nothing to restore. */
export class FrameContext implements Context {
  private readonly storage = (shared ??= new AsyncLocalStorage());

  current(): Cause | undefined {
    return this.storage.getStore();
  }

  run<T>(cause: Cause | undefined, fn: () => T): T {
    return this.storage.run(cause, fn);
  }

  enter(cause: Cause): void {
    this.storage.enterWith(cause);
  }

  born(): void {}

  promiseBorn(): boolean {
    return true;
  }

  before(cause: Cause | undefined): void {
    if (cause !== undefined) this.storage.enterWith(cause);
  }

  enable(callbacks: Callbacks, keeper: FaultKeeper): () => void {
    return enableHook(callbacks, keeper).disable;
  }
}
