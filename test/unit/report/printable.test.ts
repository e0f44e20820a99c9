/** Names that users choose reach a terminal only as text: none of their sequences moves the cursor or hides a line. */
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  jsonValue,
  nat,
  oneof,
  property,
  record,
  sample,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { parseAllowances } from '../../../src/config/allowances.ts';
import { faultsFor, noteFault, refusing, takeFault } from '../../../src/process/faults.ts';
import type { Leak } from '../../../src/tracker/leak.ts';
import { resolveOptions } from '../../../src/config/options.ts';
import { printable, printableData, printableLines, say } from '../../../src/text/printable.ts';
import { toErrors, toTimeoutError } from '../../../src/report/leak-error.ts';
import { summarise } from '../../../src/report/summary.ts';

afterEach(() => vi.restoreAllMocks());

/** All but the line breaks that are ours. */
const UNSAFE = /[^\n\P{Cc}]|[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const ESCAPE = '\u001b]0;owned\u0007\u001b[2J';

const letters = Array.from(
  'a ():/.…ü😀\n\r\t\0\u001b\u007f\u0085\u009b\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ud800 \udfff',
);
const hostile = string({ unit: constantFrom(...letters), maxLength: 250 });
const place = record({
  file: hostile.map((name) => `/project/${name}`),
  line: nat(),
  column: nat(),
  function: hostile,
});
const flat = record({
  type: hostile,
  kind: constant('handle' as const),
  noun: constantFrom('a file handle', 'an async resource'),
  made: constant('opened'),
  ended: constant('closed'),
  remedy: constant('close().'),
  details: oneof(
    hostile.map((label) => ({ label })),
    hostile.map((path) => ({ path, label: `file ${path}` })),
  ),
  owner: record(
    { kind: constantFrom('test' as const, 'suite' as const), name: hostile, place },
    { requiredKeys: ['kind', 'name'] },
  ),
  place,
  probably: boolean(),
  unattributed: boolean(),
  frames: array(place, { maxLength: 3 }),
  chain: array(
    record({
      type: hostile,
      noun: constant('a timer'),
      details: hostile.map((label) => ({ label })),
      place,
    }),
    { maxLength: 2 },
  ),
  others: constant<Leak[]>([]),
});
const leak: Arbitrary<Leak> = tuple(flat, array(flat, { maxLength: 2 })).map(([first, others]) => ({
  ...first,
  others,
}));

const options = { root: '/project', stackDepth: 24 };

describe('a leak of any names', () => {
  test('has an error whose message and stack are printable, its stack one frame to a line', () => {
    assert(
      property(leak, nat({ max: 12 }), (each, more) => {
        const leaks = [each, ...Array.from({ length: more }, () => each)];
        for (const error of [...toErrors(leaks, options), toTimeoutError(leaks, options)!]) {
          const { message, stack = '' } = error;
          expect(message).not.toMatch(UNSAFE);
          expect(stack).not.toMatch(UNSAFE);
          const frames = stack.slice(`LeakError: ${message}\n`.length).split('\n');
          for (const frame of frames) expect(frame).toMatch(/^ {4}at .*:\d+:\d+\)?$/);
          const facts = new Set([each, ...each.others]);
          expect(error.leaks.every((fact) => facts.has(fact))).toBe(true);
        }
      }),
    );
  });

  test('has a summary that is printable', () => {
    const plain = (text: string): string => text;
    const colors = { bold: plain, dim: plain, red: plain, yellow: plain, cyan: plain };
    assert(
      property(leak, hostile, integer({ min: 0, max: 100 }), (each, text, columns) => {
        const file = `/project/${text}`;
        const entry = { project: text, file: text, owner: text, type: text, at: text, code: text, count: 1 };
        const fileRecord = {
          file,
          project: text,
          leaks: [
            { status: 'failed' as const, leak: each, after: { fired: 1, during: [text] } },
            { status: 'allowed' as const, leak: each, reason: text },
          ],
          abandoned: 1,
          left: [],
          allowances: [],
          whole: true,
          judged: [],
          tests: [],
        };
        const shown = summarise({
          records: [fileRecord, { ...fileRecord, project: `${text}2` }],
          stale: [{ text, file }],
          baselines: [
            { path: file, known: 1, removable: [entry], recorded: undefined },
            { path: file, known: 1, removable: [], recorded: { count: 1, added: 0, removed: 0 } },
          ],
          root: '/project',
          colors,
          columns,
        });
        expect(shown).not.toMatch(UNSAFE);
      }),
    );
  });
});

test('a path that is only unusual stays as it is, so that frameworks find the file', () => {
  const file = '/project/a b (c) ü 日本 👨‍👩‍👧 [x]/t.test.ts';
  const at = { file, line: 3, column: 5, function: 'größe' };
  const [example] = sample(flat, 1);
  const [error] = toErrors([{ ...example!, place: at, frames: [at] }], options);
  expect(error!.stack!.split('\n').at(-1)).toBe(`    at größe (${file}:3:5)`);
});

describe('what is wrong is told in printable words', () => {
  const messageOf = (check: () => unknown): string => {
    try {
      refusing(check);
    } catch (error) {
      expect((error as Error).stack).toBe(String(error));
      return (error as Error).message;
    }
    throw new Error('was not refused');
  };

  test.each([
    ['a value', () => resolveOptions({ mode: ESCAPE }, {})],
    ['a name', () => resolveOptions({ [ESCAPE]: 1 }, {})],
    ['the variable', () => resolveOptions({}, { ASYNC_LEAKS: ESCAPE })],
    ['a key of an allowance', () => parseAllowances([{ [ESCAPE]: 1 }], 'allowLingering()')],
  ])('%s', (_what, check) => {
    const message = messageOf(check);
    expect(message).not.toMatch(UNSAFE);
    expect(message).toContain('\\u001b]0;owned\\u0007');
  });

  test('a fault', () => {
    const fault = new Error(ESCAPE);
    fault.stack = `Error: ${ESCAPE}\n    at ${ESCAPE} (/a.ts:1:1)`;
    noteFault(fault);
    const told = takeFault()!;
    expect(told.message).toContain('Error: \\u001b]0;owned\\u0007');
    expect(told.message + told.stack).not.toMatch(UNSAFE);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['no string', Object.create(null)],
    [
      'an error that throws',
      Object.defineProperty(new Error('x'), 'stack', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
  ])('a fault that is %s', (_what, fault) => {
    noteFault(fault);
    expect(faultsFor('fail', () => undefined)[0]?.message).toMatch(/^async-leaks failed itself/);
  });

  test('a sentence', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    say(`async-leaks: ${ESCAPE}\nmore`);
    expect(write.mock.calls).toEqual([['async-leaks: \\u001b]0;owned\\u0007\\u001b[2J\nmore\n']]);
  });
});

test('JSON says the same when it is made printable', () => {
  assert(
    property(jsonValue(), hostile, (value, text) => {
      const json = printableLines(JSON.stringify({ value, [text]: text }, null, 2));
      expect(json).not.toMatch(UNSAFE);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, [text]: text })));
    }),
  );
});

test('what is printable already is not copied', () => {
  const data = { a: ['x', { b: 'y' }], c: 1 };
  expect(printableData(data)).toBe(data);
  expect(printableData({ ...data, d: '\n' })).toEqual({ ...data, d: '\\n' });
  expect(printable('👨‍👩‍👧 fine')).toBe('👨‍👩‍👧 fine');
});
