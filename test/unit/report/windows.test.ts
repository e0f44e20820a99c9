/** What is recorded on Windows reads as on any other system. */
import { win32 } from 'node:path';
import { expect, test } from 'vitest';

import { portable } from '../../../src/report/baseline.ts';
import { packageOf } from '../../../src/tracker/stacks/source.ts';

test.each([
  ['C:\\shop', 'C:\\shop\\test\\a.test.ts', 'test/a.test.ts'],
  ['C:\\shop', 'c:\\shop\\a.test.ts', 'a.test.ts'],
  ['C:\\shop\\packages\\api', 'C:\\shop\\packages\\pool\\pool.ts', '../pool/pool.ts'],
  ['C:\\shop', 'D:\\pool\\pool.ts', 'D:/pool/pool.ts'],
])('from %s, %s is recorded as %s', (root, file, recorded) => {
  expect(portable(root, file, win32)).toBe(recorded);
});

test.each([
  ['C:\\shop\\node_modules\\pg\\lib\\client.js', 'pg'],
  ['C:\\shop\\node_modules\\@redis\\client\\dist\\index.js', '@redis/client'],
  ['C:\\shop\\node_modules\\.pnpm\\pg@8.1.0\\node_modules\\pg\\lib\\client.js', 'pg'],
  ['C:\\shop\\src\\pool.ts', undefined],
])('%s is of the package %s', (file, name) => {
  expect(packageOf(file)).toBe(name);
});
