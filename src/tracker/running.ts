/** The attempts of tests that run just now: one of them owns what is created outside any context. */
import { fileOf, type Scope } from './resource.js';

export class Running {
  readonly scopes: Set<Scope> = new Set();
  /** Whether the process runs several files. */
  hasFiles = false;

  /**
   * Who owns what nothing else shows the owner of: the only attempt that runs; if there are several, the file that all of them
   * are in; else `root`.
   */
  owner(root: Scope): Scope {
    const { scopes } = this;
    if (scopes.size === 1) return scopes.values().next().value!;
    if (!this.hasFiles) return root;
    let file: Scope | undefined;
    for (const scope of scopes) {
      const own = fileOf(scope);
      if (file !== undefined && file !== own) return root;
      file = own;
    }
    return file ?? root;
  }
}
