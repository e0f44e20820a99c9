/**
 * What is created while a judgement goes on: what it descends from, and at which nominal moment. Moments are in ms since the
 * judgement began. Only the delays of timers add to them, so they do not depend on how fast the machine is.
 */
import { REFED } from '../../resources/probes.js';
import { isAccepted, isResource, type Cause, type Resource, type Scope } from '../resource.js';
import { isOver, stateOf } from './state.js';
import { delayOf, isOneShot, startOf } from './timers.js';

/** What keeps the process alive by itself. A new link of any other kind is no reason to go on waiting. */
const KEEPING: ReadonlySet<string> = new Set(['timer', 'handle', 'request']);

export interface LineageOptions {
  /** The longest one-shot timer that is waited for, in ms. */
  readonly grace: number;
  /** The resource whose callback was the last to begin. */
  readonly lastRun: () => Resource | undefined;
}

/** The most timers that are checked for a refresh as each callback begins. */
const MOST_WATCHED = 64;

/** A port of a worker and the worker, a pipe of a child and the child: a part keeps the process alive if its whole does. */
const wholeOf = (resource: Resource): Resource =>
  resource.row.partOf === undefined ? resource : (resource.whole ?? resource);

/** The resource whose callback made another, maybe in a tick; the scope, if its own code did. */
function calledBack({ cause }: Resource): Cause {
  let called = cause;
  while (isResource(called) && called.row.passesOn !== undefined) called = called.cause;
  return called;
}

export class Lineage {
  private readonly scopes: ReadonlySet<Scope>;
  private readonly options: LineageOptions;
  /** When a timer is due; when anything else was created. */
  private readonly times = new Map<Resource, number>();
  /** The resource whose callback ran when another was created; in the order of creation. */
  private readonly parents = new Map<Resource, Resource>();
  /** How much had been slept when each of them was created. */
  private readonly births = new Map<Resource, number>();
  /** What the judgement found open, and what descends from that through links that keep the process alive. */
  private readonly descended = new Set<Resource>();
  /** What descends from something that keeps nothing alive: an unref'd heartbeat convicts nobody. */
  private readonly strays = new Set<Resource>();
  /** Resources that were unref'd when their last callback began. */
  private readonly unrefed = new Set<Resource>();
  /** What descends from a child or a worker that has ended since: its chain has used up the time that the machine may take. */
  private readonly renewals = new Set<Resource>();
  /** When each timer that is waited for was last started, in ms of the event loop's clock. */
  private readonly starts = new Map<Resource, number>();
  /** The moment of the callback that began last. */
  private now = 0;
  /** What was created since the previous call of `takeBorn` that keeps the process alive and descends from a suspect. */
  private born: Resource[] = [];

  constructor(scopes: readonly Scope[], options: LineageOptions) {
    this.scopes = new Set(scopes);
    this.options = options;
  }

  /** A resource that is older than the judgement is found open. */
  found(resource: Resource): void {
    if (!this.parents.has(resource) && !this.strays.has(resource)) this.descended.add(resource);
  }

  /** A resource is created, `slept` ms of sleep into the judgement. */
  add(resource: Resource, slept: number): void {
    const delay = isOneShot(resource) ? delayOf(resource) : 0;
    const parent = this.parentOf(resource);
    if (parent === undefined) {
      // Nothing shows what it descends from, so its delay begins now.
      if (delay > 0) this.times.set(resource, slept + delay);
      return;
    }
    this.parents.set(resource, parent);
    this.births.set(resource, slept);
    // mutation: due time
    this.times.set(resource, this.timeOf(parent) + delay);
    if (this.renewals.has(parent) || parent.row.boundByMachine !== undefined) this.renewals.add(resource);
    if (this.strays.has(parent) || this.unrefed.has(parent)) {
      this.strays.add(resource);
    } else if (this.descended.has(parent) || this.descended.has(wholeOf(parent))) {
      this.descended.add(resource);
      // A connection that a server accepts renews nothing: the end that connects does.
      if (KEEPING.has(resource.row.kind) && !isAccepted(resource)) this.born.push(resource);
    }
  }

  /** A callback of a resource of these scopes begins. */
  ran(resource: Resource): void {
    if (this.starts.size <= MOST_WATCHED) this.seeRefreshes();
    this.now = this.timeOf(resource) + (isOneShot(resource) ? 0 : delayOf(resource));
    this.times.set(resource, this.now);
    this.starts.delete(resource);
    // mutation: unref
    if (this.isRefed(resource) || this.isRefed(wholeOf(resource))) this.unrefed.delete(resource);
    // A closed one looks unref'd, too: what was known before still holds.
    else if (!isOver(resource)) this.unrefed.add(resource);
  }

