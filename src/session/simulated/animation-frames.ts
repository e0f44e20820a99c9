/**
 * The animation frames of a simulated DOM. jsdom serves all requests with one interval, which says nothing about any of them,
 * so we follow each request as a resource of whoever made it. What a frame is depends on the DOM:
 *
 * - jsdom draws 60 times a second, and returns numbers: a frame is a timer that runs once, 16.7 ms later.
 * - happy-dom draws at once: it makes a Node timer for each frame, an immediate, and returns that. So the timer shows
 *   how long the frame takes, and whether it is still to come.
 */
import { CLEARED, type TimerInternals } from '../../resources/probes.js';
import { animationFrame, immediateFrame } from '../../resources/simulated-kinds.js';
import type { Followed, Tracker } from '../../tracker/index.js';

type FrameCallback = (time: number) => void;
/** What a window returns for a request: a number, or the Node timer behind it. */
type Handle = number | object;

/** The functions of a window that we wrap. */
interface AnimatedWindow {
  requestAnimationFrame?: (callback: FrameCallback) => Handle;
  cancelAnimationFrame?: (handle: Handle) => void;
}

const WRAPPED = Symbol('async-leaks');

/** How long a frame of a 60 Hz screen lasts, in ms. */
const FRAME = 1000 / 60;

/** Wraps the functions of a window once, if it has them. `current` returns the tracker that follows now, if any. */
export function followAnimationFrames(target: object, current: () => Tracker | undefined): void {
  const window = target as AnimatedWindow;
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = window;
  if (typeof request !== 'function' || typeof cancel !== 'function' || WRAPPED in request) return;
  const pending = new Map<Handle, () => void>();

  window.requestAnimationFrame = Object.assign(
    function requestAnimationFrame(this: unknown, callback: FrameCallback): Handle {
      const tracker = current();
      // The window refuses what is not a function.
      if (tracker === undefined || typeof callback !== 'function') return request.call(this, callback);
      let frame: Followed | undefined;
      const end = (): void => {
        pending.delete(handle);
        frame?.end();
      };
      const run: FrameCallback = (time) => {
        try {
          if (frame === undefined) callback(time);
          else frame.run(() => callback(time));
        } finally {
          end();
        }
      };
      const handle = tracker.unheeded(() => request.call(this, run));
      const timer = timerOf(handle);
      // happy-dom returns an empty object if the window is closed, and no frame will come.
      if (timer === undefined) return handle;
      const row = isImmediate(timer) ? immediateFrame : animationFrame;
      try {
        frame = tracker.follow('AnimationFrame', row, timer, requestAnimationFrame);
      } catch {
        return handle; // the test's stack is full, but the window has made the frame
      }
      pending.set(handle, () => {
        if (timer !== handle) timer._idleTimeout = CLEARED;
        end();
      });
      return handle;
    },
    { [WRAPPED]: true },
  );

  window.cancelAnimationFrame = function cancelAnimationFrame(this: unknown, handle: Handle): void {
    pending.get(handle)?.();
    cancel.call(this, handle);
  };
}

/** The Node timer of a frame; a stand-in if the DOM has one timer for all frames; undefined if there is none. */
function timerOf(handle: Handle): TimerInternals | undefined {
  if (typeof handle === 'number') return { hasRef: () => true, _idleTimeout: FRAME, _repeat: null };
  return typeof (handle as TimerInternals).hasRef === 'function' ? handle : undefined;
}

/** Node gives a delay to every timer but an immediate. */
const isImmediate = (timer: TimerInternals): boolean => timer._idleTimeout === undefined;
