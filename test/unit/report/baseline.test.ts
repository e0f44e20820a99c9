import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import type { Leak } from '../../../src/tracker/leak.ts';
import { codeOf, KnownLeaks } from '../../../src/report/baseline.ts';
import { leak } from './sample.ts';

const leakIn = (file: string, number: number): Leak =>
  leak({ owner: { kind: 'test', name: `test ${number}` }, place: { file, line: 1, column: 1 } });

test('finds each of very many entries in no time, and takes it back', () => {
  const entries = Array.from({ length: 20_000 }, (_, i) => ({
    file: 'a.test.ts',
    owner: `test test ${i}`,
    type: 'Timeout',
    at: 'gone.ts',
    code: 'poll();',
    count: 1,
  }));
  const known = new KnownLeaks(entries, '/shop', '/shop/a.test.ts', undefined);
  const keys = entries.map((_, i) => known.take(leakIn('/shop/gone.ts', i)));
  expect(keys.every((key) => key !== undefined)).toBe(true);
  expect(known.take(leakIn('/shop/gone.ts', 5))).toBeUndefined();
  for (const key of keys) known.giveBack(key!);
  expect(known.take(leakIn('/shop/gone.ts', 5))).toBe(keys[5]);
});

test('reads a line again for the next test file: in a watch it may have been edited', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-baseline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'poll.ts');
  for (const code of ['setInterval(a);', 'setInterval(b);']) {
    writeFileSync(file, `${code}\n`);
    const entry = { file: 'a.test.ts', owner: 'test test 1', type: 'Timeout', at: 'poll.ts', code, count: 1 };
    const known = new KnownLeaks([entry], folder, join(folder, 'a.test.ts'), undefined);
    expect(codeOf(leakIn(file, 1))).toBe(code);
    expect(known.take(leakIn(file, 1))).toBeDefined();
  }
});
