import { expect, test } from 'vitest';

import { Frames, withoutOwnFrames } from '../../../../src/tracker/stacks/frames.ts';

test.each([
  [
    '    at Router.GET /users (all) (/app/a.ts:3:5)',
    { function: 'Router.GET /users (all)', file: '/app/a.ts' },
  ],
  ['    at /app/my (own)/a.ts:3:5', { file: '/app/my (own)/a.ts' }],
  ['    at open (/app/my (own)/a.ts:3:5)', { function: 'open', file: '/app/my (own)/a.ts' }],
  ['    at async open (file:///app/a.ts:3:5)', { function: 'open', file: '/app/a.ts' }],
  ['    at eval (eval at run (/app/a.ts:3:5), <anonymous>:1:1)', { file: '/app/a.ts' }],
])('reads %s', (line, frame) => {
  const frames = new Frames(() => 'library').of({ stack: `Error\n${line}` });
  expect(frames).toEqual([{ ...frame, line: 3, column: 5, origin: 'user' }]);
});

test('takes our frames out of a stack, and what of Node lies between them', () => {
  const own = new URL('../../../../src/tracker/context/context.ts', import.meta.url).pathname;
  const stack = [
    'Error: own',
    '    at test (/app/a.ts:1:1)',
    `    at run (${own}:1:1)`,
    '    at AsyncLocalStorage.run (node:internal/async_local_storage:1:1)',
    `    at run (${own}:2:2)`,
    '    at asyncLeaksTest.next (<anonymous>)',
    '    at process.processTicks (node:internal/process:1:1)',
  ];
  expect(withoutOwnFrames(stack.join('\n'))).toBe([stack[0], stack[1], stack[6]].join('\n'));
});

test('says of a stack that several have read whose its frames are to each of them', () => {
  const lines = ['    at run (/app/node_modules/runner/a.js:1:2)', '    at open (/app/a.ts:3:5)'];
  const site = { stack: ['Error', ...lines].join('\n') };
  const origins = (frames: Frames) => frames.of(site).map(({ origin }) => origin);
  const asLibrary = new Frames(() => 'library');
  const asFramework = new Frames(() => 'framework');
  expect(origins(asLibrary)).toEqual(['library', 'user']);
  expect(origins(asFramework)).toEqual(['framework', 'user']);
  expect(asFramework.isMachinery(site)).toBe(true);
  expect(origins(asLibrary)).toEqual(['library', 'user']);
  expect(asLibrary.isMachinery(site)).toBe(false);
});

test('says so of a stack that V8 has yet to format', () => {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site);
  const places = (frames: Frames) =>
    frames.of(site).map(({ file, line, function: name }) => ({ file, line, name }));
  const first = places(new Frames(() => 'library'));
  expect(first[0]?.file).toBe(new URL(import.meta.url).pathname);
  expect(places(new Frames(() => 'framework'))).toEqual(first);
});
