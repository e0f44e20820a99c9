/** How the describe blocks and tests of a file are nested in circus. */
import type { Circus } from '@jest/types';

import type { Tree } from '../../session/tree.js';
import type { Site } from '../../tracker/index.js';

export type Test = Circus.TestEntry;
export type Suite = Circus.DescribeBlock;

export class BlockTree implements Tree<Test, Suite> {
  /** Set by circus' events; the first of these comes before the file is evaluated. */
  root!: Suite;

  parentOf(task: Test | Suite): Suite | undefined {
    return task.parent;
  }

  kindOf(task: Test | Suite): 'test' | 'suite' {
    return task.type === 'test' ? 'test' : 'suite';
  }

  nameOf(task: Test | Suite): string {
    return task.name;
  }

  /** Circus tries the same test again. */
  keyOf(test: Test): object {
    return test;
  }

  testsOf(block: Suite): Test[] {
    return block.children.flatMap((child) => {
      if (child.type === 'describeBlock') return this.testsOf(child);
      return child.mode === 'todo' ? [] : [child];
    });
  }

  hasCleanup(task: Test | Suite): boolean {
    return 'hooks' in task && task.hooks.some(({ type }) => type === 'afterAll');
  }

  definitionOf({ asyncError }: Test): Site | undefined {
    return asyncError as Site | undefined;
  }

  /** Whether a block has an afterAll, but no test that has run. */
  skipsCleanup(block: Suite = this.root): boolean {
    const hasRun = (): boolean => this.testsOf(block).some(({ status }) => status === 'done');
    if (this.hasCleanup(block) && !hasRun()) return true;
    return block.children.some((child) => child.type === 'describeBlock' && this.skipsCleanup(child));
  }
}
