/** One test file under detection: opens scopes, runs the user's code in them, and judges them. */
import type { Allowance } from './allowances.js';
import type { Row } from '../resources/kinds.js';
import { Latecomers } from './latecomers.js';
import type { Leak, Place } from './leak.js';
import { noteStackEnd } from './judging/leftovers.js';
import type { Context } from './context/context.js';
import { createContext } from './context/index.js';
import { toPlace } from './stacks/frames.js';
import { AsyncHook, type Followed } from './events/hook.js';
import { Judge, type Allowed, type JudgeOptions, type Verdicts } from './judging/judge.js';
import type { Offence } from './judging/offence.js';
import { OVERFLOW } from './events/overflow.js';
import { Scope, type ScopeKind, type ScopeWatcher, type Since } from './resource.js';
import { Running } from './running.js';
import type { Site } from './stacks/site.js';
import { Suspects } from './judging/suspects.js';

/** A constant of its own: a bundler may turn the import into a getter, which would be a call (see overflow.ts). */
const STACK_ENDED = OVERFLOW;

export interface TrackerOptions extends JudgeOptions {
  /** Absolute path of the test file. */
  readonly file: string;
  /** Frames kept per resource. */
  readonly stackDepth: number;
  /** Read as what has escaped its scope calls back; missing if nobody wants to know. */
  readonly clock?: (() => number) | undefined;
}

/** Whether a file has left something behind in this process that may go on for as long as the process does. */
let hasLeftovers = false;
/** Disables the async hook that the previous tracker left enabled. */
let endOutliving: (() => void) | undefined;

/** Follows the resources of one test file, from `createTracker` until `dispose`. */
export class Tracker {
  readonly file: Scope;
  /** What is created in this scope belongs to nobody, and is never judged. */
  readonly nobody: Scope = new Scope('nobody', '', undefined);

  private readonly context: Context = createContext();
  private readonly hook: AsyncHook;
  private readonly suspects: Suspects;
  private readonly judgement: Judge;
  private readonly running = new Running();
  private readonly disable: () => void;
  private readonly latecomers = new Latecomers();
  private machinery: Scope | undefined;
  /** The scopes whose judgement is under way. */
  private readonly judging = new Set<Scope>();
  private look: (() => void) | undefined;

  constructor(options: TrackerOptions) {
    this.file = new Scope('file', options.file, undefined);
    this.hook = new AsyncHook({
      context: this.context,
      stackDepth: options.stackDepth,
      fallback: () => this.running.owner(this.file),
      nobody: this.nobody,
      running: this.running.scopes,
      isWaiting: () => this.judging.size > 0 && this.running.scopes.size === 0,
      machinery: () => this.machinery,
      clock: options.clock,
    });
    this.suspects = new Suspects(options, this.hook);
    this.judgement = new Judge(options, this.hook, this.suspects, () => this.leftByFailed());
    this.heed(options.allow);
    endOutliving?.();
    endOutliving = undefined;
    this.disable = this.hook.enable();
  }

  /** Our own last fault in an async hook, if any. */
  get fault(): unknown {
    return this.hook.fault;
  }

  /** Types of resources that came up but are not in the table: they are judged by their `hasRef()`. */
  get unknownTypes(): ReadonlySet<string> {
    return this.hook.unknownTypes;
  }

  /** Whether Node hooks promises: for somebody else's async hook, or because this Node cannot leave them out. */
  get hooksPromises(): boolean {
    return this.hook.hooksPromises;
  }

  /** Whether `AsyncResource`s are followed. They are not if this Node does not mark those that the garbage collector may end. */
  get followsEmbedders(): boolean {
    return this.hook.marksCollectable;
  }

  /** Opens a scope within another; `hook` is the name of the test hook that it is for. */
  open(kind: Exclude<ScopeKind, 'nobody'>, name: string, parent: Scope = this.file, hook?: string): Scope {
    if (kind === 'file' && hook === undefined) this.running.hasFiles = true;
    return new Scope(kind, name, parent, hook);
  }

