/**
 * Fake clocks that move by themselves. Vitest, Jest and sinon share the library that makes them, @sinonjs/fake-timers, which
 * moves a clock by a real interval. Node reports this interval like any other, in the scope and at the line that installed the
 * clock. So we wrap nothing that users see: when a test begins or ends, we check whether the globals belong to a fake clock. If
 * so, its interval stands for the clock from then on, and the clock is over once the interval is cleared.
 */
import type { FakeCallback, HeldClock } from '../../resources/probes.js';
import { fakeClock } from '../../resources/simulated-kinds.js';
import type { Scope, Tracker } from '../../tracker/index.js';

type Queue = (...args: unknown[]) => unknown;

/** The functions that queue a callback in a clock; the global of the same name has the clock as its property `clock`. */
const QUEUES = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'requestAnimationFrame',
  'requestIdleCallback',
] as const;

/** What we read of a clock (@sinonjs/fake-timers 10 to 15). */
interface Clock extends Partial<Record<(typeof QUEUES)[number], Queue>> {
  /** The globals that it has replaced: none once it is taken down. */
  methods?: readonly string[];
  /** How it moves: "manual" if it stands still. Missing in versions in which that cannot change after it is installed. */
  tickMode?: { readonly mode?: string };
  /** The callbacks in it, by id: in some versions a Map, in others an object; undefined until there is one. */
  timers?: ReadonlyMap<number, FakeCallback> | Readonly<Record<number, FakeCallback>>;
  /** What `setInterval` returned for the real interval that moves it: an object of Node's, in jsdom a number. */
  attachedInterval?: unknown;
  /** It is running callbacks. */
  duringTick?: boolean;
}

/** Follows the clocks that are installed in the globals of a file's tests. */
export function followFakeClocks(globals: object, tracker: Tracker): void {
  let known: unknown;
  tracker.atBoundaries(() => {
    const clock = installedIn(globals);
    const interval = clock?.attachedInterval;
    // mutation: fake clock
    if (clock === undefined || interval === undefined || interval === known) return;
    known = interval;
    tracker.standIn(interval, 'FakeClock', fakeClock, (scope) => new FollowedClock(clock, scope, tracker));
  });
}

type Globals = Readonly<Partial<Record<(typeof QUEUES)[number], { readonly clock?: unknown }>>>;

/** One by one: this runs as each test begins, and looping over the names would take twenty times as long. */
function installedIn(globals: Globals): Clock | undefined {
  const clock =
    globals.setTimeout?.clock ??
    globals.setInterval?.clock ??
    globals.setImmediate?.clock ??
    globals.requestAnimationFrame?.clock ??
    globals.requestIdleCallback?.clock;
  return typeof clock === 'object' && clock !== null ? clock : undefined;
}

/** A test, or the suite or the file that a hook runs for. */
const holderOf = (scope: Scope): Scope => (scope.hook === undefined ? scope : scope.parent!);

/** A clock, and which of its callbacks belong to the test or the suite that installed it. */
class FollowedClock implements HeldClock {
  private readonly clock: Clock;
  private readonly interval: unknown;
  private readonly scope: Scope;
  private readonly tracker: Tracker;
  /** Ids of the callbacks that its scope has queued. */
  private readonly own = new Set<number>();
  /** Others have queued callbacks, too. */
  private shared = false;
  private atDeadline: readonly FakeCallback[] | undefined;

  constructor(clock: Clock, scope: Scope, tracker: Tracker) {
    this.clock = clock;
    this.interval = clock.attachedInterval;
    this.scope = scope;
    this.tracker = tracker;
    // The clock has just been installed: nobody else has had the time to queue anything.
    for (const id of this.queued().keys()) this.own.add(id);
    this.watchQueues();
  }

  get isMoving(): boolean {
    const { methods = [], tickMode, attachedInterval } = this.clock;
    return methods.length > 0 && attachedInterval === this.interval && tickMode?.mode !== 'manual';
  }

  /** Once its scope is being judged, a callback that fires still counts. */
  get callbacks(): readonly FakeCallback[] {
    if (this.atDeadline !== undefined) return this.atDeadline;
    const held = [...this.queued()].flatMap(([id, callback]) => (this.own.has(id) ? [callback] : []));
    if (this.tracker.isJudging(this.scope)) this.atDeadline = held;
    return held;
  }

  /**
   * Keeps it from holding the process. It goes on moving, because the framework may have something in it, too, if it replaces
   * `process.nextTick`. In jsdom the framework closes the window.
   */
  unref(): void {
    (this.interval as Partial<NodeJS.Timeout>).unref?.();
  }

  private queued(): Map<number, FakeCallback> {
    const { timers = {} } = this.clock;
    // Not by `instanceof`: the Map may be of another realm.
    return 'entries' in timers
      ? new Map(timers.entries())
      : new Map(Object.entries(timers).map(([id, callback]) => [Number(id), callback]));
  }

  /** From now on notes who queues. Fake timers read these functions at each call, and ours have the same names. */
  private watchQueues(): void {
    for (const name of QUEUES) {
      const queue = this.clock[name];
      if (typeof queue !== 'function') continue;
      const { note } = this;
      const watched: Queue = function (this: unknown, ...args) {
        const handle = queue.apply(this, args);
        note(Number(handle));
        return handle;
      };
      this.clock[name] = Object.defineProperties(watched, Object.getOwnPropertyDescriptors(queue));
    }
  }

  private readonly note = (id: number): void => {
    const by = this.tracker.current();
    if (by === undefined || holderOf(by) !== holderOf(this.scope)) this.shared = true;
    else if (!this.isAmbiguous()) this.own.add(id);
  };

  /**
   * The clock runs its callbacks in the context of whoever installed it. If tests have queued callbacks in a suite's clock, what
   * a callback queues may be theirs.
   */
  private isAmbiguous(): boolean {
    return this.clock.duringTick === true && this.shared && this.scope.kind !== 'test';
  }
}
