/**
 * The engine, for whoever writes an adapter for a test framework: open a scope, run the user's code in it,
 * judge it. Knows no framework.
 */

import { Tally, type Allowance } from '../allowances.js';
import type { Leak } from '../leak.js';
import { embedder } from '../kinds.js';
import { OPEN, REFED } from '../probes.js';
import { createContext, type Context } from './context.js';
import { Frames, type RoleOf } from './frames.js';
import { collectGarbage } from './garbage.js';
import { Hook } from './hook.js';
import { release } from './release.js';
import type { Resource, Site } from './resource.js';
import { Scope, type ScopeKind } from './scope.js';
import { settle, stateOf, turn } from './settle.js';
import { causesOf, detailsOf, LeakWriter, type Offence } from './verdict.js';

export type { RoleOf } from './frames.js';
export { Scope, type ScopeKind } from './scope.js';

export interface TrackerOptions {
  /** Absolute path of the test file. */
  readonly file: string;
  /** ms, at most, that one judgement waits; also the longest one-shot timer that is waited for. */
  readonly grace: number;
  /** Frames kept per resource. */
  readonly stackDepth: number;
  /** Judge unref'd resources too. */
  readonly includeUnref: boolean;
  /** What a package is to the test framework. */
  readonly roleOf: RoleOf;
  /** Allowances for the whole project. */
  readonly allow: readonly Allowance[];
}

/** What a judgement found, by scope; scopes without leaks are missing. */
export type Verdicts = Map<Scope, Leak[]>;

/** Follows the resources of one test file, from `createTracker` until `dispose`. */
export class Tracker {
  readonly file: Scope;
  /** What is made in it is nobody's, and never judged. */
  readonly nobody: Scope = new Scope('nobody', '', undefined);

  private readonly context: Context = createContext();
  private readonly hook: Hook;
  private readonly frames: Frames;
  private readonly writer: LeakWriter;
  private readonly running = new Set<Scope>();
  private readonly tally = new Tally();
  /** Judged and not closed: released at the end of the file. */
  private readonly judged: Offence[] = [];
  private readonly disable: () => void;
  private readonly allowed = new Set<Resource>();
  private readonly lateScopes = new Set<Scope>();
  private machinery: Scope | undefined;

  private readonly options: TrackerOptions;

  constructor(options: TrackerOptions) {
    this.options = options;
    this.file = new Scope('file', options.file, undefined);
    this.frames = new Frames(options.roleOf);
    this.hook = new Hook({
      context: this.context,
      stackDepth: options.stackDepth,
      fallback: () => (this.running.size === 1 ? this.running.values().next().value! : this.file),
      nobody: this.nobody,
      machinery: () => this.machinery,
    });
    this.writer = new LeakWriter(this.frames, (resource) => this.siteOf(resource));
    this.disable = this.hook.enable();
  }

  /** The last fault of ours in a hook, if any. */
  get fault(): unknown {
    return this.hook.fault;
  }

  /** Opens a scope within another; `hook` names the hook of a suite or file whose scope it is. */
  open(kind: Exclude<ScopeKind, 'nobody'>, name: string, parent: Scope = this.file, hook?: string): Scope {
    return new Scope(kind, name, parent, hook);
  }

  /** Runs `fn` in a scope; what it makes, through any number of awaits and callbacks, belongs to the scope. */
  run<T>(scope: Scope, fn: () => T): T {
    return this.context.run(scope, fn);
  }

  /** Makes the file the scope of all that the running async function does from now on, until it ends. */
  enterFile(): void {
    this.context.enter(this.file);
  }

  /** The scope whose code runs now; undefined outside of any. */
  current(): Scope | undefined {
    const scope = this.context.current()?.scope;
    return scope?.kind === 'nobody' ? undefined : scope;
  }

  /** From now on what runs directly in the file's scope is mostly the framework itself. */
  startRun(): void {
    this.machinery = this.file;
  }

  /** An attempt of a test begins: it may own what is born outside any context. */
  start(scope: Scope): void {
    this.running.add(scope);
  }

  /** It is over. */
  stop(scope: Scope): void {
    this.running.delete(scope);
  }

  /**
   * Judges scopes together, with one grace and one snapshot. What it judges is never judged again; what they
   * come to own later is found through `late`. Without suspects it waits for nothing.
   */
  async judge(scopes: readonly Scope[]): Promise<Verdicts> {
    const judged = scopes.filter((scope) => !scope.abandoned && !this.isClean(scope));
    const verdicts =
      judged.length === 0 ? new Map() : await this.run(this.nobody, () => this.convict(judged));
    for (const scope of scopes) this.close(scope);
    return verdicts;
  }

  /** Whether a scope owns nothing that is open, so that there is nothing to judge. */
  isClean(scope: Scope): boolean {
    this.hook.decide();
    for (let resource = scope.first; resource !== undefined; resource = resource.next) {
      if (this.isOpen(resource)) return false;
    }
    return true;
  }

  /** Closes a scope that owns nothing; what it comes to own later is found through `late`. */
  pass(scope: Scope): void {
    this.close(scope);
  }

  /** Takes a scope out of judgement: its test failed by itself, or was skipped, or is tried again. */
  abandon(scope: Scope): void {
    scope.abandoned = true;
    this.close(scope);
  }

  /** The scopes that came to own something after their verdict, and have not been abandoned. */
  get late(): Scope[] {
    return [...this.lateScopes].filter((scope) => scope.live > 0 && !scope.abandoned);
  }

  /** How many open resources are left by tests that failed by themselves. */
  countAbandoned(): number {
    return this.abandonedOffences().length;
  }

