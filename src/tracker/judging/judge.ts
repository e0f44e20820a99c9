/** Judges scopes: waits for what may still close, and decides which of the rest are leaks, and whose. */
import { Tally, type Allowance } from '../allowances.js';
import { groupBy } from '../group-by.js';
import type { Leak, Place } from '../leak.js';
import { noteReported } from './leftovers.js';
import { Causes, ends, otherEnds } from '../mistakes/causes.js';
import { Clients, isBeginning } from '../mistakes/clients.js';
import { LeakWriter } from '../mistakes/leak-writer.js';
import { callersIn, toMistakes, type Finding } from '../mistakes/mistakes.js';
import { Places } from '../mistakes/place.js';
import { Told } from '../mistakes/told.js';
import { collectGarbage } from './garbage.js';
import { withoutUnreachable } from './reachable.js';
import type { AsyncHook } from '../events/hook.js';
import { detailsOf, toOffence, type Offence } from './offence.js';
import { note, release, unref } from './release.js';
import { causesOf, encloses, fileOf, type Resource, type Scope, type Since } from '../resource.js';
import { settle, turn } from './settle.js';
import { toPlace } from '../stacks/frames.js';
import { isLeaving } from './state.js';
import type { Site } from '../stacks/site.js';
import type { SuspectOptions, Suspects } from './suspects.js';

/** What a judgement found, by scope; scopes without leaks are missing. */
export type Verdicts = Map<Scope, Leak[]>;

/** A leak, and the scope that has it. */
export interface Owned {
  readonly leak: Leak;
  readonly scope: Scope;
}

/** A leak that may linger, and the allowance that says so. */
export interface Allowed extends Owned {
  readonly allowance: Allowance;
}

export interface JudgeOptions extends SuspectOptions {
  /** Allowances for the whole project. */
  readonly allow: readonly Allowance[];
  /** Whether leaks are known already, all together; nobody waits for those. */
  readonly areKnown?: (leaks: readonly Owned[]) => boolean;
  /** Where the test or the hook of a scope is defined, if that is known: the unread stack of the call, or a place. */
  readonly definitionOf?: (scope: Scope) => Site | Place | undefined;
}

export class Judge {
  private readonly options: JudgeOptions;
  private readonly hook: AsyncHook;
  private readonly suspects: Suspects;
  /** What tests that failed by themselves have left open. */
  private readonly leftByFailed: () => Offence[];
  private readonly places: Places;
  private readonly clients: Clients;
  private readonly writer: LeakWriter;
  readonly tally: Tally = new Tally();
  allowedLeaks: Allowed[] = [];
  /** Judged and not closed: released at the end of the file. */
  private readonly judged: Offence[] = [];
  private readonly allowed = new Set<Resource>();
  private readonly told = new Told();
  private readonly causes = this.createCauses();
  private readonly resourceOf = new WeakMap<Leak, Resource>();

  constructor(options: JudgeOptions, hook: AsyncHook, suspects: Suspects, leftByFailed: () => Offence[]) {
    this.options = options;
    this.hook = hook;
    this.suspects = suspects;
    this.leftByFailed = leftByFailed;
    this.places = new Places(suspects.frames, (resource) => suspects.siteOf(resource));
    this.clients = new Clients(this.places);
    this.writer = new LeakWriter(
      suspects.frames,
      this.places,
      this.clients,
      (resource) => suspects.isHeldByResponse(resource),
      (scope) => this.options.definitionOf?.(scope),
    );
  }

  /** Waits for what is on its way out, and takes what stays open out of the scopes. */
  async judge(scopes: readonly Scope[]): Promise<Verdicts> {
    const { suspects, options } = this;
    this.clients.clear();
    const offences: Offence[] = [];
    let outer: readonly Resource[] | undefined;
    await settle(scopes, {
      grace: options.grace,
      includeUnref: options.includeUnref,
      isCandidate: (resource) =>
        !this.isConsequence(resource) &&
        suspects.isCandidate(resource) &&
        !this.isOfClient(resource, (outer ??= this.outerOf(scopes))),
      isCollectable: (resource) => suspects.isHeldByResponse(resource),
      areKnown: (found) => this.areKnown(found),
      mayLinger: (resource) => this.mayLinger(resource),
      collect: () => this.collect(scopes),
      lastRun: () => this.hook.registry.lastRun.resource,
      isClosing: () => scopes.some((scope) => this.hook.registry.fileHandles.isClosingIn(scope)),
      convict: (resource, root) => offences.push(toOffence(resource, root)),
    });
    // Before garbage is collected, because that takes time: what they create meanwhile is their consequence, too.
    for (const { resource } of offences) resource.judged = true;
    return this.toVerdicts(await withoutUnreachable(offences, (owners) => this.collect(owners)));
  }

  /** Offences as leaks, without a verdict. */
  read(offences: readonly Offence[]): Leak[] {
    return offences.map((offence) => this.writer.write(offence));
  }