  /** Adds allowances to a scope. */
  allow(scope: Scope, allowances: readonly Allowance[]): void {
    scope.allow(allowances);
    this.heed(allowances);
  }

  private heed(allowances: readonly Allowance[]): void {
    if (allowances.some(({ from, package: name }) => from !== undefined || name !== undefined))
      this.hook.keepFrames();
  }

  /** Runs `fn` in a scope: whatever it creates, through any number of awaits and callbacks, belongs to the scope. */
  run<T>(scope: Scope, fn: () => T): T {
    // mutation: ownership
    return this.context.run(scope, fn);
  }

  /** Runs `fn`, which arms a timer of the framework: the timer is not followed, but its callback runs in the present context. */
  unheeded<T>(fn: () => T): T {
    return this.hook.unheeded(fn);
  }

  /**
   * The framework is about to arm a timer of `delay` ms of its own, as the timeout of a test: that timer is not followed.
   * Undefined once the framework has armed it, or if it will not.
   */
  expectTimer(delay: number | undefined): void {
    this.hook.expectTimer(delay);
  }

  /**
   * Follows something that no async hook reports, from now until its `end`, as a resource of whichever scope runs now. Takes its
   * type and row, what the row's probe is to read, and the function above which its stack begins.
   */
  follow(type: string, row: Row, target: object, below: (...args: never[]) => void): Followed {
    return this.hook.follow(type, row, target, below);
  }

  /**
   * Calls `look` whenever a test begins, whenever one ends with something open, and before each verdict, to look for what neither
   * Node nor the framework reports.
   */
  atBoundaries(look: () => void): void {
    this.look = () => {
      try {
        look();
      } catch (error) {
        this.hook.fault = error;
      }
    };
  }

  /**
   * From now on follows what an interval drives instead of the interval itself, if that is followed.
   * @param handle what `setInterval` returned: in jsdom a number, which only jsdom can read.
   * @param make takes the scope that the interval belongs to, and returns what the row's probe is to read.
   */
  standIn(handle: unknown, type: string, row: Row, make: (scope: Scope) => object): void {
    const { suspects, hook } = this;
    if (typeof handle === 'object' && handle !== null) {
      const interval = suspects.findTimer(handle);
      if (interval !== undefined) hook.registry.standIn(interval, type, row, make(interval.scope));
    } else {
      const { timer, first } = suspects.findDriving() ?? {};
      if (timer !== undefined) hook.registry.standAbove(timer, first!, type, row, make(timer.scope));
    }
  }

  /** Whether a scope is being judged just now: its deadline has come. */
  isJudging(scope: Scope): boolean {
    return this.judging.has(scope);
  }

  /** Makes a scope the owner of everything that the running async function does from now on, until it ends. */
  enter(scope: Scope): void {
    this.context.enter(scope);
  }

