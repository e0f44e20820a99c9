/** Judges scopes: finds what stays open in them, and says what of it is a leak of whom. */
import { Tally, type Allowance } from '../allowances.js';
import { embedder } from '../kinds.js';
import type { Leak, Place } from '../leak.js';
import { REFED } from '../probes.js';
import type { Aftermath } from './aftermath.js';
import { Causes, ends, otherEnds } from './causes.js';
import { Frames, type RoleOf } from './frames.js';
import { collectGarbage } from './garbage.js';
import type { Hook } from './hook.js';
import { release } from './release.js';
import type { Cause, Resource } from './resource.js';
import type { Scope } from './scope.js';
import { isSuspicious, settle, stateOf, turn } from './settle.js';
import type { Site } from './site.js';
import { detailsOf, LeakWriter, toPlace, type Offence } from './verdict.js';

/** What a judgement found, by scope; scopes without leaks are missing. */
export type Verdicts = Map<Scope, Leak[]>;

/** A leak that may linger, and the allowance that says so. */
export interface Allowed {
  readonly leak: Leak;
  readonly allowance: Allowance;
  readonly scope: Scope;
}

export interface JudgeOptions {
  /** ms, at most, that one judgement waits; also the longest one-shot timer that is waited for. */
  readonly grace: number;
  /** Judge unref'd resources too. */
  readonly includeUnref: boolean;
  /** What a package is to the test framework. */
  readonly roleOf: RoleOf;
  /** Allowances for the whole project. */
  readonly allow: readonly Allowance[];
  /** The stack of the call that defines the test or the hook of a scope, if it is known. */
  readonly definitionOf?: (scope: Scope) => Site | undefined;
}

/** Full collections, at most, until an `AsyncResource` counts as reachable. */
const COLLECTIONS = 4;

export class Judge {
  private readonly options: JudgeOptions;
  private readonly hook: Hook;
  /** The scopes of tests that failed by themselves. */
  private readonly abandoned: () => Scope[];
  private readonly frames: Frames;
  private readonly writer: LeakWriter;
  readonly tally: Tally = new Tally();
  allowedLeaks: Allowed[] = [];
  /** Judged and not closed: released at the end of the file. */
  private readonly judged: Offence[] = [];
  private readonly allowed = new Set<Resource>();
  private readonly causes = new Causes(
    (resource) => this.allowed.has(resource),
    (resource) => this.wholeOf(resource),
  );
  private readonly resourceOf = new WeakMap<Leak, Resource>();

  constructor(options: JudgeOptions, hook: Hook, abandoned: () => Scope[]) {
    this.options = options;
    this.hook = hook;
    this.abandoned = abandoned;
    this.frames = new Frames(options.roleOf);
    this.writer = new LeakWriter(
      this.frames,
      (resource) => this.siteOf(resource),
      (scope) => this.options.definitionOf?.(scope),
    );
  }

  /** Waits for what is on its way out of the scopes, and takes what stays out of them. */
  async judge(scopes: readonly Scope[]): Promise<Verdicts> {
    const offences: Offence[] = [];
    await settle(scopes, {
      grace: this.options.grace,
      includeUnref: this.options.includeUnref,
      isCandidate: (resource) => this.isCandidate(resource),
      isStarting: (scope) => this.isStarting(scope),
      convict: (resource) => offences.push({ resource, details: detailsOf(resource) }),
    });
    return this.toVerdicts(await this.withoutUnreachable(offences));
  }

  /** Whether a resource would be a leak if it stayed as it is. */
  isSuspect(resource: Resource): boolean {
    const { grace, includeUnref } = this.options;
    return isSuspicious(stateOf(resource, grace), includeUnref);
  }

  /** What of a scope is open or in flight right now, without a verdict: what a timed out test waited for. */
  inspect(scope: Scope): Leak[] {
    return scope
      .resources()
      .filter((resource) => stateOf(resource, this.options.grace) !== 0 && this.isCandidate(resource))
      .map((resource) => this.writer.write({ resource, details: detailsOf(resource) }))
      .filter(({ place }) => place !== undefined); // else nobody would know it again
  }

