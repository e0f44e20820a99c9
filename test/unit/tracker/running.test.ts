import { expect, test } from 'vitest';

import { Scope } from '../../../src/tracker/resource.ts';
import { Running } from '../../../src/tracker/running.ts';

const root = new Scope('file', '/project', undefined);
const [a, b] = ['/project/a.test.js', '/project/b.test.js'].map((path) => new Scope('file', path, root)) as [
  Scope,
  Scope,
];
const testIn = (file: Scope): Scope => new Scope('test', 'test', new Scope('suite', 'suite', file));

function ownerOf(hasFiles: boolean, ...scopes: Scope[]): Scope {
  const running = new Running();
  running.hasFiles = hasFiles;
  for (const scope of scopes) running.scopes.add(scope);
  return running.owner(root);
}

test('the only test that runs owns what nothing shows the owner of', () => {
  const only = testIn(a);
  expect(ownerOf(true, only)).toBe(only);
  expect(ownerOf(false, only)).toBe(only);
});

test('of several tests, the file that all of them are in does', () => {
  expect(ownerOf(true, testIn(a), testIn(a))).toBe(a);
  expect(ownerOf(true, testIn(a), testIn(b))).toBe(root);
  expect(ownerOf(false, testIn(root), testIn(root))).toBe(root);
  expect(ownerOf(true)).toBe(root);
});
