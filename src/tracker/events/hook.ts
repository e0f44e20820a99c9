/**
 * The async_hooks callbacks: the only code on the hot path. They write down what is born and strike out what
 * is destroyed; they read no stack, touch no resource, print nothing and never throw (a throw here ends the
 * process, printing recurses: https://nodejs.org/api/async_hooks.html#error-handling).
 *
 * Each of them may run at the end of a test's stack, where any call throws. Then the hook gives up on that one resource. So
 * what must happen is done without a call, or is the last thing that is done: see `add`, `decide`, `capture` and overflow.ts.
 *
 * Of the five events, `promiseResolve` is not needed (promises are never judged), and `after` only where the
 * backend keeps a stack of its own, which does that by itself (context.ts).
 */
import { AsyncResource } from 'node:async_hooks';

import { embedder, kinds, unknown, type Row } from '../../resources/kinds.js';
import type { HandleKey } from '../../resources/details.js';
import { isServerLeft } from '../judging/leftovers.js';
import { isCollectable } from '../../resources/probes.js';
import { note } from './aftermath.js';
import { listenToChannels } from './channels.js';
import type { Context } from '../context/context.js';
import { OVERFLOW, type FaultKeeper } from './overflow.js';
import { letGo } from '../judging/release.js';
import { Resource, Scope, type Cause } from '../resource.js';
import { StackDepth } from '../stacks/depth.js';
import { capture, captureStackTrace, limitStacks, Site } from '../stacks/site.js';
import { Registry } from './registry.js';

/** Not the import itself: there a bundler may put a getter, which is a call. */
const STACK_ENDED = OVERFLOW;

/** How many ticks of a scope become causes: a stack costs too much for more. */
const MOST_TICKS = 8;
/**
 * Whether a cause was left behind by a file that has ended: it is of a test or a hook of it, or of what was judged. In the
 * file's own scope the framework goes on, too.
 */
function isLeftBehind({ scope, judged, culprit }: Cause): boolean {
  return scope.root.gone && (scope.parent !== undefined || judged || culprit !== undefined);
}

export interface HookSettings {
  readonly context: Context;
  /** Frames kept per resource. */
  readonly stackDepth: number;
  /** Whose is what was born outside any context, with nothing to go by? */
  readonly fallback: () => Scope;
  /** Whose is what comes of callbacks that are older than the hook? */
  readonly nobody: Scope;
  /** The tests that run now. */
  readonly running: ReadonlySet<Scope>;
  /** Whether nothing runs but a judgement, whose wait is not to be counted. */
  readonly isWaiting: () => boolean;
  /** The file's scope, once it is also that in which the framework's machinery runs. */
  readonly machinery: () => Scope | undefined;
}

/** What is followed though no hook tells of it. */
export interface Followed {
  /** Runs a callback of it: what that makes is because of it. */
  run<T>(fn: () => T): T;
  /** It is over. */
  end(): void;
}

export class AsyncHook implements FaultKeeper {
  readonly registry: Registry = new Registry();
  /** The last fault of ours, which a hook must not throw. */
  fault: unknown;
  /** A test's stack has ended while something was being made. */
  stackEnded = false;
  /** Types of resources that the table does not know. */
  readonly unknownTypes: Set<string> = new Set();
  /** Node hooks promises, though not for us: awaits take longer. */
  hooksPromises = false;
  /**
   * Node marks an `AsyncResource` that the collector may end, if there is a `destroy` hook. Where it does not, that looks
   * like one that only a call ends, and none is followed.
   */
  marksCollectable = true;

  private readonly context: Context;
  /** Whatever has a smaller async id was born before the hook. */
  private firstId = 0;
  private unheeding = false;
  private outliving = false;
  /** ms: the delay of a timer that the framework is about to arm; undefined where it is not. */
  private expected: number | undefined;

  private readonly settings: HookSettings;
  private readonly depth: StackDepth;

  constructor(settings: HookSettings) {
    this.settings = settings;
    this.context = settings.context;
    this.depth = new StackDepth(settings.stackDepth, settings.machinery);
  }

  /** Starts to follow; returns what stops it and forgets everything. */
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

  /** From now on follows nothing more, but lets go of the timers that what the file left behind goes on arming. */
  outlive(): void {
    this.outliving = true;
    this.registry.clearUnjudged();
  }

  /** Runs `fn`; what it makes itself is not followed, but its callbacks run in the present context. */
  unheeded<T>(fn: () => T): T {
    const before = this.unheeding;
    this.unheeding = true;
    try {
      return fn();
    } finally {
      this.unheeding = before;
    }
  }

