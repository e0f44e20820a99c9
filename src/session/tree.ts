/** How a framework's suites and tests are nested: each adapter implements this. */
import type { Place, Site } from '../tracker/index.js';

/** `Test` and `Suite` are the framework's own objects. The file is a suite like any other: the outermost. */
export interface Tree<Test extends object, Suite extends object> {
  /** The file. Asked for once its code has been evaluated. */
  readonly root: Suite;
  /** The parent of a task: a suite, or the test that it is a part of; undefined for the root. */
  parentOf(task: Test | Suite): Test | Suite | undefined;
  kindOf(task: Test | Suite): 'test' | 'suite';
  /** Its own name, without those around it. */
  nameOf(task: Test | Suite): string;
  /** What all attempts of a test have in common: the test itself, unless the framework makes another one for each attempt. */
  keyOf(test: Test): object;
  /** All tests of a suite that can run, including those of its suites and tests. */
  testsOf(suite: Suite): readonly Test[];
  /** Whether a task has cleanup that is still to run: verdicts within it wait for that. */
  hasCleanup(task: Test | Suite): boolean;
  /** Where a test is defined: the unread stack of the call, or a place; undefined where that is not known. */
  definitionOf(test: Test): Site | Place | undefined;
}

/** The tasks around a task, innermost first, the root last. */
export function around<Task, Parent extends Task>(
  tree: { parentOf(task: Task): Parent | undefined },
  task: Task,
): Parent[] {
  const all: Parent[] = [];
  for (let each = tree.parentOf(task); each !== undefined; each = tree.parentOf(each)) all.push(each);
  return all;
}
