/** Rows for simulated time, which no async hook reports: the frames of a DOM, fake clocks. */
import * as detail from './details.js';
import type { Row } from './kinds.js';
import * as probe from './probes.js';

/** A request for an animation frame of a simulated DOM that draws 60 times a second. */
export const animationFrame: Row = {
  kind: 'timer',
  noun: 'an animation frame',
  made: 'requested',
  ended: 'cancelled',
  remedy: 'cancelAnimationFrame(), or stop requesting the next one.',
  probe: probe.timeout,
  detail: detail.none,
  many: { after: 64, frames: 8 }, // as for timers of Node
};

/** The same in a DOM that draws at once: it takes no time, and Node waits for it as for an immediate. */
export const immediateFrame: Row = { ...animationFrame, probe: probe.immediate, framesInCallbacks: 8 };

/** A fake clock that moves by itself, and would run the callbacks in it during the tests that follow. */
export const fakeClock: Row = {
  kind: 'handle',
  noun: 'a fake clock that moves by itself',
  made: 'installed',
  ended: 'taken down',
  remedy: 'useRealTimers(), in the test or in afterEach; for one of sinon, clock.restore().',
  probe: probe.fakeClock,
  detail: detail.fakeClock,
  release: { unref: (clock) => (clock as probe.HeldClock).unref() },
  madeOnRequest: true,
};

/** A timer that does nothing but move a fake clock, which is reported instead. */
export const clockTick: Row = {
  kind: 'internal',
  noun: 'the timer of a fake clock',
  made: 'made',
  ended: 'ended',
  remedy: 'the clock tells (FakeClock).',
  probe: probe.never,
  detail: detail.none,
};
