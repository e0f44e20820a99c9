/** The attempts of the tests of one file: their scopes, their verdicts, and which of these have to wait. */
import { formatAllowance, parseAllowances, type Allowance } from '../../config/allowances.js';
import { guard, guardAsync, refusing } from '../../process/faults.js';
import type { LeakError } from '../../report/leak-error.js';
import { hideOwnFrames } from '../../session/own-frames.js';
import type { Session } from '../../session/session.js';
import { around } from '../../session/tree.js';
import type { Scope } from '../../tracker/index.js';
import { hand, raise, type Handling } from './errors.js';
import { addErrors, holdResult } from './runner.js';
import type { Suite, Test } from './tasks/tasks.js';
import type { FileTree } from './tasks/tree.js';

/** An attempt of a test that is under way. */
interface Attempt {
  readonly scope: Scope;
  /** Stops listening for the test to time out, if we do. */
  unlisten?: () => void;
}

export class Attempts {
  /** Whether the runner reports each attempt of a test, so that we need no hook around it. */
  areReported = false;
  private readonly session: Session<Test, Suite>;
  private readonly tree: FileTree;
  private readonly handling: Handling;
  /** Suites with an aroundEach of the user's. */
  private readonly withAroundEach: ReadonlySet<Suite>;
  /** The attempts whose beginning the runner has reported, until it reports their end. */
  private readonly begun = new Map<Test, Attempt>();
  /** Suites whose `meta` has been declared. */
  private readonly declared = new Set<Suite>();
  /** Attempts that get their verdict only when the whole test is over. */
  private readonly unjudged = new Map<Test, Scope[]>();

  constructor(
    session: Session<Test, Suite>,
    tree: FileTree,
    handling: Handling,
    withAroundEach: ReadonlySet<Suite>,
  ) {
    this.session = session;
    this.tree = tree;
    this.handling = handling;
    this.withAroundEach = withAroundEach;
  }

  /** Runs a whole attempt in its scope: for a runner that does not report attempts, or reports them too late. */
  async around(test: Test, run: () => Promise<void>): Promise<void> {
    const attempt = this.begin(test);
    if (attempt === undefined) return run();
    try {
      await this.session.tracker.run(attempt.scope, () => {
        this.declareMeta(test);
        return run();
      });
    } catch (error) {
      this.drop(attempt);
      throw error;
    }
    await this.finishAttempt(test, attempt);
  }

  /** The runner begins an attempt, and goes on in its scope. */
  before(test: Test): void {
    const attempt = this.areReported ? this.begin(test) : undefined;
    if (attempt === undefined) return;
    this.begun.set(test, attempt);
    this.session.tracker.enter(attempt.scope);
    this.declareMeta(test);
  }

  /** A whole attempt is over. Rejects with what it leaked; undefined if there is nothing to wait for. */
  after(test: Test): Promise<void> | undefined {
    const attempt = this.take(test);
    return attempt && this.finishAttempt(test, attempt);
  }

  /** The runner itself has failed an attempt at its end. */
  fail(test: Test): void {
    const attempt = this.take(test);
    if (attempt !== undefined) this.drop(attempt);
  }

  private take(test: Test): Attempt | undefined {
    const attempt = this.begun.get(test);
    this.begun.delete(test);
    return attempt;
  }

  private begin(test: Test): Attempt | undefined {
    return guard(() => {
      const scope = this.session.begin(test, (test.result?.retryCount ?? 0) > 0);
      const attempt: Attempt = { scope };
      // Vitest makes its signal on demand. A test that opens nothing waits for nothing that we could report.
      this.session.tracker.whenUsed(scope, () => this.listen(test, attempt));
      return attempt;
    });
  }

  private listen(test: Test, attempt: Attempt): void {
    const { signal } = test.context;
    // Now or never: the hooks that follow may close what it waited for.
    const explain = (): void => guard(() => this.session.noteTimeout(test));
    signal?.addEventListener('abort', explain);
    attempt.unlisten = () => signal?.removeEventListener('abort', explain);
  }

  /** What `meta` allows holds for the test, or if the test only inherits it, for the whole suite that declares it. */
  private declareMeta(test: Test): void {
    const { allowLingering: allowed } = test.meta;
    if (allowed !== undefined) refusing(() => this.declareAllowed(test, allowed));
  }

