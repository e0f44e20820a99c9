/**
 * What the engine keeps: resources, which the hook writes down at `init`, and the scopes that they belong to. Both are causes,
 * and know each other: hence one file.
 */
import type { Row } from '../resources/kinds.js';
import type { Allowance } from './allowances.js';
import { RecentSites } from './stacks/recent-sites.js';
import type { Site } from './stacks/site.js';

/** What can be the cause of a resource: another resource, or at the root of each chain a scope. */
export type Cause = Resource | Scope;

export const isResource = (cause: Cause): cause is Resource => cause.depth > 0;

/** The resources that a resource came of, nearest first, as far as they are kept. */
export function causesOf(resource: Resource): Resource[] {
  const causes: Resource[] = [];
  for (let { cause } = resource; isResource(cause); { cause } = cause) causes.push(cause);
  return causes;
}

/** What an escaped resource goes on doing after its scope has ended: the evidence of the harm it does. */
export interface Aftermath {
  /** Callbacks that ran. */
  fired: number;
  /** Full names of the tests during which they ran, at most 100. */
  readonly during: Set<string>;
}

/** Chains are cut here, so that a timer that re-arms itself for hours holds no more than this many links. */
const MAX_DEPTH = 16;

export class Resource {
  /** Neighbours in the list of the scope's live resources. */
  next: Resource | undefined = undefined;
  previous: Resource | undefined = undefined;
  readonly scope: Scope;
  /** Links between it and its scope, as far as they are kept. */
  readonly depth: number;
  readonly cause: Cause;
  /** Where it was created; for a reused socket, where it was last taken from its pool. */
  site: Site | undefined = undefined;
  /** Its chain starts at a guess: born outside any context, with one test running. */
  guessed = false;
  /** A callback of it has run. */
  ran = false;
  /** A verdict fell on it; never judged again. */
  judged = false;
  /** The judged resource that it descends from, however long ago: its consequence, and no leak of its own. */
  culprit: Resource | undefined;
  /** Of a timer that is over: its delay in ms, for the chain of what it made. */
  delay: number | undefined = undefined;
  /** What it did after its scope had ended, if anything. */
  aftermath: Aftermath | undefined = undefined;
  /** What it may be a part of: the child process of a pipe, the worker of a port. Its stack tells. */
  whole: Resource | undefined = undefined;

  readonly id: number;
  readonly type: string;
  readonly row: Row;

  /** The resource object, or a weak reference to it where ours would keep it from its `destroy`. */
  target: object | WeakRef<object> | undefined;

  constructor(id: number, type: string, row: Row, cause: Cause, target: object | undefined) {
    this.id = id;
    this.type = type;
    this.row = row;
    this.target = target;
    this.scope = cause.scope;
    this.culprit = cause.judged ? cause : cause.culprit;
    this.cause = cause.depth < MAX_DEPTH || isOfHandle(cause, row) ? cause : firstLink(cause);
    this.depth = this.cause.depth + 1;
  }

  /** The resource object, if it is still there. */
  get object(): object | undefined {
    return this.target instanceof WeakRef ? this.target.deref() : this.target;
  }
}

/** Whether that is a server, and this the type of what it accepts. */
export function accepts(cause: Cause, type: string): boolean {
  return isResource(cause) && cause.row.accepts === type;
}

/** Whether it is the server's end of a connection: what code opens as a connection is accepted has a stack of its own. */
export function isAccepted({ cause, type, site }: Resource): boolean {
  return site === undefined && accepts(cause, type);
}

/** Whether it is a request that a handle makes for itself. Its line is that of the handle, and both are one mistake. */
export const isOfHandle = (cause: Cause, { kind }: Row): boolean =>
  kind === 'request' && isResource(cause) && cause.row.kind === 'handle';

/** The link of a chain that is nearest to its scope. */
function firstLink(cause: Cause): Cause {
  let link = cause;
  while (isResource(link) && link.depth > 1) link = link.cause;
  return link;
}

export type ScopeKind = 'file' | 'suite' | 'test' | 'nobody';

/** What most scopes have of whatever they keep lists of: there is one scope to a test. */
const NONE: readonly never[] = Object.freeze([]);

