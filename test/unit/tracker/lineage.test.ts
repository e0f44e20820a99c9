import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { kinds } from '../../../src/resources/kinds.ts';
import { Lineage } from '../../../src/tracker/judging/lineage.ts';
import { Resource, type Cause } from '../../../src/tracker/resource.ts';
import { Scope } from '../../../src/tracker/resource.ts';
import { track } from './tracking.ts';

let ids = 0;
const any = (): boolean => true;
const made = (type: string, cause: Cause): Resource => new Resource(++ids, type, kinds[type]!, cause, {});

test('what a server accepts renews nothing, but who connects does', () => {
  const scope = new Scope('file', 'a.test.ts', undefined);
  const server = made('TCPSERVERWRAP', scope);
  const timer = made('Timeout', scope);
  const lineage = new Lineage([scope], { grace: 250, lastRun: () => timer });
  lineage.found(timer);
  lineage.add(made('TCPWRAP', server), 0);
  expect(lineage.takeBorn(any)).toBeUndefined();
  const client = made('TCPWRAP', scope);
  lineage.add(client, 0);
  expect(lineage.takeBorn(any)).toBe(client);
});

test('what ran before the judgement explains nothing that its suspects create', () => {
  const scope = new Scope('file', 'a.test.ts', undefined);
  const pause = made('Timeout', scope);
  const client = made('TCPWRAP', scope);
  const lineage = new Lineage([scope], { grace: 250, lastRun: () => pause });
  lineage.found(client);
  const request = made('TCPCONNECTWRAP', client);
  lineage.add(request, 0);
  expect(lineage.takeBorn(any)).toBe(request);
  expect(lineage.rootOf(request)).toBe(client);
});

test('the last that is wanted is taken, and nothing is taken twice', () => {
  const scope = new Scope('file', 'a.test.ts', undefined);
  const client = made('TCPWRAP', scope);
  const lineage = new Lineage([scope], { grace: 250, lastRun: () => client });
  lineage.found(client);
  const [first, second, own] = ['TCPCONNECTWRAP', 'TCPWRAP', 'Timeout'].map((type) => made(type, client));
  for (const each of [first!, second!, own!]) lineage.add(each, 0);
  expect(lineage.takeBorn((resource) => resource !== own)).toBe(second);
  expect(lineage.takeBorn(any)).toBeUndefined();
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
