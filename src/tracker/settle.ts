/**
 * Waits for what is on its way out, and for nothing else (spec, "When it is judged"). Returns what stays.
 *
 * Verdicts must not hang on the clock, nor on what other tests leak. So the end of the wait is counted in what we
 * meant to sleep, not in what has passed, and in looks at once, a one-shot timer is waited for by its nominal delay,
 * and what is visibly in use is convicted as soon as nothing is on its way out: the timeout of a closing handshake,
 * armed in `afterAll`, goes when the socket of a test has gone; an interval that stands alone is not waited for.
 */
import timers from 'node:timers';

import { CLEARED, IN_USE, timeout, type TimerInternals } from '../probes.js';
import type { Cause, Resource } from './resource.js';
import type { Scope, ScopeWatcher } from './scope.js';
import { isSuspicious, stateOf } from './state.js';

// Taken now: later a test may have faked them.
const { setImmediate, setTimeout } = timers;
const now = performance.now.bind(performance);

export interface SettleOptions {
  /** ms, at most, for all the scopes together; also the longest one-shot timer that is waited for. */
  readonly grace: number;
  readonly includeUnref: boolean;
  /** Whether it is to be judged at all: not what the framework made. */
  readonly isCandidate: (resource: Resource) => boolean;
  /** Whether something in the scope is not up yet: what that is to close, or to unref, cannot have happened. */
  readonly isStarting: (scope: Scope) => boolean;
  /** Whose callback was the last to begin. */
  readonly lastRun: () => Resource | undefined;
  /** Called the moment a resource is convicted, while there is still something to read of it. */
  readonly convict: (resource: Resource) => void;
}

/** Turns of the event loop before the first sleep; `destroy` of a closed handle takes 2 to 4. */
const TURNS = 4;
/** ms: the longest sleep between two looks. */
const LONGEST_SLEEP = 10;
/** Graces after which nothing more is waited for, whatever it is: no wait of ours may be endless. */
const MOST_GRACES = 40;
/** Looks, at least, however short the grace. */
const FEWEST_LOOKS = 12;
/** ms by which a sleep may be late of itself, for timers are rounded. */
const ROUNDING = 2;

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Sleeps so many ms, and returns how many of them count. A sleep that ends much later was held up, by a blocked event loop or
 * by a machine that has no time for us; nor has it then for what we wait for, a child process that ends, say.
 */
async function sleep(ms: number): Promise<number> {
  const start = now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return Math.min(now() - start, ms + ROUNDING);
}

/** Calls `convict` for each resource of the scopes that stays open; resolves when all verdicts are known. */
export async function settle(scopes: readonly Scope[], options: SettleOptions): Promise<void> {
  const settling = new Settling(scopes, options);
  for (const scope of scopes) scope.watcher = settling;
  try {
    await settling.outlast();
  } finally {
    for (const scope of scopes) scope.watcher = undefined;
  }
  settling.collect();
}

class Settling implements ScopeWatcher {
  private readonly scopes: readonly Scope[];
  private readonly options: SettleOptions;
  private readonly convicted = new Set<Resource>();
  /** By scope, when something was last seen starting: until then the grace has not begun. */
  private readonly begun = new Map<Scope, { readonly slept: number; readonly looks: number }>();
  /**
   * One-shot timers over the grace, and timers in use that outlive their turn only because others are waited for.
   * Meanwhile such a timer may be cleared, with the socket that it guards, say; to fire does not save it.
   */
  private readonly borrowing = new Set<Resource>();
  /** Those that nothing of their own scope is waited for: once they have fired, no clearing saves them either. */
  private readonly overdue = new Set<Resource>();
  /** Scopes in which something else than timers was on its way out at the last look. */
  private busy = new Set<Scope>();
  private readonly due: DueTimes;

  constructor(scopes: readonly Scope[], options: SettleOptions) {
    this.scopes = scopes;
    this.options = options;
    this.due = new DueTimes(options.grace);
  }

  /** Where the loop is blocked, a timer may be armed and fire between two looks. */
  added(scope: Scope, resource: Resource): void {
    if (!isOneShot(resource)) return;
    const isTooLate = this.due.isTooLate(resource, this.options.lastRun());
    if (isTooLate && !this.busy.has(scope)) this.borrow(resource);
  }

  convict(resource: Resource): void {
    if (this.convicted.has(resource) || !this.options.isCandidate(resource)) return;
    this.convicted.add(resource);
    this.options.convict(resource);
  }

  /** Convicts the timers that fired on borrowed time. */
  collect(): void {
    for (const timer of this.borrowing)
      if (timer.ran && (this.overdue.has(timer) || !isCleared(timer))) this.convict(timer);
  }

  private borrow(timer: Resource): void {
    if (this.borrowing.has(timer)) return;
    this.borrowing.add(timer);
    timer.ran = false;
  }

