/** Records the results of a test file, for the reporter of the run. */
import { dirname } from 'node:path';

import { formatAllowance, type Allowance } from '../config/allowances.js';
import { meantType } from '../resources/slips.js';
import type { Leak } from '../tracker/leak.js';
import { groupBy } from '../tracker/group-by.js';
import {
  ownerKey,
  type FileRecord,
  type LeftLine,
  type RecordedAllowance,
  type RecordedLeak,
} from '../report/record.js';
import type { AfterItsTest } from '../report/shown.js';
import type { LeakTimes } from '../report/outputs/times.js';
import { codeOf, countedIn, KnownLeaks, type KnownLeak } from '../report/baseline.js';
import type { Scope, Site, Tracker } from '../tracker/index.js';
import { TimedTracker } from './times/timed-tracker.js';

/** The most used allowances of the same text that are recorded with a place, per file: reading a place takes its time. */
const MOST_USED = 50;

export interface RecorderOptions {
  /** Absolute path of the test file. */
  readonly file: string;
  /** The name of the project in the run, if it has one. */
  readonly project: string | undefined;
  readonly mode: string;
  readonly update: boolean;
  /** Absolute path of the baseline, if there is one. */
  readonly baseline: string | undefined;
  /** What the baseline holds. */
  readonly known: readonly KnownLeak[];
  /** Allowances for the whole project. */
  readonly allow: readonly Allowance[];
}

/** The most resources of failed tests whose lines are read. */
const MOST_READ = 100;

function linesOf(leaks: readonly Leak[]): LeftLine[] {
  const lines = groupBy(leaks, ({ noun, place }) => JSON.stringify([noun, place?.file, place?.line]));
  return [...lines.values()]
    .map((own) => ({ noun: own[0]!.noun, ...(own[0]!.place && { place: own[0]!.place }), count: own.length }))
    .toSorted((a, b) => b.count - a.count);
}

/** The most names of tests that are recorded of what a leak did. */
const MOST_NAMES = 100;

/** What these did after their test, all together; what one led to shares it. */
function afterOf(leaks: readonly Leak[], tracker: Tracker): AfterItsTest | undefined {
  const all = [...new Set(leaks.flatMap((leak) => tracker.sinceOf(leak)?.aftermath ?? []))];
  if (all.length === 0) return undefined;
  return {
    fired: all.reduce((sum, { fired }) => sum + fired, 0),
    during: [...new Set(all.flatMap(({ during }) => [...during]))].slice(0, MOST_NAMES),
  };
}

/** How an allowance was declared: the unread stack of a call, or a function that writes it in words. */
export type Declaration = Site | ((allowance: Allowance) => string);

const option: Declaration = (allowance) => `option "allow": ${formatAllowance(allowance) || '{}'}`;

interface Declared {
  readonly allowance: Allowance;
  /** Undefined for allowances of the project. */
  readonly scope: Scope | undefined;
  readonly declaration: Declaration;
}

/** What ran of a file's tests. */
export interface Ran {
  /** The last attempt of each test of the file; undefined for those that did not run. */
  readonly attempts: readonly (Scope | undefined)[];
  /** The full names of these tests, which take a while. */
  names(): string[];
  /** The test of an attempt: all its attempts are one test. */
  testOf(scope: Scope): object | undefined;
  /** The scopes of everything that ran: all attempts of tests, test hooks, the top level. */
  readonly scopes: readonly Scope[];
  /** Whether a scope has its verdict; false if that was given up, missing if the scope gets none. */
  readonly verdicts: ReadonlyMap<Scope, boolean>;
}

/** Whether all tests have their verdict, and it was given up for none of those scopes. */
function isAllJudged({ attempts, verdicts }: Ran, scopes: readonly Scope[]): boolean {
  return (
    attempts.every((attempt) => attempt !== undefined && verdicts.get(attempt) === true) &&
    scopes.every((scope) => verdicts.get(scope) !== false)
  );
}

