import { expect, test } from 'vitest';

import { roleOf, type Circumstances } from '../../src/node-test/role.ts';

const child = { NODE_TEST_CONTEXT: 'child-v8' };

test.each<[string, Partial<Circumstances>, string]>([
  ['node --test', { execArgv: ['--test'] }, 'runner'],
  ['node --test --test-isolation=none', { execArgv: ['--test', '--test-isolation=none'] }, 'files'],
  ['node --test-isolation none --test', { execArgv: ['--test-isolation', 'none', '--test'] }, 'files'],
  ['Node 22 without isolation', { execArgv: ['--test', '--experimental-test-isolation=none'] }, 'files'],
  ['a file of a runner', { env: child, isChild: true, isDescendant: true }, 'child'],
  ['a file of a runner without us', { env: child }, 'single'],
  ['node a.test.js', {}, 'single'],
  ['a process that a test has started', { env: child, isDescendant: true }, 'none'],
  ['a runner that a test has started', { execArgv: ['--test'], isDescendant: true }, 'runner'],
  ['what a test forks', { isForked: true, isDescendant: true }, 'none'],
  [
    'what a test forks in a process of all files',
    { execArgv: ['--test', '--test-isolation=none'], isForked: true, isDescendant: true },
    'none',
  ],
  ['a process that a program with run() has started', { isChild: true, isDescendant: true }, 'none'],
  ['a worker thread', { isMainThread: false }, 'none'],
])('%s', (_name, circumstances, role) => {
  const usual = {
    execArgv: [],
    env: {},
    isMainThread: true,
    isDescendant: false,
    isChild: false,
    isForked: false,
  };
  expect(roleOf({ ...usual, ...circumstances })).toBe(role);
});
