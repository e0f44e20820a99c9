import { existsSync, rmSync } from 'node:fs';
import { afterEach, expect, onTestFinished, test } from 'vitest';

import { channelOf, isOpen, open, receive, sendFault } from '../../src/process/channel.ts';

const VARIABLE = 'ASYNC_LEAKS_RECORDS';
const outer = { seed: 1, rootDir: '/app' };
const inner = { seed: 2, rootDir: '/app/fixtures' };

afterEach(() => {
  for (const run of [outer, inner]) receive(run);
  delete process.env[VARIABLE];
});

test('keeps runs of one process apart, and closes only that which is received', () => {
  expect([open(outer), open(inner), open(outer)]).toEqual([true, true, false]);
  sendFault(channelOf(outer), 'of the outer');
  sendFault(channelOf(inner), 'of the inner');
  expect(receive(inner).faults).toEqual(['of the inner']);
  expect([isOpen(inner), isOpen(outer)]).toEqual([false, true]);
  expect(channelOf(inner)).toBeUndefined();
  expect(receive(outer).faults).toEqual(['of the outer']);
  expect(process.env[VARIABLE]).toBeUndefined();
});

test('keeps runs with one seed apart', () => {
  const other = { ...outer, rootDir: inner.rootDir };
  open(outer);
  expect(isOpen(other)).toBe(false);
  expect(channelOf(other)).toBeUndefined();
});

/** What this process would inherit from the main process of that id, which has a run under way. */
function inherit(pid: number): string {
  open(outer);
  const [entry] = JSON.parse(process.env[VARIABLE]!) as [{ pid: number; folder: string }];
  onTestFinished(() => rmSync(entry.folder, { recursive: true, force: true }));
  process.env[VARIABLE] = JSON.stringify([{ ...entry, pid }]);
  return process.env[VARIABLE];
}

test('is found by a worker of the main process', () => {
  inherit(process.ppid);
  expect(channelOf(outer)).toBeDefined();
  // A worker does not receive.
  expect(isOpen(outer)).toBe(false);
});

test('is none of a process that a test started, which opens its own and leaves the other alone', () => {
  const inherited = inherit(process.pid + 1_000_000);
  const [{ folder }] = JSON.parse(inherited) as [{ folder: string }];
  expect(channelOf(outer)).toBeUndefined();
  expect(open(outer)).toBe(true);
  sendFault(channelOf(outer), 'of this one');
  expect(receive(outer).faults).toEqual(['of this one']);
  expect(process.env[VARIABLE]).toBe(inherited);
  expect(existsSync(folder)).toBe(true);
});

test('is none where the variable says something else', () => {
  process.env[VARIABLE] = '/tmp/somewhere';
  expect(channelOf(outer)).toBeUndefined();
  expect(receive(outer)).toEqual({ messages: [], displaced: [], faults: [] });
});