  /** A refreshed timer starts at the moment of the callback that began last: that refreshed it, or woke what did. */
  private seeRefreshes(): void {
    for (const [timer, start] of this.starts) {
      const at = startOf(timer);
      if (at === undefined) this.starts.delete(timer);
      else if (at !== start) {
        this.starts.set(timer, at);
        // mutation: refresh, seen
        this.times.set(timer, this.now + delayOf(timer));
      }
    }
  }

  private isRefed(resource: Resource): boolean {
    return (stateOf(resource, this.options.grace) & REFED) !== 0;
  }

  /**
   * What ran last may be long over, and know nothing of what the judgement found: the timer that a test slept by, before it made a
   * connection. Then the cause tells more.
   */
  private parentOf(resource: Resource): Resource | undefined {
    const last = this.options.lastRun();
    const ranLast = last !== resource && this.isOfScopes(last) ? last : undefined;
    const called = calledBack(resource);
    const cause = this.isOfScopes(called) ? called : undefined;
    // mutation: begun late
    if (ranLast !== undefined && cause !== undefined && !this.isKnown(ranLast) && this.isKnown(cause))
      return cause;
    return ranLast ?? cause;
  }

  private isOfScopes(cause: Cause | undefined): cause is Resource {
    return cause !== undefined && isResource(cause) && this.scopes.has(cause.scope);
  }

  /** Whether the judgement found it open, or saw it run or be created. */
  private isKnown(resource: Resource): boolean {
    return this.times.has(resource) || this.descended.has(resource) || this.strays.has(resource);
  }

  /** What is older than the judgement counts as started, or created, when the judgement began. */
  private timeOf(resource: Resource): number {
    return this.times.get(resource) ?? (isOneShot(resource) ? delayOf(resource) : 0);
  }

  /** The nominal moment at which a timer is due, or at which anything else was created. */
  momentOf(resource: Resource): number {
    const at = isOneShot(resource) ? startOf(resource) : undefined;
    if (at !== undefined) {
      const start = this.starts.get(resource) ?? at;
      this.starts.set(resource, at);
      // mutation: refresh, asked for
      if (start !== at) this.times.set(resource, this.now + delayOf(resource));
    }
    return this.timeOf(resource);
  }

  /** Whether it descends from something that keeps nothing alive. */
  isStray(resource: Resource): boolean {
    return this.strays.has(resource);
  }

  /** Whether it was created while the judgement went on. */
  isBorn(resource: Resource): boolean {
    return this.parents.has(resource);
  }

  /** How much had been slept when it was created; 0 if it is older than the judgement. */
  bornAt(resource: Resource): number {
    return this.births.get(resource) ?? 0;
  }

  /** The start of its chain, if it was created while the judgement went on; else undefined. */
  rootOf(resource: Resource): Resource | undefined {
    let root = this.parents.get(resource);
    for (let next = root; next !== undefined; next = this.parents.get(next)) root = next;
    return root;
  }

  /** Whether a child or a worker earlier in its chain has ended. */
  isRenewal(resource: Resource): boolean {
    return this.renewals.has(resource);
  }

  /**
   * Takes what was created since the previous call that keeps the process alive and descends from a suspect. Returns the last of
   * it that is `wanted`, if any.
   */
  takeBorn(wanted: (resource: Resource) => boolean): Resource | undefined {
    const born = this.born.findLast(wanted);
    this.born = [];
    return born;
  }

  /** The nearest ancestor for which `wanted` is true. */
  ancestorOf(resource: Resource, wanted: (ancestor: Resource) => boolean): Resource | undefined {
    let ancestor = this.parents.get(resource);
    while (ancestor !== undefined && !wanted(ancestor)) ancestor = this.parents.get(ancestor);
    return ancestor;
  }

  /**
   * Whatever descends from one of these that has ended is its consequence, and so is all that will come of it. In a chain that
   * renews itself everything is, because the chain may go on by something other than what was convicted.
   */
  convict(convicted: ReadonlySet<Resource>): void {
    if (convicted.size === 0) return;
    const roots = new Map<Resource, Resource>();
    const culprits = new Map<Resource, Resource>();
    for (const [resource, parent] of this.parents) {
      const root = roots.get(parent) ?? parent;
      roots.set(resource, root);
      if (convicted.has(resource)) culprits.set(root, resource);
    }
    for (const [resource, parent] of this.parents) {
      if (resource.culprit !== undefined || convicted.has(resource)) continue;
      const ended = convicted.has(parent) && isOver(parent) ? parent : undefined;
      const culprit = parent.culprit ?? ended ?? culprits.get(roots.get(resource)!);
      // mutation: culprit
      if (culprit?.scope === resource.scope) resource.culprit = culprit;
    }
  }
}
