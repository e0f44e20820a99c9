/**
 * The async_hooks callbacks: the only code on the hot path. They record what is created and strike out what is destroyed; they
 * read no stack, touch no resource, print nothing and never throw (a throw here ends the process, printing recurses:
 * https://nodejs.org/api/async_hooks.html#error-handling).
 *
 * Each of them may run at the end of a test's stack, where any call throws. Then the hook gives up on that one resource. So
 * whatever must happen is done without a call, or comes last: see `add`, `decide`, `capture` and overflow.ts.
 *
 * Of the five events, `promiseResolve` is not needed (promises are never judged), and `after` is needed only by the backend that
 * keeps a stack of its own, which handles it itself (stamp-context.ts).
 */
import { AsyncResource, executionAsyncId } from 'node:async_hooks';

import { embedder, kinds, unknown, type Row } from '../../resources/kinds.js';
import type { HandleKey } from '../../resources/details.js';
import { isServerLeft } from '../judging/leftovers.js';
import { isCollectable } from '../../resources/probes.js';
import { note } from './aftermath.js';
import { listenToChannels } from './channels.js';
import type { Context } from '../context/context.js';
import { OVERFLOW, type FaultKeeper } from './overflow.js';
import { letGo } from '../judging/release.js';
import { isLeftBehind, isResource, Resource, type Cause, type Scope } from '../resource.js';
import { StackDepth } from '../stacks/depth.js';
import { capture, captureStackTrace, limitStacks, Site } from '../stacks/site.js';
import { Registry } from './registry.js';

/** A constant of its own: a bundler may turn the import into a getter, which would be a call (see overflow.ts). */
const STACK_ENDED = OVERFLOW;

export interface HookSettings {
  readonly context: Context;
  /** Frames kept per resource. */
  readonly stackDepth: number;
  /** The owner of a resource that is created outside any context, if nothing else says whose it is. */
  readonly fallback: () => Scope;
  /** The owner of what comes of callbacks that are older than the hook. */
  readonly nobody: Scope;
  /** The tests that run now. */
  readonly running: ReadonlySet<Scope>;
  /** Whether nothing runs but a judgement: what calls back while that waits is not counted. */
  readonly isWaiting: () => boolean;
  /** The file's scope, once the framework's machinery runs in it too. */
  readonly machinery: () => Scope | undefined;
  /** Read as what has escaped its scope calls back, if anybody wants to know. */
  readonly clock?: (() => number) | undefined;
}

/** Something that is followed although no async hook reports it. */
export interface Followed {
  /** Runs one of its callbacks: it is the cause of whatever that creates. */
  run<T>(fn: () => T): T;
  /** It is over. */
  end(): void;
}

export class AsyncHook implements FaultKeeper {
  readonly registry: Registry = new Registry();
  /** Our own last fault, which a hook must not throw. */
  fault: unknown;
  /** A test's stack has overflowed while a resource was being created. */
  stackEnded = false;
  /** Types of resources that are not in the table. */
  readonly unknownTypes: Set<string> = new Set();
  /** Node hooks promises, though not for us, so that awaits take longer. */
  hooksPromises = false;
  /**
   * Node marks each `AsyncResource` that the garbage collector may end, if there is a `destroy` hook. Without the mark it looks
   * like one that only a call ends, so we follow none.
   */
  marksCollectable = true;

  private readonly context: Context;
  /** Resources with a smaller async id are older than the hook. */
  private firstId = 0;
  private unheeding = false;
  private outliving = false;
  /** The delay in ms of a timer that the framework is about to arm; undefined if there is none. */
  private expected: number | undefined;

  private readonly settings: HookSettings;
  private readonly depth: StackDepth;

  constructor(settings: HookSettings) {
    this.settings = settings;
    this.context = settings.context;
    this.depth = new StackDepth(settings.stackDepth, settings.machinery);
  }

  /** Starts to follow; returns a function that stops it and forgets everything. */
  enable(): () => void {
    // fault: as the hook is enabled
    this.firstId = new AsyncResource('async-leaks').asyncId();
    const { init, before, destroy } = this;
    const disable = this.context.enable({ init, before, destroy }, this);
    this.marksCollectable = this.unheeded(() => isCollectable(new AsyncResource('async-leaks')));
    const unlisten = listenToChannels({
      stackDepth: this.settings.stackDepth,
      listener: this.registry,
      keeper: this,
      current: () => this.context.current(),
    });
    return () => {
      disable();
      unlisten();
      this.registry.clear();
    };
  }

  /** From now on follows nothing, but lets go of the timers that are armed by what the file left behind. */
  outlive(): void {
    this.outliving = true;
    this.registry.clearUnjudged();
  }

