/** The words at the end of a run. */
import { expect, test } from 'vitest';

import type { Leak } from '../../src/leak.ts';
import type { FileRecord, RecordedLeak } from '../../src/record.ts';
import { summarise, type SummaryInput } from '../../src/report/summary.ts';

const ROOT = '/shop';
const plain = (text: string): string => text;
const colors = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain };

const leak = (over: Partial<Leak> = {}): Leak => ({
  type: 'Timeout',
  kind: 'timer',
  noun: 'a timer',
  made: 'started',
  ended: 'cleared',
  remedy: 'clearTimeout().',
  details: {},
  owner: { kind: 'test', name: 'one' },
  place: { file: '/shop/src/poll.ts', line: 3, column: 5, function: 'poll' },
  probably: false,
  unattributed: false,
  frames: [],
  chain: [],
  others: [],
  ...over,
});
const inTest = (name: string, over: Partial<Leak> = {}): RecordedLeak => ({
  status: 'failed',
  leak: leak({ owner: { kind: 'test', name }, ...over }),
});
const record = (leaks: readonly RecordedLeak[], over: Partial<FileRecord> = {}): FileRecord => ({
  file: '/shop/test/a.test.ts',
  leaks,
  abandoned: 0,
  allowances: [],
  judged: [],
  tests: [],
  ...over,
});
const summary = (records: readonly FileRecord[], over: Partial<SummaryInput> = {}): string =>
  summarise({ records, stale: [], baselines: [], root: ROOT, colors, columns: undefined, ...over });

test('says nothing where nothing leaked', () => {
  expect(summary([record([])])).toBe('');
});

test('reads one helper forgotten in fifty tests as one cause, the one with most tests first', () => {
  const fifty = Array.from({ length: 50 }, (_, i) => inTest(`test ${i}`));
  const server = inTest('serves', {
    type: 'TCPSERVERWRAP',
    noun: 'a TCP server',
    remedy: 'server.close().',
    place: { file: '/shop/test/a.test.ts', line: 9, column: 1 },
    others: [leak({ type: 'TCPWRAP' }), leak({ type: 'TCPWRAP' })],
  });
  const hook = inTest('', { owner: { kind: 'suite', name: 'users', hook: 'beforeAll' } });
  expect(summary([record([server]), record([...fifty, hook], { file: '/shop/test/b.test.ts' })])).toBe(
    ` Async leaks  54 resources in 51 tests and 1 file outside of tests, opened at 2 places

   src/poll.ts:3:5  poll
     51 × timer (Timeout)
     in 50 tests: "test 0", "test 1", "test 2" and 47 more
     in beforeAll of "users"
     Close it: clearTimeout().

   test/a.test.ts:9:1
     1 × TCP server (TCPSERVERWRAP), and 2 more because of it
     in "serves"
     Close it: server.close().`,
  );
});

test('counts the callbacks after the test, what was allowed, what failing tests left, and what is stale', () => {
  const after = { fired: 12, during: ['creates a user', 'b', 'c', 'd', 'e', 'f'] };
  const allowed: RecordedLeak = { status: 'allowed', leak: leak(), reason: 'the plugs' };
  const text = summary([record([{ ...inTest('one'), after }, allowed, allowed], { abandoned: 3 })], {
    stale: [{ text: "allowLingering('WORKER')", place: { file: '/shop/a.ts', line: 1, column: 2 } }],
  });
  expect(text).toContain('Fired 12 times after its test, during "creates a user", "b", "c" and 3 more.');
  expect(text.split('\n').slice(-3)).toEqual([
    ' 3 resources were left by tests that failed.',
    ' Allowed to linger: 2 × Timeout (the plugs).',
    " allowLingering('WORKER') allowed nothing, and would hide the next leak: remove it  a.ts:1:2",
  ]);
});

test('tells of a baseline what it tolerated, and what it need no longer', () => {
  const entry = { file: 'a.ts', owner: 'test one', type: 'Timeout', at: 'src/poll.ts', code: '', count: 2 };
  const news = { path: '/shop/known.json', known: 7, removable: [entry], recorded: undefined };
  expect(summary([record([])], { baselines: [news] })).toBe(` Async leaks
 Tolerated 7 known leaks of known.json.
 2 known leaks of known.json leak no more; ASYNC_LEAKS=update removes them:
   Timeout in "one" of a.ts, opened in src/poll.ts`);
  const recorded = { ...news, removable: [], recorded: 1 };
  expect(summary([record([])], { baselines: [recorded] })).toContain('Recorded 1 known leak in known.json.');
});

test('lets no control character of a name through', () => {
  const text = summary([record([inTest('a\u001b[31m\nb', { type: 'T\u0007' })])]);
  expect(text).toContain('in "a\\u001b[31m\\nb"');
  expect(text).toContain('(T\\u0007)');
});

test('breaks lines at the width of the terminal', () => {
  const text = summary([record([inTest('keeps the last rates while their source is down')])], {
    columns: 40,
  });
  expect(text).toContain('     in "keeps the last rates while\n     their source is down"\n');
  for (const line of text.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(40);
});