  /**
   * Calls `fn`, inside the async hook, when a scope that has just been opened comes to own its first resource; if the stack
   * overflows in `fn`, calls it again with the next one. Anything else that it throws is a fault of ours.
   */
  whenUsed(scope: Scope, fn: () => void): void {
    const watcher: ScopeWatcher = {
      added: () => {
        scope.watcher = undefined;
        try {
          fn();
        } catch (error) {
          // No call here: see overflow.ts.
          if ((error as Error).message === STACK_ENDED) scope.watcher = watcher;
          else this.hook.fault = error;
        }
      },
    };
    scope.watcher = watcher;
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

  /** An attempt of a test begins: it may own resources that are created outside any context. */
  start(scope: Scope): void {
    this.look?.();
    this.running.scopes.add(scope);
  }

  /** An attempt of a test is over. */
  stop(scope: Scope): void {
    scope.over = true;
    if (scope.live > 0) {
      this.look?.();
      scope.keepSites();
    }
    this.running.scopes.delete(scope);
  }

  /**
   * Judges scopes together, with one grace and one snapshot. What it judges is never judged again; `late` has the scopes that
   * come to own something later. Does not wait if there are no suspects.
   */
  async judge(scopes: readonly Scope[]): Promise<Verdicts> {
    if (scopes.some(({ live }) => live > 0)) this.look?.();
    const judged = scopes.filter((scope) => !scope.abandoned && !this.isClean(scope));
    const verdicts = judged.length === 0 ? new Map() : await this.settle(judged);
    for (const scope of scopes) this.close(scope);
    return verdicts;
  }

  private async settle(scopes: readonly Scope[]): Promise<Verdicts> {
    for (const scope of scopes) {
      this.judging.add(scope);
      scope.keepSites();
    }
    try {
      return await this.run(this.nobody, () => this.judgement.judge(scopes));
    } finally {
      for (const scope of scopes) this.judging.delete(scope);
    }
  }

  /** Whether a scope owns nothing that is open, so that there is nothing to judge. */
  isClean(scope: Scope): boolean {
    // fault: as a test is looked at
    this.hook.registry.decide();
    if (this.hook.registry.fileHandles.isClosingIn(scope)) return false;
    for (let resource = scope.first; resource !== undefined; resource = resource.next) {
      if (this.suspects.isSuspect(resource)) return false;
    }
    return true;
  }

  /** Takes a scope out of judgement: its test failed by itself, or was skipped, or is tried again. */
  abandon(scope: Scope): void {
    scope.abandoned = true;
    this.close(scope);
  }

  /** Takes an attempt out of judgement for good: another one counts in its place. */
  supersede(scope: Scope): void {
    scope.superseded = true;
    this.judgement.giveBack(scope);
    this.abandon(scope);
  }

  /** The scopes that came to own something after their verdict, and have not been abandoned. */
  get late(): Scope[] {
    return this.latecomers.late(this.hook.registry.fileHandles.closings.values());
  }

  /** What a scope has open or in flight right now, without a verdict: what a timed-out test was waiting for. */
  inspect(scope: Scope): Leak[] {
    this.hook.registry.decide();
    return this.judgement.inspect(scope);
  }

  /** What was allowed to linger so far, and by which allowance. */
  get allowed(): readonly Allowed[] {
    return this.judgement.allowedLeaks;
  }

  /** Whether an allowance has covered anything yet. */
  isUsed(allowance: Allowance): boolean {
    return this.judgement.tally.isUsed(allowance);
  }

  /** What is known of the resource of a leak that was found here since its verdict. */
  sinceOf(leak: Leak): Since | undefined {
    return this.judgement.sinceOf(leak);
  }

  private leftByFailed(): Offence[] {
    return this.latecomers.abandoned().flatMap((scope) => this.suspects.in(scope));
  }

  /** What was left open by tests that failed by themselves, in those scopes that are `wanted`; at most `most` of it as leaks. */
  leftIn(wanted: (scope: Scope) => boolean, most: number): { count: number; leaks: Leak[] } {
    const isCounted = ({ resource: { scope } }: Offence): boolean => !scope.superseded && wanted(scope);
    const left = this.leftByFailed().filter(isCounted);
    return { count: left.length, leaks: this.judgement.read(left.slice(0, most)) };
  }

  /** The user's line in a captured stack. */
  placeOf(site: Site): Place | undefined {
    return toPlace(this.suspects.frames.placeOf(site));
  }

  /** Keeps what the file left behind from holding the process: clears timers, unrefs handles. */
  release(): void {
    if (this.hook.stackEnded) noteStackEnd();
    if (this.judgement.release(this.nobody)) hasLeftovers = true;
  }

  /**
   * Stops following and forgets everything. What this or an earlier file left behind may still call back and arm timers: those
   * are let go of too, from now on here, and then by the tracker of the next file.
   */
  dispose(): void {
    this.file.gone = true;
    this.look = undefined;
    if (hasLeftovers) {
      this.hook.outlive();
      endOutliving = this.disable;
    } else {
      this.disable();
    }
    this.judgement.clear();
    this.running.scopes.clear();
    this.latecomers.clear();
  }

  /** Closes a scope that has its verdict, or owns nothing; if it comes to own something later, `late` has it. */
  close(scope: Scope): void {
    scope.traced = true;
    scope.forgetSites();
    this.latecomers.watch(scope);
  }
}