  /** Releases what was judged, and what of the rest is open and not `nobody`'s. Returns whether there was anything. */
  release(nobody: Scope): boolean {
    let released = this.judged.length > 0;
    const peers = new Set(this.judged.flatMap(({ details }) => otherEnds(details) ?? []));
    for (const { resource } of this.judged) release(resource, this.allowed.has(resource));
    for (const resource of this.hook.live.values()) {
      // A server of globalSetup's is nobody's, but not the connections that the file has left to it. What else is
      // nobody's is not even looked at: to touch some of it crashes the process.
      const isOthers = resource.scope === nobody && !this.isPeer(resource, peers);
      if (isOthers || (stateOf(resource, this.options.grace) & REFED) === 0) continue;
      if (resource.scope !== nobody && this.isMachinery(resource)) continue;
      release(resource, false);
      released = true;
    }
    return released;
  }

  private isPeer(resource: Resource, peers: ReadonlySet<string>): boolean {
    return resource.type === 'TCPWRAP' && peers.size > 0 && peers.has(ends(detailsOf(resource)) ?? '');
  }

  /** Gives back the allowances that a scope has used, for it does not count. */
  giveBack(scope: Scope): void {
    const own = this.allowedLeaks.filter((each) => each.scope === scope);
    if (own.length === 0) return;
    for (const { allowance } of own) this.tally.giveBack(allowance);
    this.allowedLeaks = this.allowedLeaks.filter((each) => each.scope !== scope);
  }

  /** Forgets everything. */
  clear(): void {
    this.judged.length = 0;
    this.allowed.clear();
    this.causes.clear();
  }

  /** What the resource of a leak did after its scope had ended. */
  aftermathOf(leak: Leak): Aftermath | undefined {
    return this.resourceOf.get(leak)?.aftermath;
  }

  /** The user's line in a captured stack. */
  placeOf(site: Site): Place | undefined {
    return toPlace(this.frames.placeOf(site));
  }

  /** What tests that failed by themselves have left open. */
  abandonedOffences(): Offence[] {
    return this.abandoned()
      .flatMap((scope) => scope.resources())
      .filter((resource) => this.isSuspect(resource) && this.isCandidate(resource))
      .map((resource) => ({ resource, details: detailsOf(resource) }));
  }

  private isCandidate(resource: Resource): boolean {
    return !this.isPart(resource) && !this.isMachinery(resource);
  }

  /** A part shares the verdict of a whole that is still there. */
  private isPart(resource: Resource): boolean {
    const { whole } = resource;
    return whole !== undefined && this.hook.live.has(whole.id) && this.wholeOf(resource) !== undefined;
  }

  /** What a resource is a part of; its stack tells whether it is one. */
  private wholeOf(resource: Resource): Resource | undefined {
    const { whole, row } = resource;
    if (whole === undefined) return undefined;
    const isPart = this.frames.of(this.siteOf(resource)).some(({ file }) => file === row.partOf?.module);
    return isPart ? whole : undefined;
  }

  /** Whether a worker of a scope has not said a word yet. */
  private isStarting(scope: Scope): boolean {
    const ports = scope.resources().filter((part) => part.row.partOf?.greets === true && this.isPart(part));
    const up = new Set(ports.filter(({ ran }) => ran).map(({ whole }) => whole));
    return ports.some(({ whole }) => !up.has(whole));
  }

  private isMachinery(resource: Resource): boolean {
    return (
      this.frames.isMachinery(this.siteOf(resource)) ??
      (resource.cause.depth > 0 && this.isMachinery(resource.cause as Resource))
    );
  }

  private siteOf(resource: Resource): Site | undefined {
    if (!resource.row.weak) return resource.site;
    const { object } = resource;
    return object === undefined ? undefined : this.hook.weakSites.get(object);
  }