  /** What a scope has open or in flight right now, without a verdict: what a timed-out test was waiting for. */
  inspect(scope: Scope): Leak[] {
    this.clients.clear();
    return this.suspects
      .openIn(scope)
      .map((offence) => this.writer.write(offence))
      .filter(({ place }) => place !== undefined); // else nobody would recognize it
  }

  /** Releases what was judged, and whatever else is open and not `nobody`'s. Returns whether there was anything. */
  release(nobody: Scope): boolean {
    // fault: as what is left is released
    const { judged, allowed } = this;
    const peers = new Set(judged.flatMap(({ details }) => otherEnds(details) ?? []));
    // A server that globalSetup opened is nobody's, but not the connections to it that the file has left open.
    const isLeft = (resource: Resource): boolean =>
      resource.row.release?.close !== undefined &&
      peers.size > 0 &&
      peers.has(ends(detailsOf(resource)) ?? '');
    const { holding, idle } = this.suspects.leftOver(nobody, isLeft);
    const left = new Set(holding);
    for (const { resource } of judged) left.add(resource);
    for (const resource of allowed) if (left.delete(resource)) unref(resource);
    // Also what has ended since: a chain that renews itself may have nothing open just now.
    for (const words of this.told.words()) noteReported(words);
    note(idle);
    release(
      [...left],
      [...this.hook.registry.live.values()].filter(({ row }) => row.kind === 'request'),
    );
    return left.size + allowed.size > 0;
  }

