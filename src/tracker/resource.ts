/**
 * What the engine keeps: resources, which the async hook records at `init`, and the scopes that they belong to. Both are causes
 * and refer to each other, so they share a file.
 */
import type { Row } from '../resources/kinds.js';
import type { Allowance } from './allowances.js';
import { RecentSites, type Ended } from './stacks/recent-sites.js';
import type { Site } from './stacks/site.js';

/** What can cause a resource: another resource or, at the root of each chain, a scope. */
export type Cause = Resource | Scope;

export const isResource = (cause: Cause): cause is Resource => cause.depth > 0;

/** The resources that led to a resource, nearest first, as far as they are kept. */
export function causesOf(resource: Resource): Resource[] {
  const causes: Resource[] = [];
  for (let { cause } = resource; isResource(cause); { cause } = cause) causes.push(cause);
  return causes;
}

/** What an escaped resource does after its scope has ended: the evidence of the harm it does. */
export interface Aftermath {
  /** Callbacks that ran. */
  fired: number;
  /** Full names of the tests during which they ran, at most 100. */
  readonly during: Set<string>;
  /** When they ran, if there is a clock: of many an even choice, at most 100. */
  readonly times: number[];
  /** One callback of so many is in `times`. */
  every: number;
}

/** What is known of the resource of a leak since its verdict. */
export interface Since {
  readonly id: number;
  readonly scope: Scope;
  /** It has not ended. */
  readonly isOpen: boolean;
  /** Undefined if it did nothing. */
  readonly aftermath: Aftermath | undefined;
}

/** Chains are cut here, so that a timer that re-arms itself for hours holds no more links than this. */
const MAX_DEPTH = 16;

export class Resource {
  /** Neighbours in the list of the scope's live resources. */
  next: Resource | undefined = undefined;
  previous: Resource | undefined = undefined;
  readonly scope: Scope;
  /** How many links lie between it and its scope, as far as they are kept. */
  readonly depth: number;
  readonly cause: Cause;
  /** Where it was created; for a reused socket, where it was last taken from its pool. */
  site: Site | undefined = undefined;
  /** The start of its chain is a guess: it was created outside any context, while a test was running. */
  guessed = false;
  /** One of its callbacks has run. */
  ran = false;
  /** It has its verdict, and is never judged again. */
  judged = false;
  /** The judged resource that it descends from, however distantly: it is a consequence of that one, not a leak of its own. */
  culprit: Resource | undefined;
  /** The delay in ms of a timer that is over, to show in the chains of what it created. */
  delay: number | undefined = undefined;
  /** What it did after its scope had ended, if anything. */
  aftermath: Aftermath | undefined = undefined;
  /** Of what a suite or a file owns: the full name of the test that ran alone as it was created. */
  during: string | undefined = undefined;
  /** The resource it may be a part of: the child process of a pipe, the worker of a port. Its stack decides. */
  whole: Resource | undefined = undefined;

  readonly id: number;
  readonly type: string;
  readonly row: Row;

