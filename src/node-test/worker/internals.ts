/**
 * What we use of node:test's own objects. Its public interface is not enough: no hook is the last of a test, and none can fail a
 * test that is over. But in all Nodes from 20 to 26 a test is an instance of a `class Test extends AsyncResource`.
 */
import { AsyncResource, createHook, type HookCallbacks } from 'node:async_hooks';

import { hasContextFrames } from '../../tracker/context/frame-context.js';
import { enableAsItIs, enableLegacy, ignorePromises, symbolOf } from '../../tracker/context/legacy-hook.js';

/** An entry of `hooks`: a `TestHook` of Node's, which is a `NodeTest`, too. */
export interface Hook {
  readonly error: unknown;
  /** Null until it runs. */
  readonly startTime?: bigint | null;
  run(args?: unknown): Promise<unknown>;
}

type HookName = 'before' | 'after' | 'beforeEach' | 'afterEach';

/** A place as node:test knows it. */
interface Location {
  readonly line: number;
  readonly column: number;
  readonly file: string;
}

/** A test, a suite, the root around all of them, or a test hook. */
export interface NodeTest extends AsyncResource {
  readonly name: string;
  /** Null for the root, and for test hooks. */
  readonly parent: NodeTest | null;
  readonly root: NodeTest;
  /** "suite" for a suite; Node 20 has none for a test. */
  readonly reportedType?: string;
  /** Only test hooks have one. */
  readonly hookType?: string;
  /** Of a test hook: what it is for. Node 20 does not know this of a hook of a test's context. */
  readonly parentTest?: NodeTest | null;
  readonly loc?: Location;
  /** The test file that it is in; Node 20 has none. */
  entryFile?: string | null;
  readonly hooks: Readonly<Record<HookName, Hook[]>>;
  readonly subtests: readonly NodeTest[];
  error: unknown;
  readonly passed: boolean;
  skipped: boolean;
  readonly isTodo: boolean;
  /** Its report has been sent. */
  readonly finished: boolean;
  readonly startTime: bigint | null;
  readonly endTime: bigint | null;
  readonly abortController: AbortController;
  /** Only the root has one. */
  readonly harness: { success?: boolean; teardown(): Promise<void> | void } | null;
  readonly config?: { readonly forceExit?: boolean };
  readonly reporter: NodeJS.EventEmitter;
  fn: (...args: unknown[]) => unknown;
  run(...args: unknown[]): Promise<void>;
  start(): Promise<void>;
  runHook(name: string, args: unknown): Promise<void>;
  getRunArgs(): { readonly ctx?: object; readonly args?: readonly unknown[] } | undefined;
  isClearToSend(): boolean;
  postRun(...args: unknown[]): void;
  processReadySubtestRange(canSend: boolean): void;
  fail(error: unknown): void;
  diagnostic(message: string): void;
  createSubtest(
    Factory: unknown,
    name: string,
    options: object,
    fn: () => unknown,
    overrides: object,
  ): NodeTest;
}

/** The methods that we wrap. */
export type Methods = Pick<
  NodeTest,
  | 'run'
  | 'runInAsyncScope'
  | 'runHook'
  | 'getRunArgs'
  | 'isClearToSend'
  | 'postRun'
  | 'fail'
  | 'createSubtest'
>;

/** The methods that we wrap or call. */
const METHODS = [
  'run',
  'start',
  'runInAsyncScope',
  'runHook',
  'getRunArgs',
  'isClearToSend',
  'postRun',
  'processReadySubtestRange',
  'fail',
  'diagnostic',
  'createSubtest',
] as const;

/** The methods that this Node does not have; none if all is as we know it. */
export function missingIn(prototype: NodeTest): string[] {
  return METHODS.filter((name) => typeof prototype[name] !== 'function');
}

export const isHook = (test: NodeTest): boolean => test.hookType !== undefined;
export const isSuite = (test: NodeTest): boolean => test.reportedType === 'suite';
/** Whether it stands for a test file that runs in a process of its own. */
export const isFile = (test: NodeTest): boolean => test.constructor.name === 'FileTest';

/**
 * Waits until node:test makes its first object. Node reports it as it is being made, so that its class is known before any of
 * its methods is called.
 * @param found takes the prototype of the class `Test`, and the object, whose fields are not set yet.
 */
export function whenLoaded(found: (prototype: NodeTest, first: NodeTest) => void): void {
  const finder = createHook({
    init(_id, type, _trigger, resource) {
      if (type !== 'Test' || !(resource instanceof AsyncResource)) return;
      enabled.disable();
      let prototype = Object.getPrototypeOf(resource) as object;
      for (;;) {
        const beneath = Object.getPrototypeOf(prototype) as object;
        if (beneath === AsyncResource.prototype || beneath === null) break;
        prototype = beneath;
      }
      found(prototype as NodeTest, resource as NodeTest);
    },
    trackPromises: false,
  } as HookCallbacks);
  ignorePromises(finder);
  const field = symbolOf(finder, 'destroy');
  const enabled =
    hasContextFrames() || field === undefined ? enableAsItIs(finder) : enableLegacy(finder, field);
}
