import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { kinds } from '../../../src/resources/kinds.ts';
import { Lineage } from '../../../src/tracker/judging/lineage.ts';
import { Resource, type Cause } from '../../../src/tracker/resource.ts';
import { Scope } from '../../../src/tracker/resource.ts';
import { track } from './tracking.ts';

let ids = 0;
const made = (type: string, cause: Cause): Resource => new Resource(++ids, type, kinds[type]!, cause, {});

test('what a server accepts renews nothing, but who connects does', () => {
  const scope = new Scope('file', 'a.test.ts', undefined);
  const server = made('TCPSERVERWRAP', scope);
  const timer = made('Timeout', scope);
  const lineage = new Lineage([scope], { grace: 250, lastRun: () => timer });
  lineage.found(timer);
  lineage.add(made('TCPWRAP', server), 0);
  expect(lineage.takeBorn()).toBeUndefined();
  const client = made('TCPWRAP', scope);
  lineage.add(client, 0);
  expect(lineage.takeBorn()).toBe(client);
});

test('a scope is not clean while a file handle of it is being closed', async () => {
  const { tracker, end } = track();
  try {
    const scope = tracker.open('test', 'closes');
    tracker.start(scope);
    await tracker.run(scope, async () => {
      const handle = await open(fileURLToPath(import.meta.url));
      const closing = handle.close();
      expect(tracker.isClean(scope)).toBe(false);
      await closing;
    });
    expect(tracker.isClean(scope)).toBe(true);
    tracker.stop(scope);
    expect(await tracker.judge([scope])).toEqual(new Map());
  } finally {
    end();
  }
});