  /** Runs `fn`; what `fn` itself creates is not followed, but the callbacks run in the present context. */
  unheeded<T>(fn: () => T): T {
    const before = this.unheeding;
    this.unheeding = true;
    try {
      return fn();
    } finally {
      this.unheeding = before;
    }
  }

  /** Treats the next timer of `delay` ms that is armed in the framework's own context as one of the framework's. */
  expectTimer(delay: number | undefined): void {
    this.expected = delay;
  }

  /** From now on keeps as many frames of a scope's thousandth timer as of its first: an allowance may name any of them. */
  keepFrames(): void {
    this.depth.fix();
  }

  private isExpected(row: Row, cause: Cause, target: object): boolean {
    if (cause !== this.settings.machinery() || row.delayOf?.(target) !== this.expected) return false;
    this.expected = undefined;
    return true;
  }

  /**
   * Follows something that no async hook reports, as if Node had just called `init` for it. `target` is what the row's probe
   * reads, `below` the function above which the stack begins.
   */
  follow(type: string, row: Row, target: object, below: (...args: never[]) => void): Followed {
    const current = this.context.current();
    const cause = current ?? this.settings.fallback();
    const depth = this.depth.of(row, type, cause, current);
    const site = depth === 0 ? undefined : capture(depth, below);
    const resource = this.registry.add(this.registry.nextOwnId(), type, row, cause, target, site);
    return {
      run: (fn) => {
        this.noteRun(resource);
        return this.context.run(resource, fn);
      },
      end: () => this.destroy(resource.id),
    };
  }

  private readonly init = (id: number, type: string, trigger: number, target: object): void => {
    try {
      // fault: in init
      // Type names are free text: an AsyncResource may bear the name of one of Node's types.
      const isEmbedder = target instanceof AsyncResource;
      if (type === 'PROMISE' && !isEmbedder) {
        if (this.context.promiseBorn(target)) this.hooksPromises = true;
        return;
      }
      this.context.born(target);
      if (this.unheeding) return;
      let row = isEmbedder ? embedder : kinds[type];
      if (row?.passesOn) {
        this.bridge(id, type, row, trigger, target);
        return;
      }
      const current = this.context.current();
      if (current !== undefined && isLeftBehind(current)) {
        if (!isEmbedder) letGo(id, type, target);
        return;
      }
      // A connection that a server accepts has no context, only the server as its trigger.
      if (current === undefined && isServerLeft(trigger)) {
        letGo(id, type, target);
        return;
      }
      if (this.outliving) return;
      if (row === undefined) {
        row = unknown;
        this.unknownTypes.add(type);
      } else if (isEmbedder) {
        if (!this.marksCollectable) return;
      } else if (row.kind === 'internal') {
        if (row.closesFileHandle)
          this.registry.fileHandles.closings.set(id, current?.scope ?? this.settings.nobody);
        else if (row.ridesOn !== undefined && current !== undefined) this.ride(row.ridesOn(target), current);
        else if (row.speaksFor !== undefined) this.registry.alias(id, row.speaksFor(target));
        if (current?.scope.traced === true)
          this.registry.links.set(id, this.registry.link(id, type, row, current));
        return;
      }
      const cause = this.causeOf(row, trigger, current);
      if (cause !== undefined && isResource(cause) && cause.row.passesOn !== undefined)
        this.registry.ticks.created(cause);
      if (this.expected !== undefined && cause !== undefined && this.isExpected(row, cause, target)) return;
      const owner = cause ?? this.ownerOf(trigger);
      const isGuessed = cause === undefined && owner !== this.settings.nobody;
      if (isGuessed && row.endsUnseen) {
        this.registry.fileHandles.orphan = new Resource(id, type, row, owner, target);
        return;
      }
      const depth = this.depth.of(row, type, owner, current);
      let site: Site | undefined;
      if (depth > 0) {
        // Not through `capture`: one more call costs as much as any frame of the stack.
        site = new Site();
        const limit = limitStacks(depth);
        try {
          captureStackTrace(site, this.init);
        } finally {
          if (limit === null) delete (Error as { stackTraceLimit?: number }).stackTraceLimit;
          else if (limit !== false) Error.stackTraceLimit = limit as number;
        }
      }
      // Before any test runs there is nothing to guess: the resource is the file's.
      const guessed = isGuessed && this.settings.running.size > 0;
      const added = this.registry.add(id, type, row, owner, target, site);
      added.guessed = guessed;
      const { kind } = added.scope;
      if (kind !== 'test' && kind !== 'nobody' && this.settings.running.size === 1)
        for (const { name } of this.settings.running) added.during = name;
    } catch (error) {
      // No call here, nor in the handlers below: see overflow.ts.
      try {
        if ((error as Error).message !== STACK_ENDED) this.fault = error;
        else this.stackEnded = true;
      } catch {
        this.fault = error;
      }
    }
  };

