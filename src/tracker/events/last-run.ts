/** The resource whose callback ran last: what an async function creates after an `await` is due to that resource. */
import { isLastCallback } from '../judging/state.js';
import type { Resource } from '../resource.js';

export class LastRun {
  /** Of what is followed, the resource whose callback was the last to begin; undefined before any. */
  resource: Resource | undefined;
  /** Whether it is judged, and that was its last callback: what an async function creates afterwards is its consequence. */
  private ends = false;

  /** A callback of a resource begins. */
  set(resource: Resource): void {
    this.resource = resource;
    if (resource.scope.traced) this.trace(resource);
  }

  private trace(resource: Resource): void {
    resource.scope.watcher?.ran?.(resource);
    this.ends = resource.judged && isLastCallback(resource);
  }

  /** What an async function creates after a judged resource has run out is a consequence of that resource. */
  inherit(resource: Resource): void {
    const { resource: last } = this;
    if (resource.culprit !== undefined || last?.scope !== resource.scope) return;
    resource.culprit = last.culprit ?? (last.judged && this.ends ? last : undefined);
  }

  /** Runs `fn` as if a callback of `other` had been the last. */
  as<T>(other: Resource | undefined, fn: () => T): T {
    const { resource, ends } = this;
    if (other !== resource) {
      this.resource = other;
      this.ends = other?.judged === true && isLastCallback(other);
    }
    try {
      return fn();
    } finally {
      this.resource = resource;
      this.ends = ends;
    }
  }

  forget(): void {
    this.resource = undefined;
  }
}