  /** Takes the next timer of so many ms that is armed in the framework's own context for one of its own. */
  expectTimer(delay: number | undefined): void {
    this.expected = delay;
  }

  /** From now on keeps as many frames of the thousandth timer of a scope as of the first: an allowance may ask for any. */
  keepFrames(): void {
    this.depth.fix();
  }

  private isExpected(row: Row, cause: Cause, target: object): boolean {
    if (cause !== this.settings.machinery() || row.delayOf?.(target) !== this.expected) return false;
    this.expected = undefined;
    return true;
  }

  /**
   * Follows what no hook tells of, as if Node had just called `init` for it. `target` is what the row's probe reads;
   * `below` the function above which the stack begins.
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
      // Type names are free text: an AsyncResource may be named like a type of Node's.
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
      // No context tells whose a connection is that a server accepts.
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
        else if (row.ridesOn !== undefined) this.ride(row.ridesOn(target), current);
        else if (row.speaksFor !== undefined) this.registry.alias(id, row.speaksFor(target));
        if (current?.scope.traced === true)
          this.registry.links.set(id, this.registry.link(id, type, row, current));
        return;
      }
      const cause = this.causeOf(row, trigger, current);
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
        // Not by `capture`: a call between costs as much as any frame of the stack.
        site = new Site();
        const limit = limitStacks(depth);
        try {
          captureStackTrace(site, this.init);
        } finally {
          if (limit === null) delete (Error as { stackTraceLimit?: number }).stackTraceLimit;
          else if (limit !== false) Error.stackTraceLimit = limit as number;
        }
      }
      // Before any test runs there is nothing to guess: it is the file's.
      const guessed = isGuessed && this.settings.running.size > 0;
      this.registry.add(id, type, row, owner, target, site).guessed = guessed;
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

  /** The context says when, the trigger why: a request for a socket is the socket's, though it began in a tick. */
  private causeOf(row: Row, trigger: number, current: Cause | undefined): Cause | undefined {
    if (current !== undefined && row.kind !== 'request') return current;
    const cause = this.registry.live.get(trigger);
    return current === undefined || cause?.scope === current.scope ? (cause ?? current) : current;
  }

  /** Whose is what is born with no cause: nobody's, if its trigger is older than the hook. */
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
        // Its `destroy` comes only once the event loop has turned.
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
    if (resource.row.passesOn !== undefined) return;
    this.registry.lastRun.set(resource);
    if (resource.scope.over && !this.settings.isWaiting()) note(resource, this.settings.running);
  }

  private readonly destroy = (id: number): void => {
    try {
      // fault: in destroy
      this.registry.strike(id);
    } catch (error) {
      try {
        if ((error as Error).message !== STACK_ENDED) this.fault = error;
        // Node calls it from an interrupt, too, wherever a test may be, once 16,384 wait for it.
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
    // A request that is not followed was left behind by a file before, or is older than the hook.
    if (request === undefined) return;
    const cause = request.row.opensFileHandles ? request : undefined;
    const owner = cause ?? this.settings.fallback();
    const handle = registry.add(orphanId, type, row, owner, target as object, cause?.site);
    handle.guessed = cause === undefined && this.settings.running.size > 0;
  }

  /**
   * Makes one of the first ticks of a scope a cause: of what is born in it no stack tells who asked for it. Where there is
   * a cause, or a resource that it is made for, that one tells.
   */
  private bridge(id: number, type: string, row: Row, trigger: number, target: object): void {
    if (this.outliving || this.registry.live.has(trigger)) return;
    const scope = this.context.current();
    if (!(scope instanceof Scope) || scope.ticks >= MOST_TICKS || isLeftBehind(scope)) return;
    if (scope.kind === 'nobody' || scope === this.settings.machinery()) return;
    const tick = new Resource(id, type, row, scope, target);
    tick.target = undefined;
    tick.site = capture(this.settings.stackDepth, this.init);
    this.registry.live.set(id, tick);
    scope.ticks++;
  }

  /** A pooled TLS socket is taken out again: from now on its TCP socket belongs to whoever took it. */
  private ride(key: HandleKey, cause: Cause | undefined): void {
    const handle = cause && this.registry.find(key);
    if (handle === undefined || cause === handle || handle.judged) return;
    const depth = this.depth.of(handle.row, handle.type, cause!, this.context.current());
    this.registry.give(handle, cause!, depth === 0 ? undefined : capture(depth, this.init));
  }
}
