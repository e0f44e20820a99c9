/** The words at the end of a run. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';

import type { Leak, Place } from '../../../src/tracker/leak.ts';
import type { FileRecord, RecordedLeak } from '../../../src/report/record.ts';
import { summarise, type SummaryInput } from '../../../src/report/summary.ts';
import { leak } from './sample.ts';

const ROOT = '/shop';
const plain = (text: string): string => text;
const colors = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain };

const inTest = (name: string, over: Partial<Leak> = {}): RecordedLeak => ({
  status: 'failed',
  leak: leak({ owner: { kind: 'test', name }, ...over }),
});
const record = (leaks: readonly RecordedLeak[], over: Partial<FileRecord> = {}): FileRecord => ({
  file: '/shop/test/a.test.ts',
  leaks,
  abandoned: 0,
  left: [],
  allowances: [],
  whole: false,
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
     51 timers (Timeout)
     in 50 tests of test/b.test.ts: "test 0", "test 1", "test 2" and 47 more
     in beforeAll of "users" (test/b.test.ts)
     Close it: clearTimeout().

   test/a.test.ts:9:1
     a TCP server, 2 timers (TCPSERVERWRAP, TCPWRAP)
     in "serves"
     Close it: server.close().

   To let something linger, call allowLingering() in its test.`,
  );
});

test('counts the ends of connections that a server keeps, but not those that go with what leads', () => {
  const end: Partial<Leak> = { type: 'TCPWRAP', noun: 'a TCP socket', accepted: true };
  const server: Partial<Leak> = { type: 'TCPSERVERWRAP', noun: 'a TCP server', others: [leak(end)] };
  const handled = inTest('handles', { ...end, others: [leak(), leak(end)] });
  const text = summary([record([inTest('serves', server), inTest('keeps', end), handled])]);
  expect(text).toContain('a TCP server, 3 TCP sockets, a timer (TCPSERVERWRAP, TCPWRAP, Timeout)');
});

test('names the lines that come through a factory, and the line that all of them come through', () => {
  const at = (file: string, line: number): Place => ({ file: `/shop/test/${file}`, line, column: 9 });
  const made = (line: number): RecordedLeak =>
    inTest(`test ${line}`, {
      caller: at('connection.ts', 33),
      through: [at('cleanup.ts', 24), at('jobs.test.ts', line)],
    });
  expect(summary([record([made(39), made(39), made(141)])])).toContain(
    'called at test/cleanup.ts:24:9, from test/jobs.test.ts:39:9 (2 ×), test/jobs.test.ts:141:9\n',
  );
  expect(summary([record([made(39), made(39)])])).not.toContain('called at');
});

test('counts the callbacks after the test, what was allowed, what failing tests left, and what is stale', () => {
  const after = { fired: 12, during: ['creates a user', 'b', 'c', 'd', 'e', 'f'] };
  const allowed: RecordedLeak = { status: 'allowed', leak: leak(), reason: 'the plugs' };
  const text = summary([record([{ ...inTest('one'), after }, allowed, allowed], { abandoned: 3 })], {
    stale: [
      { text: "allowLingering('WORKER')", place: { file: '/shop/a.ts', line: 1, column: 2 } },
      { text: 'meta.allowLingering of "polls": true', file: '/shop/b.ts' },
      { text: `option "allow": 'UDPWRAP'` },
    ],
  });
  expect(text).toContain('Fired 12 times after its test, during "creates a user", "b", "c" and 3 more.');
  expect(text.split('\n').slice(-6)).toEqual([
    ' 3 resources were left by tests that failed.',
    ' Allowed to linger: 2 × Timeout (the plugs).',
    ' 3 allowances allowed nothing, and would hide the next leak; remove them:',
    "   allowLingering('WORKER')  a.ts:1:2",
    '   meta.allowLingering of "polls": true  b.ts',
    `   option "allow": 'UDPWRAP'`,
  ]);
});

test('tells of a baseline what it tolerated, and what it need no longer', () => {
  const entry = { file: 'a.ts', owner: 'test one', type: 'Timeout', at: 'src/poll.ts', code: '', count: 2 };
  const news = { path: '/shop/known.json', known: 7, removable: [entry], recorded: undefined };
  expect(summary([record([])], { baselines: [news] })).toBe(` Async leaks
 Tolerated 7 known leaks of known.json.
 2 known leaks of known.json no longer leak; ASYNC_LEAKS=update removes them:
   2 × Timeout in "one" of a.ts, opened in src/poll.ts`);
  const updated = (added: number, removed: number) =>
    summary([record([])], {
      baselines: [{ ...news, removable: [], recorded: { count: 2, added, removed } }],
    });
  expect(updated(2, 0)).toContain('Recorded 2 known leaks in known.json.');
  expect(updated(0, 0)).toContain('Recorded 2 known leaks in known.json.');
  expect(updated(1, 3)).toContain('Recorded 2 known leaks in known.json: 1 added, 3 removed.');
});

test('counts leaks, not entries, in what a baseline need no longer', () => {
  const removable = Array.from({ length: 12 }, (_, i) => ({
    file: 'a.ts',
    owner: 'beforeAll of users',
    type: 'Timeout',
    at: '',
    code: '',
    count: i + 1,
  }));
  const news = { path: '/shop/known.json', known: 0, removable, recorded: undefined };
  const lines = summary([record([])], { baselines: [news] }).split('\n');
  expect(lines[1]).toContain('78 known leaks of known.json no longer leak');
  expect(lines[2]).toBe('   Timeout in beforeAll of users of a.ts');
  expect(lines.at(-1)).toBe('   and 23 more leaks');
});

test('lets no control character of a name through', () => {
  const text = summary([record([inTest('a\u001b[31m\nb', { type: 'T\u0007' })])]);
  expect(text).toContain('in "a\\u001b[31m\\nb"');
  expect(text).toContain('(T\\u0007)');
});

describe('at the width of the terminal', () => {
  const found = (): readonly FileRecord[] => [
    record([
      inTest('keeps the last rates while their source is down', {
        place: { file: '/shop/src/some folder/deep/down/poll.ts', line: 3, column: 5, function: 'poll' },
      }),
    ]),
    record([inTest('', { owner: { kind: 'file', name: 'b' } })], { file: '/shop/test/b.test.ts' }),
  ];
  const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[39m`;
  const painted = { bold: ansi(1), dim: ansi(2), red: ansi(31), yellow: ansi(33), cyan: ansi(36) };

  test('breaks lines, and goes on deeper', () => {
    const text = summary(found(), { columns: 40 });
    expect(text).toContain('     in "keeps the last rates while\n       their source is down"\n');
    expect(text.split('\n').slice(0, 3)).toEqual([
      ' Async leaks  2 resources in 1 test and',
      '   1 file outside of tests, opened at 2',
      '   places',
    ]);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  });

  test('breaks no place', () => {
    expect(summary(found(), { columns: 24 })).toContain(
      '   src/some folder/deep/down/poll.ts:3:5\n     poll\n',
    );
    expect(summary(found())).toContain('   src/some folder/deep/down/poll.ts:3:5  poll\n');
  });

  test.each([24, 40, 60, 80, 140])('breaks them alike with colours, at %i columns', (columns) => {
    const text = summary(found(), { columns, colors: painted });
    expect(text).toContain('\u001b[31m');
    expect(stripVTControlCharacters(text)).toBe(summary(found(), { columns }));
  });
});

describe('test files', () => {
  const [a, b] = ['/shop/test/a.test.ts', '/shop/test/b.test.ts'];

  test('are named where the names of tests do not tell', () => {
    const text = summary([
      record([inTest('works')], { file: a }),
      record([inTest('works'), inTest('', { owner: { kind: 'suite', name: 'users', hook: 'beforeAll' } })], {
        file: b,
      }),
    ]);
    expect(text).toContain('     in 2 tests: "works" (test/a.test.ts), "works" (test/b.test.ts)\n');
    expect(text).toContain('     in beforeAll of "users" (test/b.test.ts)\n');
  });

  test('are not named where the place tells, or there is no other', () => {
    const place = { file: b, line: 1, column: 1 };
    expect(summary([record([]), record([inTest('works', { place })], { file: b })])).toContain(
      'in "works"\n',
    );
    expect(summary([record([inTest('works')])])).toContain('in "works"\n');
  });

  test('are counted for each project that runs them', () => {
    const place = { file: a, line: 1, column: 1 };
    const text = summary(
      ['api', 'web'].map((project) => record([inTest('works', { place })], { file: a, project })),
    );
    expect(text).toContain('Async leaks  2 resources in 2 tests, opened at 1 place');
    expect(text).toContain('in 2 tests: "works" (test/a.test.ts [api]), "works" (test/a.test.ts [web])\n');
    const unnamed = [1, 2].map(() => record([inTest('works', { place })], { file: a }));
    expect(summary(unnamed)).toContain('Async leaks  2 resources in 2 tests, opened at 1 place');
  });
});

test('says after what the callbacks ran', () => {
  const after = { fired: 1, during: [] };
  const of = (...owners: readonly Leak['owner'][]) =>
    summary([record(owners.map((owner) => ({ ...inTest('', { owner }), after })))]);
  const hook = { kind: 'suite', name: 'users', hook: 'beforeAll' } as const;
  const file = { kind: 'file', name: '/shop/test/a.test.ts' } as const;
  const one = { kind: 'test', name: 'one' } as const;
  expect(of(hook)).toContain('Fired 1 time after its hook.');
  expect(of({ ...file, hook: 'afterAll' })).toContain('Fired 1 time after its hook.');
  expect(of(file)).toContain('Fired 1 time after its file.');
  expect(of(one, one)).toContain('Fired 2 times after their test.');
  expect(of(one, { ...one, name: 'two' }, hook)).toContain('Fired 3 times after their tests and hook.');
  expect(of(one, hook, file)).toContain('Fired 3 times after their test, hook and file.');
});

test('does not repeat the names of tests that leaks of each other fired in', () => {
  const names = ['a', 'b', 'c'];
  const during = (...told: string[]) =>
    summary([record(names.map((name) => ({ ...inTest(name), after: { fired: 2, during: told } })))]);
  expect(during('b', 'c')).toContain('Fired 6 times after their tests, during other tests of these.');
  expect(during('b', 'c', 'later')).toContain('during "later", "b", "c".');
});

test('tells the places with most tests, and counts the rest', () => {
  const places = Array.from({ length: 203 }, (_, i) => ({ file: '/shop/a.ts', line: i + 1, column: 1 }));
  const leaks = places.flatMap((place, i) =>
    i === 100 ? [inTest('one', { place }), inTest('two', { place })] : [inTest(`test ${i}`, { place })],
  );
  const lines = summary([record(leaks)]).split('\n');
  expect(lines[0]).toBe(' Async leaks  204 resources in 204 tests, opened at 203 places');
  expect(lines[2]).toBe('   a.ts:101:1');
  expect(lines.filter((line) => line.includes('Close it'))).toHaveLength(20);
  expect(lines.at(-3)).toBe('   … and 183 more places, 183 resources; the option outputFile lists them all');
});

test('cuts no two names so that they read the same', () => {
  const name = (i: number) =>
    `users of the shop > with ${'many '.repeat(9)}carts, ${i} ${'of them '.repeat(9)}paid`;
  const text = summary([record([0, 1].map((i) => inTest(name(i))))]);
  expect(text).toContain(' carts, 0 of');
  expect(text).toContain(' and 1 more');
  const during = Array.from({ length: 2 }, (_, i) => name(i));
  const fired = summary([record([{ ...inTest('one'), after: { fired: 1, during } }])]);
  expect(fired).toContain('carts, 0 of');
});

test('counts what was allowed for more reasons than are read', () => {
  const allowed = Array.from({ length: 12 }, (_, i): RecordedLeak => ({
    status: 'allowed',
    leak: leak(),
    reason: `reason ${i}`,
  }));
  expect(summary([record(allowed)])).toMatch(/1 × Timeout \(reason 9\) and 2 more\.$/);
});

test('is made in no time of many leaks, each of its own reason, place and test', () => {
  const many = Array.from({ length: 20_000 }, (_, i) => ({
    ...inTest(`test ${i} of them`, { place: { file: '/shop/a.ts', line: i + 1, column: 1 } }),
    reason: `the reason ${i}`,
  }));
  const allowed = many.map((each) => ({ ...each, status: 'allowed' as const }));
  expect(summary([record([...many, ...allowed])])).toContain('opened at 20000 places');
});

test('shortens long names', () => {
  const name = (i: number) =>
    `users > when signed in > and the session has ${'almost '.repeat(5)}expired ${i}`;
  const leaks = Array.from({ length: 9 }, (_, i) => ({
    ...inTest(name(i)),
    after: { fired: 1, during: Array.from({ length: 30 }, (__, j) => name(j + 20)) },
  }));
  const lines = summary([record(leaks)], { columns: 80 })
    .split('\n')
    .slice(2);
  expect(lines[2]).toBe('     in 9 tests: "users > when sig…almost almost almost expired 0", "users >');
  expect(lines.length).toBeLessThanOrEqual(9);
});
