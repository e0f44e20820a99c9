/** `reporters: ['default', 'async-leaks/vitest/reporter']`: the summary, `outputFile` and the baseline of a run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule, TestProject, Vitest } from 'vitest/node';

import { failing, refusing } from '../process/faults.js';
import { followOpened, goOn, pause, stop } from '../process/opened.js';
import { publishColumns } from '../process/columns.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { resolveOptions, resolvePaths, type ResolvedOptions } from '../config/options.js';
import { say } from '../text/printable.js';
import { leavesChildren, type FileRecord } from '../report/record.js';
import { heldBy } from '../report/held.js';
import { checkRun } from '../report/check.js';
import { endRun, tell, type ProjectRun } from '../report/run.js';
import { endRunWhenHeld, isCommand } from './ending.js';
import { heldIn } from './held.js';
import { keepFactsOffPages } from './html.js';
import { allowSetupFile, removeSetupFile } from './setup-files.js';
import { isInBrowser, isTypeTest, isUnfit, unfollowed } from './unfit.js';
import { isTooOld, unsupported } from './version.js';

/** The options of a project, checked; throws one sentence for what is wrong with them. */
function optionsOf(project: TestProject): ResolvedOptions {
  const given = (project.getProvidedContext() as { asyncLeaks?: unknown }).asyncLeaks;
  return resolvePaths(resolveOptions(given), project.vitest.config.root);
}

/** A test file that ran; its record is undefined if nothing of it was checked. */
interface SeenFile {
  readonly path: string;
  readonly project: TestProject;
  readonly record: FileRecord | undefined;
}

export type {} from './worker/setup.js';

/** Lets the plugin recognize a reporter of another copy of the package. */
export const REPORTER: symbol = Symbol.for('async-leaks/vitest/reporter');

// Others may extend it, so none of its members has a string for a name.
export default class AsyncLeaksReporter implements Reporter {
  readonly #advice: string;
  #vitest: Vitest | undefined;
  /** By the id of a test file in its project, through all runs of a watch. */
  readonly #files = new Map<string, SeenFile>();
  /** The test files that have run, whatever came of them, through all runs of a watch. */
  readonly #ran = new Set<string>();
  readonly #unchecked = new Set<TestProject>();
  /** How many test files of this run have not ended yet. */
  #ahead = 0;
  /** What was said of tests that are not followed, through all runs of a watch. */
  readonly #told = new Set<string>();

  /** `advice` says how to get a project checked. */
  constructor({ advice }: { advice?: string } = {}) {
    Object.defineProperty(this, REPORTER, { value: true });
    this.#advice = advice ?? 'add "async-leaks/vitest" to setupFiles, or use the plugin.';
  }

  /** Checks all that can be checked before any test runs. */
  onInit(vitest: Vitest): void {
    refuseUnsupportedNode();
    publishColumns();
    this.#vitest = vitest;
    refusing(() => {
      if (isTooOld(vitest.version)) throw unsupported(vitest.version);
      checkRun(vitest.projects.map(optionsOf));
    });
    if (isBun()) warnOfBun();
    for (const { config } of vitest.projects) if (isInBrowser(config)) removeSetupFile(config);
    const projects = followedIn(vitest);
    for (const project of projects) {
      project.provide('asyncLeaksReporter', vitest.config.root);
      allowSetupFile(project);
      const { config, vite } = project;
      if (config.cache !== false)
        project.provide('asyncLeaksCodeCache', join(vite.config.cacheDir, 'async-leaks'));
    }
    keepFactsOffPages(vitest);
    followMainProcess(vitest);
  }

