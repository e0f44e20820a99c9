/**
 * The root of node:test, and the end of the files beneath it: a file is over when its code has been evaluated, all its tests are
 * done, and the root's hooks `after` have run.
 */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import type { ImportModule } from '../../config/file.js';
import type { ResolvedOptions } from '../../config/options.js';
import { faultsFor, guard, guardAsync } from '../../process/faults.js';
import { formatPath } from '../../report/message/words.js';
import { ownerKey, type FileRecord } from '../../report/record.js';
import type { LeakError } from '../../report/leak-error.js';
import type { Place, Scope } from '../../tracker/index.js';
import { now } from '../../tracker/judging/timers.js';
import { addFailingTest, toFailure } from './failures.js';
import { isHook, type Methods, type NodeTest } from './internals.js';
import type { Tests } from './tests.js';
import { FileSuite, type NodeTestTree, type Suite } from './tree.js';

// Taken now: later a test may have faked it.
const { setImmediate } = globalThis;

/** What is known of the files of a process, and who is told of them. */
export interface Watch {
  readonly importModule: ImportModule;
  readonly options: ResolvedOptions;
  /** Absolute path of the only test file; undefined if there are several, or none is known. */
  readonly file: string | undefined;
  /** Absolute path that shown paths are relative to. */
  readonly folder: string;
  /** Whether nothing but the files may keep this process alive: no reporter writes to a file of its own. */
  readonly isAlone: boolean;
  /** Takes what there is to tell of each file. */
  readonly record: (record: FileRecord) => void;
  /** Called as the first test or hook begins. */
  readonly began: () => void;
  /** Called once the files are over, and what they left is released; `several` if node:test has loaded them one after the other. */
  readonly ended: (root: NodeTest, several: boolean) => void;
}

export interface RootOptions extends Watch {
  readonly tests: Tests;
  readonly tree: NodeTestTree;
  /** The methods of node:test, as they were. */
  readonly original: Methods;
}

export class Root {
  /** Whether all files have their verdict: what runs from now on is not checked. */
  isOver = false;
  /** Whether it adds tests of our own, for leaks that nothing else can fail for. */
  isAdding = false;
  private readonly options: RootOptions;
  /** The first object that node:test made: the root itself, or a hook of it. */
  private readonly first: NodeTest;
  private found: NodeTest | undefined;
  /** Resolves once the code of the file has been evaluated. */
  private evaluation: Promise<unknown> | undefined;
  private cleaning: Promise<void> | undefined;
  private hasBegun = false;
  private hasRun = false;
  private isEnding = false;

  constructor(first: NodeTest, options: RootOptions) {
    this.first = first;
    this.options = options;
  }

  /** Undefined while node:test is making it. */
  get test(): NodeTest | undefined {
    if (this.found !== undefined) return this.found;
    const { first } = this;
    const found = isHook(first) ? first.parentTest?.root : (first.root as NodeTest | undefined);
    if (found !== undefined) this.found = this.options.tree.root = found;
    return found;
  }

  /** node:test loads several files in this process: it sets `entryFile` of the root as it begins with each. */
  followFiles(): void {
    const { test } = this;
    if (test === undefined || this.evaluation !== undefined) return;
    this.evaluation = Promise.resolve(); // it loads all files before it runs a test
    let path = test.entryFile;
    Object.defineProperty(test, 'entryFile', {
      configurable: true,
      enumerable: true,
      get: () => path,
      set: (next: string | null | undefined) => {
        path = next;
        guard(() => this.enterFile(next ?? undefined));
      },
    });
  }

  /** From now on everything is a file's that runs in the function that loads the files. */
  private enterFile(path: string | undefined): void {
    const { tests, tree } = this.options;
    const { session } = tests;
    if (this.isOver) return;
    if (path === undefined) return session.tracker.enter(session.tracker.nobody);
    const known = tree.files.get(path);
    if (known === undefined) {
      const file = new FileSuite(path, this.test!);
      tree.addFile(file, session.openFile(file, path));
    }
    session.tracker.enter(tree.scopeOf(tree.files.get(path)!)!);
  }

  /** A test or a hook begins. */
  beginRun(): void {
    const { file, importModule, began } = this.options;
    if (this.hasBegun) return;
    this.hasBegun = true;
    began();
    if (this.evaluation !== undefined || file === undefined) return;
    const settled = (): void => {};
    // It is being evaluated, or has been; so this is the promise of that.
    this.evaluation = importModule(pathToFileURL(realpathSync(file)).href).then(settled, settled);
  }