  /** The context says when, the trigger says why: a request for a socket belongs to the socket, even if it began in a tick. */
  private causeOf(row: Row, trigger: number, current: Cause | undefined): Cause | undefined {
    if (current !== undefined && row.kind !== 'request') return current;
    const cause = this.registry.live.get(trigger);
    return current === undefined || cause?.scope === current.scope ? (cause ?? current) : current;
  }

  /** The owner of a resource that is created without a cause: nobody, if its trigger is older than the hook. */
  private ownerOf(trigger: number): Scope {
    return trigger !== 0 && trigger < this.firstId ? this.settings.nobody : this.settings.fallback();
  }

  private readonly before = (id: number): void => {
    try {
      // fault: in before
      const { live, links, fileHandles, lastRun } = this.registry;
      const resource = live.get(id);
      if (resource !== undefined) {
        this.noteRun(resource);
      } else {
        const link = links.size > 0 ? links.get(id) : undefined;
        if (link !== undefined) lastRun.set(link);
        // The `destroy` of a closing comes only after a turn of the event loop.
        if (fileHandles.closings.size > 0) fileHandles.endClosing(id);
      }
      if (fileHandles.orphan !== undefined) this.adopt(id, fileHandles.orphan);
      // `runInAsyncScope` swaps the context only after `before`: what is entered here would leak to its caller.
      this.context.before(resource !== undefined && resource.row !== embedder ? resource : undefined);
    } catch (error) {
      try {
        if ((error as Error).message !== STACK_ENDED) this.fault = error;
      } catch {
        this.fault = error;
      }
    }
  };

  private noteRun(resource: Resource): void {
    resource.ran = true;
    if (resource.row.passesOn !== undefined) {
      this.registry.ticks.began(resource);
      return;
    }
    if (resource.scope.ticks > 0) resource.scope.ticks--;
    this.registry.lastRun.set(resource);
    if (resource.scope.over && !this.settings.isWaiting())
      note(resource, this.settings.running, this.settings.clock);
  }

  private readonly destroy = (id: number): void => {
    try {
      // fault: in destroy
      this.registry.strike(id);
    } catch (error) {
      try {
        if ((error as Error).message !== STACK_ENDED) this.fault = error;
        // Node also calls `destroy` from an interrupt, anywhere in a test, once 16,384 of them wait.
        else this.registry.destroyedLate[this.registry.destroyedLate.length] = id;
      } catch {
        this.fault = error;
      }
    }
  };

  /** The request whose callback runs now has just opened the file handle. */
  private adopt(id: number, { id: orphanId, type, row, target }: Resource): void {
    const { registry } = this;
    registry.fileHandles.orphan = undefined;
    const request = registry.live.get(id);
    // A request that is not followed was left behind by an earlier file, or is older than the hook.
    if (request === undefined) return;
    const cause = request.row.opensFileHandles ? request : undefined;
    const owner = cause ?? this.settings.fallback();
    const handle = registry.add(orphanId, type, row, owner, target as object, cause?.site);
    handle.guessed = cause === undefined && this.settings.running.size > 0;
  }

  /** Makes a tick a cause. One that is made for a resource that we follow does not need that. */
  private bridge(id: number, type: string, row: Row, trigger: number, target: object): void {
    if (this.outliving) return;
    const current = this.context.current();
    if (current === undefined) return;
    const { scope } = current;
    if (scope.kind === 'nobody' || scope === this.settings.machinery() || isLeftBehind(current)) return;
    const { ticks, live } = this.registry;
    const isNested = isResource(current);
    if (!ticks.hasRoom(scope, isNested)) return;
    // What a callback makes has the resource that is called back as its trigger, too.
    if (live.has(trigger) && trigger !== executionAsyncId()) return;
    const callback = row.passesOn?.(target);
    if (!ticks.admits(callback, scope)) return;
    const tick = new Resource(id, type, row, current, target);
    tick.target = undefined;
    tick.site = capture(this.settings.stackDepth, this.init);
    this.registry.live.set(id, tick);
    ticks.add(tick, isNested, callback);
  }

  /** A pooled TLS socket is taken out again: from now on its TCP socket belongs to whoever took it. */
  private ride(key: HandleKey, cause: Cause): void {
    const handle = this.registry.free(key, cause);
    if (handle === undefined) return;
    const depth = this.depth.of(handle.row, handle.type, cause, this.context.current());
    this.registry.give(handle, cause, depth === 0 ? undefined : capture(depth, this.init));
  }
}
