/**
 * What the setup file does: for each test file it opens a session, and attaches it to Vitest's hooks and its runner, outside of
 * all the user's hooks, so that the verdict comes after them.
 */
import { createRequire } from 'node:module';

import type { AllowanceInput } from '../../config/allowances.js';
import { followAnimationFrames } from '../../session/simulated/animation-frames.js';
import { followFakeClocks } from '../../session/simulated/fake-clock.js';
import { faultsFor, guard, refusing } from '../../process/faults.js';
import type { Leak } from '../../tracker/leak.js';
import { isUpdate, resolveOptions, resolvePaths, type ResolvedOptions } from '../../config/options.js';
import { say } from '../../text/printable.js';
import { silentRecord, type FileRecord } from '../../report/record.js';
import { readGiven } from '../../session/given.js';
import { Session } from '../../session/session.js';
import { API, idleApi, type TestApi } from '../../session/test-api.js';
import { vitest } from './api.js';
import { raise, warn } from './errors.js';
import { VitestFile } from './file.js';
import { roleOf } from '../packages.js';
import { observeRunner } from './runner.js';
import { wrapScopedFixtures } from './fixtures.js';
import { wrapSafeTimers } from './timers.js';
import type { File } from './tasks/tasks.js';
import { FileTree } from './tasks/tree.js';
import { unsupported } from '../version.js';

export { idleApi };

declare module 'vitest' {
  interface ProvidedContext {
    /** The options of async-leaks. */
    asyncLeaks?: import('../../config/options.js').AsyncLeaksOptions;
    /** Set by the reporter of async-leaks: the root of the run. */
    asyncLeaksReporter?: string;
    /** Set by the reporter of async-leaks: the folder in which V8's code is kept, unless Vitest is to keep nothing. */
    asyncLeaksCodeCache?: string;
  }
  interface TaskMeta {
    /** What may linger in this test, or in the tests of this suite; `true` for everything. */
    allowLingering?: true | AllowanceInput | AllowanceInput[];
    /** What async-leaks found: the leaks of a test or suite, or the whole record of a file. */
    asyncLeaks?: readonly Leak[] | FileRecord;
  }
}

/** The file under detection in this module's realm; a process runs one at a time. */
let current: VitestFile | undefined;
/** The folder of the package copy that set up that file first. */
let caller: string | undefined;

/** Throws one sentence if this Vitest is too old to hook into. */
function refuseUnsupported(): void {
  if ('aroundAll' in vitest && 'TestRunner' in vitest) return;
  const { version } = createRequire(import.meta.url)('vitest/package.json') as { version: string };
  throw unsupported(version);
}

function publish(api: TestApi): void {
  (globalThis as { [API]?: TestApi })[API] = api;
}

/**
 * Called by the setup file, for each test file. Throws one sentence for what it cannot work with.
 * @param folder of the package copy that calls: if there are several, the first serves them all.
 * @param keepCode keeps what V8 has compiled; called once a file has run.
 */
export function setUp(folder: string, keepCode?: () => void): void {
  const options = refusing(() => {
    refuseUnsupported();
    return resolvePaths(resolveOptions(vitest.inject('asyncLeaks')), rootOfRun());
  });
  const file = collecting();
  if (isUpdate() && !hasReporter()) vitest.beforeAll(refuseUpdate);
  refusing(() => {
    if (current?.file === file && caller === folder) {
      throw new Error('async-leaks/vitest is loaded twice for this file: list it once in setupFiles.');
    }
  });
  if (current?.file === file) return; // for another copy
  caller = folder;
  watch(file, options, keepCode);
  guard(() => hangIn(options));
}

/** Attaches this module to Vitest: once for each worker, or without isolation, again for each file. */
function hangIn(options: ResolvedOptions): void {
  observeRunner(vitest.TestRunner.prototype, {
    importing: (load, isSetup) => {
      const isWatched = collecting() === current?.file;
      // What a setup file imports is evaluated once for each worker: without isolation, not for each file.
      if (!isWatched && !isSetup) watch(collecting(), options);
      return current !== undefined && (isWatched || !isSetup) ? current.importing(load) : load();
    },
    beforeSuite: (suite) => {
      // Only when something runs, because `vitest list` has no reporters.
      if (suite === current?.file && !hasReporter()) missReporter(options);
      current?.beforeSuite(suite);
    },
    beforeAttempt: (test) => current?.attempts.before(test),
    afterAttempt: (test) => current?.attempts.after(test),
    failAttempt: (test) => current?.attempts.fail(test),
    afterTest: (test) => {
      // Shows the reporter that the file is checked, whatever the result.
      test.file.meta['asyncLeaks'] ??= silentRecord(test.file.filepath);
      return current?.attempts.afterTest(test);
    },
  });
  wrapScopedFixtures(vitest.test, {
    declared: (scope) => current?.awaitFixture(scope),
    run: (scope, fn) => (current ? current.runFixture(scope, fn) : fn()),
  });
  const dom = (globalThis as { document?: { defaultView?: object | null } }).document?.defaultView;
  for (const window of [globalThis, dom ?? {}]) followAnimationFrames(window, () => current?.tracker);
  wrapSafeTimers((arm) => (current ? current.armOwn(arm) : arm()));
}

const ADVICE = 'use the plugin, or add "async-leaks/vitest/reporter" to reporters.';

/** Called as the tests begin: `vitest list` has no reporters, but must still list them. */
function refuseUpdate(): never {
  return refusing(() => {
    throw new Error(`async-leaks: ASYNC_LEAKS=update needs the reporter: ${ADVICE}`);
  });
}

const hasReporter = (): boolean => vitest.inject('asyncLeaksReporter') !== undefined;

/** Whether this process has said what is missing without the reporter. */
let missed = false;

function missReporter({ outputFile, staleAllow }: ResolvedOptions): void {
  if (missed) return;
  missed = true;
  const missing = [
    ...(outputFile === undefined ? [] : ['outputFile is not written']),
    ...(staleAllow === 'fail' ? [`staleAllow: 'fail' fails nothing`] : []),
  ];
  if (missing.length > 0) say(`async-leaks: ${missing.join(', and ')} without the reporter: ${ADVICE}`);
}

/** What paths are relative to. Without the reporter only the root of the project is known. */
function rootOfRun(): string {
  const state = (globalThis as { __vitest_worker__?: { config?: { root?: string } } }).__vitest_worker__;
  return vitest.inject('asyncLeaksReporter') ?? state?.config?.root ?? process.cwd();
}

/** The file that is being collected. */
function collecting(): File {
  return (vitest.TestRunner.getCurrentSuite() as unknown as { file: File }).file;
}

function watch(file: File, options: ResolvedOptions, keepCode?: () => void): void {
  current?.end(); // if its file did not get as far as running
  const given = refusing(() => readGiven(file.filepath, options.baseline));
  current = guard(() => {
    const project = file.projectName || undefined;
    const tree = new FileTree(file);
    const session = new Session(
      { ...options, ...given, file: file.filepath, root: rootOfRun(), roleOf, project },
      tree,
    );
    followFakeClocks(globalThis, session.tracker);
    publish(session.api);
    return new VitestFile(session, tree, options, hasReporter(), () => keepCode?.());
  });
  if (current !== undefined) return;
  publish(idleApi);
  vitest.afterAll(() => raise(faultsFor(options.mode, warn)));
}
