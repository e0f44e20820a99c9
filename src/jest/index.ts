/** Leak detection for any Jest environment. */
import type { Circus } from '@jest/types';
import type { Config } from 'jest';

import { followAnimationFrames } from '../session/simulated/animation-frames.js';
import { followFakeClocks } from '../session/simulated/fake-clock.js';
import { guard, refusing } from '../process/faults.js';
import { isBun, refuseUnsupportedNode, warnOfBun } from '../process/node-version.js';
import { pause } from '../process/opened.js';
import { refuseIdleUpdate, type ResolvedOptions } from '../config/options.js';
import { refuseSharedFile } from '../report/check.js';
import { API } from '../session/test-api.js';
import { channelOf, type RunIdentity } from '../process/channel.js';
import { JestFile } from './worker/file.js';
import { optionsOf } from './options.js';
import type { EnvironmentConfig, EnvironmentContext } from './types.js';
import { refuseUnsupported } from './version.js';

export type { AllowanceInput, AsyncLeaksEnvironmentOptions, AsyncLeaksOptions } from './options.js';

/** Without the handler, which may be a field or a method. */
interface PlainEnvironment {
  global: object;
  setup(): Promise<void>;
  teardown(): Promise<void>;
}
type EnvironmentClass = new (config: EnvironmentConfig, context: EnvironmentContext) => PlainEnvironment;
type EventHandler = (event: Circus.AsyncEvent | Circus.SyncEvent, state: Circus.State) => unknown;

/** The event handler of the environment beneath: a method, or a field that would hide ours. */
function takeHandler(environment: object, Base: EnvironmentClass): EventHandler | undefined {
  const holder = environment as { handleTestEvent?: EventHandler };
  const inherited = Object.hasOwn(holder, 'handleTestEvent')
    ? holder.handleTestEvent
    : (Base.prototype as { handleTestEvent?: EventHandler }).handleTestEvent;
  delete holder.handleTestEvent;
  return inherited?.bind(environment);
}

/** Whether this process has said what is missing without the reporter. */
let missed = false;

function missReporter({ staleAllow, mode }: ResolvedOptions, run: RunIdentity): void {
  if (missed || staleAllow !== 'fail' || mode === 'off' || channelOf(run) !== undefined) return;
  missed = true;
  process.stderr.write(
    `async-leaks: staleAllow: 'fail' fails nothing without the reporter: add "async-leaks/jest/reporter" to reporters.\n`,
  );
}

/** The options of a file, which are off in Bun. */
function optionsIn({ globalConfig, projectConfig }: EnvironmentConfig): ResolvedOptions {
  const options = optionsOf(projectConfig, globalConfig);
  if (!isBun()) return options;
  if (channelOf(globalConfig) === undefined) warnOfBun();
  return { ...options, mode: 'off', update: false };
}

/** Marks the classes that are wrapped already, by this copy of the package or by another one. */
const WRAPPED = Symbol.for('async-leaks/jest');

/**
 * Takes an environment class and returns one that follows the async resources of each test file, and fails the tests that leak;
 * returns a class that is wrapped already as it is. Options come from `testEnvironmentOptions.asyncLeaks`. Throws one sentence
 * for a Jest that is not supported, and for a wrong option.
 */
export function withLeakDetection<Base extends EnvironmentClass>(Base: Base): Base {
  if (typeof Base === 'function' && WRAPPED in Base) return Base;
  // Users extend this class, and the one beneath is theirs, so none of our members has a string for a name.
  const Watched = class extends (Base as EnvironmentClass) {
    static readonly [WRAPPED] = true;
    readonly #file: JestFile;
    readonly #inherited: EventHandler | undefined;

    constructor(config: EnvironmentConfig, context: EnvironmentContext) {
      super(config, context);
      pause(); // in band, where the preset follows what the set-up opens
      this.#inherited = takeHandler(this, Base);
      const { globalConfig, projectConfig } = config;
      this.#file = refusing(() => {
        refuseUnsupportedNode();
        refuseUnsupported(projectConfig.rootDir);
        const file = {
          path: context.testPath,
          root: globalConfig.rootDir,
          run: globalConfig,
          projectId: projectConfig.id,
          project: projectConfig.displayName?.name,
          testRunner: projectConfig.testRunner,
          console: context.console,
        };
        const options = optionsIn(config);
        // With several projects, another one may have the baseline.
        if (globalConfig.projects.length === 0) {
          refuseIdleUpdate([options]);
          refuseSharedFile([options]);
        }
        missReporter(options, globalConfig);
        return new JestFile(file, options);
      });
      (this.global as unknown as Record<symbol, unknown>)[API] = this.#file.api;
      const file = this.#file;
      const { tracker } = file;
      if (tracker !== undefined) {
        guard(() => followAnimationFrames(this.global, () => tracker));
        followFakeClocks(this.global, tracker);
      }
      // A subclass's `setup`, too. An environment closes what it opens in its teardown, after the last verdict.
      const { setup } = this;
      this.setup = () => file.setUp(() => setup.call(this));
    }

    handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent, state: Circus.State): unknown {
      // The class beneath may call this in its constructor, before there is a file.
      if (!(#file in this)) return undefined;
      const file = this.#file;
      const inherited = this.#inherited;
      const theirs = inherited && file.unowned(() => inherited(event, state));
      return theirs == null
        ? file.handle(event, state)
        : Promise.resolve(theirs).then(() => file.handle(event, state));
    }

    override async teardown(): Promise<void> {
      if (#file in this) this.#file.end();
      await super.teardown();
    }
  };
  return Watched as unknown as Base;
}

/**
 * Takes a whole configuration of Jest, in any form that Jest takes, and returns it with async-leaks added: what the configuration
 * and its preset set stays, and so do its projects, of which those that run no tests are left alone. Options come from
 * `testEnvironmentOptions.asyncLeaks`, which projects without their own take from the top level.
 */
export function withAsyncLeaks(
  config: Config | Promise<Config> | (() => Config | Promise<Config>),
): () => Promise<Config> {
  return async () => {
    const { merge } = await import('./config/merge.js'); // not for each test file
    return merge(await (typeof config === 'function' ? config() : config));
  };
}
