/** A run in time: its files side by side in lanes, each moment in ms since the run began. */
import type { FileRecord, FileTimes } from '../record.js';
import type { LeakTimes, OpenTimes, Range, RunTimes } from './times.js';

/** Ms in which no test file runs, as between the runs of a watch: what is longer is shown as this much less one ms. */
const LONGEST_PAUSE = 60_000;
const SHOWN_PAUSE = 1000;

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

/** The times of records that have some; those of workers are ms since 1970. */
export class Timeline {
  readonly run: RunTimes;
  /** Where each moment of work begins, and how many ms of pauses lie before it. */
  private readonly shifts: { readonly from: number; readonly by: number }[] = [];
  private readonly lanes = new Map<FileTimes, number>();

  constructor(records: readonly FileRecord[]) {
    const all = records.flatMap(({ times }) => times ?? []).toSorted((a, b) => a.began - b.began);
    if (all.length === 0) {
      this.run = { duration: 0 };
      return;
    }
    const { began } = all[0]!;
    let [end, by] = [began, began];
    for (const times of all) {
      const pause = times.began - end;
      if (pause > LONGEST_PAUSE) by += pause - SHOWN_PAUSE;
      if (this.shifts.at(-1)?.by !== by) this.shifts.push({ from: times.began, by });
      end = Math.max(end, times.ended);
    }
    this.run = { began: new Date(began).toISOString(), duration: this.since(end) };
    this.assign(all);
  }

  /** Ms since the run began. */
  since(time: number): number {
    const { by } = this.shifts.findLast(({ from }) => from <= time) ?? this.shifts[0]!;
    return Math.max(0, tenths(time - by));
  }

  /** The lane of a file, from 0. */
  laneOf(times: FileTimes): number {
    return this.lanes.get(times)!;
  }

  /** The times of a leak since the run began. */
  ofLeak(times: LeakTimes): LeakTimes {
    return {
      ...times,
      ...this.ofOpen(times),
      judged: this.since(times.judged),
      ...(times.others && { others: times.others.map((each) => this.ofOpen(each)) }),
    };
  }

  private ofOpen({ opened, released, callbacks }: OpenTimes): OpenTimes {
    const range = ([from, to]: Range): Range => [this.since(from), this.since(to)];
    return {
      opened: range(opened),
      ...(released && { released: range(released) }),
      callbacks: callbacks.map((time) => this.since(time)),
    };
  }

  /** Files of one worker share a lane; where each has a worker of its own, it follows in a lane that has become free. */
  private assign(all: readonly FileTimes[]): void {
    const lanes: { worker: string; free: number }[] = [];
    for (const times of all) {
      const { worker, began, ended } = times;
      const free = lanes.filter((each) => each.free <= began);
      const lane = free.find((each) => each.worker === worker) ?? free[0];
      if (lane === undefined) lanes.push({ worker, free: ended });
      else Object.assign(lane, { worker, free: ended });
      this.lanes.set(times, lane === undefined ? lanes.length - 1 : lanes.indexOf(lane));
    }
  }
}