  /** Gives back the allowances that a scope has used, because the scope does not count. */
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
    this.told.clear();
    this.causes.clear();
  }

  /** Remembers of which resource a leak tells. */
  private known(leak: Leak, resource: Resource): Leak {
    this.resourceOf.set(leak, resource);
    return leak;
  }

  /** What is known of the resource of a leak since its verdict. */
  sinceOf(leak: Leak): Since | undefined {
    const resource = this.resourceOf.get(leak);
    if (resource === undefined) return undefined;
    const { id, scope, aftermath } = resource;
    return { id, scope, isOpen: this.hook.registry.live.has(id), aftermath };
  }

  /** Whether all of these would be told as leaks that are known, or not at all. What is about to end is waited for all the same. */
  private areKnown(found: readonly Resource[]): boolean {
    const { areKnown } = this.options;
    if (areKnown === undefined || found.length === 0) return false;
    if (found.some((each) => isLeaving(each, this.options.grace) || this.suspects.isHeldByResponse(each)))
      return false;
    const offences = found.map((resource) => toOffence(resource));
    const leaks = new Map(offences.map((offence) => [offence, this.writer.write(offence)]));
    const causes = this.createCauses();
    for (const offence of offences) causes.add(offence, leaks.get(offence)!.place);
    // Under an earlier leak, such as the other end of a connection, it is told no more.
    const isLead = (offence: Offence): boolean =>
      [causes, this.causes].every((each) => each.rootOf(offence, this.leftByFailed) === offence);
    const leads = offences.filter(isLead);
    const mistakes = toMistakes(leads.map((offence) => this.toFinding(offence)));
    const told = mistakes.map((mistake) => {
      const [leak, ...others] = mistake.findings.map(({ offence }) => leaks.get(offence)!);
      const { scope } = mistake.findings[0]!.offence.resource;
      return { leak: { ...leak!, ...this.writer.headOf(mistake), others }, scope };
    });
    return areKnown(told);
  }

  private createCauses(): Causes {
    return new Causes(
      (resource) => this.allowed.has(resource),
      (resource) => this.suspects.wholeOf(resource),
    );
  }

  /**
   * Whether it is a consequence of something reported, so that it is not reported again. What was allowed covers only itself; but
   * it may go on after its file, and what it makes then depends on other files, which may have a fake clock, say.
   */
  private isConsequence({ culprit, scope }: Resource): boolean {
    return culprit?.scope === scope && (!this.allowed.has(culprit) || fileOf(scope).over);
  }

  /** What is open in the scopes around those that are judged: a client there may go on to open things in a test. */
  private outerOf(scopes: readonly Scope[]): Resource[] {
    const isOuter = (resource: Resource): boolean =>
      !resource.judged &&
      !scopes.includes(resource.scope) &&
      scopes.some((scope) => encloses(resource.scope, scope)) &&
      this.suspects.isSuspect(resource);
    return [...this.hook.registry.live.values()].filter(isOuter);
  }

  /**
   * Whether a call opened it that only used a client which an enclosing scope has open: it is judged with that scope, at the end of
   * the file.
   */
  private isOfClient(resource: Resource, outer: readonly Resource[]): boolean {
    if (outer.length === 0) return false;
    const client = this.clients.of(resource);
    if (client === undefined || isBeginning(client)) return false;
    return outer.some(
      (other) =>
        encloses(other.scope, resource.scope) &&
        this.suspects.isCandidate(other) &&
        this.clients.of(other)?.package === client.package,
    );
  }

  /** Collects everything out of reach. Stacks keep alive what they show, so they are read first. */
  private async collect(scopes: Iterable<Scope>): Promise<void> {
    for (const resource of this.hook.registry.live.values()) {
      for (const each of [resource, ...causesOf(resource)]) this.places.stackOf(each);
    }
    for (const scope of scopes) for (const { site } of scope.recent) this.suspects.frames.of(site);
    // A reference that was looked at keeps its target until the end of the job.
    await turn();
    collectGarbage();
    await turn();
  }

  /** Takes offences out of their scopes, to be released at the end of the file. */
  private keep(offences: readonly Offence[]): void {
    for (const offence of offences) {
      const { resource } = offence;
      resource.scope.remove(resource);
      this.judged.push(offence);
    }
  }

  private toVerdicts(offences: readonly Offence[]): Verdicts {
    const verdicts: Verdicts = new Map();
    if (offences.length === 0) return verdicts;
    this.clients.clear();
    const leaks = new Map(offences.map((offence) => [offence, this.writer.write(offence)]));
    const blamed = offences.filter((offence) => !this.isAllowed(offence, leaks.get(offence)!));
    for (const offence of offences) this.causes.add(offence, leaks.get(offence)!.place);
    for (const offence of blamed) this.told.note(offence.resource, leaks.get(offence)!);
    const groups = this.groupsOf(blamed);
    const mistakes = this.told.withoutTold(
      toMistakes([...groups.keys()].map((offence) => this.toFinding(offence))),
    );
    this.keep(offences);
    const parts = this.partsIn(new Set(offences.map(({ resource }) => resource.scope)));
    const tell = (part: Resource): Leak => {
      part.judged = true; // what it leads to is a consequence of its whole
      return this.known(this.writer.write(toOffence(part)), part);
    };
    for (const mistake of mistakes) {
      const callers = callersIn(mistake.findings);
      const members = mistake.findings.flatMap((finding) => {
        const { offence, client } = finding;
        const caller = toPlace(callers.get(finding));
        const own = { ...leaks.get(offence)!, ...(caller !== undefined && { caller }) };
        const isOther = client !== undefined && client.package !== mistake.client?.package;
        const leak = isOther ? { ...own, client: this.writer.wordsOf(client, [finding]) } : own;
        const under = groups.get(offence)!;
        const all = [offence, ...under].flatMap((each) => (parts.get(each.resource) ?? []).map(tell));
        const told = under.map((each) => this.known(leaks.get(each)!, each.resource));
        return [this.known(leak, offence.resource), ...told, ...all];
      });
      const { resource } = mistake.findings[0]!.offence;
      const head = { ...members[0]!, ...this.writer.headOf(mistake), others: members.slice(1) };
      const leak = this.known(head, resource);
      const found = verdicts.get(resource.scope);
      if (found === undefined) verdicts.set(resource.scope, [leak]);
      else found.push(leak);
    }
    return verdicts;
  }

  private toFinding(offence: Offence): Finding {
    const { resource } = offence;
    const { located, closer } = this.places.of(resource);
    const client = this.writer.isUnread(resource) ? undefined : this.clients.of(resource);
    return { offence, located, closer: closer?.line, client };
  }

  /** The offences that stand alone, each with those that are reported under it. */
  private groupsOf(blamed: readonly Offence[]): Map<Offence, Offence[]> {
    let failed: readonly Offence[] | undefined;
    const leftByFailed = (): readonly Offence[] => (failed ??= this.leftByFailed());
    const roots = blamed.map((offence) => this.causes.rootOf(offence, leftByFailed));
    const groups = new Map<Offence, Offence[]>();
    for (const [i, offence] of blamed.entries()) if (roots[i] === offence) groups.set(offence, []);
    for (const [i, offence] of blamed.entries())
      if (roots[i] !== offence) groups.get(roots[i]!)?.push(offence);
    return groups;
  }

  /** The parts in the scopes, by their wholes. */
  private partsIn(scopes: Iterable<Scope>): Map<Resource, Resource[]> {
    const all = [...scopes].flatMap((scope) => scope.resources());
    return groupBy(all, (part) => (this.suspects.isPart(part) ? part.whole : undefined));
  }

  /** The allowances that apply in a scope, nearest first. */
  private allowancesIn(scope: Scope): Allowance[] {
    const allowances: Allowance[] = [];
    for (let each: Scope | undefined = scope; each !== undefined; each = each.parent)
      allowances.push(...each.allowances);
    allowances.push(...this.options.allow);
    return allowances;
  }

  /** Whether an allowance would cover it, if it were convicted now. */
  private mayLinger(resource: Resource): boolean {
    const allowances = this.allowancesIn(resource.scope);
    if (allowances.length === 0) return false;
    return this.tally.find(allowances, this.writer.write(toOffence(resource))) !== undefined;
  }

  private isAllowed({ resource }: Offence, leak: Leak): boolean {
    const allowance = this.tally.find(this.allowancesIn(resource.scope), leak);
    if (allowance === undefined) return false;
    this.tally.use(allowance);
    this.allowed.add(resource);
    this.allowedLeaks.push({ leak: this.known(leak, resource), allowance, scope: resource.scope });
    return true;
  }
}
