/**
 * When things happened in this process: kept only if somebody wants to see the run in time. No clock is read as a resource is
 * born: async ids rise, so what was born between two tests has an id between theirs.
 */
import type { Aftermath, Allowed, Leak, Scope, Tracker, Verdicts } from '../../tracker/index.js';
import { newestId } from '../../tracker/test-hooks.js';
import type { FileTimes } from '../../report/record.js';
import type { LeakTimes, OpenTimes, Range } from '../../report/outputs/times.js';

let read: (() => number) | undefined;

/** Ms since 1970, to the tenth of a ms; unlike the time of day, it never jumps. First called before any test may fake it. */
export const clock = (): number => tenths((read ??= realClock())());

/** Loaded only here, because Node loads node:perf_hooks only for those who use it. */
function realClock(): () => number {
  const { performance } = process.getBuiltinModule('node:perf_hooks');
  const now = performance.now.bind(performance);
  const { timeOrigin } = performance;
  return () => timeOrigin + now();
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

interface Span {
  readonly began: number;
  ended: number | undefined;
}

export class Moments {
  private readonly tracker: Tracker;
  /** The newest async id at each moment that we know; both rise. */
  private readonly ids: number[] = [];
  private readonly times: number[] = [];
  private readonly spans = new Map<Scope, Span>();
  private readonly verdicts = new Map<Leak, number>();

  constructor(tracker: Tracker) {
    this.tracker = tracker;
  }

  /** Notes this moment, and returns it. */
  private mark(): number {
    const time = clock();
    this.ids.push(newestId(this.tracker));
    this.times.push(time);
    return time;
  }

  /** A file, a test hook, or an attempt of a test begins. */
  began(scope: Scope): void {
    this.spans.set(scope, { began: this.mark(), ended: undefined });
  }

  /** An attempt is over. */
  ended(scope: Scope): void {
    const span = this.spans.get(scope);
    if (span !== undefined) span.ended ??= this.mark();
  }

  /** Scopes have been judged. */
  judged(verdicts: Verdicts, allowed: readonly Allowed[]): void {
    const now = clock();
    for (const leak of [...verdicts.values()].flat())
      for (const each of [leak, ...leak.others]) this.verdicts.set(each, now);
    // The new ones are at the end.
    for (let i = allowed.length - 1; i >= 0 && !this.verdicts.has(allowed[i]!.leak); i--)
      this.verdicts.set(allowed[i]!.leak, now);
  }

  /** Attempts in the order in which they began. */
  inOrder(attempts: readonly Scope[]): Scope[] {
    return attempts.toSorted((a, b) => this.beganAt(a) - this.beganAt(b));
  }

  /**
   * When a file and its tests ran, as it is recorded.
   * @param attempts the scopes of its tests, in order.
   */
  ofFile(file: Scope, attempts: readonly Scope[]): FileTimes {
    const ended = clock();
    const tests = attempts.map((scope) => ({
      name: scope.name,
      began: this.beganAt(scope),
      ended: this.spans.get(scope)?.ended ?? ended,
      ...(scope.abandoned && { failed: true as const }),
    }));
    const { threadId } = process.getBuiltinModule('node:worker_threads');
    const worker = `${process.pid}-${threadId}`;
    // Several files in one process are all loaded before the first test of any, and recorded after the last.
    const [first] = file.parent === undefined ? [] : tests;
    if (first === undefined) return { worker, began: this.beganAt(file), ended, tests };
    return { worker, began: first.began, ended: Math.max(...tests.map((test) => test.ended)), tests };
  }

  /**
   * When a leak happened; undefined if it was not judged here.
   * @param members the leak, and what is told under it.
   * @param isLast whether what is open is released next, and does not go on through other files of the process.
   * @param attempts the scopes of the tests of its file, in order.
   */
  ofLeak(
    [leak, ...others]: readonly [Leak, ...Leak[]],
    scope: Scope,
    isLast: boolean,
    attempts: readonly Scope[],
  ): LeakTimes | undefined {
    const judged = this.verdicts.get(leak);
    if (judged === undefined) return undefined;
    const test = attempts.indexOf(scope);
    const told = new Set<Aftermath>();
    const timesOf = (each: Leak): OpenTimes => this.openTimes(each, scope, isLast, judged, told);
    return {
      ...(test >= 0 && { test }),
      ...timesOf(leak),
      judged,
      ...(others.length > 0 && { others: others.map(timesOf) }),
    };
  }

  /** @param told what was done after the test by what has been told already: what one led to shares it. */
  private openTimes(
    leak: Leak,
    owner: Scope,
    isLast: boolean,
    judged: number,
    told: Set<Aftermath>,
  ): OpenTimes {
    const { id, scope = owner, isOpen = false, aftermath } = this.tracker.sinceOf(leak) ?? {};
    const callbacks = aftermath === undefined || told.has(aftermath) ? [] : aftermath.times.map(tenths);
    if (aftermath !== undefined) told.add(aftermath);
    const times = { opened: this.opened(id, scope, judged), callbacks };
    const now = clock();
    if (!isOpen) return { ...times, released: [Math.max(judged, callbacks.at(-1) ?? judged), now] };
    return isLast ? { ...times, released: [now, now] } : times;
  }

  /** Between which two known moments a leak was opened: at the earliest as its scope began. */
  private opened(id: number | undefined, scope: Scope, judged: number): Range {
    const { ids, times } = this;
    const least = this.beganAt(scope);
    // What is no resource of Node's has an id of ours, which says nothing.
    const after = id === undefined || id < 0 ? 0 : firstAbove(ids, id);
    const from = Math.max(times[after - 1] ?? least, least);
    // A socket that was taken from a pool is older than its scope.
    const to = (times[after] ?? 0) >= from ? times[after] : this.spans.get(scope)?.ended;
    return [from, Math.min(to ?? judged, judged)];
  }

  private beganAt(scope: Scope): number {
    return this.spans.get(scope)?.began ?? this.times[0]!;
  }

  forget(): void {
    this.spans.clear();
    this.verdicts.clear();
  }
}

/** The index of the first number above another, of numbers that rise. */
function firstAbove(numbers: readonly number[], least: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! > least) to = middle;
    else from = middle + 1;
  }
  return from;
}
