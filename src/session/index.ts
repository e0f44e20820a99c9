/**
 * What an adapter for a test framework builds on: the session, which judges the tests of a file as the framework's events come,
 * and the engine beneath it. Knows no framework.
 */
import { resolveOptions, resolvePaths, type AsyncLeaksOptions } from '../config/options.js';
import type { RoleOf } from '../tracker/index.js';
import { readGiven } from './given.js';
import { Session } from './session.js';
import type { Tree } from './tree.js';

export type { AllowanceInput } from '../config/allowances.js';
export type { AsyncLeaksOptions, ResolvedOptions } from '../config/options.js';
export type { LeakError } from '../report/leak-error.js';
export * from '../tracker/index.js';
export { hideOwnFrames } from './own-frames.js';
export type { FileRecord } from '../report/record.js';
export { Session, type Outcome, type SessionOptions } from './session.js';
export { API, idleApi, type TestApi } from './test-api.js';
export { around, type Tree } from './tree.js';
export { inScope, type Run, type TestFunction } from './wrap.js';

/** What is tested in this process, as an adapter knows it. */
export interface Tested {
  /** Absolute path of the test file; missing if there may be several, each of which is opened by `openFile` of the session. */
  readonly file?: string;
  /** Absolute path that shown paths and those of options are relative to. */
  readonly root: string;
  /** What a package is to the test framework. */
  readonly roleOf: RoleOf;
  /** The name of the project in the run, if it has one. */
  readonly project?: string;
}

/**
 * Starts to follow the async resources of this thread until `end()` of the session.
 * @param options as the user wrote them.
 * @param tree how tests, suites and files are nested.
 * @throws an error of one sentence for a wrong option, a baseline that cannot be read, or a wrong docblock.
 */
export function createSession<Test extends object, Suite extends object>(
  { file, root, roleOf, project }: Tested,
  options: AsyncLeaksOptions,
  tree: Tree<Test, Suite>,
): Session<Test, Suite> {
  const resolved = resolvePaths(resolveOptions(options), root);
  const given = readGiven(file, resolved.baseline);
  return new Session({ ...resolved, ...given, file: file ?? root, root, roleOf, project }, tree);
}