  /**
   * Once all tests are done, runs the root's hooks `after`, if reports wait for them: node:test runs them only after it has sent
   * the last report.
   */
  endIfHeld(): void {
    const { test: root } = this;
    const { tests } = this.options;
    if (root === undefined || this.cleaning !== undefined || !tests.isHeld(root)) return;
    if (!root.subtests.every(({ endTime }) => endTime !== null)) return;
    const { tracker } = tests.session;
    this.cleaning = tracker.run(tracker.nobody, async () => {
      await guardAsync(() => this.cleanUp(root));
      this.cleaning = undefined;
      this.hasRun = false;
      root.processReadySubtestRange(true);
      // Node 20 does this elsewhere.
      if (!this.hasRun) void root.run();
    });
  }

  /** Runs the root's hooks `after`, each of which runs only once, and judges what waits for them. */
  private async cleanUp(root: NodeTest): Promise<void> {
    const { tests, original } = this.options;
    let failed = true;
    try {
      await original.runHook.call(root, 'after', root.getRunArgs());
      failed = false;
    } catch {
      // node:test reports it
    }
    await tests.endRoot(failed);
  }

  /** node:test runs the root whenever all its tests are done, in order to run its hooks `after`. */
  async run(run: () => Promise<void>): Promise<void> {
    if (this.isOver) return this.isAdding ? undefined : run();
    const { tracker } = this.options.tests.session;
    this.hasRun = true;
    await this.cleaning;
    await tracker.run(tracker.nobody, async () => {
      const root = this.test!;
      await guardAsync(() => this.cleanUp(root));
      // Then it ends the process.
      const isForced = root.config?.forceExit ?? process.execArgv.includes('--test-force-exit');
      if (!isForced) await run();
      await this.end(root);
      if (isForced) await run();
    });
  }

  /**
   * Waits for what the top level of the files has asked for, at most as long as a verdict does: `listen()` looks up its host first,
   * and its callback may define more tests.
   */
  private async answers(): Promise<void> {
    const { tests, tree, options } = this.options;
    const files = [...tree.files.values()].flatMap((file) => tree.scopeOf(file) ?? []);
    const scopes = [tests.session.tracker.file, ...files];
    const end = now() + options.grace;
    do await turn();
    while (scopes.some(asks) && now() < end);
  }

  /** Ends the files, if nothing is left to run in them. */
  private async end(root: NodeTest): Promise<void> {
    await this.evaluation;
    await this.answers();
    if (this.isEnding || !root.subtests.every(({ finished }) => finished)) return;
    this.isEnding = true;
    const { tests, tree, options, isAlone, record, ended } = this.options;
    const files: Suite[] = [...tree.files.values(), tree.root];
    for (const file of files) await tests.finishFile(file, tree.skipsCleanup());
    for (const file of files) guard(() => record(tests.session.record(file)));
    this.isOver = true;
    tests.session.tracker.file.alone = isAlone;
    tests.end();
    this.isAdding = true;
    for (const [owner, errors] of tests.unreported) await this.addLeaks(root, owner, errors);
    for (const fault of faultsFor(options.mode, (message) => root.diagnostic(message)))
      await addFailingTest(root, this.options.original, 'async-leaks', fault, undefined);
    this.isAdding = false;
    ended(root, tree.files.size > 0);
  }

  /** Adds a failing test for leaks that nothing else can fail for any more. */
  private addLeaks(root: NodeTest, owner: Suite, errors: readonly LeakError[]): Promise<void> {
    const { folder, original } = this.options;
    const failure = toFailure(errors);
    const leak = failure.leaks[0]!;
    const path = this.pathOf(owner);
    const name = `async-leaks: ${ownerKey(leak.owner)} of ${formatPath(path, folder)}`;
    const place: Place = leak.place ?? { file: path, line: 1, column: 1 };
    return addFailingTest(root, original, name, failure, place);
  }

  private pathOf(owner: Suite): string {
    const { tree, file, folder } = this.options;
    const suite = owner instanceof FileSuite ? owner : tree.fileOf(owner);
    return suite instanceof FileSuite ? suite.path : (file ?? folder);
  }
}

const asks = (scope: Scope): boolean => scope.resources().some(({ row }) => row.kind === 'request');

/** Two turns of the event loop. */
async function turn(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => void setImmediate(resolve));
}
