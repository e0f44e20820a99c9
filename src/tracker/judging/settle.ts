/**
 * Waits for what is on its way out, and for nothing else (spec, "When it is judged"). Returns what stays.
 *
 * Verdicts must not depend on the clock, nor on what other tests leak. So we measure the wait by the time we meant to sleep, not
 * by the time that has passed, and by looks; a timer is waited for by its nominal delay, and what is created meanwhile shares the
 * time of what it descends from (lineage.ts). What is visibly in use is convicted as soon as nothing is on its way out: the
 * timeout of a closing handshake, armed in `afterAll`, goes when the socket of a test has gone; an interval that stands alone is
 * not waited for.
 */
import timers from 'node:timers';

import { IN_USE } from '../../resources/probes.js';
import { Lineage } from './lineage.js';
import type { Resource, Scope, ScopeWatcher } from '../resource.js';
import { isOver, isSuspicious, stateOf } from './state.js';
import { isCleared, isOneShot, isTimed, isTimeout, now } from './timers.js';

// Taken now: later a test may have faked them.
const { setImmediate, setTimeout } = timers;

export interface SettleOptions {
  /** The longest wait for all the scopes together, in ms; also the longest one-shot timer that is waited for. */
  readonly grace: number;
  readonly includeUnref: boolean;
  /** Whether a resource is judged at all: not if the framework made it. */
  readonly isCandidate: (resource: Resource) => boolean;
  /** Whether the garbage collector may end it, for example by taking the response that holds it. */
  readonly isCollectable: (resource: Resource) => boolean;
  /** Whether all of these are known, so that nobody waits for them. */
  readonly areKnown: (suspects: readonly Resource[]) => boolean;
  /** Whether an allowance covers it. */
  readonly mayLinger: (resource: Resource) => boolean;
  /** Collects all garbage. */
  readonly collect: () => Promise<void>;
  /** The resource whose callback was the last to begin. */
  readonly lastRun: () => Resource | undefined;
  /** Whether a file handle is being closed: a loop that reopens it has nothing else open meanwhile. */
  readonly isClosing: () => boolean;
  /** Called at once, while its details can still be read; `root` is the start of its chain, if that began meanwhile. */
  readonly convict: (resource: Resource, root: Resource | undefined) => void;
}

/** Turns of the event loop before the first sleep; `destroy` of a closed handle takes 2 to 4. */
const TURNS = 4;
/** The longest sleep between two looks, in ms. */
const LONGEST_SLEEP = 10;
// mutation: machine graces
/** Graces for what only the speed of the machine limits. */
const MACHINE_GRACES = 4;
/** Graces by the clock after which we wait for nothing more, whatever it is: no wait of ours may be endless. */
const MOST_GRACES = 40;
/** The fewest looks, however short the grace. */
const FEWEST_LOOKS = 12;
/** The look at which garbage is collected, if only the collector can end a suspect: most have gone by then. */
const COLLECTING_LOOK = 2;
/** How late a sleep may end on its own, in ms, because timers are rounded. */
const ROUNDING = 2;

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Sleeps `ms`, and returns how much of it counts. A sleep that ends much later was held up, by a blocked event loop or by a
 * machine that has no time for us; then it has no time either for what we wait for, such as a child process that ends.
 */
async function sleep(ms: number): Promise<number> {
  const start = now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return Math.min(now() - start, ms + ROUNDING);
}

/** Calls `convict` for each resource of the scopes that stays open; resolves when all verdicts are known. */
export async function settle(scopes: readonly Scope[], options: SettleOptions): Promise<void> {
  const settling = new Settling(scopes, options);
  for (const scope of scopes) {
    scope.watcher = settling;
    scope.traced = true;
  }
  try {
    await settling.outlast();
  } finally {
    for (const scope of scopes) scope.watcher = undefined;
  }
  settling.collect();
}

interface Suspect {
  readonly resource: Resource;
  readonly inUse: boolean;
}

class Settling implements ScopeWatcher {
  private readonly scopes: readonly Scope[];
  private readonly options: SettleOptions;
  private readonly lineage: Lineage;
  private readonly convicted = new Set<Resource>();
  /**
   * One-shot timers over the grace, and timers in use that outlive their turn only because others are waited for. Meanwhile such
   * a timer may be cleared, for example with the socket that it guards; firing does not save it.
   */
  private readonly borrowing = new Set<Resource>();
  /** Those in scopes that wait for nothing of their own: once they have fired, no clearing saves them either. */
  private readonly overdue = new Set<Resource>();
  /** Scopes in which something other than timers was on its way out at the last look. */
  private busy = new Set<Scope>();
  /** How much had been slept when something in a scope was last seen to be limited only by the machine. */
  private readonly busyAt = new Map<Scope, number>();
  /** Parts whose whole has ended, and how much had been slept when that was seen. */
  private readonly orphaned = new Map<Resource, number>();
  private slept = 0;
  private looks = 0;
  /** How much had been slept when garbage was collected for the second time, before a verdict that depends on it. */
  private collectedAt: number | undefined;

