/**
 * The end of the stack. A test whose subject is a recursion reaches it, and that may be in the midst of a hook of ours. It is
 * no fault: the hook gives up on what it was told, which is then neither followed nor counted.
 *
 * A handler of ours runs at the end of the stack as well, where any call throws again, a getter or a built-in function like
 * any other; and what leaves an async hook ends the process, or a test. So in the callbacks that Node calls, each `catch` and
 * `finally` compares and assigns, and calls nothing. That is why they all spell out the same lines.
 */

// mutation: end of the stack
/** V8's message. Nothing in the hooks recurses, so that it is always the user's recursion that ends there. */
export const OVERFLOW = 'Maximum call stack size exceeded';

/** Keeps what a callback of ours must not throw. */
export interface FaultKeeper {
  /** The last fault of ours. */
  fault: unknown;
}
