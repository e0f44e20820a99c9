/**
 * What Mocha tells its reporters, held back while the verdict on a test is not known: Mocha says "pass" before the test's own
 * cleanup has run, and no reporter can take that back.
 */
import type { MochaClass, Runnable, Runner, Test } from './mocha.js';

/**
 * How a reporter shows the results: some people watch as tests end; some have nothing to show before the end of the run; of the
 * others we do not know whether they can bear a test that first passes, and then fails.
 */
export type Showing = 'live' | 'in the end' | 'in order';

const SHOWING: Readonly<Record<string, Showing>> = {
  spec: 'live',
  dot: 'live',
  list: 'live',
  landing: 'live',
  nyan: 'live',
  progress: 'live',
  'json-stream': 'live',
  'github-actions': 'live',
  json: 'in the end',
  markdown: 'in the end',
  min: 'in the end',
  xunit: 'in the end',
};

/** How a reporter of Mocha's own shows results; any other one is taken to need them in order. */
export function showingOf(reporter: unknown, { reporters }: MochaClass): Showing {
  const name = Object.keys(SHOWING).find((each) => reporters[each] === reporter);
  return (name !== undefined && SHOWING[name]) || 'in order';
}

type Emit = Runner['emit'];

export class Events {
  private readonly runner: Runner;
  private readonly emitNow: Emit;
  private queue: [event: string, args: unknown[]][] | undefined;
  /** What the events in the queue wait for. */
  private readonly reasons = new Set<object>();
  /** The errors of tests whose "pass" is in the queue. */
  private readonly errors = new Map<unknown, unknown>();
  /** Nothing is lost of a run that a test ends. */
  private readonly tellAll = (): void => this.flush();

  /** @param emitNow Mocha's own. */
  constructor(runner: Runner, emitNow: Emit) {
    this.runner = runner;
    this.emitNow = emitNow;
    process.once('exit', this.tellAll);
  }

  emit(event: string, args: unknown[]): boolean {
    if (this.queue === undefined) return this.emitNow.call(this.runner, event, ...args);
    // Mocha looks for new globals at these events: what a later test makes must not be found with them.
    if (event === 'test end' || event === 'hook end') this.runner.checkGlobals(args[0] as Runnable);
    this.queue.push([event, args]);
    return true;
  }

  /** From now on holds what Mocha tells, until all reasons to do so are gone. */
  hold(reason: object): void {
    this.reasons.add(reason);
    this.queue ??= [];
  }

  /** A reason to hold is gone. */
  release(reason: object): undefined {
    this.reasons.delete(reason);
    if (this.reasons.size === 0) this.flush();
  }

  /** The run is over. */
  releaseAll(): void {
    this.reasons.clear();
    this.flush();
    process.removeListener('exit', this.tellAll);
  }

  /** Fails a test that has passed, even if reporters have been told so. */
  fail(test: Test, error: unknown): void {
    if (this.queue?.some(([event, [each]]) => event === 'pass' && each === test)) {
      this.errors.set(test, error);
      return;
    }
    const { runner } = this;
    if (runner.stats !== undefined) runner.stats.passes--;
    runner.fail(test, error);
  }

  private flush(): void {
    const { queue = [], runner } = this;
    this.queue = undefined;
    if (queue.length === 0) return;
    const { checkGlobals } = runner;
    runner.checkGlobals = () => {}; // that was done
    for (const [event, args] of queue) {
      const error = event === 'pass' ? this.errors.get(args[0]) : undefined;
      if (error === undefined) this.emitNow.call(runner, event, ...args);
      else runner.fail(args[0] as Test, error);
    }
    runner.checkGlobals = checkGlobals;
    this.errors.clear();
  }
}
