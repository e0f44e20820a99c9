/** How the files, suites and tests of a run are nested. Mocha itself knows no files: what is at their top level is in its root. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Tree } from '../session/tree.js';
import type { Place } from '../tracker/index.js';
import { lineOfTitle } from '../tracker/stacks/title-line.js';
import type { HookName, Suite, Test } from './mocha.js';

/** A test file: a suite between Mocha's root and what the file has at its top level. */
export class TestFile {
  /** Absolute. */
  readonly path: string;
  /** All tests that were defined in it, also those that a filter leaves out. */
  readonly tests: Test[] = [];
  /** The suites whose cleanup may close what the file has opened. */
  readonly withCleanup: Set<Suite> = new Set();
  /** Whether a skipped suite has a cleanup, which never runs. */
  hasSkippedCleanup = false;
  /** Its last suite or test at the top level, of those that run. */
  last: Suite | Test | undefined;
  isOver = false;

  constructor(path: string) {
    this.path = path;
  }
}

/** Whatever holds tests. */
export type Group = Suite | TestFile;

/** The test of an attempt: Mocha makes another object for each further attempt. */
export const originalOf = (test: Test): Test => test.retriedTest() ?? test;

/** What Mocha names as the file. The interface "exports" names that of tests alone. */
function nameIn(task: Suite | Test): string | undefined {
  if (task.file !== undefined || !('suites' in task)) return task.file;
  return [...task.tests, ...task.suites].map(nameIn).find((name) => name !== undefined);
}

export class RunTree implements Tree<Test, Group> {
  readonly root: Suite;
  /** The suites that have run, their cleanup included. */
  readonly ended: Set<Suite> = new Set();
  /** Whether what is left of the files is gathered, to be judged together. */
  isGathering = false;
  /** By the name that Mocha has for them; undefined for what is no file. */
  private readonly named = new Map<string, TestFile | undefined>();
  private readonly byPath = new Map<string, TestFile>();
  private readonly open: (file: TestFile) => void;

  /** @param open is called for each file that comes up. */
  constructor(root: Suite, open: (file: TestFile) => void) {
    this.root = root;
    this.open = open;
  }

  get files(): TestFile[] {
    return [...this.byPath.values()];
  }

  /** The file of a name, which may be a path, relative or not, or a URL. A program may name what is no file at all. */
  file(name: string): TestFile | undefined {
    if (this.named.has(name)) return this.named.get(name);
    const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(name);
    const file = this.byPath.get(path) ?? this.add(path);
    this.named.set(name, file);
    return file;
  }

  private add(path: string): TestFile | undefined {
    if (!existsSync(path)) return undefined;
    const file = new TestFile(path);
    this.byPath.set(path, file);
    this.open(file);
    return file;
  }

  /** The file of a suite or a test at the top level; the root itself where that is not known. */
  private holderOf(task: Suite | Test): Group {
    const name = task === this.root ? undefined : nameIn(task);
    return (name === undefined ? undefined : this.file(name)) ?? this.root;
  }

  /** The file that a suite or a test is in; undefined where that is not known. */
  fileOf(task: Suite | Test): TestFile | undefined {
    let outermost = task;
    while (outermost.parent !== undefined && outermost.parent !== this.root) outermost = outermost.parent;
    const holder = this.holderOf(outermost);
    return holder instanceof TestFile ? holder : undefined;
  }

  parentOf(task: Test | Group): Group | undefined {
    if (task === this.root) return undefined;
    if (task instanceof TestFile) return this.root;
    return task.parent === undefined || task.parent === this.root ? this.holderOf(task) : task.parent;
  }

  kindOf(task: Test | Group): 'test' | 'suite' {
    return 'retriedTest' in task ? 'test' : 'suite';
  }

  nameOf(task: Test | Group): string {
    return task instanceof TestFile ? task.path : task.title;
  }

  keyOf(test: Test): object {
    return originalOf(test);
  }

  testsOf(group: Group): readonly Test[] {
    if (group === this.root) return this.files.flatMap(({ tests }) => tests);
    return group instanceof TestFile ? group.tests : [];
  }

  hasCleanup(task: Test | Group): boolean {
    if (task instanceof TestFile || !('suites' in task)) return false;
    if (this.isGathering && task === this.root) return true;
    return !this.ended.has(task) && task.getHooks('afterAll').length > 0;
  }

  definitionOf(test: Test): Place | undefined {
    const file = this.fileOf(test);
    return file && lineOfTitle(file.path, test.title);
  }

  /** Takes stock before a filter takes suites and tests out of the tree. */
  collect(suite: Suite = this.root): void {
    for (const test of suite.tests) this.fileOf(test)?.tests.push(test);
    if (suite !== this.root && suite.getHooks('afterAll').length > 0)
      this.fileOf(suite)?.withCleanup.add(suite);
    for (const each of suite.suites) this.collect(each);
  }

  /** A suite that is skipped has a hook, which Mocha ignores. */
  noteSkipped(suite: Suite, name: HookName): void {
    const file = this.fileOf(suite);
    if (name === 'afterAll' && file !== undefined) file.hasSkippedCleanup = true;
  }

  /** Notes what each file ends with; called once it is known what runs. */
  order(total: (suite: Suite) => number): void {
    const { tests, suites } = this.root;
    for (const task of [...tests, ...suites.filter((suite) => total(suite) > 0)]) {
      const file = this.fileOf(task);
      if (file !== undefined) file.last = task;
    }
  }

  /** Whether a hook that may close what the file has opened was skipped. */
  skipsCleanup({ withCleanup, hasSkippedCleanup }: TestFile): boolean {
    return hasSkippedCleanup || [...withCleanup].some((suite) => !this.ended.has(suite));
  }
}
