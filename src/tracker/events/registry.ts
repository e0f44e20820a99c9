/** What is followed, by async id: what is alive, and what only links one resource to another. */
import type { HandleKey } from '../../resources/details.js';
import { clientRequest, embedder, kinds, type Row } from '../../resources/kinds.js';
import { isCollectable, ownerOf } from '../../resources/probes.js';
import { clockTick } from '../../resources/simulated-kinds.js';
import { causesOf, isResource, Resource, type Cause } from '../resource.js';
import type { Site } from '../stacks/site.js';
import type { ChannelListener } from './channels.js';
import { FileHandles } from './file-handles.js';
import { LastRun } from './last-run.js';
import { Ticks } from './ticks.js';

const WHOLES = Object.values(kinds).flatMap((row) => row?.partOf?.type ?? []);

/** Drops the user's objects that a resource and its causes hold. */
function forgetSites(resource: Resource): void {
  for (const each of [resource, ...causesOf(resource)]) each.site = each.target = undefined;
}

export class Registry implements ChannelListener {
  /** What is alive now, by async id. */
  readonly live: Map<number, Resource> = new Map();
  /** Sites of weakly held resources, which a record would keep alive through their own stacks. */
  readonly weakSites: WeakMap<object, Site> = new WeakMap();
  /** Internal resources of traced scopes: followed only as links, from what ran before to what is created after. */
  readonly links: Map<number, Resource> = new Map();
  readonly lastRun: LastRun = new LastRun();
  readonly ticks: Ticks = new Ticks();
  readonly fileHandles: FileHandles = new FileHandles((handle) => this.forget(handle));
  /** Ids that were destroyed at the end of the stack, and are still to be struck out. */
  destroyedLate: number[] = [];
  /** The last `AsyncResource`: whether the garbage collector may end it shows only after its constructor. */
  private undecided: Resource | undefined;
  /** The last resource of each type that others can be parts of. */
  private readonly lastOf = new Map<string, Resource | undefined>(WHOLES.map((type) => [type, undefined]));
  /** The last id given to something that is no resource of Node's: these are below all of Node's ids. */
  private ownId = 0;

  /** A new id for something that is no resource of Node's. */
  nextOwnId(): number {
    return --this.ownId;
  }

  add(id: number, type: string, row: Row, cause: Cause, target: object, site: Site | undefined): Resource {
    const resource = new Resource(id, type, row, cause, target);
    const { scope } = resource;
    if (scope.kind !== 'nobody') {
      if (row.weak) this.holdWeakly(resource, target, site);
      else resource.site = site;
      if (row.partOf !== undefined) resource.whole = this.lastOf.get(row.partOf.type);
      else if (this.lastOf.has(type)) this.lastOf.set(type, resource);
      if (row.endsUnseen) this.fileHandles.keep(resource);
    }
    this.live.set(id, resource);
    if (scope.traced) this.lastRun.inherit(resource);
    // Last: if anything above fails, the resource is in no scope, and never judged.
    scope.add(resource);
    return resource;
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
   * Checks whether the garbage collector may end the last `AsyncResource`: then it can never leak, and is forgotten. Also strikes
   * out what could not be struck out when it was destroyed.
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
    // Last: if the above fails, the next call tries again.
    this.undecided = undefined;
  }

  private strikeLate(): void {
    const ids = this.destroyedLate;
    this.destroyedLate = [];
    for (const id of ids) this.strike(id);
  }

  /** Strikes out a resource that is destroyed. Its site stays, for the chains of what it created. */
  strike(id: number): void {
    const resource = this.live.get(id);
    if (resource === undefined) {
      if (this.links.size > 0) this.links.delete(id);
      if (this.fileHandles.closings.size > 0) this.fileHandles.endClosing(id);
      return;
    }
    if (resource.id === id) this.end(resource); // else the id is only an alias of it
    this.live.delete(id);
  }

  private end(resource: Resource): void {
    const { id, scope, cause, site, row } = resource;
    scope.remove(resource);
    // What a callback created leads back to the line of the resource called back; what a tick created is its line's.
    if (!isResource(cause)) {
      if (site !== undefined) scope.remember(site, row, id);
    } else if (cause.row.passesOn !== undefined && cause.site !== undefined && !isResource(cause.cause))
      scope.remember(cause.site, row, id);
    if (row.delayOf !== undefined) resource.delay = row.delayOf(resource.target as object);
    resource.target = undefined;
  }