  /** Drops the `AsyncResource`s that the collector can take. Stacks pin what they show, so they are read first. */
  private async withoutUnreachable(offences: Offence[]): Promise<Offence[]> {
    if (!offences.some(({ resource }) => resource.row === embedder)) return offences;
    for (const resource of this.hook.live.values()) {
      for (let cause: Cause = resource; cause.depth > 0; { cause } = cause as Resource)
        this.frames.of(this.siteOf(cause as Resource));
    }
    for (const { resource } of offences) {
      for (const site of resource.scope.recent) this.frames.of(site);
    }
    // A reference that was looked at lives until the end of the job.
    await turn();
    const isReachable = ({ resource }: Offence): boolean =>
      resource.row !== embedder || resource.object !== undefined;
    let reachable = offences;
    // More than once: a collection that was under way takes what was made since it began for alive, and so does a
    // compilation for what it has in hand.
    for (let i = 0; i < COLLECTIONS && reachable.some(({ resource }) => resource.row === embedder); i++) {
      collectGarbage();
      await turn();
      if (i > 0) {
        reachable = reachable.filter(isReachable);
        await turn(); // what was looked at
      }
    }
    return reachable;
  }

  /** Takes offences out of their scopes, to be released at the end of the file. */
  private keep(offences: readonly Offence[]): void {
    for (const offence of offences) {
      const { resource } = offence;
      resource.judged = true;
      resource.scope.remove(resource);
      this.judged.push(offence);
    }
  }

  private toVerdicts(offences: readonly Offence[]): Verdicts {
    const verdicts: Verdicts = new Map();
    if (offences.length === 0) return verdicts;
    const leaks = new Map(offences.map((offence) => [offence, this.writer.write(offence)]));
    const blamed = offences.filter((offence) => !this.isAllowed(offence, leaks.get(offence)!));
    for (const offence of offences) this.causes.add(offence, leaks.get(offence)!.place);
    const told = this.toldUnder(blamed);
    this.keep(offences);
    const parts = this.partsIn(new Set(offences.map(({ resource }) => resource.scope)));
    const tell = (part: Resource): Leak => {
      part.judged = true; // what it leads to is a consequence of its whole
      return this.writer.write({ resource: part, details: detailsOf(part) });
    };
    for (const [root, others] of told) {
      const { resource } = root;
      const leak: Leak = {
        ...leaks.get(root)!,
        others: [
          ...others.map((offence) => leaks.get(offence)!),
          ...[root, ...others].flatMap((member) => (parts.get(member.resource) ?? []).map(tell)),
        ],
      };
      this.resourceOf.set(leak, resource);
      const found = verdicts.get(resource.scope);
      if (found === undefined) verdicts.set(resource.scope, [leak]);
      else found.push(leak);
    }
    return verdicts;
  }

  /** The offences that stand alone, each with those that are told under it. */
  private toldUnder(blamed: readonly Offence[]): Map<Offence, Offence[]> {
    let failed: readonly Offence[] | undefined;
    const leftByFailed = (): readonly Offence[] => (failed ??= this.abandonedOffences());
    const roots = blamed.map((offence) => this.causes.rootOf(offence, leftByFailed));
    const told = new Map<Offence, Offence[]>();
    for (const [i, offence] of blamed.entries()) if (roots[i] === offence) told.set(offence, []);
    for (const [i, offence] of blamed.entries()) if (roots[i] !== offence) told.get(roots[i]!)?.push(offence);
    return told;
  }

  /** What in the scopes is a part, by its whole. */
  private partsIn(scopes: Iterable<Scope>): Map<Resource, Resource[]> {
    const parts = new Map<Resource, Resource[]>();
    for (const scope of scopes) {
      for (const part of scope.resources()) {
        if (part.whole === undefined || !this.isPart(part)) continue;
        const known = parts.get(part.whole);
        if (known === undefined) parts.set(part.whole, [part]);
        else known.push(part);
      }
    }
    return parts;
  }

  private isAllowed({ resource }: Offence, leak: Leak): boolean {
    const allowances: Allowance[] = [];
    for (let scope: Scope | undefined = resource.scope; scope !== undefined; scope = scope.parent) {
      allowances.push(...scope.allowances);
    }
    allowances.push(...this.options.allow); // the nearest first
    const allowance = this.tally.find(allowances, leak);
    if (allowance === undefined) return false;
    this.allowed.add(resource);
    this.allowedLeaks.push({ leak, allowance, scope: resource.scope });
    return true;
  }
}
