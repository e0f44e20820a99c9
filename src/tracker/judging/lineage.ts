/**
 * What is born while a judgement goes on: of what, and at which nominal moment. Moments are in ms since the judgement
 * began, and only the delays of timers add to them, so that they do not depend on how fast the machine is.
 */
import { REFED } from '../../resources/probes.js';
import { isAccepted, isResource, type Resource, type Scope } from '../resource.js';
import { isOver, stateOf } from './state.js';
import { delayOf, isOneShot, startOf } from './timers.js';

/** Whatever keeps the process alive by itself; a link of a chain that does not is no reason to go on waiting. */
const KEEPING: ReadonlySet<string> = new Set(['timer', 'handle', 'request']);

export interface LineageOptions {
  /** ms: the longest one-shot timer that is waited for. */
  readonly grace: number;
  /** Whose callback was the last to begin. */
  readonly lastRun: () => Resource | undefined;
}

/** Timers, at most, that are watched for a refresh as each callback begins. */
const MOST_WATCHED = 64;

/** A port of a worker and the worker, a pipe of a child and the child: a part keeps the process alive if its whole does. */
const wholeOf = (resource: Resource): Resource =>
  resource.row.partOf === undefined ? resource : (resource.whole ?? resource);

export class Lineage {
  private readonly scopes: ReadonlySet<Scope>;
  private readonly options: LineageOptions;
  /** Of a timer: when it is due. Of anything else: when it was born. */
  private readonly times = new Map<Resource, number>();
  /** Whose callback ran when it was born; in the order of their births. */
  private readonly parents = new Map<Resource, Resource>();
  /** Of these, how much had been slept then. */
  private readonly births = new Map<Resource, number>();
  /** What the judgement found open, and what descends from that through links that keep the process alive. */
  private readonly descended = new Set<Resource>();
  /** What came of something that keeps nothing alive: an unref'd heartbeat convicts nobody. */
  private readonly strays = new Set<Resource>();
  /** What was unref'd when its last callback began. */
  private readonly unrefed = new Set<Resource>();
  /** What descends from a child or a worker that has ended since: its chain has had the time that the machine may take. */
  private readonly renewals = new Set<Resource>();
  /** When timers that are waited for were started last, in ms of the event loop's clock. */
  private readonly starts = new Map<Resource, number>();
  /** The moment of the callback that began last. */
  private now = 0;
  private born: Resource | undefined;

  constructor(scopes: readonly Scope[], options: LineageOptions) {
    this.scopes = new Set(scopes);
    this.options = options;
  }

  /** The judgement finds a resource open that was there before it. */
  found(resource: Resource): void {
    if (!this.parents.has(resource) && !this.strays.has(resource)) this.descended.add(resource);
  }

  /** A resource is born, so many ms of sleep into the judgement. */
  add(resource: Resource, slept: number): void {
    const delay = isOneShot(resource) ? delayOf(resource) : 0;
    const parent = this.parentOf(resource);
    if (parent === undefined) {
      // Nobody knows of what it came: what it waits for begins now.
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
      // What a server accepts renews nothing: whoever connects does.
      if (KEEPING.has(resource.row.kind) && !isAccepted(resource)) this.born = resource;
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
    // One that is closed says that it is unref'd, too: it is as it was before.
    else if (!isOver(resource)) this.unrefed.add(resource);
  }

  /** A refresh adds what had elapsed, nominally: it was made by the callback that began last, or by what that woke. */
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

  private parentOf(resource: Resource): Resource | undefined {
    const last = this.options.lastRun();
    if (last !== undefined && last !== resource && this.scopes.has(last.scope)) return last;
    const { cause } = resource;
    return isResource(cause) && this.scopes.has(cause.scope) ? cause : undefined;
  }

  /** What was there before the judgement is due, or was born, as it began. */
  private timeOf(resource: Resource): number {
    return this.times.get(resource) ?? (isOneShot(resource) ? delayOf(resource) : 0);
  }

  /** The nominal moment at which a timer is due, or at which anything else was born. */
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

  /** Whether it came of something that keeps nothing alive. */
  isStray(resource: Resource): boolean {
    return this.strays.has(resource);
  }

  /** Whether it was born while the judgement went on. */
  isBorn(resource: Resource): boolean {
    return this.parents.has(resource);
  }

  /** How much had been slept when it was born; 0 for what was there before the judgement. */
  bornAt(resource: Resource): number {
    return this.births.get(resource) ?? 0;
  }

  /** Of what was born while the judgement went on: where its chain began; undefined for anything else. */
  rootOf(resource: Resource): Resource | undefined {
    let root = this.parents.get(resource);
    for (let next = root; next !== undefined; next = this.parents.get(next)) root = next;
    return root;
  }

  /** Whether a child or a worker of its chain has ended before. */
  isRenewal(resource: Resource): boolean {
    return this.renewals.has(resource);
  }

  /** Takes the last that was born since this was called before, of those that keep the process alive and descend from a suspect. */
  takeBorn(): Resource | undefined {
    const { born } = this;
    this.born = undefined;
    return born;
  }

  /** The nearest ancestor of which `wanted` is true. */
  ancestorOf(resource: Resource, wanted: (ancestor: Resource) => boolean): Resource | undefined {
    let ancestor = this.parents.get(resource);
    while (ancestor !== undefined && !wanted(ancestor)) ancestor = this.parents.get(ancestor);
    return ancestor;
  }

  /**
   * What descends from one of these that has ended is its consequence, and so is what will come of that. Of a chain that
   * renews itself all is: it may go on by something else than what was convicted of it.
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
