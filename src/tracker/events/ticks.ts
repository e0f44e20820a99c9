/**
 * Which ticks become causes. No stack of what is created in a tick shows who asked for it, so the tick needs one; but a stack is
 * nearly all that we cost, and most ticks create nothing.
 */
import type { Resource, Scope } from '../resource.js';

/** The most ticks in a row. Each callback of a resource of the scope makes up for one of them. */
const MOST_IN_A_ROW = 8;
/** Ticks of one function that end without having created anything, before that function is known to create nothing. */
const MOST_IDLE = 2;

interface Callback {
  idle: number;
}

export class Ticks {
  /** Node's streams, for example, use the same few functions for all their ticks. */
  private readonly callbacks = new WeakMap<object, Callback>();
  private readonly ofTicks = new WeakMap<Resource, Callback>();

  /** Whether the next tick of a scope is worth a stack. `callback` is the function that it will run, if that is known. */
  admits(scope: Scope, callback: object | undefined): boolean {
    if (scope.ticks >= MOST_IN_A_ROW) return false;
    if (callback === undefined) return true;
    const known = this.callbacks.get(callback);
    return known === undefined || known.idle < MOST_IDLE;
  }

  /** A tick of the scope has become a cause. */
  add(tick: Resource, callback: object | undefined): void {
    tick.scope.ticks++;
    if (callback === undefined) return;
    let known = this.callbacks.get(callback);
    if (known === undefined) this.callbacks.set(callback, (known = { idle: 0 }));
    this.ofTicks.set(tick, known);
  }

  /** A tick has created something. */
  created(tick: Resource): void {
    const known = this.ofTicks.get(tick);
    if (known !== undefined) known.idle = -Infinity;
  }

  /** A tick is over. */
  ended(tick: Resource): void {
    const known = this.ofTicks.get(tick);
    if (known !== undefined) known.idle++;
  }
}
