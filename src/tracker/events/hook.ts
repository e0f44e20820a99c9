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
import { isCollectable, ownerOf } from '../../resources/probes.js';
import { clockTick } from '../../resources/simulated-kinds.js';
import { note } from './aftermath.js';
import { listenToChannels, type ChannelListener } from './channels.js';
import type { Context } from '../context/context.js';
import { OVERFLOW } from './overflow.js';
import { letGo } from '../judging/release.js';
import { accepts, type Cause, isOfHandle, Resource, Scope } from '../resource.js';
import { isLastCallback } from '../judging/state.js';
import { capture, captureStackTrace, DEEP, limitStacks, Site } from '../stacks/site.js';

/** Not the import itself: there a bundler may put a getter, which is a call. */
const STACK_ENDED = OVERFLOW;

/** Frames kept of what the framework's own machinery makes: enough to see that it is the framework's. */
const SHALLOW = 8;
/** How many ticks of a scope become causes: a stack costs too much for more. */
const MOST_TICKS = 8;
/** Open file handles in one scope before the closed ones among them are looked for. */
const PRUNE_FROM = 256;
const TIMEOUT = kinds['Timeout'];
/** The type of a request that a client has begun, and has yet to write. */
const REQUEST = 'HTTPCLIENTREQUEST';
const WHOLES = Object.values(kinds).flatMap((row) => row?.partOf?.type ?? []);

/** Drops what a resource and its causes hold of the user's. */
function forgetSites(resource: Resource): void {
  for (let cause: Cause = resource; cause.depth > 0; { cause } = cause as Resource) {
    (cause as Resource).site = undefined;
    (cause as Resource).target = undefined;
  }
}

/**
 * Whether a cause was left behind by a file that has ended: it is of a test or a hook of it, or of what was judged. In the
 * file's own scope the framework goes on, too.
 */
function isLeftBehind({ scope, judged, culprit }: Cause): boolean {
  return scope.root.gone && (scope.parent !== undefined || judged || culprit !== undefined);
}

/** Counts another of its kind in a scope, and returns how many there were before. */
function count(kind: Row['kind'], scope: Scope): number {
  if (kind === 'timer') return scope.timers++;
  return kind === 'request' ? scope.requests++ : scope.embedders++;
}

/**
 * Whether Node makes it for its cause, whose line is then its own: for a server that accepts it, for a handle that makes
 * the request for itself. What a callback of the cause makes has a line there.
 */
