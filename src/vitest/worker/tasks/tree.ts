/** How the suites and tests of a file are nested in Vitest. */
import type { Tree } from '../../../session/tree.js';
import type { Place } from '../../../tracker/index.js';
import { definitionOf } from './definitions.js';
import type { File, Suite, Test } from './tasks.js';

export class FileTree implements Tree<Test, Suite> {
  readonly root: File;
  /** Suites with cleanup of their own. */
  readonly withCleanup: Set<Suite> = new Set();

  constructor(file: File) {
    this.root = file;
  }

  parentOf(task: Test | Suite): Suite | undefined {
    return task === this.root ? undefined : (task.suite ?? this.root);
  }

  kindOf(task: Test | Suite): 'test' | 'suite' {
    return task.type;
  }

  nameOf(task: Test | Suite): string {
    return task.name;
  }

  keyOf(test: Test): object {
    return test;
  }

  testsOf(suite: Suite): Test[] {
    return suite.tasks.flatMap((task) => {
      if (task.type === 'suite') return this.testsOf(task);
      return task.mode === 'todo' ? [] : [task];
    });
  }

  hasCleanup(task: Test | Suite): boolean {
    return this.withCleanup.has(task as Suite);
  }

  definitionOf(test: Test): Place | undefined {
    return definitionOf(test);
  }
}
