import { expect, test } from 'vitest';

import { packageOf, Sources } from '../../../../src/tracker/stacks/source.ts';

test.each([
  ['/app/src/pool.ts', undefined],
  ['/app/node_modules/pg/lib/index.js', 'pg'],
  ['/app/node_modules/@scope/name/index.js', '@scope/name'],
  ['/app/node_modules/jest-environment-jsdom/node_modules/jsdom/lib/Window.js', 'jsdom'],
  ['/app/node_modules/.pnpm/ws@8.0.0/node_modules/ws/lib/websocket.js', 'ws'],
  ['C:\\app\\node_modules\\pg\\lib\\index.js', 'pg'],
])('the package of %s is %s', (file, name) => {
  expect(packageOf(file)).toBe(name);
});

test.each([
  ['node:net', { file: 'node:net', origin: 'node' }],
  ['file:///app/my%20own/a.ts?v=1', { file: '/app/my own/a.ts', origin: 'user' }],
  ['/app/node_modules/pg/lib/index.js', { file: '/app/node_modules/pg/lib/index.js', origin: 'framework' }],
  [import.meta.filename.replace(/test.unit.*/, 'src/a.ts'), { origin: 'own' }],
  ['evalmachine.<anonymous>', undefined],
])('%s, asked for twice, is %o', (name, source) => {
  const sources = new Sources((packageName) => (packageName === 'pg' ? 'framework' : 'library'));
  const [first, second] = [sources.of(name), sources.of(name)];
  if (source === undefined) expect(first).toBe(undefined);
  else expect(first).toMatchObject(source);
  expect(second).toBe(first);
});