/** The keys of the owners that have their verdict; if several share a name, all of them must have it. */
function judgedIn({ scopes, verdicts }: Ran): string[] {
  const judged = new Map<string, boolean>();
  for (const scope of scopes) {
    const verdict = verdicts.get(scope);
    if (verdict === undefined) continue;
    const key = ownerKey(scope);
    judged.set(key, verdict && judged.get(key) !== false);
  }
  return [...judged].flatMap(([key, isJudged]) => (isJudged ? key : []));
}

/** The entry of the baseline that knows a leak, and how many of its resources count there. */
interface Counted {
  readonly known: string | undefined;
  readonly count: number;
}

/** A leak to record. */
interface Found {
  readonly scope: Scope;
  readonly leak: Leak;
  /** The same as the tracker has found it: a leak may be recorded in two. */
  readonly original: Leak;
  readonly entry: Omit<RecordedLeak, 'leak'>;
}

export class Recorder {
  private readonly options: RecorderOptions;
  private readonly known: KnownLeaks | undefined;
  private found: Found[] = [];
  private readonly declared: Declared[];

  constructor(options: RecorderOptions) {
    this.options = options;
    const { baseline, known, file, project } = options;
    if (baseline !== undefined) this.known = new KnownLeaks(known, dirname(baseline), file, project);
    this.declared = options.allow.map((allowance) => ({
      allowance,
      scope: undefined,
      declaration: option,
    }));
  }

  /** Notes allowances that hold for a scope. */
  declare(allowances: readonly Allowance[], scope: Scope, declaration: Declaration): void {
    for (const allowance of allowances) this.declared.push({ allowance, scope, declaration });
  }

  /** Notes the leaks of a scope; returns those that fail it, or that it is warned of. */
  sift(scope: Scope, leaks: readonly Leak[]): Leak[] {
    const { mode, update } = this.options;
    return leaks
      .flatMap((each) => this.partsOf(each))
      .flatMap(({ leak, original, known, count }) => {
        const isNew = known === undefined && !update;
        const status = update
          ? 'recorded'
          : known !== undefined
            ? 'known'
            : mode === 'warn'
              ? 'warned'
              : 'failed';
        const code = this.known && codeOf(leak);
        this.found.push({
          scope,
          leak,
          original,
          entry: {
            status,
            ...(code !== undefined && { code }),
            ...(known !== undefined && { known }),
            ...(count > 1 && { count }),
          },
        });
        return isNew ? [leak] : [];
      });
  }

  /** A mistake, in two if the baseline knows only some of what one line opened so many times. */
  private partsOf(leak: Leak): (Pick<Found, 'leak' | 'original'> & Counted)[] {
    const { known } = this;
    const whole = { leak, original: leak };
    if (known === undefined) return [{ ...whole, known: undefined, count: 1 }];
    const counted = countedIn(leak);
    const byKey = groupBy(counted, (each) => known.take(each) ?? '');
    if (byKey.size === 1)
      return [{ ...whole, known: [...byKey.keys()][0] || undefined, count: counted.length }];
    const rest = leak.others.filter((other) => !counted.includes(other));
    return [...byKey].map(([key, [first, ...same]]) => ({
      leak: { ...first!, others: [...same, ...(first === leak ? rest : [])] },
      original: first!,
      known: key || undefined,
      count: same.length + 1,
    }));
  }

  /** Whether the baseline knows all of these leaks; uses up none of it. */
  areKnown(leaks: readonly Leak[]): boolean {
    const { known } = this;
    if (known === undefined || this.options.update) return false;
    const keys = leaks.flatMap(countedIn).map((leak) => known.take(leak));
    for (const key of keys) if (key !== undefined) known.giveBack(key);
    return !keys.includes(undefined);
  }

  /** Forgets what was found in an attempt that does not count. */
  supersede(scope: Scope): void {
    const own = this.found.filter((each) => each.scope === scope);
    if (own.length === 0) return;
    for (const { known, count = 1 } of own.map(({ entry }) => entry))
      if (known !== undefined) this.known?.giveBack(known, count);
    this.found = this.found.filter((each) => each.scope !== scope);
  }

  /** Forgets everything. */
  forget(): void {
    this.found = [];
    this.declared.length = 0;
  }