  onTestRunStart(specifications: readonly unknown[]): void {
    this.#ahead = specifications.length;
    if (this.#vitest?.config.watch === true) return;
    // A program may have several runs, each of which is its own.
    this.#files.clear();
    this.#ran.clear();
  }

  /** Just before a test file runs. */
  onTestModuleQueued(): void {
    pause();
  }

  onTestModuleEnd(): void {
    // Before the other reporters hear that the run is over, because they may open something.
    if (--this.#ahead === 0) goOn();
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const vitest = this.#vitest;
    if (vitest === undefined) return;
    const isNothingButTypes = modules.length > 0 && modules.every(isTypeTest);
    if (!isNothingButTypes) failing(() => this.#endRun(vitest, modules));
    failing(() => this.#sayUnfollowed(modules));
    goOn();
  }

  /** Vitest waits for what keeps the main process from exiting, and is about to end it. */
  onProcessTimeout(): void {
    const vitest = this.#vitest;
    const opened = vitest && failing(() => heldIn(vitest));
    if (vitest !== undefined && opened !== undefined) say(`\n${heldBy(opened, vitest.config.root)}\n`);
  }

  #endRun(vitest: Vitest, modules: readonly TestModule[]): void {
    // Deleted while Vitest watches.
    for (const [id, { path }] of this.#files) if (!existsSync(path)) this.#files.delete(id);
    for (const module of modules) this.#see(module);
    const files = [...this.#files.values()];
    const projects = followedIn(vitest).map((project): ProjectRun => {
      const records = files.flatMap((file) => (file.project === project ? (file.record ?? []) : []));
      return { options: optionsOf(project), records };
    });
    if (leavesChildren(files.flatMap(({ record }) => record ?? []))) endRunWhenHeld(vitest);
    const partial =
      isPartial(vitest) || this.#lacksFiles(vitest) || files.some(({ record }) => record === undefined);
    tell(endRun(projects, vitest.config.root, partial));
  }

  /** Says once what we stayed out of, unless we are off anyway. */
  #sayUnfollowed(modules: readonly TestModule[]): void {
    if (isBun()) return;
    const wanted = modules.filter(({ project }) => optionsOf(project).mode !== 'off');
    for (const sentence of unfollowed(wanted)) {
      if (!this.#told.has(sentence)) say(sentence);
      this.#told.add(sentence);
    }
  }

  /** Whether test files that Vitest knows of have not run: an editor, say, runs one of them. */
  #lacksFiles(vitest: Vitest): boolean {
    return followedIn(vitest).some((project) => {
      const { testFilesList } = project as { testFilesList?: readonly string[] | null };
      return testFilesList?.some((file) => !this.#ran.has(keyOf(project, file))) ?? false;
    });
  }

  #see(module: TestModule): void {
    this.#ran.add(keyOf(module.project, module.moduleId));
    const { asyncLeaks: record } = module.meta() as { asyncLeaks?: FileRecord };
    const tests = [...module.children.allTests()];
    this.#files.delete(module.id);
    const isTodo = tests.length > 0 && tests.every(({ options }) => options.mode === 'todo');
    if (isUnfit(module.project.config) || isTypeTest(module) || isTodo) return;
    this.#files.set(module.id, { path: module.moduleId, project: module.project, record });
    if (record === undefined && tests.some((test) => /^(passed|failed)$/.test(test.result().state)))
      this.#miss(module.project);
  }

  /** Says once that tests of a project ran unchecked. */
  #miss(project: TestProject): void {
    if (isBun() || this.#unchecked.has(project) || optionsOf(project).mode === 'off') return;
    this.#unchecked.add(project);
    const what = project.name === '' ? 'no test is checked' : `project "${project.name}" is not checked`;
    say(`async-leaks: ${what}: ${this.#advice}`);
  }
}

/** Follows what the main process opens, where Vitest may come to wait for it: in a program of the user's it never does. */
function followMainProcess(vitest: Vitest): void {
  const isOff = isBun() || vitest.projects.every((each) => optionsOf(each).mode === 'off');
  if (isOff || vitest.config.watch || !isCommand()) {
    stop();
    return;
  }
  followOpened();
  vitest.onClose(pause);
}

const keyOf = ({ name }: TestProject, path: string): string => JSON.stringify([name, path]);

const followedIn = ({ projects }: Vitest): TestProject[] => projects.filter(({ config }) => !isUnfit(config));

/** Whether a filter left out tests: names, files, a shard, only what changed. */
function isPartial(vitest: Vitest): boolean {
  const { testNamePattern, shard, changed, related } = vitest.config;
  const { filenamePattern } = vitest as { filenamePattern?: readonly string[] };
  return (
    testNamePattern !== undefined ||
    shard !== undefined ||
    Boolean(changed) ||
    (related?.length ?? 0) > 0 ||
    (filenamePattern?.length ?? 0) > 0
  );
}
