/** Which of a test's own hooks created something. Nothing is noted as that is born: async ids rise, so its id says when it was. */
import { AsyncResource } from 'node:async_hooks';

import type { Resource, Scope } from './resource.js';

/** What does not follow what a function creates. */
interface Unheeding {
  unheeded<T>(fn: () => T): T;
}

/** From when on a hook of a test runs, or its own function. */
interface Part {
  /** "beforeEach"; undefined for the test's own function. */
  readonly hook: string | undefined;
  /** The newest async id as it began. */
  readonly after: number;
}

const parts = new WeakMap<Scope, Part[]>();

/** The newest async id: whatever is created from now on has a higher one. */
export function newestId(tracker: Unheeding): number {
  return tracker.unheeded(takeId);
}

function takeId(): number {
  const mark = new AsyncResource('async-leaks', { requireManualDestroy: true });
  mark.emitDestroy();
  return mark.asyncId();
}

/**
 * A hook of a test begins, "beforeEach"; or, if that is undefined, the test's own function, or what the framework does between.
 * @param scope of the attempt.
 */
export function beginPart(tracker: Unheeding, scope: Scope, hook: string | undefined): void {
  const begun = parts.get(scope);
  // Nearly all tests have no such hooks: then there is nothing to tell apart.
  if (begun === undefined && hook === undefined) return;
  const part = { hook, after: newestId(tracker) };
  if (begun === undefined) parts.set(scope, [part]);
  else begun.push(part);
}

/** The hook of its test that created a resource; undefined if the test itself did, or if it is no test's. */
export function hookOf({ scope, id }: Resource): string | undefined {
  return parts.get(scope)?.findLast(({ after }) => after < id)?.hook;
}
