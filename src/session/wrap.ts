/** Wraps the functions passed to `test()` and test hooks: they run in a scope, and the framework sees no difference. */
import { isPromise } from 'node:util/types';

/** A test's or a hook's function: plain, async, with a `done` callback, or a generator. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- of every shape
export type TestFunction = (this: unknown, ...args: any[]) => unknown;

/** Runs a function in the scope that is right at that moment. */
export type Run = <T>(fn: () => T) => T;

const isGenerator = (fn: TestFunction): boolean =>
  Object.prototype.toString.call(fn) === '[object GeneratorFunction]';

/** `prepare` is called when the function is; it returns how to run it. */
export function inScope(fn: TestFunction, prepare: () => Run): TestFunction {
  const wrapped: TestFunction = isGenerator(fn)
    ? function* asyncLeaksTest(this: unknown, ...args) {
        const run = prepare();
        yield* asyncLeaksSteps(run, run(() => fn.apply(this, args)) as Generator);
      }
    : function (this: unknown, ...args) {
        const run = prepare();
        return run(() => started(fn.apply(this, args)));
      };
  // Frameworks take a function with a parameter for one that calls back. Setting the length of each would take memory.
  return fn.length === 0 ? wrapped : Object.defineProperty(wrapped, 'length', { value: fn.length });
}

/**
 * A framework calls `then` of a returned object outside of the scope, and a query of supertest or knex begins only there. So we
 * begin it here.
 */
function started(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || isPromise(result)) return result;
  const { then } = result as { then?: unknown };
  if (typeof then !== 'function') return result;
  return new Promise((resolve, reject) => void then.call(result, resolve, reject));
}

/** Passes a generator through, each of its steps in the scope. */
function* asyncLeaksSteps(run: Run, inner: Generator): Generator<unknown, unknown, unknown> {
  let step = run(() => inner.next());
  while (!step.done) {
    let advance: () => IteratorResult<unknown>;
    try {
      const sent: unknown = yield run(() => started(step.value));
      advance = () => inner.next(sent);
    } catch (error) {
      advance = () => inner.throw(error);
    }
    step = run(advance);
  }
  return step.value;
}
