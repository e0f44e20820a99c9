/**
 * The engine, for whoever writes an adapter for a test framework: open a scope, run the user's code in it,
 * judge it. Knows no framework.
 */
import { Tracker, type TrackerOptions } from './tracker.js';

export type { Leak, Link, Owner, Place } from './leak.js';
export { withoutOwnFrames } from './stacks/frames.js';
export type { RoleOf } from './stacks/source.js';
export type { Aftermath, Since } from './resource.js';
export type { Allowed, Owned, Verdicts } from './judging/judge.js';
export type { Site } from './stacks/site.js';
export type { Followed } from './events/hook.js';
export { Scope, type ScopeKind } from './resource.js';
export { Tracker, type TrackerOptions } from './tracker.js';

/** Starts to follow the resources of a test file. */
export function createTracker(options: TrackerOptions): Tracker {
  return new Tracker(options);
}