  /** What of a scope is open or in flight right now, without a verdict: what a timed out test waited for. */
  inspect(scope: Scope): Leak[] {
    this.hook.decide();
    return scope
      .resources()
      .filter((resource) => stateOf(resource, this.options.grace) !== 0 && this.isCandidate(resource))
      .map((resource) => this.writer.write({ resource, details: detailsOf(resource) }));
  }

  /** Lets nothing that the file left behind keep the process: timers are cleared, handles unref'd. */
  release(): void {
    for (const { resource } of this.judged) release(resource, this.allowed.has(resource));
    for (const resource of this.hook.live.values()) {
      if (resource.scope !== this.nobody && this.isOpen(resource) && !this.isMachinery(resource))
        release(resource, false);
    }
  }

  /** Stops following and forgets everything. */
  dispose(): void {
    this.disable();
    this.judged.length = 0;
    this.running.clear();
    this.lateScopes.clear();
    this.allowed.clear();
  }

  private close(scope: Scope): void {
    scope.late = this.lateScopes;
    scope.recent = [];
    if (scope.live > 0) this.lateScopes.add(scope);
    else this.lateScopes.delete(scope);
  }

  private async convict(scopes: readonly Scope[]): Promise<Verdicts> {
    const offences: Offence[] = [];
    await settle(scopes, {
      grace: this.options.grace,
      includeUnref: this.options.includeUnref,
      isCandidate: (resource) => this.isCandidate(resource),
      convict: (resource) => offences.push({ resource, details: detailsOf(resource) }),
    });
    return this.toVerdicts(await this.withoutUnreachable(offences));
  }

  private isOpen(resource: Resource): boolean {
    const wanted = this.options.includeUnref ? OPEN : OPEN | REFED;
    return (stateOf(resource, this.options.grace) & wanted) === wanted;
  }

  private abandonedOffences(): Offence[] {
    return [...this.lateScopes]
      .filter((scope) => scope.abandoned)
      .flatMap((scope) => scope.resources())
      .filter((resource) => this.isOpen(resource) && this.isCandidate(resource))
      .map((resource) => ({ resource, details: detailsOf(resource) }));
  }

  private isCandidate(resource: Resource): boolean {
    return !this.isPart(resource) && !this.isMachinery(resource);
  }

  /** A part shares the verdict of a whole that is still there. */
  private isPart(resource: Resource): boolean {
    const { whole, row } = resource;
    if (whole === undefined || !this.hook.live.has(whole.id)) return false;
    return this.frames.of(this.siteOf(resource)).some(({ file }) => file === row.partOf?.module);
  }

  private isMachinery(resource: Resource): boolean {
    const frames = this.frames.of(this.siteOf(resource));
    if (frames.length > 0) return this.frames.isMachinery(this.siteOf(resource));
    return resource.cause.depth > 0 && this.isMachinery(resource.cause as Resource);
  }

  private siteOf(resource: Resource): Site | undefined {
    if (!resource.row.weak) return resource.site;
    const { object } = resource;
    return object === undefined ? undefined : this.hook.weakSites.get(object);
  }

  /** Drops the `AsyncResource`s that the collector can take. Stacks pin what they show, so they are read first. */
  private async withoutUnreachable(offences: Offence[]): Promise<Offence[]> {
    if (!offences.some(({ resource }) => resource.row === embedder)) return offences;
    for (const resource of this.hook.live.values()) this.frames.of(this.siteOf(resource));
    for (const { resource } of offences) for (const site of resource.scope.recent) this.frames.of(site);
    // A reference that was looked at lives until the end of the job.
    await turn();
    // Twice: a collection that was under way takes what was made since it began for alive.
    for (let i = 0; i < 2; i++) {
      collectGarbage();
      await turn();
    }
    return offences.filter(({ resource }) => resource.row !== embedder || resource.object !== undefined);
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
    if (offences.length === 0) return new Map();
    const leaks = new Map(offences.map((offence) => [offence, this.writer.write(offence)]));
    const blamed = offences.filter((offence) => !this.isAllowed(offence, leaks.get(offence)!));
    const covered = offences.filter((offence) => !blamed.includes(offence));
    const earlier = [...this.judged, ...this.abandonedOffences(), ...covered];
    const causes = causesOf(blamed, earlier, (resource) => this.allowed.has(resource));
    this.keep(offences);
    const verdicts: Verdicts = new Map();
    for (const root of blamed) {
      if (causes.get(root) !== root) continue;
      const others = blamed.filter((offence) => offence !== root && causes.get(offence) === root);
      const members = [root, ...others];
      const told = [
        ...others.map((offence) => leaks.get(offence)!),
        ...members.flatMap((member) => this.partsOf(member)),
      ];
      const { scope } = root.resource;
      verdicts.set(scope, [...(verdicts.get(scope) ?? []), { ...leaks.get(root)!, others: told }]);
    }
    return verdicts;
  }

  private partsOf({ resource }: Offence): Leak[] {
    return resource.scope
      .resources()
      .filter((part) => part.whole === resource && this.isPart(part))
      .map((part) => this.writer.write({ resource: part, details: detailsOf(part) }));
  }

  private isAllowed({ resource }: Offence, leak: Leak): boolean {
    const allowances = [...this.options.allow];
    for (let scope: Scope | undefined = resource.scope; scope !== undefined; scope = scope.parent) {
      allowances.push(...scope.allowances);
    }
    const allowed = this.tally.allows(allowances, leak);
    if (allowed) this.allowed.add(resource);
    return allowed;
  }
}

/** Starts to follow the resources of a test file. */
export function createTracker(options: TrackerOptions): Tracker {
  return new Tracker(options);
}