  constructor(scopes: readonly Scope[], options: SettleOptions) {
    this.scopes = scopes;
    this.options = options;
    this.lineage = new Lineage(scopes, options);
  }

  /** While the event loop is blocked, a timer may be armed and fire between two looks. */
  added(scope: Scope, resource: Resource): void {
    this.lineage.add(resource, this.slept);
    if (!isOneShot(resource) || this.busy.has(scope) || this.lineage.isStray(resource)) return;
    if (this.lineage.momentOf(resource) > this.options.grace) this.borrow(resource);
  }

  ran(resource: Resource): void {
    this.lineage.ran(resource);
  }

  private convict(resource: Resource): void {
    if (this.convicted.has(resource) || !this.options.isCandidate(resource)) return;
    if (this.isReportedAlready(resource) || this.isPassing(resource)) return;
    this.convicted.add(resource);
    this.options.convict(resource, this.lineage.rootOf(resource));
  }

  /**
   * A chain that renews itself is reported once: not again if it descends from a convicted resource that has ended, or is over
   * itself and a convicted one descends from it. A link that may linger does not stand for one that may not.
   */
  private isReportedAlready(resource: Resource): boolean {
    const { lineage, convicted } = this;
    const tells = (each: Resource): boolean =>
      !this.options.mayLinger(each) || this.options.mayLinger(resource);
    const tellsAndIsOver = (each: Resource): boolean => convicted.has(each) && isOver(each) && tells(each);
    if (lineage.ancestorOf(resource, tellsAndIsOver) !== undefined) return true;
    if (!isOver(resource)) return false;
    const isOfResource = (each: Resource): boolean =>
      lineage.ancestorOf(each, (ancestor) => ancestor === resource) !== undefined;
    return [...convicted].some((each) => isOfResource(each) && tells(each));
  }

  /** Whether an interval that may linger has just created it: it has time to end, and else the end of the file finds it. */
  private isPassing(resource: Resource): boolean {
    if (this.slept - this.lineage.bornAt(resource) >= this.options.grace / 2) return false;
    const goesOn = (each: Resource): boolean => !isOver(each) && this.options.mayLinger(each);
    return this.lineage.ancestorOf(resource, goesOn) !== undefined && !this.options.mayLinger(resource);
  }

  /** Convicts the timers that fired on borrowed time. */
  collect(): void {
    for (const timer of this.borrowing)
      if (timer.ran && (this.overdue.has(timer) || !isCleared(timer))) this.convict(timer);
    this.lineage.convict(this.convicted);
  }

  private borrow(timer: Resource): void {
    if (this.borrowing.has(timer)) return;
    this.borrowing.add(timer);
    timer.ran = false;
  }

  /** Waits for what is on its way out, and convicts what stays. */
  async outlast(): Promise<void> {
    // fault: as suspects are waited for
    const started = now();
    for (const { resource, inUse } of this.open()) {
      this.lineage.momentOf(resource); // so that a refresh is seen
      if (!isTimeout(resource)) this.busy.add(resource.scope);
      if (inUse && isOneShot(resource)) this.borrow(resource);
    }
    for (let i = 0; i < TURNS; i++) {
      // One is reason enough to wait: finding out whose a resource is formats its stack, and most go meanwhile.
      if (this.suspects().next().done === true && !this.isRenewed()) return;
      await turn();
    }
    const all = [...this.suspects()].map(({ resource }) => resource);
    if (this.options.areKnown(all)) return void all.map((each) => this.convict(each));
    const longest = MOST_GRACES * Math.max(this.options.grace, LONGEST_SLEEP * FEWEST_LOOKS);
    for (let ms = 1; ; this.looks++, ms = Math.min(ms * 2, LONGEST_SLEEP)) {
      const suspects = [...this.suspects()];
      const renewed = this.isRenewed();
      if (suspects.length === 0 && !renewed) return;
      if (this.looks === COLLECTING_LOOK) await this.collectFor(suspects);
      const isEndless = now() - started >= longest;
      const waiting = await this.look(suspects, isEndless);
      if (waiting === 0) {
        if (!renewed && !this.isRenewed()) return;
        if (isEndless || (this.looks >= FEWEST_LOOKS && this.slept >= this.options.grace))
          return this.convictRenewed();
      }
      this.slept += await sleep(ms);
    }
  }

  /** Convicts the suspects of scopes that have nothing to wait for. Returns how many scopes have. */
  private async look(suspects: readonly Suspect[], isEndless: boolean): Promise<number> {
    this.seeBusy(scopesOf(suspects));
    const awaited = suspects.filter((suspect) => !isEndless && this.isAwaited(suspect));
    const waiting = scopesOf(awaited);
    this.busy = scopesOf(awaited.filter(({ resource }) => !isTimeout(resource)));
    const staying: Suspect[] = [];
    for (const suspect of suspects) {
      const { resource, inUse } = suspect;
      if (waiting.has(resource.scope)) continue;
      if (!inUse || waiting.size === 0) staying.push(suspect);
      else if (isTimeout(resource)) {
        this.borrow(resource);
        this.overdue.add(resource);
      }
    }
    if (!isEndless && (await this.isReprieved(staying))) return 1;
    await this.convictStaying(staying);
    return waiting.size;
  }