  /** The resource object, or a weak reference to it if a strong one would keep its `destroy` from ever coming. */
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

/** Whether the cause is a server that accepts resources of this type. */
export function accepts(cause: Cause, type: string): boolean {
  return isResource(cause) && cause.row.accepts === type;
}

/** Whether it is the server's end of a connection. What code opens while a connection is accepted has a stack of its own. */
export function isAccepted({ cause, type, site }: Resource): boolean {
  return site === undefined && accepts(cause, type);
}

/** Whether it is a request that a handle makes for itself: both have the same line, and are one mistake. */
export const isOfHandle = (cause: Cause, { kind }: Row): boolean =>
  kind === 'request' && isResource(cause) && cause.row.kind === 'handle';

/** The link of a chain that is nearest to its scope. */
function firstLink(cause: Cause): Cause {
  let link = cause;
  while (isResource(link) && link.depth > 1) link = link.cause;
  return link;
}

/** Whether a scope is around another: a suite's or a file's, or that of its hooks. */
export function encloses(outer: Scope, inner: Scope): boolean {
  const holder = outer.hook === undefined ? outer : outer.parent;
  if (outer === inner || outer.kind === 'test') return false;
  for (let each = inner.parent; each !== undefined; each = each.parent) if (each === holder) return true;
  return false;
}

/**
 * Whether a cause was left behind by a file that has ended: it belongs to a test or a test hook of that file, or to something
 * judged. In the file's own scope the framework may go on, too.
 */
export function isLeftBehind({ scope, judged, culprit }: Cause): boolean {
  return (
    scope.root.gone && (scope.parent !== undefined || scope.root.alone || judged || culprit !== undefined)
  );
}

/** The scope of the file that a scope is in. */
export function fileOf(scope: Scope): Scope {
  let file = scope;
  while ((file.kind !== 'file' || file.hook !== undefined) && file.parent !== undefined) file = file.parent;
  return file;
}

export type ScopeKind = 'file' | 'suite' | 'test' | 'nobody';

/** Shared by all scopes that have nothing to list, as most do: there is one scope for each test. */
const NONE: readonly never[] = Object.freeze([]);

/** Hears of a scope's resources. */
export interface ScopeWatcher {
  added(scope: Scope, resource: Resource): void;
  /** Its last resource has gone. */
  emptied?(scope: Scope): void;
  /** A callback of one of its resources begins. Called only if the scope is traced. */
  ran?(resource: Resource): void;
}

export class Scope {
  declare readonly depth: 0;
  declare readonly judged: false;
  declare readonly culprit: undefined;
  /** The first of its live resources that await their verdict: a linked list, so that leaving it is free. */
  first: Resource | undefined = undefined;
  /** How many are in that list. */
  live = 0;
  /** How many timers and immediates, how many requests, and how many resources of libraries it has had. */
  timers = 0;
  requests = 0;
  embedders = 0;
  /** How many of its ticks have become causes lately; and of those that callbacks ask for, how many have created nothing (ticks.ts). */
  ticks = 0;
  nestedTicks = 0;
  /** Null once it has its verdict, or is over with nothing open: by then no leak can need the site of what ends. */
  private sites: RecentSites | null | undefined = undefined;
  private allowed: Allowance[] | undefined = undefined;
  /** Its test failed by itself: what it left is counted, not judged. */
  abandoned = false;
  /** Its test was tried again: this attempt does not count. */
  superseded = false;
  /** Its own code has run to the end: what its resources do from now on is their aftermath. */
  over = false;
  /**
   * It is being judged, or has been. From now on, what one of its async functions opens after an `await` is traced to the
   * resource whose callback ran last.
   */
  traced = false;
  /** On the outermost scope: its file has ended, and everything it had is released. */
  gone = false;
  /** Once the file has ended, the framework does nothing in its scope that could keep the process alive. */
  alone = false;

  readonly kind: ScopeKind;
  /** The full name of the test or suite; the path of the file. */
  readonly name: string;
  readonly parent: Scope | undefined;
  /** The outermost scope, the file's. */
  readonly root: Scope;

  /** Whoever judges it, or keeps count of what it comes to own after its verdict; undefined before. */
  watcher: ScopeWatcher | undefined = undefined;
  /** The test hook that the scope is for, "beforeAll"; undefined for tests and for a file's top level. */
  readonly hook: string | undefined;

  constructor(kind: ScopeKind, name: string, parent: Scope | undefined, hook?: string) {
    this.kind = kind;
    this.name = name;
    this.parent = parent;
    this.root = parent?.root ?? this;
    this.hook = hook;
  }

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
    else return; // already removed
    if (next !== undefined) next.previous = previous;
    resource.next = resource.previous = undefined;
    if (--this.live > 0) return;
    // Its verdict may come only with that of its whole suite, and the sites keep alive what its code held.
    if (this.over) this.forgetSites();
    this.watcher?.emptied?.(this);
  }

  /** Keeps the site of a resource that has ended. */
  remember(site: Site, row: Row, id: number): void {
    if (this.sites !== null) (this.sites ??= new RecentSites()).add(site, row, id);
  }

  /** Resources that have ended. */
  get recent(): readonly Ended[] {
    return this.sites?.all ?? NONE;
  }

  /** Keeps the sites it remembers until it has its verdict. */
  keepSites(): void {
    this.sites?.keep();
  }

  /** Forgets what it remembered, for good. */
  forgetSites(): void {
    this.sites = null;
  }

  /** Adds allowances. */
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

// What is the same for all scopes is on the prototype, to keep each of them small: there is one scope for each test.
Object.assign(Scope.prototype, { depth: 0, judged: false, culprit: undefined });
