import { expect, test } from 'vitest';

import { meantType } from '../../src/resources/slips.ts';

test.each([
  ['Timeot', 'Timeout'],
  ['timeout', 'Timeout'],
  ['TCPWARP', 'TCPWRAP'],
  ['PROCESWRAP', 'PROCESSWRAP'],
])('%s is meant to be %s', (type, meant) => {
  expect(meantType(type)).toBe(meant);
});

test.each(['Timeout', 'TCPWRAP', 'JOB', 'MyPool', 'bullmq:queue'])('%s is what it is', (type) => {
  expect(meantType(type)).toBeUndefined();
});
