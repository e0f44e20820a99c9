/** Verdicts that wait for cleanup: of a suite, of the file, or of a test that others are parts of. */
import type { Scope } from '../tracker/index.js';
import { around, type Tree } from './tree.js';

export class Deferred<Test extends object, Suite extends object> {
  private readonly deadline: 'suite' | 'test';
  private readonly tree: Tree<Test, Suite>;
  private readonly waiting = new Map<Test | Suite, Scope[]>();

  /** @param deadline the option. */
  constructor(deadline: 'suite' | 'test', tree: Tree<Test, Suite>) {
    this.deadline = deadline;
    this.tree = tree;
  }

  /**
   * What the verdict on a task waits for the end of: the outermost task that still has cleanup to run, among all those around it
   * and, unless it is a test, itself. Undefined if there is nothing to wait for.
   */
  deadlineOf(task: Test | Suite): Test | Suite | undefined {
    const { tree } = this;
    const isTest = tree.kindOf(task) === 'test';
    // The deadline "test" concerns only tests: what hooks of suites open still waits for the cleanup around them.
    // mutation: deadline
    if (isTest && this.deadline === 'test') return undefined;
    let deadline: Test | Suite | undefined;
    for (let each = isTest ? tree.parentOf(task) : task; each !== undefined; each = tree.parentOf(each))
      if (tree.hasCleanup(each)) deadline = each;
    return deadline;
  }

  /** Leaves the verdict on a scope to the end of a task. */
  add(task: Test | Suite, scope: Scope): void {
    const scopes = this.waiting.get(task);
    if (scopes === undefined) this.waiting.set(task, [scope]);
    else scopes.push(scope);
  }

  /** Whether anything waits for the end of a task. */
  has(task: Test | Suite): boolean {
    return this.waiting.has(task);
  }

  /** Takes what waits for the end of a task. */
  take(task: Test | Suite): Scope[] {
    const scopes = this.waiting.get(task) ?? [];
    this.waiting.delete(task);
    return scopes;
  }

  /** Takes what waits for the end of a file, or of anything in it. */
  takeWithin(file: Suite): Scope[] {
    const { tree } = this;
    const isIn = (task: Test | Suite): boolean =>
      file === tree.root || task === file || around(tree, task).includes(file);
    return [...this.waiting.keys()].filter(isIn).flatMap((task) => this.take(task));
  }

  /** Everything that waits. */
  scopes(): Scope[] {
    return [...this.waiting.values()].flat();
  }

  clear(): void {
    this.waiting.clear();
  }
}
