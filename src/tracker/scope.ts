/** File, suite, or one attempt of a test: what resources belong to, and what is judged. */
import type { Allowance } from '../config/allowances.js';
import { RecentSites } from './stacks/recent-sites.js';
import type { Resource } from './resource.js';
import type { Site } from './stacks/site.js';

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
  /** Whether a verdict on it has fallen; false where there is none, for its test failed or was skipped. */
  verdict: boolean | undefined = undefined;
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
