/** Several leaks in one error. */
import { expect, test } from 'vitest';

import { LeakError } from '../../../src/report/leak-error.ts';
import { inOne } from '../../../src/report/one-error.ts';
import { leak } from './sample.ts';

const place = { file: '/project/a.test.js', line: 3, column: 5 };
const timer = new LeakError('a timer was started', [leak({ type: 'Timeout' })], [place]);
const socket = new LeakError('a socket was opened', [leak({ type: 'TCPWRAP' })], [{ ...place, line: 9 }]);

test('one error stays as it is', () => {
  expect(inOne([timer])).toBe(timer);
});

test('several are told one below the other, with the facts of all and the stack of the first', () => {
  const error = inOne([timer, socket]);
  expect(error).toBeInstanceOf(LeakError);
  expect(error.message).toBe('a timer was started\n\nLeakError: a socket was opened');
  expect(error.stack).toBe(`LeakError: ${error.message}\n    at /project/a.test.js:3:5`);
  expect(error.leaks.map(({ type }) => type)).toEqual(['Timeout', 'TCPWRAP']);
});
