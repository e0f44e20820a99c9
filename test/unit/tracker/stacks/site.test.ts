import { afterEach, expect, test } from 'vitest';

import { capture } from '../../../../src/tracker/stacks/site.ts';

const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
afterEach(() => {
  Object.defineProperty(Error, 'stackTraceLimit', limit);
});

function deep(calls: number): number {
  if (calls > 0) return deep(calls - 1);
  return capture(5, deep).stack!.split('\n').length - 1;
}

test.each<[string, PropertyDescriptor]>([
  ['a number', { value: 3 }],
  ['zero', { value: 0 }],
  ['undefined', { value: undefined }],
])('captures as deep as it is told where the limit is %s, and leaves that', (_, descriptor) => {
  Object.defineProperty(Error, 'stackTraceLimit', descriptor);
  const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  expect(deep(10)).toBe(5);
  expect(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')).toEqual(before);
});

test('leaves no limit where somebody has deleted it', () => {
  Reflect.deleteProperty(Error, 'stackTraceLimit');
  expect(deep(10)).toBe(5);
  expect('stackTraceLimit' in Error).toBe(false);
});

test('captures as deep as the limit where somebody has frozen it', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false });
  expect(deep(10)).toBe(3);
});
