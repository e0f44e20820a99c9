/** Outputs of runs: what is read, what is refused in which words, and what comes of several. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { merge, readOutput, toRecords } from '../../../../src/report/outputs/index.ts';
import { toOutput, type Output } from '../../../../src/report/outputs/output.ts';
import { silentRecord, type FileRecord } from '../../../../src/report/record.ts';
import { leak } from '../sample.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'async-leaks-outputs-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, 'leaks.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const none = { stale: [], used: [] };
const record = (name: string, over: Partial<FileRecord> = {}): FileRecord => ({
  ...silentRecord(`/shop/${name}`),
  leaks: [{ status: 'failed', leak: leak({ others: [leak()] }), test: 0 }],
  times: { worker: '1-0', began: 1000, ended: 1009, tests: [{ name: 'one', began: 1001, ended: 1002 }] },
  ...over,
});
const output = (records: readonly FileRecord[] = [record('a.ts')], root = '/shop'): Output =>
  toOutput(records, none, root);
const readBack = (value: Output): unknown => JSON.parse(JSON.stringify(value));

test('what was written is read again', () => {
  const written = output([record('a.ts', { project: 'web', abandoned: 2 }), record('b.ts')]);
  expect(readOutput(file(written))).toEqual(readBack(written));
});

test('files of version 2 from before what is told under a leak had times are read', () => {
  const times = { opened: [0, 1], judged: 1, callbacks: [] };
  const before = { ...output(), leaks: output().leaks.map((each) => ({ ...each, times })) };
  expect(readOutput(file(before)).leaks[0]).toMatchObject({ times, others: [{}] });
});

test('a mark of the byte order does not matter', () => {
  expect(readOutput(file(`\ufeff${JSON.stringify(output())}`)).leaks).toHaveLength(1);
});

/** An output whose leak has others that have others, so many times. */
function nested(times: number): string {
  const [before, after] = JSON.stringify({ ...leak(), others: ['X'] }).split('"X"');
  const others = `${before}`.repeat(times) + JSON.stringify(leak()) + `${after}`.repeat(times);
  const [first] = output().leaks;
  return JSON.stringify({ ...output(), leaks: [{ ...first, others: ['X'] }] }).replace('"X"', () => others);
}

test('fields that a later version has added are let pass', () => {
  const [first, ...rest] = output().leaks;
  const later = { ...output(), more: 1, leaks: [{ ...first, colour: 'blue' }, ...rest] };
  expect(readOutput(file(later)).leaks).toHaveLength(1);
});

test('version 1 is read, with what it knew', () => {
  const {
    testFiles: _,
    runs: _r,
    sources: _s,
    usedAllowances: _u,
    leaks,
    ...rest
  } = output([record('a.ts', { abandoned: 2 }), record('b.ts')]);
  const old = {
    ...rest,
    version: 1,
    files: 7,
    leaks: leaks.map(({ file: _f, test: _n, times: _m, ...each }) => each),
  };
  const read = readOutput(file(old));
  expect(read).toMatchObject({ version: 2, files: 7, abandoned: 2, runs: [{ duration: 0 }], sources: [] });
  expect(read.testFiles.map((each) => [each.file, each.abandoned])).toEqual([
    ['/shop/a.ts', 2],
    ['/shop/b.ts', 0],
  ]);
  expect(read.leaks.map((each) => each.file)).toEqual([0, 1]);
  const idle = readOutput(file({ ...old, leaks: [] }));
  expect(toRecords(idle).reduce((sum, { abandoned }) => sum + abandoned, 0)).toBe(2);
});

