/** `reporters: ['default', 'async-leaks/vitest/reporter']`: the summary, `outputFile` and the baseline of a run. */
import { existsSync } from 'node:fs';
import type { Reporter, TestModule, TestProject, Vitest } from 'vitest/node';

import { refusing } from '../faults.js';
import { resolveOptions, resolvePaths, type ResolvedOptions } from '../options.js';
import type { FileRecord } from '../record.js';
import { readBaseline } from '../report/baseline.js';
import { endRun, type ProjectRun } from '../report/run.js';

/** The options of a project, checked; throws one sentence for what is wrong with them. */
function optionsOf(project: TestProject): ResolvedOptions {
  const given = (project.getProvidedContext() as { asyncLeaks?: unknown }).asyncLeaks;
  const options = resolvePaths(resolveOptions(given), project.config.root);
  if (options.baseline !== undefined) readBaseline(options.baseline);
  return options;
}

/** A file that had nothing to tell: it passed, or did not run. */
function silent(file: string): FileRecord {
  return { file, leaks: [], abandoned: 0, allowances: [], judged: [], tests: [] };
}

export type {} from './setup.js';

export default class AsyncLeaksReporter implements Reporter {
  /** What the plugin put into `setupFiles`; whoever lists it by hand may do so in a file of their own. */
  private readonly setupFile: string | undefined;
  private vitest: Vitest | undefined;
  /** By the id of a test file in its project, through all runs of a watch. */
  private readonly files = new Map<string, { project: TestProject; record: FileRecord }>();

  constructor(setupFile?: unknown) {
    if (typeof setupFile === 'string') this.setupFile = setupFile;
  }

  /** Checks all options before any test runs. */
  onInit(vitest: Vitest): void {
    this.vitest = vitest;
    refusing(() => vitest.projects.map(optionsOf));
    for (const project of vitest.projects) project.provide('asyncLeaksReporter', true);
    const { setupFile } = this;
    if (setupFile === undefined || process.env['ASYNC_LEAKS'] === 'off') return;
    for (const { name, config } of vitest.projects) {
      if (config.setupFiles.includes(setupFile)) continue;
      process.stderr.write(
        `async-leaks: project "${name}" is not checked: list the plugin in its own configuration.\n`,
      );
    }
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { vitest } = this;
    if (vitest === undefined) return;
    // Deleted while Vitest watches.
    for (const [id, { record }] of this.files) if (!existsSync(record.file)) this.files.delete(id);
    for (const module of modules) {
      if (module.state() === 'skipped') continue;
      const record = (module.meta() as { asyncLeaks?: FileRecord }).asyncLeaks ?? silent(module.moduleId);
      this.files.set(module.id, { project: module.project, record });
    }
    const projects = vitest.projects.map((project): ProjectRun => {
      const own = [...this.files.values()].filter((file) => file.project === project);
      return { options: optionsOf(project), records: own.map(({ record }) => record) };
    });
    const { text, failure } = endRun(projects, vitest.config.root, isPartial(vitest));
    if (text !== '') process.stderr.write(`${text}\n\n`);
    if (failure === undefined) return;
    process.stderr.write(`${failure}\n`);
    process.exitCode = 1;
  }
}

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
