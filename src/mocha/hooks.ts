/** Which file and which call define a hook: Mocha keeps neither, and gives what a file has at its top level to its root. */
import type { Site } from '../tracker/index.js';
import type { HookName, Runnable, Suite } from './mocha.js';
import type { Group, RunTree, TestFile } from './tree.js';

export class Hooks {
  private readonly tree: RunTree;
  /** The files that define hooks of the root; undefined for those of a required module. */
  private readonly definers = new Map<Runnable, TestFile | undefined>();
  private readonly definitions = new Map<Runnable, Site>();
  /** The file that is loaded now, or was loaded last. */
  private file: TestFile | undefined;

  constructor(tree: RunTree) {
    this.tree = tree;
  }

  /** From now on a file is loaded. */
  begin(file: TestFile | undefined): void {
    this.claim();
    this.file = file;
  }

  /** Notes which file has defined those hooks of the root that are new. */
  claim(): void {
    for (const name of ['beforeAll', 'afterAll'] as const)
      for (const hook of this.tree.root.getHooks(name))
        if (!this.definers.has(hook)) this.definers.set(hook, this.file);
  }

  /** A suite has been given a hook; one that is skipped ignores it. */
  note(suite: Suite, name: HookName, definition: Site): void {
    const hook = suite.getHooks(name).at(-1);
    if (suite.isPending()) this.tree.noteSkipped(suite, name);
    else if (hook !== undefined) this.definitions.set(hook, definition);
  }

  definitionOf(hook: Runnable): Site | undefined {
    return this.definitions.get(hook);
  }

  /** The suite of an all-hook; for a hook of the root the file that defines it. */
  holderOf(hook: Runnable): Group {
    const { root, files } = this.tree;
    if (hook.parent !== undefined && hook.parent !== root) return hook.parent;
    return this.definers.get(hook) ?? (files.length === 1 ? files[0]! : root);
  }
}
