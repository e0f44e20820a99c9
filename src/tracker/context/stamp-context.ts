/**
 * For Node 20 and 22: there an AsyncLocalStorage and a hook of promises cost several times an await. So we carry the cause
 * ourselves, as a stamp on each promise, and keep async_hooks from hooking promises by other means (legacy-hook.ts).
 */
import { executionAsyncResource } from 'node:async_hooks';

import { OVERFLOW, type FaultKeeper } from '../events/overflow.js';
import type { Cause } from '../resource.js';
import { enableHook } from './async-hook.js';
import type { Callbacks, Context } from './context.js';
import { enableLegacy } from './legacy-hook.js';

/** Not the import itself: there a bundler may put a getter, which is a call. */
const STACK_ENDED = OVERFLOW;

/** Calls `fn` after the running job; `nextTick` would wait for all jobs after it, which may be all tests of a file. */
function afterJob(fn: () => void): void {
  void Promise.resolve().then(fn);
}

/**
 * `new Stamp(object)` returns `object` itself, now with a private field that no user can see or enumerate. It extends null,
 * so that no object is made only to be thrown away.
 */
class Itself extends null {
  constructor(object: object) {
    return object;
  }
}

class Stamp extends Itself {
  #cause: Cause | undefined;

  static set(object: object, cause: Cause | undefined): void {
    if (#cause in object) object.#cause = cause;
    else new Stamp(object).#cause = cause;
  }

  /** For an object without a stamp. */
  static add(object: object, cause: Cause | undefined): void {
    new Stamp(object).#cause = cause;
  }

  static get(object: object): Cause | undefined {
    return #cause in object ? object.#cause : undefined;
  }
}

export class StampContext implements Context {
  private cause: Cause | undefined = undefined;
  /**
   * The causes to go back to, one for each callback or `run` that is under way. An array and a count, because `push` and `pop`
   * are calls, which throw when a test's stack is full: everything that follows would then go back to the wrong cause.
   */
  private readonly stack: (Cause | undefined)[] = [];
  private depth = 0;
  private stopPromiseHooks: (() => void) | undefined;
  /** Our own promise hooks are to stop once nothing is under way, so that each `before` gets its `after`. */
  private yielding = false;
  /** Node 20 goes on hooking promises for one microtask after it was asked not to. */
  private settled = false;
  private untrackPromises: (() => void) | undefined;

  current(): Cause | undefined {
    return this.cause;
  }

  run<T>(cause: Cause | undefined, fn: () => T): T {
    const { depth, cause: before } = this;
    this.stack[depth] = before;
    this.depth = depth + 1;
    this.cause = cause;
    try {
      return fn();
    } finally {
      this.depth = depth;
      this.stack[depth] = undefined;
      this.cause = before;
      if (depth === 0 && this.yielding) this.stopPromises();
    }
  }

  enter(cause: Cause): void {
    this.cause = cause;
  }

  born(resource: object): void {
    Stamp.set(resource, this.cause);
  }

  before(cause: Cause | undefined): void {
    this.cause = cause ?? Stamp.get(executionAsyncResource());
  }

  /** Two promise hooks cost more than twice one: if Node reports promises anyway, we use its events and stop our own. */
  promiseBorn(promise: object): boolean {
    if (this.stopPromiseHooks === undefined) {
      Stamp.add(promise, this.cause);
      return true;
    }
    Stamp.set(promise, this.cause);
    if (this.settled && !this.yielding) {
      this.yielding = true;
      // Not from inside a hook: there Node works on a copy of its hooks, and would undo what we do.
      if (this.untrackPromises !== undefined) afterJob(this.untrackPromises);
    }
    return this.settled;
  }

  private stopPromises(): void {
    try {
      this.stopPromiseHooks?.();
      this.stopPromiseHooks = undefined;
      this.yielding = false;
    } catch {
      // the stack is full; the next callback to end tries again
    }
  }

  /** Node calls this once for each `before` that it called, whatever happened in there. */
  private readonly after = (): void => {
    const depth = this.depth - 1;
    if (depth < 0) {
      this.cause = undefined;
      return;
    }
    this.depth = depth;
    this.cause = this.stack[depth];
    this.stack[depth] = undefined;
    if (depth === 0 && this.yielding) this.stopPromises();
  };

  /** The promise hooks. V8 turns what one of them throws into an uncaught exception. */
  private promiseHooks(keeper: FaultKeeper): Record<'init' | 'before' | 'after', (promise: object) => void> {
    // No `try`, which costs an await a fifth of its instructions, because V8 would not inline the calls in it. Only a stack
    // overflow throws here, and V8 drops that in a promise hook (Node 20 and 22).
    const init = (promise: object): void => Stamp.set(promise, this.cause);
    const before = (promise: object): void => {
      const { depth } = this;
      this.stack[depth] = depth === 0 ? undefined : this.cause;
      this.depth = depth + 1;
      try {
        this.cause = Stamp.get(promise);
      } catch (error) {
        this.cause = undefined;
        try {
          if ((error as Error).message !== STACK_ENDED) keeper.fault = error;
        } catch {
          keeper.fault = error;
        }
      }
    };
    return { init, before, after: this.after };
  }

  enable({ init, before, destroy }: Callbacks, keeper: FaultKeeper): () => void {
    const enter = (id: number): void => {
      const { depth } = this;
      // Beneath the first callback there is no cause. One may still be entered, by a callback that began before our hooks, which
      // do not see it end.
      this.stack[depth] = depth === 0 ? undefined : this.cause;
      this.depth = depth + 1;
      try {
        before(id);
      } catch {
        // `before` does not throw, but the stack may be too full to call it.
      }
    };
    const { disable, untrackPromises } = enableHook(
      { init, before: enter, after: this.after, destroy },
      keeper,
      enableLegacy,
    );
    this.untrackPromises = () => {
      try {
        untrackPromises();
      } catch (fault) {
        keeper.fault = fault;
      }
    };
    queueMicrotask(() => {
      this.settled = true;
    });
    const { promiseHooks } = process.getBuiltinModule('node:v8'); // takes a while to load, and Node 24 does not need it
    this.stopPromiseHooks = promiseHooks.createHook(this.promiseHooks(keeper)) as () => void;
    // An uncaught exception unwinds past every `after`.
    const reset = (): void => {
      this.depth = this.stack.length = 0;
    };
    process.on('uncaughtExceptionMonitor', reset);
    return () => {
      process.off('uncaughtExceptionMonitor', reset);
      this.stopPromises();
      disable();
      reset();
      this.cause = undefined;
    };
  }
}