  /**
   * Everything to report of the file, after its last verdict.
   * @param fileScope the file's own.
   * @param ran `isLast` says that no other file of the process is still to be judged: what is open is released next.
   * @param isOwn whether a scope is the file's, or within it.
   */
  toRecord(
    tracker: Tracker,
    fileScope: Scope,
    ran: Ran & { readonly isLast: boolean },
    isOwn: (scope: Scope) => boolean,
  ): FileRecord {
    // fault: as the file is recorded
    const { scopes, isLast } = ran;
    const moments = tracker instanceof TimedTracker ? tracker.moments : undefined;
    const left = tracker.leftIn(isOwn, MOST_READ);
    const ofTests = scopes.filter(({ kind }) => kind === 'test');
    const leaking = new Map<object, number>();
    const numberOf = (scope: Scope): { test?: number } => {
      if (scope.kind !== 'test') return {};
      const key = ran.testOf(scope) ?? scope;
      const test = leaking.get(key) ?? leaking.size;
      leaking.set(key, test);
      return { test };
    };
    const attempts = moments?.inOrder(ofTests) ?? [];
    const times = (scope: Scope, members: readonly [Leak, ...Leak[]]): { times?: LeakTimes } => {
      const own = moments?.ofLeak(members, scope, isLast, attempts);
      return own === undefined ? {} : { times: own };
    };
    const leaks: RecordedLeak[] = [];
    for (const { scope, leak, original, entry } of this.found) {
      const members: [Leak, ...Leak[]] = [original, ...leak.others];
      const after = afterOf(members, tracker);
      leaks.push({ ...entry, leak, ...numberOf(scope), ...(after && { after }), ...times(scope, members) });
    }
    for (const { scope, leak, allowance } of tracker.allowed) {
      if (!isOwn(scope)) continue;
      const { reason } = allowance;
      leaks.push({
        status: 'allowed',
        leak,
        ...numberOf(scope),
        ...(reason !== undefined && { reason }),
        ...times(scope, [leak]),
      });
    }
    return {
      file: this.options.file,
      ...(this.options.project && { project: this.options.project }),
      leaks,
      abandoned: left.count,
      left: linesOf(left.leaks),
      allowances: this.recordAllowances(tracker, ran),
      whole: ran.attempts.length > 0 && isAllJudged(ran, ofTests),
      ...(this.known === undefined
        ? { judged: [], tests: [] }
        : { judged: judgedIn(ran), tests: ran.names() }),
      ...(moments && { times: moments.ofFile(fileScope, attempts) }),
    };
  }

  /** Leaves out unused allowances of scopes without a verdict, because they say nothing. */
  private recordAllowances(tracker: Tracker, ran: Ran): RecordedAllowance[] {
    if (this.declared.length === 0) return [];
    const isWhole = isAllJudged(ran, ran.scopes);
    const told = this.declared.flatMap((declared) => {
      const { allowance, scope } = declared;
      const used = tracker.isUsed(allowance);
      const isJudged = scope?.kind === 'test' ? !scope.abandoned : isWhole || scope === undefined;
      return used || isJudged ? [{ ...declared, used, text: formatAllowance(allowance) }] : [];
    });
    const unused = new Set(told.flatMap(({ used, text }) => (used ? [] : [text])));
    const read = new Map<string, number>();
    return told.flatMap(({ allowance, used, declaration, scope, text }) => {
      const type = used || allowance.type === undefined ? undefined : meantType(allowance.type);
      const meant = type === undefined ? {} : { meant: type };
      if (typeof declaration === 'function')
        return [{ text: declaration(allowance), used, ...meant, ...(scope && { file: this.options.file }) }];
      const times = (read.get(text) ?? 0) + 1;
      read.set(text, times);
      // One that is used only shows that another one of the same place is not stale.
      if (used && times > MOST_USED && !unused.has(text)) return [];
      const place = tracker.placeOf(declaration);
      return [{ text: `allowLingering(${text})`, used, ...meant, ...(place && { place }) }];
    });
  }
}
