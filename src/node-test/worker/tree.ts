/** How tests, suites and files are nested in node:test. */
import type { Tree } from '../../session/tree.js';
import type { Place, Scope } from '../../tracker/index.js';
import { isSuite, type NodeTest } from './internals.js';

/** A test file, where several run in one process: there node:test has nothing between the root and the tests. */
export class FileSuite {
  /** Absolute path. */
  readonly path: string;
  readonly parent: NodeTest;

  constructor(path: string, root: NodeTest) {
    this.path = path;
    this.parent = root;
  }
}

export type Suite = NodeTest | FileSuite;

const isFileSuite = (task: Suite): task is FileSuite => task instanceof FileSuite;

export class NodeTestTree implements Tree<NodeTest, Suite> {
  /** Set as node:test makes its first object. */
  root!: NodeTest;
  /** By path; empty if the process runs a single file. */
  readonly files: Map<string, FileSuite> = new Map();
  private readonly scopes = new Map<Suite, Scope>();
  /** Suites, or the root, whose hooks `after` have run. */
  private readonly cleaned = new WeakSet<Suite>();

  parentOf(task: Suite): Suite | undefined {
    const { parent } = task;
    if (parent === null) return undefined;
    return parent === this.root && !isFileSuite(task) ? this.fileOf(task) : parent;
  }

  /** The file that a test, a suite or a hook is in; the root if the process runs a single file. */
  fileOf(task: NodeTest): Suite {
    if (this.files.size === 0) return this.root;
    const { entryFile, loc } = task;
    return this.files.get(entryFile ?? '') ?? this.files.get(loc?.file ?? '') ?? this.root;
  }

  /** Adds a file that is one of several. */
  addFile(file: FileSuite, scope: Scope): void {
    this.files.set(file.path, file);
    this.scopes.set(file, scope);
  }

  /** The scope of a file that is one of several. */
  scopeOf(file: Suite): Scope | undefined {
    return this.scopes.get(file);
  }

  kindOf(task: Suite): 'test' | 'suite' {
    return isFileSuite(task) || task === this.root || isSuite(task) ? 'suite' : 'test';
  }

  nameOf(task: Suite): string {
    return isFileSuite(task) ? task.path : task.name;
  }

  /** node:test tries no test again. */
  keyOf(test: NodeTest): object {
    return test;
  }

  testsOf(suite: Suite): NodeTest[] {
    const tests = isFileSuite(suite)
      ? suite.parent.subtests.filter((test) => this.fileOf(test) === suite)
      : suite.subtests;
    return tests.flatMap((test) => (isSuite(test) ? this.testsOf(test) : [test, ...this.testsOf(test)]));
  }

  /** The body of a test around a subtest is yet to end, and so are its hooks. */
  hasCleanup(task: Suite): boolean {
    if (isFileSuite(task)) return false;
    if (this.kindOf(task) === 'test') return task.endTime === null;
    return task.hooks.after.length > 0 && !this.cleaned.has(task);
  }

  /** The hooks `after` of a suite have run. */
  noteCleaned(suite: NodeTest): void {
    this.cleaned.add(suite);
  }

  definitionOf({ loc }: NodeTest): Place | undefined {
    return loc && { file: loc.file, line: loc.line, column: loc.column };
  }

  /** Whether a hook `after` of a suite has not run, because a filter left out all of the suite but its body. */
  skipsCleanup(suite: NodeTest = this.root): boolean {
    if (suite.hooks.after.some(({ startTime }) => startTime === null)) return true;
    return suite.subtests.some((test) => isSuite(test) && this.skipsCleanup(test));
  }
}