  /** Waits for what is on its way out, and convicts what stays. */
  async outlast(): Promise<void> {
    const { due } = this;
    const { grace } = this.options;
    const started = now();
    for (const { resource, inUse } of this.open()) {
      due.isAwaited(resource, undefined); // what it arms in the turns to come is due after it
      if (resource.row.probe !== timeout) this.busy.add(resource.scope);
      if (inUse && isOneShot(resource)) this.borrow(resource);
    }
    for (let i = 0; i < TURNS; i++) {
      // One is enough to wait for: asking whose a resource is formats its stack, and most go meanwhile.
      if (this.suspects().next().done === true) return;
      await turn();
    }
    let suspects = [...this.suspects()];
    const longest = MOST_GRACES * Math.max(grace, LONGEST_SLEEP * FEWEST_LOOKS);
    let slept = 0;
    for (let looks = 0, ms = 1; suspects.length > 0; looks++, ms = Math.min(ms * 2, LONGEST_SLEEP)) {
      const isEndless = now() - started >= longest;
      for (const scope of scopesOf(suspects))
        if (this.options.isStarting(scope)) this.begun.set(scope, { slept, looks });
      const awaited = suspects.filter(
        ({ resource, inUse }) =>
          !inUse &&
          !isEndless &&
          (due.isAwaited(resource, slept) ?? !this.isExpired(resource.scope, slept, looks)),
      );
      const waiting = scopesOf(awaited);
      this.busy = scopesOf(awaited.filter(({ resource }) => resource.row.probe !== timeout));
      const staying: Suspect[] = [];
      for (const suspect of suspects) {
        const { resource, inUse } = suspect;
        if (waiting.has(resource.scope)) continue;
        if (!inUse || waiting.size === 0) staying.push(suspect);
        else if (resource.row.probe === timeout) {
          this.borrow(resource);
          this.overdue.add(resource);
        }
      }
      await this.convictStaying(staying);
      if (waiting.size === 0) return;
      slept += await sleep(ms);
      suspects = [...this.suspects()];
    }
  }

  /**
   * A handle that has just been closed still says that it is open, until the loop has turned; and the timer that goes
   * with it is still armed.
   */
  private async convictStaying(suspects: readonly Suspect[]): Promise<void> {
    const mayGo = ({ resource, inUse }: Suspect): boolean => inUse || resource.row.kind === 'handle';
    for (const suspect of suspects) if (!mayGo(suspect)) this.convict(suspect.resource);
    const going = suspects.filter(mayGo);
    if (going.length === 0) return;
    for (let i = 0; i < TURNS; i++) await turn();
    const still = new Set([...this.open()].map(({ resource }) => resource));
    for (const { resource } of going) if (still.has(resource)) this.convict(resource);
  }

  private isExpired(scope: Scope, slept: number, looks: number): boolean {
    const since = this.begun.get(scope);
    return slept - (since?.slept ?? 0) >= this.options.grace && looks - (since?.looks ?? 0) >= FEWEST_LOOKS;
  }

  private *suspects(): Generator<Suspect> {
    for (const suspect of this.open()) if (this.options.isCandidate(suspect.resource)) yield suspect;
  }

  private *open(): Generator<Suspect> {
    const { grace, includeUnref } = this.options;
    for (const scope of this.scopes) {
      for (const resource of scope.resources()) {
        const state = stateOf(resource, grace);
        if (isSuspicious(state, includeUnref) && !this.convicted.has(resource))
          yield { resource, inUse: (state & IN_USE) !== 0 };
      }
    }
  }
}

const scopesOf = (suspects: readonly Suspect[]): Set<Scope> =>
  new Set(suspects.map(({ resource }) => resource.scope));

function isOneShot({ row, object }: Resource): boolean {
  return row.probe === timeout && (object as TimerInternals)._repeat === null;
}

/** ms, nominally. */
function delayOf({ object }: Resource): number {
  return Math.max(1, (object as TimerInternals)._idleTimeout ?? 1);
}

/** By a call, and not by running out. */
function isCleared({ object, delay }: Resource): boolean {
  return (object === undefined ? delay : (object as TimerInternals)._idleTimeout) === CLEARED;
}

interface Suspect {
  readonly resource: Resource;
  readonly inUse: boolean;
}

/** When short timers are due, in ms since the judgement began, by their nominal delays. */
class DueTimes {
  private readonly times = new Map<Cause, number>();
  private readonly starts = new Map<Resource, number | undefined>();

  private readonly grace: number;

  constructor(grace: number) {
    this.grace = grace;
  }

  /**
   * Whether a timer is still to be waited for: one that the judgement found, always; one that was armed by
   * another since, as long as their delays add up to the grace. Takes the ms slept since the judgement found
   * its first suspects, undefined for those. Undefined for what is no timer.
   */
  isAwaited(resource: Resource, slept: number | undefined): boolean | undefined {
    if (resource.row.probe !== timeout) return undefined;
    const { _idleStart: start } = resource.object as TimerInternals;
    const delay = delayOf(resource);
    let time = this.times.get(resource);
    if (time === undefined) time = slept === undefined ? delay : (this.after(resource) ?? slept + delay);
    // One that refreshes itself stays the same timer, and starts anew.
    else if (this.starts.has(resource) && this.starts.get(resource) !== start) time += delay;
    this.times.set(resource, time);
    this.starts.set(resource, start);
    return time <= this.grace;
  }

  /**
   * Whether a timer that is just being armed by an awaited one is due after the grace: in its callback, or in an async
   * function that has waited for it, which goes on in the context that it began to wait in.
   */
  isTooLate(timer: Resource, lastRun: Resource | undefined): boolean {
    const time = this.after(timer) ?? this.afterAwait(timer, lastRun);
    if (time === undefined) return false;
    this.times.set(timer, time);
    return time > this.grace;
  }

  private afterAwait(timer: Resource, lastRun: Resource | undefined): number | undefined {
    const time = lastRun?.scope === timer.scope ? this.times.get(lastRun) : undefined;
    return time === undefined ? undefined : time + delayOf(timer);
  }

  /** Due after the awaited timer that it descends from, if any; the links in between took as long as it will. */
  private after(timer: Resource): number | undefined {
    for (let cause = timer.cause; cause.depth > 0; cause = (cause as Resource).cause) {
      const time = this.times.get(cause);
      if (time !== undefined) return time + (timer.hops - cause.hops) * delayOf(timer);
    }
    return undefined;
  }
}
