/**
 * Which ticks become causes. No stack of what is created in a tick shows who asked for it, so the tick needs one; but a stack is
 * nearly all that we cost, and most ticks create nothing.
 */
import type { Resource, Scope } from '../resource.js';

/** The most ticks in a row that code of the scope itself asks for. Each callback of a resource of the scope makes up for one of them. */
const MOST_IN_A_ROW = 8;
/** The same while a file is loaded: what compiles it for the framework may ask for dozens of ticks between two lines of the user's. */
const MOST_LOADING = 256;
/** The most ticks that callbacks of a scope ask for, each with a function of its own, and that create nothing. */
const MOST_NESTED = 8;
/** How many ticks of one function may begin, and create nothing, before that function is known to create nothing. */
const MOST_IDLE = 2;
/**
 * The same, in a row and in one scope, for a function that has created something. Node's streams, for example, may open
 * `process.stderr` in one of their ticks, and then nothing more.
 */
const MOST_IDLE_OF_CREATOR = 8;

/** A function that ticks run. */
interface Callback {
  /** How many of its ticks have begun since one created something. */
  idle: number;
  /** The scope that those are counted in; undefined until one of its ticks creates something. */
  scope: Scope | undefined;
  /** Its only tick so far was asked for by a callback, and has created nothing: it takes room in a scope. */
  takesRoom: boolean;
}

export class Ticks {
  /** Node's streams, for example, use the same few functions for all their ticks. */
  private readonly callbacks = new WeakMap<object, Callback>();
  private readonly ofTicks = new WeakMap<Resource, Callback>();

  /** Whether the scope may have one more. `isNested` is whether a callback of one of its resources asks for it. */
  hasRoom(scope: Scope, isNested: boolean): boolean {
    if (isNested) return scope.nestedTicks < MOST_NESTED;
    const isLoading = scope.kind === 'file' && scope.hook === undefined;
    return scope.ticks < (isLoading ? MOST_LOADING : MOST_IN_A_ROW);
  }

  /** Whether a tick is worth a stack. `callback` is the function that it will run, if that is known. */
  admits(callback: object | undefined, scope: Scope): boolean {
    const known = callback === undefined ? undefined : this.callbacks.get(callback);
    if (known === undefined) return true;
    if (known.scope === undefined) return known.idle < MOST_IDLE;
    if (known.scope !== scope) {
      known.scope = scope;
      known.idle = 0;
    }
    return known.idle < MOST_IDLE_OF_CREATOR;
  }

  /** A tick has become a cause. */
  add(tick: Resource, isNested: boolean, callback: object | undefined): void {
    const { scope } = tick;
    let known = callback === undefined ? undefined : this.callbacks.get(callback);
    // A function that comes again may be known to create nothing, and needs no room.
    if (known !== undefined) this.giveBack(known, scope);
    else {
      known = { idle: 0, scope: undefined, takesRoom: isNested };
      if (callback !== undefined) this.callbacks.set(callback, known);
      if (isNested) scope.nestedTicks++;
    }
    if (!isNested) scope.ticks++;
    this.ofTicks.set(tick, known);
  }

  /** A tick is the cause of something new. A write is not counted, because its cause is the socket. */
  created(tick: Resource): void {
    const known = this.ofTicks.get(tick);
    if (known === undefined) return;
    known.scope = tick.scope;
    known.idle = 0;
    this.giveBack(known, tick.scope);
  }

  /** A tick begins. Node says that it is over only after a turn of the event loop, and a chain of ticks has none. */
  began(tick: Resource): void {
    const known = this.ofTicks.get(tick);
    if (known !== undefined) known.idle++;
  }

  private giveBack(known: Callback, scope: Scope): void {
    if (!known.takesRoom) return;
    known.takesRoom = false;
    if (scope.nestedTicks > 0) scope.nestedTicks--;
  }
}
