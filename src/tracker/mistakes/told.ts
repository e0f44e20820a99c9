/** What has been told so far. */
import { relative } from 'node:path';

import { groupBy } from '../group-by.js';
import type { Leak } from '../leak.js';
import type { Resource, Scope } from '../resource.js';
import { mistakeKey, type Mistake } from './mistakes.js';

/** "a TCP socket (test/api.test.ts:14:9)" */
function wordsOf({ noun, place }: Leak): string {
  if (place === undefined) return noun;
  return `${noun} (${relative(process.cwd(), place.file)}:${place.line}:${place.column})`;
}

export class Told {
  /** In a few words. */
  private readonly resources = new Map<Resource, string>();
  private readonly keys = new Map<Scope, Set<string>>();

  note(resource: Resource, leak: Leak): void {
    this.resources.set(resource, wordsOf(leak));
  }

  /** What was told, in a few words each. */
  words(): Iterable<string> {
    return this.resources.values();
  }

  /** Leaves out what an earlier verdict on the same scope has told: a client that goes on may open more. */
  withoutTold(mistakes: readonly Mistake[]): readonly Mistake[] {
    const fresh = mistakes.filter((mistake) => {
      const key = mistakeKey(mistake);
      return key === undefined || this.keys.get(scopeOf(mistake))?.has(key) !== true;
    });
    for (const [scope, own] of groupBy(fresh, scopeOf)) {
      const keys = own.flatMap((mistake) => mistakeKey(mistake) ?? []);
      this.keys.set(scope, new Set([...(this.keys.get(scope) ?? []), ...keys]));
    }
    return fresh;
  }

  clear(): void {
    this.resources.clear();
    this.keys.clear();
  }
}

const scopeOf = ({ findings }: Mistake): Scope => findings[0]!.offence.resource.scope;
