/** Where everything of the timeline is: lanes from top to bottom, ms from left to right. */
import { groupBy } from '../../../tracker/group-by.js';
import type { PageData, PageLeak } from '../page-data.js';

export const FILE_HEIGHT = 18;
export const TEST_HEIGHT = 20;
export const LEAK_HEIGHT = 12;
const RUN_HEIGHT = 22;
const GAP = 12;
/** The most rows of leaks in a lane; the rest is drawn over them. */
const MOST_ROWS = 24;

/** A leak in its lane. */
export interface Bar {
  readonly leak: PageLeak;
  /** Its index in the data. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly row: number;
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
  const byLane = groupBy(files.keys(), (i) =>
    files[i]!.lane < 0 ? undefined : `${files[i]!.run} ${files[i]!.lane}`,
  );
  const byFile = groupBy(leaks.keys(), (i) => (leaks[i]!.times === undefined ? undefined : leaks[i]!.file));
  let top = 0;
  for (const [run, { name, lanes: many }] of runs.entries()) {
    if (many === 0) continue;
    if (runs.length > 1) {
      heads.push({ text: name, top });
      top += RUN_HEIGHT;
    }
    for (let i = 0; i < many; i++) {
      const own = (byLane.get(`${run} ${i}`) ?? []).toSorted((a, b) => files[a]!.began - files[b]!.began);
      const bars = pack(own.flatMap((file) => byFile.get(file) ?? []).map((index) => [index, leaks[index]!]));
      const rows = bars.reduce((most, { row }) => Math.max(most, row + 1), 0);
      const height = FILE_HEIGHT + TEST_HEIGHT + rows * LEAK_HEIGHT;
      lanes.push({ run, top, height, files: own, bars });
      top += height + GAP;
    }
  }
  const ends = files.map(({ ended }) => ended);
  for (const { times } of leaks) if (times) ends.push(times.released[1]);
  const duration = ends.reduce((most, end) => Math.max(most, end), 1);
  return { lanes, heads, height: Math.max(0, top - GAP), duration };
}

/** Puts leaks that overlap into rows of their own. */
function pack(own: readonly (readonly [number, PageLeak])[]): Bar[] {
  const spans = own.map(([index, leak]) => ({
    index,
    leak,
    from: leak.times!.opened[0],
    to: leak.times!.released[1],
  }));
  const ends: number[] = [];
  return spans
    .toSorted((a, b) => a.from - b.from)
    .map((span) => {
      let row = ends.findIndex((end) => end <= span.from);
      if (row < 0) row = ends.length < MOST_ROWS ? ends.length : ends.indexOf(Math.min(...ends));
      ends[row] = Math.max(ends[row] ?? 0, span.to);
      return { ...span, row };
    });
}

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
  | { readonly kind: 'leak'; readonly bar: Bar }
  | { readonly kind: 'test'; readonly file: number; readonly test: number }
  | { readonly kind: 'file'; readonly file: number };

/** @param slack how many ms a pointer may miss a bar by. */
export function hit(data: PageData, layout: Layout, time: number, y: number, slack: number): Hit | undefined {
  const lane = layout.lanes.find(({ top, height }) => y >= top && y < top + height);
  if (lane === undefined) return undefined;
  const below = y - lane.top - FILE_HEIGHT - TEST_HEIGHT;
  if (below >= 0) {
    const row = Math.floor(below / LEAK_HEIGHT);
    const bar = lane.bars.findLast(
      (each) => each.row === row && each.from - slack <= time && time <= each.to + slack,
    );
    return bar && { kind: 'leak', bar };
  }
  const file = lane.files.find(
    (i) => data.files[i]!.began - slack <= time && time <= data.files[i]!.ended + slack,
  );
  if (file === undefined) return undefined;
  if (y < lane.top + FILE_HEIGHT) return { kind: 'file', file };
  const test = data.files[file]!.tests.findIndex(
    ([, began, ended]) => began - slack <= time && time <= ended + slack,
  );
  return test < 0 ? { kind: 'file', file } : { kind: 'test', file, test };
}
