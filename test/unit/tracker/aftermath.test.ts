import { expect, test } from 'vitest';

import { note } from '../../../src/tracker/events/aftermath.ts';
import type { Resource } from '../../../src/tracker/resource.ts';

test('an aftermath keeps a hundred names, however many tests run at once', () => {
  const resource = { cause: { depth: 0 } } as Resource;
  const running = Array.from({ length: 70 }, (_, i) => i);
  note(
    resource,
    running.map((i) => ({ name: `first ${i}` })),
  );
  note(
    resource,
    running.map((i) => ({ name: `second ${i}` })),
  );
  expect(resource.aftermath?.fired).toBe(2);
  expect(resource.aftermath?.during.size).toBe(100);
});
