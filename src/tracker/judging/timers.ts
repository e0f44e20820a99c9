/** What a judgement reads of timers, and the clock; a timer that is over may have nothing left to read. */
import { CLEARED, timeout, type TimerInternals } from '../../resources/probes.js';
import type { Resource } from '../resource.js';

// Taken now: later a test may have faked it.
const { hrtime } = process;

/** Ms that only rise. Not `performance`, which Node loads only for those who use it: that takes each process some 2 ms. */
export function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

const internalsOf = ({ object }: Resource): TimerInternals | undefined => object;

export const isTimeout = ({ row }: Resource): boolean => row.probe === timeout;

/** Whether it is a timer, and Node shows its delay. */
export function isTimed(resource: Resource): boolean {
  return isTimeout(resource) && typeof internalsOf(resource)?._idleTimeout === 'number';
}

/** Whether it is a timer that runs once, and has not run yet. */
export function isOneShot(resource: Resource): boolean {
  return isTimeout(resource) && internalsOf(resource)?._repeat === null;
}

/** The nominal delay of a timer, or between two runs of an interval, in ms; 0 if it is no timer, or is over. */
export function delayOf(resource: Resource): number {
  const timer = isTimeout(resource) ? internalsOf(resource) : undefined;
  return timer === undefined ? 0 : Math.max(1, timer._repeat ?? timer._idleTimeout ?? 1);
}

/** When it was last started, in ms of the event loop's clock; undefined if Node does not say, or not yet. */
export function startOf(resource: Resource): number | undefined {
  return internalsOf(resource)?._idleStart ?? undefined;
}

/** Whether it ended by a call, not by running. */
export function isCleared(resource: Resource): boolean {
  const timer = internalsOf(resource);
  return (timer === undefined ? resource.delay : timer._idleTimeout) === CLEARED;
}
