/** Where everything of the timeline is: lanes from top to bottom, ms from left to right. */
import { groupBy } from '../../../tracker/group-by.js';
import type { PageData, PageLeak } from '../page-data.js';
import { endOf } from './model.js';

export const FILE_HEIGHT = 18;
export const TEST_HEIGHT = 20;
export const LEAK_HEIGHT = 12;
/** Of what is told under a leak, right below it. */
export const OTHER_HEIGHT = 6;
const RUN_HEIGHT = 22;
const GAP = 12;
/** The most rows of leaks in a lane; the rest is drawn over others. */
const MOST_ROWS = 24;

/** A leak in its lane. */
export interface Bar {
  readonly leak: PageLeak;
  /** Its index in the data. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** How far below the tests of the lane it begins. */
  readonly top: number;
  readonly height: number;
}

export interface Lane {
  readonly run: number;
  readonly top: number;
  readonly height: number;
  /** Indices of its files, in the order of time. */
  readonly files: readonly number[];
  readonly bars: readonly Bar[];
}

export interface Layout {
  readonly lanes: readonly Lane[];
  /** The runs, where they begin; none if there is only one. */
  readonly heads: readonly { readonly text: string; readonly top: number }[];
  readonly height: number;
  /** Ms from the first moment to the last. */
  readonly duration: number;
}

export function layOut({ runs, files, leaks }: PageData): Layout {
  const lanes: Lane[] = [];
  const heads: { text: string; top: number }[] = [];
  const byLane = groupBy(files.keys(), (i) => {
    const { run, times } = files[i]!;
    return times && `${run} ${times.lane}`;
  });
  const byFile = groupBy(leaks.keys(), (i) => (leaks[i]!.times === undefined ? undefined : leaks[i]!.file));
  let top = 0;
  for (const [run, { name = '', lanes: many }] of runs.entries()) {
    if (many === 0) continue;
    if (runs.length > 1) {
      heads.push({ text: name, top });
      top += RUN_HEIGHT;
    }
    for (let i = 0; i < many; i++) {
      const began = (file: number): number => files[file]!.times!.began;
      const own = (byLane.get(`${run} ${i}`) ?? []).toSorted((a, b) => began(a) - began(b));
      const bars = pack(
        own.flatMap((file) => (byFile.get(file) ?? []).map((index) => toSpan(leaks[index]!, index, files))),
      );
      const deepest = bars.reduce((most, bar) => Math.max(most, bar.top + bar.height), 0);
      const height = FILE_HEIGHT + TEST_HEIGHT + deepest;
      lanes.push({ run, top, height, files: own, bars });
      top += height + GAP;
    }
  }
  const ends = files.flatMap(({ times }) => times?.ended ?? []);
  for (const { bars } of lanes) for (const { to } of bars) ends.push(to);
  const duration = ends.reduce((most, end) => Math.max(most, end), 1);
  return { lanes, heads, height: Math.max(0, top - GAP), duration };
}

function toSpan(leak: PageLeak, index: number, files: PageData['files']): Omit<Bar, 'top'> {
  const all = [leak.times!, ...leak.others];
  return {
    leak,
    index,
    from: Math.min(...all.map(({ opened }) => opened[0])),
    to: Math.max(...all.map((each) => endOf(each, leak, files)[1])),
    height: LEAK_HEIGHT + leak.others.length * OTHER_HEIGHT,
  };
}

/** Puts leaks that overlap below each other. */
function pack(spans: readonly Omit<Bar, 'top'>[]): Bar[] {
  /** When each row as high as an `other` becomes free. */
  const free: number[] = [];
  const most = (MOST_ROWS * LEAK_HEIGHT) / OTHER_HEIGHT;
  let crowded = 0;
  return spans
    .toSorted((a, b) => a.from - b.from)
    .map((span) => {
      const rows = span.height / OTHER_HEIGHT;
      let first = 0;
      for (let row = 0; row < first + rows; row++) if ((free[row] ?? 0) > span.from) first = row + 1;
      if (first >= most) first = (crowded++ % MOST_ROWS) * (LEAK_HEIGHT / OTHER_HEIGHT);
      for (let row = first; row < first + rows; row++) free[row] = Math.max(free[row] ?? 0, span.to);
      return { ...span, top: first * OTHER_HEIGHT };
    });
}

/** Where a leak is: its bar, in its lane, and how far down. */
export function findBar(
  { lanes }: Layout,
  index: number,
): { readonly lane: Lane; readonly bar: Bar; readonly top: number } | undefined {
  for (const lane of lanes) {
    const bar = lane.bars.find((each) => each.index === index);
    if (bar !== undefined) return { lane, bar, top: topOf(lane, bar) };
  }
  return undefined;
}

export const topOf = (lane: Lane, bar: Bar): number => lane.top + FILE_HEIGHT + TEST_HEIGHT + bar.top;

/** The part of the time that is shown. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** A part of at least a tenth of a ms that lies within the whole. */
export function clampView({ from, to }: View, duration: number): View {
  const length = Math.min(Math.max(to - from, 0.1), duration * 1.02);
  const start = Math.min(Math.max(from, -duration * 0.01), duration * 1.01 - length);
  return { from: start, to: start + length };
}

/** Round distances between the marks of an axis. */
export function ticksOf({ from, to }: View, most: number): number[] {
  const least = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= least) ?? least;
  const ticks: number[] = [];
  for (let at = Math.max(0, Math.ceil(from / step)); at * step <= to; at++) ticks.push(at * step);
  return ticks;
}

/** What is under a point of the timeline. */
export type Hit =
  | {
      readonly kind: 'leak';
      readonly bar: Bar;
      /** The index of what is told under it; -1 for the leak itself. */
      readonly other: number;
    }
  | { readonly kind: 'test'; readonly file: number; readonly test: number }
  | { readonly kind: 'file'; readonly file: number };

/** @param slack how many ms a pointer may miss a bar by. */
export function hit(data: PageData, layout: Layout, time: number, y: number, slack: number): Hit | undefined {
  const lane = layout.lanes.find(({ top, height }) => y >= top && y < top + height);
  if (lane === undefined) return undefined;
  const isAt = ({ began, ended }: { began: number; ended: number }): boolean =>
    began - slack <= time && time <= ended + slack;
  const below = y - lane.top - FILE_HEIGHT - TEST_HEIGHT;
  if (below >= 0) {
    const bar = lane.bars.findLast(
      ({ top, height, from, to }) => top <= below && below < top + height && isAt({ began: from, ended: to }),
    );
    const other = bar === undefined ? -1 : Math.floor((below - bar.top - LEAK_HEIGHT) / OTHER_HEIGHT);
    return bar && { kind: 'leak', bar, other: Math.max(other, -1) };
  }
  const file = lane.files.find((i) => isAt(data.files[i]!.times!));
  if (file === undefined) return undefined;
  if (y < lane.top + FILE_HEIGHT) return { kind: 'file', file };
  const test = data.files[file]!.tests.findIndex(([, began, ended]) => isAt({ began, ended }));
  return test < 0 ? { kind: 'file', file } : { kind: 'test', file, test };
}