  private declareAllowed(test: Test, allowed: unknown): void {
    const holder = around(this.tree, test).findLast(({ meta }) => meta['allowLingering'] === allowed);
    if (holder !== undefined && this.declared.has(holder)) return;
    const name = this.session.nameOf(holder ?? test);
    this.session.declareFor(
      holder ?? test,
      parseMeta(allowed),
      (allowance) => `meta.allowLingering of "${name}": ${formatAllowance(allowance) || 'true'}`,
    );
    if (holder !== undefined) this.declared.add(holder);
  }

  private drop({ scope, unlisten }: Attempt): void {
    unlisten?.();
    guard(() => this.session.drop(scope));
  }

  private finishAttempt(test: Test, { scope, unlisten }: Attempt): Promise<void> | undefined {
    unlisten?.();
    if (guard(() => this.isPlain(test) && this.session.passIfClean(scope)) === true) return undefined;
    return this.settleAttempt(test, scope);
  }

  private async settleAttempt(test: Test, scope: Scope): Promise<void> {
    raise((await guardAsync(() => this.errorsOf(test, scope))) ?? []);
  }

  /** Whether an attempt has passed, and nothing of it is still to come, as for all but a few. */
  private isPlain(test: Test): boolean {
    return test.result?.state === 'pass' && !this.isJudgedLater(test);
  }

  /** The errors of an attempt; none yet if its verdict has to wait. */
  private async errorsOf(test: Test, scope: Scope): Promise<LeakError[]> {
    hideOwnFrames(test.result?.errors);
    if (test.result?.state === 'fail' && !test.fails) {
      if (isTimeout(test)) this.session.noteTimeout(test);
      const explanation = this.session.takeExplanation(test);
      this.session.drop(scope);
      return explanation === undefined ? [] : [explanation];
    }
    if (!this.isJudgedLater(test)) return this.conclude(test, scope);
    this.unjudged.set(test, [...(this.unjudged.get(test) ?? []), scope]);
    return [];
  }

  /** Judges an attempt that passed, now or at the end of the suite that its cleanup waits for. */
  private async conclude(test: Test, scope: Scope): Promise<LeakError[]> {
    const { session } = this;
    const deadline = session.deadlineOf(test);
    if (test.result?.state === 'fail') session.drop(scope);
    else if (test.result?.state !== 'pass') session.discard(scope);
    else if (session.passIfClean(scope)) return [];
    else if (deadline !== undefined) this.defer(test, scope, deadline as Suite);
    else return hand(test, await session.judge(scope), this.handling);
    return [];
  }

  private defer(test: Test, scope: Scope, deadline: Suite): void {
    this.session.defer(scope, deadline);
    if (this.handling === 'fail') holdResult(test, deadline);
  }

  /** `test.fails` flips the result, and fixtures of an aroundEach are torn down, only after the whole attempt. */
  private isJudgedLater(test: Test): boolean {
    if (test.fails) return true;
    if (this.withAroundEach.size === 0) return false;
    return around(this.tree, test).some((suite) => this.withAroundEach.has(suite));
  }

  /** Does what is left once a whole test is over; undefined if there is nothing. */
  afterTest(test: Test): Promise<void> | undefined {
    // What Vitest does next is its own business, even if it comes after a test.
    if (this.areReported) this.session.tracker.enter(this.session.tracker.nobody);
    hideOwnFrames(test.result?.errors);
    const scopes = this.unjudged.get(test);
    if (scopes === undefined) return undefined;
    this.unjudged.delete(test);
    return this.judgeLate(test, scopes);
  }

  private async judgeLate(test: Test, scopes: readonly Scope[]): Promise<void> {
    for (const scope of scopes) {
      const errors = await this.conclude(test, scope);
      if (errors.length > 0 && test.result !== undefined) addErrors(test.result, errors);
    }
  }
}

/** What `meta.allowLingering` declares. */
function parseMeta(value: unknown): Allowance[] {
  const inputs: unknown[] = value === true ? [] : Array.isArray(value) ? value : [value];
  return parseAllowances(inputs, 'meta.allowLingering');
}

function isTimeout(test: Test): boolean {
  return test.result?.errors?.some(({ message }) => /^Test timed out in \d/.test(message)) ?? false;
}
