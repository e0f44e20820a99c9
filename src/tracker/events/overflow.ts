/**
 * The end of the stack. A test of a recursion may reach it, possibly inside a hook of ours. That is no fault: the hook gives up
 * on the resource it was called for, which is then neither followed nor counted.
 *
 * Our handlers also run at the end of the stack, where any call throws again, even a getter or a built-in function; and what
 * escapes an async hook ends the process, or a test. So in the callbacks that Node calls, each `catch` and `finally` compares and
 * assigns, and calls nothing. That is why they all spell out the same lines.
 */

// mutation: end of the stack
/** V8's message. Nothing in the hooks recurses, so it is always the user's recursion that ends there. */
export const OVERFLOW = 'Maximum call stack size exceeded';

/** Keeps what a callback of ours must not throw. */
export interface FaultKeeper {
  /** Our own last fault. */
  fault: unknown;
}
