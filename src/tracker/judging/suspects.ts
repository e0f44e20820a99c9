/** Finds which live resources are open and to be judged: not what the framework made, not the parts of a whole. */
import { REFED, timeout } from '../../resources/probes.js';
import { clockTick, fakeClock } from '../../resources/simulated-kinds.js';
import { Frames } from '../stacks/frames.js';
import type { AsyncHook } from '../events/hook.js';
import { toOffence, type Offence } from './offence.js';
import { isResource, type Cause, type Resource, type Scope } from '../resource.js';
import type { Site } from '../stacks/site.js';
import type { RoleOf } from '../stacks/source.js';
import { isSuspicious, stateOf } from './state.js';

export interface SuspectOptions {
  /** The longest wait of one judgement, in ms; also the longest one-shot timer that is waited for. */
  readonly grace: number;
  /** Judge unref'd resources too. */
  readonly includeUnref: boolean;
  /** What a package is to the test framework. */
  readonly roleOf: RoleOf;
}

export class Suspects {
  readonly frames: Frames;
  private readonly options: SuspectOptions;
  private readonly hook: AsyncHook;

  constructor(options: SuspectOptions, hook: AsyncHook) {
    this.options = options;
    this.hook = hook;
    this.frames = new Frames(options.roleOf);
  }

  /** Whether a resource would be a leak if it stayed as it is. */
  isSuspect(resource: Resource): boolean {
    const { grace, includeUnref } = this.options;
    return isSuspicious(stateOf(resource, grace), includeUnref);
  }

  /** Whether it is to be judged at all. */
  isCandidate(resource: Resource): boolean {
    return !this.isPart(resource) && !this.isMachinery(resource) && !this.isNodes(resource);
  }

  /** The resources of a scope that would be leaks if they stayed as they are. */
  in(scope: Scope): Offence[] {
    return scope
      .resources()
      .filter((resource) => this.isSuspect(resource) && this.isCandidate(resource))
      .map((resource) => toOffence(resource));
  }

  /** The resources of a scope that are open or in flight right now, unref'd or not. */
  openIn(scope: Scope): Offence[] {
    return scope
      .resources()
      .filter((resource) => stateOf(resource, this.options.grace) !== 0 && this.isCandidate(resource))
      .map((resource) => toOffence(resource));
  }

  /** A part shares the verdict of a whole that is still there. */
  isPart(resource: Resource): boolean {
    const { whole } = resource;
    return (
      whole !== undefined && this.hook.registry.live.has(whole.id) && this.wholeOf(resource) !== undefined
    );
  }

  /** The whole that a resource is a part of, if its stack shows that it is a part. */
  wholeOf(resource: Resource): Resource | undefined {
    const { whole, row } = resource;
    if (whole === undefined || row.partOf === undefined) return undefined;
    // Else whichever module made the whole, in case this Node calls it something else.
    const module = this.frames.includes(whole.site, row.partOf.module)
      ? row.partOf.module
      : this.frames.makerOf(whole.site);
    return this.frames.includes(this.siteOf(resource), module) ? whole : undefined;
  }

  /** Whether it is held by a response that the garbage collector may take. */
  isHeldByResponse(resource: Resource): boolean {
    const { heldByResponse } = resource.row;
    if (heldByResponse === undefined) return false;
    return this.frames.isMadeBy(this.siteOf(resource), heldByResponse.module, heldByResponse.package);
  }

  /** Where a resource was made. */
  siteOf(resource: Resource): Site | undefined {
    if (!resource.row.weak) return resource.site;
    const { object } = resource;
    return object === undefined ? undefined : this.hook.registry.weakSites.get(object);
  }

  /** Whether Node armed a timer for itself and unref'd it, as for HTTP's `Date` header, or for `AbortSignal.timeout()`. */
  private isNodes(resource: Resource): boolean {
    if (resource.row.kind !== 'timer' || (stateOf(resource, this.options.grace) & REFED) !== 0) return false;
    return this.frames.isNodesTimer(this.siteOf(resource));
  }

  /** The timer that has this object. */
  findTimer(timer: object): Resource | undefined {
    return [...this.hook.registry.live.values()].find(({ object }) => object === timer);
  }

  /**
   * The newest timer that the framework uses to drive something in jsdom, which turns an interval into a chain of timers; and the
   * first timer of that chain, because its stack shows it.
   */
  findDriving(): { timer: Resource; first: Resource } | undefined {
    for (const timer of [...this.hook.registry.live.values()].toReversed()) {
      if (timer.row.probe !== timeout) continue;
      let first: Cause = timer;
      while (isResource(first) && this.frames.isOfLibraries(first.site)) first = first.cause;
      if (isResource(first) && this.frames.isByWayOfFramework(first.site)) return { timer, first };
    }
    return undefined;
  }

  /** Whether it only drives a clock, which is judged instead: a timer in the chain that jsdom makes of an interval, say. */
  private movesClock({ row, cause, site }: Resource): boolean {
    if (row === clockTick) return true;
    if (row.probe !== timeout || !isResource(cause) || !this.frames.isOfLibraries(site)) return false;
    return cause.row === fakeClock || this.movesClock(cause);
  }

  private isMachinery(resource: Resource): boolean {
    if (resource.row.madeOnRequest) return !this.frames.isRequested(this.siteOf(resource));
    if (this.movesClock(resource)) return true;
    const { cause } = resource;
    return this.frames.isMachinery(this.siteOf(resource)) ?? (isResource(cause) && this.isMachinery(cause));
  }

  /**
   * Everything that holds the process, and the handles that may come to hold it, such as those of a pool that is idle now; but
   * nothing of the framework's or of `nobody`'s.
   * @param isLeft whether a resource of `nobody`'s was left behind all the same.
   */
  leftOver(
    nobody: Scope,
    isLeft: (resource: Resource) => boolean,
  ): { holding: Resource[]; idle: Resource[] } {
    const left: ReturnType<typeof this.leftOver> = { holding: [], idle: [] };
    for (const [id, resource] of this.hook.registry.live) {
      if (resource.id !== id) continue; // an alias
      // We do not even look at what is nobody's: touching some of it crashes the process.
      if (resource.scope === nobody && !isLeft(resource)) continue;
      const state = stateOf(resource, this.options.grace);
      const isHolding = (state & REFED) !== 0;
      if (!isHolding && !(state !== 0 && resource.row.kind === 'handle')) continue;
      if (resource.scope !== nobody && this.isMachinery(resource)) continue;
      (isHolding ? left.holding : left.idle).push(resource);
    }
    return left;
  }
}
