/**
 * The animation frames of a simulated DOM. jsdom serves those of all who ask by one interval, which tells nothing
 * of any of them; so each request is followed as what it is for whoever made it: a timer that runs once.
 */
import { animationFrame } from './kinds.js';
import { CLEARED } from './probes.js';
import type { Tracker } from './tracker/index.js';

type FrameCallback = (time: number) => void;

/** What we wrap of a window. */
interface AnimatedWindow {
  requestAnimationFrame?: (callback: FrameCallback) => number;
  cancelAnimationFrame?: (handle: number) => void;
}

const WRAPPED = Symbol('async-leaks');

/** ms: the frames of a screen of 60 Hz. */
const FRAME = 1000 / 60;

/** Wraps the functions of a window, if it has them, once. `current` is who follows now, if anybody does. */
export function followAnimationFrames(target: object, current: () => Tracker | undefined): void {
  const window = target as AnimatedWindow;
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = window;
  if (typeof request !== 'function' || typeof cancel !== 'function' || WRAPPED in request) return;
  const pending = new Map<number, () => void>();

  window.requestAnimationFrame = Object.assign(
    function requestAnimationFrame(this: unknown, callback: FrameCallback): number {
      const tracker = current();
      // What is no function the window refuses.
      if (tracker === undefined || typeof callback !== 'function') return request.call(this, callback);
      const timer = { hasRef: () => true, _idleTimeout: FRAME, _repeat: null };
      const frame = tracker.follow('AnimationFrame', animationFrame, timer, requestAnimationFrame);
      const end = (): void => {
        pending.delete(handle);
        frame.end();
      };
      const run: FrameCallback = (time) => {
        try {
          frame.run(() => callback(time));
        } finally {
          end();
        }
      };
      const handle = tracker.unheeded(() => request.call(this, run));
      pending.set(handle, () => {
        timer._idleTimeout = CLEARED;
        end();
      });
      return handle;
    },
    { [WRAPPED]: true },
  );

  window.cancelAnimationFrame = function cancelAnimationFrame(this: unknown, handle: number): void {
    pending.get(handle)?.();
    cancel.call(this, handle);
  };
}
