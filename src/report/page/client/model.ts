/** What the reader looks for, and how numbers read. */
import type { LeakStatus } from '../../shown.js';
import type { OpenTimes, Range } from '../../outputs/times.js';
import type { PageCause, PageData, PageFile, PageLeak } from '../page-data.js';

/** What restricts the causes that are shown; an empty text restricts nothing. */
export interface Filter {
  readonly search: string;
  readonly status: string;
  readonly type: string;
  readonly package: string;
  readonly file: string;
}

export const NO_FILTER: Filter = { search: '', status: '', type: '', package: '', file: '' };

/** In which order causes are listed: that of their tests, or by how many leaks they have. */
export const ORDERS = { tests: 'in the order of tests', most: 'most leaks first' } as const;

export type Order = keyof typeof ORDERS;

/** What each status means, in the order of their weight. */
export const STATUSES: Readonly<Record<LeakStatus, string>> = {
  failed: 'failed its test',
  warned: 'warned of',
  allowed: 'allowed to linger',
  known: 'known to the baseline',
  recorded: 'recorded in the baseline',
};

/** A cause with those of its leaks that the filter lets through. */
export interface ShownCause {
  readonly index: number;
  readonly cause: PageCause;
  readonly leaks: readonly PageLeak[];
}

/** What a search looks at, for each cause; and for each leak what only it has. Made of what is asked for, because that takes time. */
export class Haystack {
  private readonly data: PageData;
  private readonly causes: string[] = [];
  private readonly leaks: string[] = [];

  constructor(data: PageData) {
    this.data = data;
  }

  hasCause(index: number, words: readonly string[]): boolean {
    return words.every((word) => this.textOfCause(index).includes(word));
  }

  hasLeak(index: number, cause: number, words: readonly string[]): boolean {
    return words.every(
      (word) => this.textOfLeak(index).includes(word) || this.textOfCause(cause).includes(word),
    );
  }

  private textOfCause(index: number): string {
    const { place, name, package: from, types, what, remedies } = this.data.causes[index]!;
    return (this.causes[index] ??= [place, name, from, ...types, ...what, ...remedies]
      .join('\n')
      .toLowerCase());
  }

  private textOfLeak(index: number): string {
    const { owner, file, reason = '', message } = this.data.leaks[index]!;
    const { files, texts } = this.data;
    return (this.leaks[index] ??= [owner, files[file]!.name, reason, texts[message]!]
      .join('\n')
      .toLowerCase());
  }
}

/** The causes that a filter lets through. */
export function find(data: PageData, haystack: Haystack, filter: Filter): ShownCause[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return data.causes.flatMap((cause, index) => {
    if (filter.package !== '' && cause.package !== filter.package) return [];
    if (filter.type !== '' && !cause.types.includes(filter.type)) return [];
    const isWhole = haystack.hasCause(index, words);
    const leaks = cause.leaks.flatMap((at) => {
      const leak = data.leaks[at]!;
      if (filter.status !== '' && leak.status !== filter.status) return [];
      if (filter.file !== '' && String(leak.file) !== filter.file) return [];
      return isWhole || haystack.hasLeak(at, index, words) ? [leak] : [];
    });
    return leaks.length === 0 ? [] : [{ index, cause, leaks }];
  });
}

/** Causes in an order; they come in that of their tests. */
export function inOrder(shown: readonly ShownCause[], order: Order): readonly ShownCause[] {
  return order === 'most' ? shown.toSorted((a, b) => b.leaks.length - a.leaks.length) : shown;
}

/** "350 ms", "1.25 s", "2 min 5 s". */
export function formatMs(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export const count = (n: number, noun: string): string =>
  `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;

/** The most grave status of leaks. */
export function worst(leaks: readonly PageLeak[]): LeakStatus {
  const order = Object.keys(STATUSES) as LeakStatus[];
  return order[Math.min(...new Set(leaks.map(({ status }) => order.indexOf(status))))] ?? 'failed';
}

/** Between which two moments a leak ended, or what is told under it; of what was open still, the end of its file. */
export function endOf({ released }: OpenTimes, leak: PageLeak, files: readonly PageFile[]): Range {
  if (released !== undefined) return released;
  const { judged } = leak.times!;
  const ended = Math.max(files[leak.file]!.times?.ended ?? judged, judged);
  return [ended, ended];
}

/** For how long a leak was open, or what is told under it, as far as that is known. */
export function livedFor(times: OpenTimes | undefined, leak: PageLeak, files: readonly PageFile[]): string {
  if (times === undefined) return '';
  const { opened, released } = times;
  const [from, to] = endOf(times, leak, files);
  const [least, most] = [from - opened[1], to - opened[0]].map((ms) => formatMs(Math.max(0, ms)));
  return released === undefined ? `more than ${least}` : least === most ? least! : `${least} to ${most}`;
}

/** "at 1.2 s", "1.2 s – 1.4 s". */
export function openedAt(times: OpenTimes | undefined): string {
  if (times === undefined) return '';
  const [from, to] = times.opened.map(formatMs);
  return from === to ? `at ${from}` : `${from} – ${to}`;
}

/** The name of a file; with that of its run, if there are several. */
export function nameOfFile({ files, runs }: PageData, index: number): string {
  const { name, run } = files[index]!;
  const { name: ofRun } = runs[run]!;
  return runs.length > 1 && ofRun !== undefined ? `${name} (${ofRun})` : name;
}
