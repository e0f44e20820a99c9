/** Starts to check the tests of this process: from here on everything that its files open is followed. */
import nodeModule from 'node:module';

import { guard, refusing } from '../../process/faults.js';
import { say } from '../../text/printable.js';
import { readGiven } from '../../session/given.js';
import { followAnimationFrames } from '../../session/simulated/animation-frames.js';
import { followFakeClocks } from '../../session/simulated/fake-clock.js';
import { Session } from '../../session/session.js';
import { API, type TestApi } from '../../session/test-api.js';
import { hasContextFrames } from '../../tracker/context/frame-context.js';
import type { Tracker } from '../../tracker/index.js';
import { isFile, missingIn, whenLoaded, type NodeTest } from './internals.js';
import { methodsOf, patch } from './patches.js';
import { roleOf } from './packages.js';
import { Root, type Watch } from './root.js';
import { Tests } from './tests.js';
import { NodeTestTree, type Suite } from './tree.js';

export interface Watched extends Watch {
  /** Whether node:test runs several files in this process. */
  readonly isMany: boolean;
  /** Called as node:test begins to run files in processes of their own: then nothing is checked here. */
  readonly runsFiles: () => void;
}

/** Throws one sentence for a baseline that cannot be read, or a wrong docblock. */
export function watch(watched: Watched): void {
  const { options, file, folder, isMany } = watched;
  const given = refusing(() => readGiven(file, options.baseline));
  const tree = new NodeTestTree();
  let leaveFile = (): void => {};
  const began = (): void => {
    leaveFile();
    watched.began();
  };
  let session: Session<NodeTest, Suite> | undefined;
  let root: Root | undefined;
  // First, because in Node 20 whoever enables an async hook displaces the promise hooks that the session installs.
  whenLoaded((prototype, first) => {
    if (session === undefined) return;
    const missing = missingIn(prototype);
    if (missing.length === 0) {
      root = attach({ ...watched, began }, session, tree, prototype, first);
    } else {
      say(`async-leaks is off: node:test of this Node has no ${missing.join(', ')}.`);
      session.end();
    }
  });
  session = guard(
    () =>
      new Session<NodeTest, Suite>(
        { ...options, ...given, file: file ?? folder, root: folder, roleOf, project: undefined },
        tree,
      ),
  );
  if (session === undefined) return;
  const { tracker } = session;
  (globalThis as { [API]?: TestApi })[API] = session.api;
  guard(() => {
    followFakeClocks(globalThis, tracker);
    followAnimationFrames(globalThis, () => tracker);
  });
  if (isMany) {
    // What is required may be loaded before node:test makes its root.
    if (!process.listeners('beforeExit').some(({ name }) => name === 'exitHandler')) return;
    // A hook leads to the root, and is taken off again.
    process.getBuiltinModule('node:test').before(() => {});
    root?.test?.hooks.before.pop();
    root?.followFiles();
  } else {
    leaveFile = enterFile(tracker);
  }
}

function attach(
  watched: Watched,
  session: Session<NodeTest, Suite>,
  tree: NodeTestTree,
  prototype: NodeTest,
  first: NodeTest,
): Root {
  const original = methodsOf(prototype);
  const tests = new Tests(session, tree, watched.options, original.runHook);
  const root = new Root(first, { ...watched, tests, tree, original });
  let isElsewhere = false;
  const isForeign = (task: NodeTest): boolean => root.isOver || isElsewhere || isFile(task);
  patch(prototype, original, { tests, root, tracker: session.tracker, isForeign }, () => {
    if (isElsewhere) return;
    isElsewhere = true;
    session.end();
    watched.runsFiles();
  });
  return root;
}

/** Since Node 22.15. https://nodejs.org/api/module.html#moduleregisterhooksoptions */
interface Hooking {
  registerHooks(hooks: {
    resolve(
      specifier: string,
      context: { readonly parentURL?: string },
      next: (specifier: string, context: object) => unknown,
    ): unknown;
  }): { deregister(): void };
}

/**
 * Lets the code of the file run in the file's scope. Node goes back to a context of its own before it loads the file.
 * @returns what ends that, to be called as the first test begins.
 */
function enterFile(tracker: Tracker): () => void {
  const enter = (): void => tracker.enter(tracker.file);
  enter();
  if (!hasContextFrames()) return enterAlways(enter);
  // We change Node's own context, as Node asks where the file is.
  const hooks = (nodeModule as unknown as Hooking).registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      // Only the file has no parent: what is preloaded has the working directory.
      if (context.parentURL === undefined) {
        hooks.deregister();
        guard(enter);
      }
      return resolved;
    },
  });
  return () => {};
}

/** Calls `enter` whenever a promise goes on, last of all hooks, until the function that it returns is called. */
function enterAlways(enter: () => void): () => void {
  const { onBefore } = process.getBuiltinModule('node:v8').promiseHooks;
  const hook = (): void => {
    // Node 20 puts its own hooks behind ours whenever somebody enables an async hook.
    (stop as () => void)();
    stop = onBefore(hook);
    enter();
  };
  let stop = onBefore(hook);
  return () => (stop as () => void)();
}