  private forget(resource: Resource): void {
    this.live.delete(resource.id);
    resource.scope.remove(resource);
    resource.target = undefined;
  }

  /** Follows something only as a link: it causes nothing, and owns nothing. */
  link(id: number, type: string, row: Row, cause: Cause): Resource {
    const link = new Resource(id, type, row, cause, undefined);
    this.lastRun.inherit(link);
    link.scope.watcher?.added(link.scope, link);
    return link;
  }

  /**
   * The resource whose callback makes a request that is written later. In a traced scope it is a link, because by then it may
   * have changed whether what runs now keeps the process alive.
   */
  makerOf(cause: Cause): Resource | undefined {
    if (!cause.scope.traced) return this.lastRun.resource;
    return this.link(this.nextOwnId(), clientRequest.noun, clientRequest, cause);
  }

  /** From now on the callbacks of `id` are those of another resource. */
  alias(id: number, other: HandleKey): void {
    const resource = this.find(other);
    if (resource !== undefined) this.live.set(id, resource);
  }

  /** A live handle by its key. */
  find(key: HandleKey): Resource | undefined {
    if (typeof key !== 'object') return key === undefined ? undefined : this.live.get(key);
    const owner = ownerOf(key) ?? key;
    for (const resource of this.live.values()) {
      const { row, target } = resource;
      if (row.kind !== 'handle' || target === undefined) continue;
      if (target === key || ownerOf(target) === owner) return resource;
    }
    return undefined;
  }

  /** Sets the site of a handle that was created with no user code on the stack. */
  locate(key: HandleKey, site: Site): void {
    const handle = this.find(key);
    if (handle !== undefined) handle.site = site;
  }

  /** The handle that `cause` can take over; undefined if it is its own, or has its verdict. */
  free(key: HandleKey, cause: Cause): Resource | undefined {
    const handle = this.find(key);
    return handle === cause || handle?.judged === true ? undefined : handle;
  }

  /** From now on a handle belongs to `cause`, which uses it now, and descends from `by`. */
  reown(key: HandleKey, cause: Cause, site: Site, by: Resource | undefined): void {
    const handle = this.free(key, cause);
    if (handle !== undefined) this.give(handle, cause, site, by);
  }

  /** Gives a handle to `cause`, which took it at `site`. */
  give(
    handle: Resource,
    cause: Cause,
    site: Site | undefined,
    by: Resource | undefined = this.lastRun.resource,
  ): void {
    const { id, type, row, target } = handle;
    handle.scope.remove(handle);
    this.lastRun.as(by, () => this.add(id, type, row, cause, target as object, site));
  }

  /** From now on a resource stands for something else, which ends with the resource and causes what its callbacks create. */
  standIn(resource: Resource, type: string, row: Row, target: object): void {
    const { id, cause, scope, site, judged } = resource;
    if (judged || scope.kind === 'nobody') return;
    scope.remove(resource);
    this.add(id, type, row, cause, target, site);
  }

  /** Follows what a chain of timers drives: `first` shows where it was created, `timer` is the last of the chain. */
  standAbove(timer: Resource, first: Resource, type: string, row: Row, target: object): void {
    const { id, scope, site, judged, object } = timer;
    if (judged || object === undefined || scope.kind === 'nobody') return;
    const moved = this.add(this.nextOwnId(), type, row, scope, target, first.site);
    scope.remove(timer);
    this.add(id, timer.type, clockTick, moved, object, site);
  }

  /** Forgets everything. */
  clear(): void {
    // A timer of undici's, say, lives on, and our cause with it, which must not keep the realm of a test alive.
    for (const resource of this.live.values()) forgetSites(resource);
    this.live.clear();
    this.links.clear();
    this.fileHandles.clear();
    this.destroyedLate = [];
    this.undecided = this.lastRun.resource = undefined;
    for (const type of WHOLES) this.lastOf.set(type, undefined);
  }

  /** Forgets everything but what was judged, because its callbacks still have to be recognized. */
  clearUnjudged(): void {
    const judged = [...this.live].filter(([id, resource]) => resource.judged && resource.id === id);
    this.clear();
    for (const [id, resource] of judged) this.live.set(id, resource);
  }
}
