import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import type { Leak } from '../../../src/tracker/leak.ts';
import {
  codeOf,
  compareBaseline,
  type KnownLeak,
  KnownLeaks,
  readBaseline,
} from '../../../src/report/baseline.ts';
import { type FileRecord, silentRecord } from '../../../src/report/record.ts';
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

const entry = (own: Partial<KnownLeak> = {}): KnownLeak => ({
  file: 'a.test.ts',
  owner: 'test one',
  type: 'Timeout',
  at: 'src/poll.ts',
  code: 'poll();',
  count: 1,
  ...own,
});

/** What a run says of a baseline of one entry, if a test leaks at its line. */
function compareWith(before: KnownLeak, file: string, name: string, tests: readonly string[] = [name]) {
  const place = { file: '/shop/src/poll.ts', line: 1, column: 1 };
  const found = { ...leak({ owner: { kind: 'test', name }, place }), type: 'Timeout' };
  const record: FileRecord = {
    ...silentRecord(`/shop/${file}`),
    leaks: [{ status: 'failed', leak: found, code: 'poll();' }],
    judged: tests.map((each) => `test ${each}`),
    tests,
  };
  return compareBaseline([before], [record], '/shop', (path) => path === file);
}

test.each([
  ['another name of its test', 'a.test.ts', 'first'],
  ['another name of its file', 'b.test.ts', 'one'],
])('an entry that leaks under %s has moved', (_what, file, name) => {
  const { moved, removable, added, removed, next } = compareWith(entry(), file, name);
  expect(moved.map(({ to }) => [to.file, to.owner])).toEqual([[file, `test ${name}`]]);
  expect({ removable, added, removed }).toEqual({ removable: [], added: 0, removed: 0 });
  expect(next).toEqual([entry({ file, owner: `test ${name}` })]);
});

test.each([
  ['a test that is still there', entry(), ['one', 'first']],
  ['another line', entry({ code: 'poll(1);' }), ['first']],
  ['another type', entry({ type: 'TCPWRAP' }), ['first']],
])('an entry of %s has not', (_what, before, tests) => {
  const { moved, removable, added } = compareWith(before, 'a.test.ts', 'first', tests);
  expect({ moved, removable, added }).toEqual({ moved: [], removable: [before], added: 1 });
});

test('reads what `merge=union` of Git leaves: a comma too few or too many, an entry twice', () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'async-leaks-baseline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = [entry(), entry({ owner: 'test two', code: 'f([1, ]);' }), entry({ count: 2 })].map((each) =>
    JSON.stringify(each),
  );
  const path = join(folder, 'known.json');
  writeFileSync(path, `{\n  "version": 1,\n  "leaks": [\n    ${lines.join('\n    ')},\n  ]\n}\n`);
  expect(readBaseline(path)).toEqual([entry({ count: 2 }), entry({ owner: 'test two', code: 'f([1, ]);' })]);
});
