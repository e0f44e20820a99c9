/**
 * Results of tests whose verdict waits for cleanup of their suite: they are sent with the verdict, because a reporter that streams
 * would show the test passed first, and failed later.
 */
import type { Event, Pack, Suite, Test } from './tasks/tasks.js';

interface Held {
  readonly test: Test;
  /** What its verdict waits for the end of. */
  readonly deadline: Suite;
  /** Whether the runner has sent it: otherwise it still will. */
  isWithheld: boolean;
}

const FINISHED = 'test-finished';

/** How a result is sent. */
export const packOf = ({ id, result, meta }: Test | Suite): Pack => [id, result, meta];
export const finished = ({ id }: Test): Event => [id, FINISHED, undefined];

export class HeldResults {
  private readonly held = new Map<string, Held>();
  /** Tests whose result has been sent with the verdict, while the runner still has the news that they have ended. */
  private readonly told = new Set<string>();

  /** A test is over, and its verdict waits for the end of a suite. */
  hold(test: Test, deadline: Suite): void {
    this.held.set(test.id, { test, deadline, isWithheld: false });
  }

  /** What is to be sent of an update. */
  sift(packs: readonly Pack[], events: readonly Event[]): [readonly Pack[], readonly Event[]] {
    if (this.held.size + this.told.size === 0) return [packs, events];
    const isDue = ([id, name]: Event): boolean => {
      if (name !== FINISHED) return true;
      const held = this.held.get(id);
      if (held !== undefined) held.isWithheld = true;
      return held === undefined && !this.told.delete(id);
    };
    return [packs.filter(([id]) => !this.held.has(id)), events.filter(isDue)];
  }

  /** The result of a test is sent now, with its verdict. */
  tell({ id }: Test): void {
    if (this.held.get(id)?.isWithheld === false) this.told.add(id);
    this.held.delete(id);
  }

  /** Takes the tests that have waited for the end of a suite, or all, and are to be sent. */
  take(deadline?: Suite): Test[] {
    const tests = [...this.held.values()].filter(
      (each) => deadline === undefined || each.deadline === deadline,
    );
    for (const { test } of tests) this.held.delete(test.id);
    return tests.flatMap(({ test, isWithheld }) => (isWithheld ? test : []));
  }
}