describe('one sentence says that a file', () => {
  const [first] = output().leaks;
  const damaged = (change: object): object => ({ ...output(), leaks: [{ ...first, ...change }] });
  const later = 'this async-leaks reads versions 1 and 2; update it';
  test.each([
    ['is empty', '', 'is empty'],
    ['is cut off', JSON.stringify(output()).slice(0, -9), 'is not JSON, or has been cut off'],
    ['is no JSON', '# Changes', 'is not JSON, or has been cut off'],
    [
      'is none of ours',
      { name: 'async-leaks', version: '0.1.0' },
      'is not what the option outputFile of async-leaks writes',
    ],
    ['is a list', [], 'is not what the option outputFile of async-leaks writes'],
    ['is nothing', 'null', 'is not what the option outputFile of async-leaks writes'],
    ['is of a later version', { ...output(), version: 3 }, `has version 3, but ${later}`],
    ['lacks a field', { ...output(), root: undefined }, 'is damaged: root is missing'],
    ['has a leak that is none', { ...output(), leaks: [7] }, 'is damaged: leaks[0] must be an object'],
    [
      'has no leaks of version 1',
      { ...output(), version: 1, leaks: [null] },
      'is damaged: leaks[0].type is missing',
    ],
    [
      'has a wrong status',
      damaged({ status: 'bad' }),
      'is damaged: leaks[0].status must be one of failed, warned, allowed, known, recorded',
    ],
    [
      'has a wrong line',
      damaged({ place: { file: '/a.ts', line: 0, column: 1 } }),
      'is damaged: leaks[0].place.line must be at least 1',
    ],
    [
      'has a wrong leak told under another',
      damaged({ others: [{ ...leak(), noun: 7 }] }),
      'is damaged: leaks[0].others[0].noun must be a string',
    ],
    [
      'has a file of no run',
      { ...output(), testFiles: [{ file: '/a.ts', run: 1, abandoned: 0, left: [] }] },
      'is damaged: testFiles[0].run is none of its runs',
    ],
    ['has a leak of no file', damaged({ file: 1 }), 'is damaged: leaks[0].file is none of its test files'],
    [
      'has a leak of no test',
      damaged({ times: { test: 1, opened: [0, 1], judged: 1, callbacks: [] } }),
      'is damaged: leaks[0].times.test is none of the tests of its file',
    ],
    [
      'has times of fewer than are told under a leak',
      damaged({ times: { opened: [0, 1], judged: 1, callbacks: [], others: [] } }),
      'is damaged: leaks[0].times.others must have one for each of its others',
    ],
    [
      'has wrong times of what is told under a leak',
      damaged({
        times: { opened: [0, 1], judged: 1, callbacks: [], others: [{ opened: [0, 1], callbacks: [-1] }] },
      }),
      'is damaged: leaks[0].times.others[0].callbacks[0] must be at least 0',
    ],
    [
      'has a moment that is none',
      JSON.stringify(output()).replace(/"duration":[\d.]+/, '"duration":1e999'),
      'is damaged: runs[0].duration must be a number',
    ],
    ['has leaks within leaks', nested(20_000), 'is damaged: too much in it is within something else'],
    [
      'has half a range',
      damaged({ times: { opened: [0], judged: 1, callbacks: [] } }),
      'is damaged: leaks[0].times.opened must be of 2 to 2 items',
    ],
  ])('%s', (_what, content, why) => {
    const path = file(content);
    expect(() => readOutput(path)).toThrow(new Error(`${path} ${why}.`));
  });

  test('is too large', () => {
    const path = join(folder, 'large.json');
    writeFileSync(path, '');
    truncateSync(path, 600 * 1024 * 1024);
    expect(() => readOutput(path)).toThrow(new Error(`${path} is too large: at most 511 MB are read.`));
  });

  test('is not there, or is a folder', () => {
    expect(() => readOutput(join(folder, 'none.json'))).toThrow(/none\.json is not there\.$/);
    mkdirSync(join(folder, 'reports'));
    expect(() => readOutput(join(folder, 'reports'))).toThrow(/reports is a folder; name the files in it\.$/);
    symlinkSync('loop.json', join(folder, 'loop.json'));
    expect(() => readOutput(join(folder, 'loop.json'))).toThrow(
      /loop\.json cannot be read: ELOOP: [^\n]*\.$/,
    );
  });
});

describe('of several outputs', () => {
  const named = (name: string, value: Output) => ({ name, output: value });

  test('one has its own name, and each of several the name of its file', () => {
    expect(merge([named('a.json', output())])).toEqual(output());
    const both = merge([named('a.json', output()), named('b.json', output([record('b.ts')]))]);
    expect(both.runs.map(({ name }) => name)).toEqual(['a.json', 'b.json']);
    expect(both.testFiles.map(({ file: path, run }) => [path, run])).toEqual([
      ['/shop/a.ts', 0],
      ['/shop/b.ts', 1],
    ]);
    const again = merge([named('both.json', both), named('c.json', output())]);
    expect(again.runs.map(({ name }) => name)).toEqual(['both.json: a.json', 'both.json: b.json', 'c.json']);
    expect(again.leaks.map((each) => each.file)).toEqual([0, 1, 2]);
  });

  test('the totals are those of one run of all', () => {
    const records = ['a.ts', 'b.ts', 'c.ts'].map((name, i) =>
      record(name, { abandoned: i, left: [{ noun: 'a timer', count: i + 1 }] }),
    );
    const whole = output(records);
    const merged = merge(records.toReversed().map((each, i) => named(`${i}.json`, output([each]))));
    for (const field of ['root', 'files', 'abandoned'] as const) expect(merged[field]).toBe(whole[field]);
    expect(merged.leaks.map(({ times: _times, ...facts }) => facts)).toEqual(
      whole.leaks.map(({ times: _times, ...facts }) => facts),
    );
    expect(toRecords(merged).map(({ leaks, abandoned, left }) => [leaks.length, abandoned, left])).toEqual(
      toRecords(whole).map(({ leaks, abandoned, left }) => [leaks.length, abandoned, left]),
    );
  });

  test('paths are relative to the folder that all of them are in', () => {
    const rootOf = (...roots: string[]) =>
      merge(roots.map((root, i) => named(`${i}.json`, output([], root)))).root;
    expect(rootOf('/shop', '/shop')).toBe('/shop');
    expect(rootOf('/shop/packages/web', '/shop/packages/web-api')).toBe('/shop/packages');
    expect(rootOf('/shop', '/shop/packages/api')).toBe('/shop');
    expect(rootOf('/shop', '/other')).toBe('/');
    expect(rootOf('C:\\shop\\web', 'C:\\shop\\api')).toBe('C:\\shop');
  });

  test('an allowance that another has used is not stale', () => {
    const at = (line: number) => ({ text: 'allowLingering()', place: { file: '/a.ts', line, column: 1 } });
    const one = toOutput([], { stale: [at(1), at(2)], used: [at(3)] }, '/');
    const two = toOutput([], { stale: [at(1), at(3)], used: [at(2)] }, '/');
    expect(merge([named('a', one), named('b', two)]).staleAllowances).toEqual([at(1)]);
  });
});