  private isAwaited({ resource, inUse }: Suspect): boolean {
    // mutation: awaited
    if (inUse) return false;
    const { grace } = this.options;
    const moment = this.lineage.momentOf(resource);
    if (isTimed(resource)) return moment <= grace && this.slept < (1 + MACHINE_GRACES) * grace;
    // Not more than the grace, because what an interval keeps creating is created later and later.
    const since = this.slept - Math.max(Math.min(moment, grace), this.orphanedAt(resource));
    if (this.looks < FEWEST_LOOKS || since < grace) return true;
    // What is started again and again is limited by more than the machine.
    if (since >= MACHINE_GRACES * grace || this.lineage.isRenewal(resource)) return false;
    const busyAt = this.busyAt.get(resource.scope);
    return busyAt !== undefined && this.slept - busyAt < grace;
  }

  /**
   * Notes in which scopes something is limited only by the machine just now. What that will close, or unref, once it is up or has
   * ended has to wait for it, too.
   */
  private seeBusy(scopes: Iterable<Scope>): void {
    const isBusy = (resource: Resource): boolean => {
      const { row, object } = resource;
      if (row.boundByMachine === undefined || object === undefined) return false;
      return !this.lineage.isRenewal(resource) && row.boundByMachine(object);
    };
    for (const scope of scopes) if (scope.resources().some(isBusy)) this.busyAt.set(scope, this.slept);
  }

  /** A pipe of a child goes only after the child has. */
  private orphanedAt(resource: Resource): number {
    if (resource.whole === undefined || this.lineage.isBorn(resource)) return 0;
    const since = this.orphaned.get(resource) ?? this.slept;
    this.orphaned.set(resource, since);
    return since;
  }

  /** Collects garbage for suspects that only the collector can end. */
  private async collectFor(suspects: readonly Suspect[]): Promise<boolean> {
    if (!suspects.some(({ resource }) => this.options.isCollectable(resource))) return false;
    // mutation: collection
    await this.options.collect();
    return true;
  }

  /** Before a verdict on what the garbage collector may end, collects once more, and gives what goes then its grace. */
  private async isReprieved(staying: readonly Suspect[]): Promise<boolean> {
    if (this.collectedAt === undefined) {
      if (!(await this.collectFor(staying))) return false;
      this.collectedAt = this.slept;
    }
    return (
      this.slept - this.collectedAt < this.options.grace &&
      staying.some(({ resource }) => this.options.isCollectable(resource))
    );
  }

  /**
   * A handle that has just been closed still says that it is open, until the loop has turned; and the timer that goes
   * with it is still armed.
   */
  private async convictStaying(suspects: readonly Suspect[]): Promise<void> {
    const mayGo = ({ resource, inUse }: Suspect): boolean =>
      inUse || (resource.row.kind === 'handle' && !this.lineage.isBorn(resource));
    for (const suspect of suspects) if (!mayGo(suspect)) this.convict(suspect.resource);
    const going = suspects.filter(mayGo);
    if (going.length === 0) return;
    for (let i = 0; i < TURNS; i++) await turn();
    const still = new Set([...this.open()].map(({ resource }) => resource));
    for (const { resource } of going) if (still.has(resource)) this.convict(resource);
  }

  /** Whether a chain that began with a suspect goes on: since the last look it created something that keeps the process alive. */
  private isRenewed(): boolean {
    // mutation: renewal
    return this.takeRenewed() !== undefined || this.options.isClosing();
  }

  private takeRenewed(): Resource | undefined {
    return this.lineage.takeBorn((resource) => this.options.isCandidate(resource));
  }

  /** Convicts what is still being renewed: what is open of it, because that shows more, else the last one created. */
  private async convictRenewed(): Promise<void> {
    let last: Resource | undefined;
    for (let i = 0; i < FEWEST_LOOKS; i++) {
      for (let j = 0; j < TURNS; j++) {
        await turn();
        const open = [...this.suspects()].filter(({ resource }) => this.lineage.isBorn(resource));
        for (const { resource } of open) this.convict(resource);
        if (open.some(({ resource }) => !this.options.mayLinger(resource))) return;
      }
      const born = this.takeRenewed();
      if (born === undefined && !this.options.isClosing()) return;
      last = born ?? last;
      await sleep(1);
    }
    if (last !== undefined) this.convict(last);
  }

  private *suspects(): Generator<Suspect> {
    for (const suspect of this.open()) if (this.options.isCandidate(suspect.resource)) yield suspect;
  }

  private *open(): Generator<Suspect> {
    const { grace, includeUnref } = this.options;
    for (const scope of this.scopes) {
      for (const resource of scope.resources()) {
        if (this.convicted.has(resource) || this.lineage.isStray(resource)) continue;
        const state = stateOf(resource, grace);
        if (!isSuspicious(state, includeUnref)) continue;
        this.lineage.found(resource);
        yield { resource, inUse: (state & IN_USE) !== 0 };
      }
    }
  }
}

const scopesOf = (suspects: readonly Suspect[]): Set<Scope> =>
  new Set(suspects.map(({ resource }) => resource.scope));
