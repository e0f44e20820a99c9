/** A tracker around a piece of code, used as in an adapter, but without a framework. */
import { fileURLToPath } from 'node:url';

import type { Leak } from '../../../src/tracker/leak.ts';
import { createTracker, type Tracker, type TrackerOptions } from '../../../src/tracker/index.ts';

export interface Tracked {
  readonly tracker: Tracker;
  /** Runs `fn` as a test and judges it at once; returns its leaks. */
  test(fn: () => unknown, name?: string): Promise<Leak[]>;
  /** Releases what is left. */
  end(): void;
}

/** Follows what happens until `end`. Vitest's own machinery counts as the framework. */
export function track(options: Partial<TrackerOptions> = {}): Tracked {
  const tracker = createTracker({
    file: fileURLToPath(import.meta.url),
    grace: 250,
    stackDepth: 24,
    includeUnref: false,
    allow: [],
    roleOf: (name) => (name === 'vitest' || name.startsWith('@vitest/') ? 'framework' : 'library'),
    ...options,
  });
  return {
    tracker,
    async test(fn, name = 'test') {
      const scope = tracker.open('test', name);
      tracker.start(scope);
      await tracker.run(scope, async () => fn());
      tracker.stop(scope);
      return (await tracker.judge([scope])).get(scope) ?? [];
    },
    end() {
      tracker.release();
      tracker.dispose();
    },
  };
}

/** The types of leaks; those reported under others are in parentheses. */
export function typesOf(leaks: readonly Leak[]): string[] {
  return leaks.map(({ type, others }) =>
    others.length > 0 ? `${type} (${others.map((o) => o.type).join(', ')})` : type,
  );
}