function isToldBy(cause: Cause, row: Row, type: string): boolean {
  return accepts(cause, type) || (isOfHandle(cause, row) && (cause as Resource).site !== undefined);
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

export class Hook implements ChannelListener {
  /** What is alive now, by async id. */
  readonly live: Map<number, Resource> = new Map();
  /** Sites of weakly held resources; a record would keep them alive through their own stacks. */
  readonly weakSites: WeakMap<object, Site> = new WeakMap();
  /** Whose callback was the last to begin, of what is followed: what goes on in microtasks after it is due to it. */
  lastRun: Resource | undefined;
  /** Whether that was its last callback, and it is judged: what goes on after it renews it. */
  private lastRunEnds = false;
  /** Of traced scopes, what is internal: followed only as links, from what ran before to what is made after. */
  private readonly links = new Map<number, Resource>();
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
  /** A FILEHANDLE, born with no context and no trigger just before the callback of the request that opened it. */
  private orphan: Resource | undefined;
  /** Whatever has a smaller async id was born before the hook. */
  private firstId = 0;
  /** The last `AsyncResource`: whether the collector may end it shows only after its constructor. */
  private undecided: Resource | undefined;
  /** The last resource of each type that others are parts of. */
  private readonly lastOf = new Map<string, Resource | undefined>(WHOLES.map((type) => [type, undefined]));
  /** The last id of what is no resource of Node's: below all of its ids. */
  private ownId = 0;
  private fileHandles: Resource[] = [];
  private pruneAt = PRUNE_FROM;
  /** The closings of file handles that are under way, and for whom. */
  private readonly closings = new Map<number, Scope>();
  /** What was destroyed at the end of the stack, and is yet to be struck out. */
  private destroyedLate: number[] = [];
  private unheeding = false;
  private outliving = false;
  private keepsFrames = false;
  /** ms: the delay of a timer that the framework is about to arm; undefined where it is not. */
  private expected: number | undefined;

  private readonly settings: HookSettings;

  constructor(settings: HookSettings) {
    this.settings = settings;
    this.context = settings.context;
  }

  /** Starts to follow; returns what stops it and forgets everything. */
  enable(): () => void {
    this.firstId = new AsyncResource('async-leaks').asyncId();
    const { init, before, destroy } = this;
    const disable = this.context.enable({ init, before, destroy }, this);
    this.marksCollectable = this.unheeded(() => isCollectable(new AsyncResource('async-leaks')));
    const unlisten = listenToChannels({
      stackDepth: this.settings.stackDepth,
      listener: this,
      current: () => this.context.current(),
    });
    return () => {
      disable();
      unlisten();
      this.forgetAll();
    };
  }

  private forgetAll(): void {
    // A timer of undici's, say, lives on, and with it our cause: that is not to keep the realm of a test.
    for (const resource of this.live.values()) forgetSites(resource);
    this.live.clear();
    this.fileHandles = [];
    this.closings.clear();
    this.links.clear();
    this.destroyedLate = [];
    this.orphan = this.undecided = this.lastRun = undefined;
    for (const type of WHOLES) this.lastOf.set(type, undefined);
  }

  /** From now on follows nothing more, but lets go of the timers that what the file left behind goes on arming. */
  outlive(): void {
    this.outliving = true;
    const judged = [...this.live].filter(([id, resource]) => resource.judged && resource.id === id);
    this.forgetAll();
    for (const [id, resource] of judged) this.live.set(id, resource); // their callbacks are to be known
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
    this.keepsFrames = true;
  }

  private isExpected(row: Row, cause: Cause, target: object): boolean {
    if (row !== TIMEOUT || cause !== this.settings.machinery()) return false;
    if ((target as { _idleTimeout?: number })._idleTimeout !== this.expected) return false;
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
    const depth = this.depthFor(row, type, cause, current);
    const site = depth === 0 ? undefined : capture(depth, below);
    const resource = this.add(--this.ownId, type, row, cause, target, site);
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
        if (row.closesFileHandle) this.closings.set(id, current?.scope ?? this.settings.nobody);
        else if (row.ridesOn !== undefined) this.ride(row.ridesOn(target), current);
        else if (row.speaksFor !== undefined) this.alias(id, row.speaksFor(target));
        if (current?.scope.traced === true) this.link(id, type, row, current);
        return;
      }
      const cause = this.causeOf(row, trigger, current);
      if (this.expected !== undefined && cause !== undefined && this.isExpected(row, cause, target)) return;
      const owner = cause ?? this.ownerOf(trigger);
      const isGuessed = cause === undefined && owner !== this.settings.nobody;
      if (isGuessed && type === 'FILEHANDLE') {
        this.orphan = new Resource(id, type, row, owner, target);
        return;
      }
      const depth = this.depthFor(row, type, owner, current);
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
      this.add(id, type, row, owner, target, site).guessed = guessed;
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
    const cause = this.live.get(trigger);
    return current === undefined || cause?.scope === current.scope ? (cause ?? current) : current;
  }

  /** Whose is what is born with no cause: nobody's, if its trigger is older than the hook. */
  private ownerOf(trigger: number): Scope {
    return trigger !== 0 && trigger < this.firstId ? this.settings.nobody : this.settings.fallback();
  }

  private readonly before = (id: number): void => {
    try {
      const resource = this.live.get(id);
      if (resource !== undefined) this.noteRun(resource);
      else {
        if (this.links.size > 0) this.noteLink(id);
        // Its `destroy` comes only once the event loop has turned.
        if (this.closings.size > 0) this.endClosing(id);
      }
      if (this.orphan !== undefined) this.adopt(id);
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
    this.lastRun = resource;
    if (resource.scope.traced) this.trace(resource);
    if (resource.scope.over && !this.settings.isWaiting()) note(resource, this.settings.running);
  }

  /** Follows what is internal as a link only: it is no cause, and owns nothing. */
  private link(id: number, type: string, row: Row, cause: Cause): void {
    this.links.set(id, this.addLink(id, type, row, cause));
  }

  private addLink(id: number, type: string, row: Row, cause: Cause): Resource {
    const link = new Resource(id, type, row, cause, undefined);
    this.inherit(link);
    link.scope.watcher?.added(link.scope, link);
    return link;
  }

  /**
   * Whose callback makes a request that is written later. In a traced scope it is a link: whether what runs now keeps the
   * process alive may be another matter by then.
   */
  makerOf(cause: Cause): Resource | undefined {
    if (!cause.scope.traced) return this.lastRun;
    return this.addLink(--this.ownId, REQUEST, kinds[REQUEST]!, cause);
  }

  private endClosing(id: number): void {
    if (this.closings.delete(id)) this.pruneFileHandles();
  }

  /** Whether a file handle of a scope is being closed: until it is, the process stays alive, though nothing else shows it. */
  isClosingIn(scope: Scope): boolean {
    if (this.closings.size > 0) for (const each of this.closings.values()) if (each === scope) return true;
    return false;
  }

  /** The scopes in which file handles are being closed. */
  closingScopes(): Iterable<Scope> {
    return this.closings.values();
  }

  private noteLink(id: number): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    this.lastRun = link;
    this.trace(link);
  }

  private trace(resource: Resource): void {
    resource.scope.watcher?.ran?.(resource);
    this.lastRunEnds = resource.judged && isLastCallback(resource);
  }

  /** What an async function goes on to make after what was judged has run out is the consequence of that. */
  private inherit(resource: Resource): void {
    const { lastRun } = this;
    if (resource.culprit !== undefined || lastRun?.scope !== resource.scope) return;
    resource.culprit = lastRun.culprit ?? (lastRun.judged && this.lastRunEnds ? lastRun : undefined);
  }

  private readonly destroy = (id: number): void => {
    try {
      const resource = this.live.get(id);
      if (resource === undefined) {
        if (this.links.size > 0) this.links.delete(id);
        if (this.closings.size > 0) this.endClosing(id);
        return;
      }
      if (resource.id === id) this.strike(resource); // or it only spoke for it
      this.live.delete(id);
    } catch (error) {
      try {
        if ((error as Error).message !== STACK_ENDED) this.fault = error;
        // Node calls it from an interrupt, too, wherever a test may be, once 16,384 wait for it.
        else this.destroyedLate[this.destroyedLate.length] = id;
      } catch {
        this.fault = error;
      }
    }
  };

  /** Strikes out what is destroyed. Its site stays, for what it made. */
  private strike(resource: Resource): void {
    const { scope, cause, site, row } = resource;
    scope.remove(resource);
    // What its callbacks made leads to its own line.
    if (site !== undefined && cause.depth === 0) scope.remember(site);
    if (row === TIMEOUT) resource.delay = (resource.target as { _idleTimeout?: number })._idleTimeout;
    resource.target = undefined;
  }

  private add(
    id: number,
    type: string,
    row: Row,
    cause: Cause,
    target: object,
    site: Site | undefined,
  ): Resource {
    const resource = new Resource(id, type, row, cause, target);
    const { scope } = resource;
    if (scope.kind !== 'nobody') {
      if (row.weak) this.holdWeakly(resource, target, site);
      else resource.site = site;
      if (row.partOf !== undefined) resource.whole = this.lastOf.get(row.partOf.type);
      else if (this.lastOf.has(type)) this.lastOf.set(type, resource);
      if (type === 'FILEHANDLE') this.keepFileHandle(resource);
    }
    this.live.set(id, resource);
    if (scope.traced) this.inherit(resource);
    // Last: what has failed by now is in no scope, and never judged.
    scope.add(resource);
    return resource;
  }

  /** How many frames of its stack are to be captured: none where another tells, or nobody asks. */
  private depthFor(row: Row, type: string, cause: Cause, current: Cause | undefined): number {
    const { stackDepth, machinery } = this.settings;
    if (cause.scope.kind === 'nobody' || (cause !== current && isToldBy(cause, row, type))) return 0;
    // While the file itself is judged, hardly anything is the framework's.
    if (cause === machinery() && !cause.scope.traced) return SHALLOW;
    const { many } = row;
    // While its scope is judged, the thousandth of a chain that renews itself is the one that is told.
    const isOneOfMany =
      many !== undefined && !cause.scope.traced && count(row.kind, cause.scope) >= many.after;
    const enough = isOneOfMany ? many.frames : cause.depth > 0 ? row.framesInCallbacks : undefined;
    if (enough !== undefined && !this.keepsFrames) return Math.min(stackDepth, enough);
    return row.deep ? Math.max(stackDepth, DEEP) : stackDepth;
  }

  private holdWeakly(resource: Resource, target: object, site: Site | undefined): void {
    if (site !== undefined) this.weakSites.set(target, site);
    if (resource.row === embedder) {
      this.decide();
      this.undecided = resource;
    } else {
      resource.target = new WeakRef(target);
    }
  }

  /**
   * Looks whether the collector may end the last `AsyncResource`. Then it can never leak, and is forgotten. Also strikes out
   * what could not be when it was destroyed.
   */
  decide(): void {
    if (this.destroyedLate.length > 0) this.strikeLate();
    const resource = this.undecided;
    if (resource === undefined) return;
    const { target } = resource;
    if (target !== undefined) {
      if (isCollectable(target)) this.forget(resource);
      else resource.target = new WeakRef(target);
    }
    // Last: where that fails, the next one tries again.
    this.undecided = undefined;
  }

  private strikeLate(): void {
    const ids = this.destroyedLate;
    this.destroyedLate = [];
    for (const id of ids) this.destroy(id);
  }

  private forget(resource: Resource): void {
    this.live.delete(resource.id);
    resource.scope.remove(resource);
    resource.target = undefined;
  }

  /** The request whose callback runs now has just opened the file handle. */
  private adopt(id: number): void {
    const { id: orphanId, type, row, target } = this.orphan!;
    this.orphan = undefined;
    const request = this.live.get(id);
    // A request that is not followed was left behind by a file before, or is older than the hook.
    if (request === undefined) return;
    const cause = request.type === 'FSREQPROMISE' ? request : undefined;
    const handle = new Resource(orphanId, type, row, cause ?? this.settings.fallback(), target);
    handle.guessed = cause === undefined && this.settings.running.size > 0;
    handle.site = cause?.site;
    this.keepFileHandle(handle);
    this.live.set(orphanId, handle);
    if (handle.scope.traced) this.inherit(handle);
    handle.scope.add(handle);
  }

  /** `destroy` of a file handle waits for the collector, and our record keeps the collector from it. */
  private keepFileHandle(handle: Resource): void {
    this.fileHandles.push(handle);
    if (this.fileHandles.length >= this.pruneAt) this.pruneFileHandles(handle);
  }

  /** Forgets those that are closed. Not to be asked yet is one being born: a native getter crashes on it. */
  private pruneFileHandles(born?: Resource): void {
    const open: Resource[] = [];
    for (const kept of this.fileHandles) {
      if (kept === born || ((kept.object ?? { fd: -1 }) as { fd: number }).fd >= 0) open.push(kept);
      else this.forget(kept);
    }
    this.fileHandles = open;
    this.pruneAt = Math.max(PRUNE_FROM, open.length * 2);
  }

  /**
   * Makes one of the first ticks of a scope a cause: of what is born in it no stack tells who asked for it. Where there is
   * a cause, or a resource that it is made for, that one tells.
   */
  private bridge(id: number, type: string, row: Row, trigger: number, target: object): void {
    if (this.outliving || this.live.has(trigger)) return;
    const scope = this.context.current();
    if (!(scope instanceof Scope) || scope.ticks >= MOST_TICKS || isLeftBehind(scope)) return;
    if (scope.kind === 'nobody' || scope === this.settings.machinery()) return;
    const tick = new Resource(id, type, row, scope, target);
    tick.target = undefined;
    tick.site = capture(this.settings.stackDepth, this.init);
    this.live.set(id, tick);
    scope.ticks++;
  }

  /** A pooled TLS socket is taken out again: from now on its TCP socket belongs to whoever took it. */
  private ride(handle: HandleKey, cause: Cause | undefined): void {
    if (cause !== undefined) this.reown(handle, cause);
  }

  /** From now on the callbacks of `id` are those of another resource. */
  private alias(id: number, other: HandleKey): void {
    const resource = this.find(other);
    if (resource !== undefined) this.live.set(id, resource);
  }

  /** From now on the handle belongs to whoever uses it now, and descends from `by`. */
  reown(handle: HandleKey, cause: Cause, site?: Site, by: Resource | undefined = this.lastRun): void {
    const resource = this.find(handle);
    if (resource === undefined || cause === resource || resource.judged) return;
    const { id, type, row, target } = resource;
    const depth = site === undefined ? this.depthFor(row, type, cause, this.context.current()) : 0;
    const taken = depth === 0 ? site : capture(depth, this.init);
    resource.scope.remove(resource);
    const { lastRun, lastRunEnds } = this;
    if (by !== lastRun) {
      this.lastRun = by;
      this.lastRunEnds = by?.judged === true && isLastCallback(by);
    }
    try {
      this.add(id, type, row, cause, target as object, taken);
    } finally {
      this.lastRun = lastRun;
      this.lastRunEnds = lastRunEnds;
    }
  }

  /** From now on a resource stands for something else, which ends with it, and which its callbacks are due to. */
  standIn(resource: Resource, type: string, row: Row, target: object): void {
    const { id, cause, scope, site, judged } = resource;
    if (judged || scope.kind === 'nobody') return;
    scope.remove(resource);
    this.add(id, type, row, cause, target, site);
  }

  /** Follows what a chain of timers moves, made by its first one, and of which this one is the last. */
  standAbove(timer: Resource, first: Resource, type: string, row: Row, target: object): void {
    const { id, scope, site, judged, object } = timer;
    if (judged || object === undefined || scope.kind === 'nobody') return;
    const moved = this.add(--this.ownId, type, row, scope, target, first.site);
    scope.remove(timer);
    this.add(id, timer.type, clockTick, moved, object, site);
  }

  /** Says where a handle was made, that was made out of the user's sight. */
  locate(handle: HandleKey, site: Site): void {
    const resource = this.find(handle);
    if (resource !== undefined) resource.site = site;
  }

  /** A live handle by its key. */
  private find(key: HandleKey): Resource | undefined {
    if (typeof key !== 'object') return key === undefined ? undefined : this.live.get(key);
    const owner = ownerOf(key) ?? key;
    for (const resource of this.live.values()) {
      const { row, target } = resource;
      if (row.kind !== 'handle' || target === undefined) continue;
      if (target === key || ownerOf(target) === owner) return resource;
    }
    return undefined;
  }
}