/** What hears of a scope's resources. */
export interface ScopeWatcher {
  added(scope: Scope, resource: Resource): void;
  /** Its last resource has gone. */
  emptied?(scope: Scope): void;
  /** A callback of one of its resources begins. Only where the scope is traced. */
  ran?(resource: Resource): void;
}

export class Scope {
  declare readonly depth: 0;
  declare readonly judged: false;
  declare readonly culprit: undefined;
  /** The live resources that belong to it and await their verdict: a list, so that leaving it is free. */
  first: Resource | undefined = undefined;
  /** How many are in that list. */
  live = 0;
  /** How many timers and immediates, requests, and resources of libraries, it has had. */
  timers = 0;
  requests = 0;
  embedders = 0;
  /** How many of its ticks have become causes. */
  ticks = 0;
  /** Null once its verdict has fallen, or it is over with nothing open: what ends later leads to nothing. */
  private sites: RecentSites | null | undefined = undefined;
  private allowed: Allowance[] | undefined = undefined;
  /** Its test failed by itself: what it left is counted, not judged. */
  abandoned = false;
  /** Its test was tried again: this attempt does not count. */
  superseded = false;
  /** Its own code has run to the end: what its resources do from now on is their aftermath. */
  over = false;
  /**
   * It is being judged, or has been. What an async function of it goes on to open after an `await` is from now on traced to
   * the resource whose callback ran last.
   */
  traced = false;
  /** Of the outermost scope: its file has ended, and all that it had is released. */
  gone = false;

  readonly kind: ScopeKind;
  /** The full name of the test or suite; the path of the file. */
  readonly name: string;
  readonly parent: Scope | undefined;
  /** The outermost scope, the file's. */
  readonly root: Scope;

  /** The hook whose scope it is, "beforeAll"; undefined for tests and for a file's top level. */
  readonly hook: string | undefined;

  constructor(kind: ScopeKind, name: string, parent: Scope | undefined, hook?: string) {
    this.kind = kind;
    this.name = name;
    this.parent = parent;
    this.root = parent?.root ?? this;
    this.hook = hook;
  }

  /** Whoever judges it, or keeps count of what it comes to own after its verdict; undefined before. */
  watcher: ScopeWatcher | undefined = undefined;

  add(resource: Resource): void {
    this.watcher?.added(this, resource);
    const { first } = this;
    resource.next = first;
    if (first !== undefined) first.previous = resource;
    this.first = resource;
    this.live++;
  }

  remove(resource: Resource): void {
    const { next, previous } = resource;
    if (previous !== undefined) previous.next = next;
    else if (this.first === resource) this.first = next;
    else return; // removed before
    if (next !== undefined) next.previous = previous;
    resource.next = resource.previous = undefined;
    if (--this.live > 0) return;
    // Its verdict may fall with that of its whole suite, and what it remembers holds what its code held.
    if (this.over) this.forgetSites();
    this.watcher?.emptied?.(this);
  }

  /** Keeps the site of a resource that has ended. */
  remember(site: Site): void {
    if (this.sites !== null) (this.sites ??= new RecentSites()).add(site);
  }

  /** Sites of what has ended. */
  get recent(): readonly Site[] {
    return this.sites?.all ?? NONE;
  }

  /** Holds what it remembers until its verdict has fallen. */
  keepSites(): void {
    this.sites?.keep();
  }

  /** Forgets what it remembered, for good. */
  forgetSites(): void {
    this.sites = null;
  }

  /** Adds to what may linger in it. */
  allow(allowances: readonly Allowance[]): void {
    (this.allowed ??= []).push(...allowances);
  }

  get allowances(): readonly Allowance[] {
    return this.allowed ?? NONE;
  }

  get scope(): this {
    return this;
  }

  /** Its live resources, oldest first. */
  resources(): Resource[] {
    const all: Resource[] = [];
    for (let resource = this.first; resource !== undefined; resource = resource.next) all.push(resource);
    return all.toReversed();
  }
}

// What all scopes have in common is none of their own fields: there is one scope to a test.
Object.assign(Scope.prototype, { depth: 0, judged: false, culprit: undefined });
