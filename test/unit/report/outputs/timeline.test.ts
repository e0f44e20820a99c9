/** A run in time. */
import { expect, test } from 'vitest';

import { silentRecord, type FileRecord } from '../../../../src/report/record.ts';
import { toOutput } from '../../../../src/report/outputs/output.ts';
import { leak } from '../sample.ts';

const BEGAN = Date.UTC(2026, 10, 30, 17);
const none = { stale: [], used: [] };

const ran = (name: string, worker: string, began: number, ended: number): FileRecord => ({
  ...silentRecord(`/shop/${name}.ts`),
  times: {
    worker,
    began: BEGAN + began,
    ended: BEGAN + ended,
    tests: [{ name, began: BEGAN + began + 1, ended: BEGAN + ended - 1 }],
  },
});
const timesOf = (...records: FileRecord[]) =>
  Object.fromEntries(
    toOutput(records, none, '/shop').testFiles.map(({ file, times }) => [file.slice(6, -3), times]),
  );

test('moments are ms since the first file began', () => {
  const output = toOutput([ran('b', '1-0', 100, 250.26), ran('a', '2-0', 40, 90)], none, '/shop');
  expect(output.runs).toEqual([{ began: '2026-11-30T17:00:00.040Z', duration: 210.3 }]);
  expect(output.testFiles.map(({ file, times }) => [file, times?.began, times?.ended])).toEqual([
    ['/shop/a.ts', 0, 50],
    ['/shop/b.ts', 60, 210.3],
  ]);
  expect(output.testFiles[0]!.times!.tests).toEqual([{ name: 'a', began: 1, ended: 49 }]);
});

test('files of one worker share a lane, and one with a worker of its own takes a lane that is free', () => {
  const times = timesOf(
    ran('a', '1-0', 0, 10),
    ran('b', '2-0', 1, 5),
    ran('c', '1-0', 11, 20),
    ran('d', '2-0', 12, 20),
    ran('e', '3-0', 13, 14),
    ran('f', '4-0', 21, 22),
    ran('g', '2-0', 23, 24),
  );
  const lanes = Object.entries(times).map(([name, own]) => `${name}${own!.lane}`);
  expect(lanes.join(' ')).toBe('a0 b1 c0 d1 e2 f0 g1');
});

test('a minute in which nothing ran, as between the runs of a watch, is a second', () => {
  const minutes = 60_000;
  const times = timesOf(
    ran('a', '1-0', 0, 10),
    ran('b', '1-0', 50_000, 50_010),
    ran('c', '1-0', 20 * minutes, 20 * minutes + 10),
    ran('d', '1-0', 90 * minutes, 90 * minutes + 10),
  );
  const began = Object.values(times).map((own) => own!.began);
  expect(began).toEqual([0, 50_000, 51_010, 52_020]);
  expect(times['d']!.tests[0]!.began).toBe(52_021);
});

test('what is told under a leak is ms since the run began, too', () => {
  const at = (from: number, to: number) => [BEGAN + from, BEGAN + to] as const;
  const record: FileRecord = {
    ...ran('a', '1-0', 100, 200),
    leaks: [
      {
        status: 'failed',
        leak: leak({ others: [leak()] }),
        times: {
          test: 0,
          opened: at(110, 120),
          judged: BEGAN + 130,
          released: at(200, 200),
          callbacks: [BEGAN + 140],
          others: [{ opened: at(115, 120), callbacks: [BEGAN + 150] }],
        },
      },
    ],
  };
  expect(toOutput([record], none, '/shop').leaks[0]!.times).toEqual({
    test: 0,
    opened: [10, 20],
    judged: 30,
    released: [100, 100],
    callbacks: [40],
    others: [{ opened: [15, 20], callbacks: [50] }],
  });
});

test('a run without times has none', () => {
  const record: FileRecord = { ...silentRecord('/shop/a.ts'), leaks: [{ status: 'failed', leak: leak() }] };
  const { runs, testFiles, leaks } = toOutput([record], none, '/shop');
  expect(runs).toEqual([{ duration: 0 }]);
  expect(testFiles).toEqual([{ file: '/shop/a.ts', run: 0, abandoned: 0, left: [] }]);
  expect(leaks[0]).toMatchObject({ testFile: '/shop/a.ts', file: 0 });
});
