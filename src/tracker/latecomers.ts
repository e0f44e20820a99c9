/** The scopes that come to own something after their verdict, or own something that they get no verdict on. */
import type { Scope, ScopeWatcher } from './resource.js';

export class Latecomers implements ScopeWatcher {
  private readonly scopes = new Set<Scope>();

  /** From now on heeds what a scope comes to own. */
  watch(scope: Scope): void {
    scope.watcher = this;
    if (scope.live > 0) this.added(scope);
    else this.emptied(scope);
  }

  added(scope: Scope): void {
    this.scopes.add(scope);
  }

  emptied(scope: Scope): void {
    this.scopes.delete(scope);
  }

  /** Those that own something now, or are among `closing`, which close a file handle, and have not been abandoned. */
  late(closing: Iterable<Scope>): Scope[] {
    const owning = [...this.scopes].filter(({ live }) => live > 0);
    const ours = [...closing].filter(({ watcher }) => watcher === this);
    return [...new Set([...owning, ...ours])].filter(({ abandoned }) => !abandoned);
  }

  /** Those whose test failed by itself, or does not count. */
  abandoned(): Scope[] {
    return [...this.scopes].filter(({ abandoned }) => abandoned);
  }

  clear(): void {
    this.scopes.clear();
  }
}
