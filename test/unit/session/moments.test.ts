/** When files, tests and leaks were: kept only if an option asks for it. */
import { afterEach, expect, test } from 'vitest';

import type { RecordedLeak } from '../../../src/report/record.ts';
import { createSession, type FileRecord, type Session } from '../../../src/session/index.ts';
import { note } from '../../../src/tracker/events/aftermath.ts';
import type { Resource } from '../../../src/tracker/resource.ts';

interface Task {
  readonly kind: 'test' | 'suite';
  readonly name: string;
  /** Missing for what is directly in the root. */
  readonly file?: Task;
}

let session: Session<Task, Task>;
let tests: Task[];
const root: Task = { kind: 'suite', name: '' };
const held: NodeJS.Timeout[] = [];

function start(options: object): void {
  tests = [];
  session = createSession<Task, Task>(
    {
      file: import.meta.filename,
      root: import.meta.dirname,
      roleOf: (name) => (name === 'vitest' || name.startsWith('@vitest/') ? 'framework' : 'library'),
    },
    options,
    {
      root,
      parentOf: (task) => (task === root ? undefined : (task.file ?? root)),
      kindOf: ({ kind }) => kind,
      nameOf: ({ name }) => name,
      keyOf: (each) => each,
      testsOf: () => tests,
      hasCleanup: () => false,
      definitionOf: () => undefined,
    },
  );
}

afterEach(() => {
  session.end();
  for (const each of held.splice(0)) clearInterval(each);
});

async function run(name: string, body: () => unknown): Promise<void> {
  const own: Task = { kind: 'test', name };
  tests.push(own);
  const scope = session.begin(own, false);
  await session.tracker.run(scope, async () => body());
  if (!session.passIfClean(scope)) await session.judge(scope);
}

async function record(): Promise<FileRecord> {
  await session.finishFile(root, false);
  return session.record(root);
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
const spin = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

test('a leak is placed in its test, with its verdict, its callbacks and its end', async () => {
  start({ outputFile: 'leaks.json', grace: 0 });
  await run('is innocent', () => spin(3));
  let ticks = 0;
  await run('leaks', () => {
    spin(3);
    held.push(setInterval(() => ticks++, 2));
  });
  ticks = 0;
  await run('is disturbed', () => until(() => ticks > 3));
  const { times, leaks } = await record();
  const [, leaking, disturbed] = times!.tests;
  expect(times!.tests.map(({ name }) => name)).toEqual(['is innocent', 'leaks', 'is disturbed']);
  expect(times!.worker).toMatch(/^\d+-\d+$/);
  for (const { began, ended } of [times!, ...times!.tests]) expect(ended).toBeGreaterThanOrEqual(began);
  expect(times!.began).toBeLessThanOrEqual(times!.tests[0]!.began);
  expect(Math.abs(Date.now() - times!.ended)).toBeLessThan(1000);

  const [leak] = leaks;
  const { test: index, opened, judged, released, callbacks } = leak!.times!;
  expect(index).toBe(1);
  expect(opened).toEqual([leaking!.began, leaking!.ended]);
  expect(judged).toBeGreaterThanOrEqual(leaking!.ended);
  expect(judged).toBeLessThanOrEqual(disturbed!.began);
  expect(released![0]).toBeGreaterThanOrEqual(disturbed!.ended);
  expect(callbacks.length).toBe(leak!.after!.fired);
  expect(callbacks.length).toBeGreaterThan(3);
  for (const time of callbacks) {
    expect(time).toBeGreaterThanOrEqual(judged);
    expect(time).toBeLessThanOrEqual(released![1]);
  }
  expect(callbacks).toEqual(callbacks.toSorted((a, b) => a - b));
});

test('of two tests at once, a leak is placed between the moments around it', async () => {
  start({ outputFile: 'leaks.json' });
  const own: Task[] = ['first', 'second'].map((name) => ({ kind: 'test', name }));
  tests.push(...own);
  const first = session.begin(own[0]!, false);
  spin(2);
  session.tracker.run(first, () => held.push(setInterval(() => {}, 1_000_000)));
  spin(2);
  const second = session.begin(own[1]!, false);
  session.tracker.run(second, () => held.push(setInterval(() => {}, 1_000_000)));
  spin(2);
  await session.judge(first);
  await session.judge(second);
  const { times, leaks } = await record();
  const [one, two] = times!.tests;
  expect(leaks[0]!.times!.opened).toEqual([one!.began, two!.began]);
  expect(leaks[1]!.times!.opened).toEqual([two!.began, one!.ended]);
});

/** An interval that ends as it calls back once it has been asked to: however slow the machine is, after its verdict. */
function endingOnDemand(): { readonly ask: () => void; readonly hasEnded: () => boolean } {
  let [isAsked, isOver] = [false, false];
  const interval = setInterval(() => {
    if (!isAsked) return;
    clearInterval(interval);
    isOver = true;
  }, 1);
  held.push(interval);
  return { ask: () => (isAsked = true), hasEnded: () => isOver };
}

test('what closed by itself after its verdict ended between its last callback and the end of the file', async () => {
  start({ outputFile: 'leaks.json', grace: 0 });
  let leak: ReturnType<typeof endingOnDemand>;
  await run('leaks', () => void (leak = endingOnDemand()));
  await run('waits', () => {
    leak.ask();
    return until(leak.hasEnded);
  });
  const { leaks, times } = await record();
  const { callbacks, released } = leaks[0]!.times!;
  expect(released).toEqual([callbacks.at(-1), expect.any(Number)]);
  expect(released![1]).toBeLessThanOrEqual(times!.ended);
});

/** What one `new Opener()` opens is told in one error. */
class Opener {
  readonly opened: unknown;

  constructor(open: () => unknown) {
    this.opened = open();
  }
}

test('what is told under another has its own beginning, callbacks and end', async () => {
  start({ outputFile: 'leaks.json', grace: 0 });
  let ending: ReturnType<typeof endingOnDemand>;
  /** Two timers that one call opens: the leading one never calls back. */
  const forget = (): void => {
    held.push(setInterval(() => {}, 1_000_000));
    // The session of another test: its beginning and its end are moments that are known.
    const another: Task = { kind: 'test', name: 'another' };
    tests.push(another);
    session.drop(session.begin(another, false));
    ending = endingOnDemand();
  };
  await run('opens two', () => new Opener(forget));
  await run('is disturbed', () => {
    ending.ask();
    return until(ending.hasEnded);
  });
  const { leaks, times } = await record();
  expect(leaks).toHaveLength(1);
  const [{ leak, times: own, after }] = leaks as [RecordedLeak];
  const another = times!.tests.find(({ name }) => name === 'another')!;
  expect(leak.others).toHaveLength(1);
  expect(own).toMatchObject({ opened: [expect.any(Number), another.began], callbacks: [] });
  const [other] = own!.others!;
  expect(own!.others).toHaveLength(1);
  expect(other!.opened[0]).toBe(another.ended);
  expect(other!.callbacks).toHaveLength(after!.fired);
  expect(other!.released).toEqual([other!.callbacks.at(-1), expect.any(Number)]);
  expect(after).toEqual({ fired: expect.any(Number), during: ['is disturbed'] });
});

test('a test that failed by itself is marked, and what is allowed has its times', async () => {
  start({ outputFile: 'leaks.json', allow: ['Timeout'] });
  const own: Task = { kind: 'test', name: 'fails' };
  tests.push(own);
  session.drop(session.begin(own, false));
  await run('allows', () => void held.push(setInterval(() => {}, 1_000_000)));
  const { times, leaks } = await record();
  expect(times!.tests.map(({ failed }) => failed)).toEqual([true, undefined]);
  expect(leaks.map(({ status, times: own_ }) => [status, own_?.test])).toEqual([['allowed', 1]]);
});

test.each([
  ['each is recorded as it ends, its leaks go on after it', false],
  ['all are recorded in the end, all leaks go on until then', true],
])(
  'of several files in one process each lasts from its first test to its last; if %s',
  async (_when, inTheEnd) => {
    start({ outputFile: 'leaks.json' });
    const files = ['a', 'b'].map((name): Task => ({ kind: 'suite', name }));
    for (const file of files) session.openFile(file, import.meta.filename);
    spin(3);
    const records: FileRecord[] = [];
    const own = files.map((file): Task => ({ kind: 'test', name: `of ${file.name}`, file }));
    const keep = (i: number): void => {
      tests = [own[i]!];
      records.push(session.record(files[i]!));
    };
    for (const [i, file] of files.entries()) {
      const scope = session.begin(own[i]!, false);
      session.tracker.run(scope, () => held.push(setInterval(() => {}, 1_000_000)));
      tests = [own[i]!];
      await session.judge(scope);
      await session.finishFile(file, false);
      if (!inTheEnd) keep(i);
    }
    await session.finishFile(root, false);
    if (inTheEnd) for (const i of files.keys()) keep(i);
    const [a, b] = records.map(({ times }) => times!);
    for (const times of [a!, b!]) {
      expect(times.began).toBe(times.tests[0]!.began);
      expect(times.ended).toBe(times.tests[0]!.ended);
    }
    expect(b!.began).toBeGreaterThanOrEqual(a!.ended);
    for (const { leaks } of records) {
      expect(leaks).toHaveLength(1);
      if (!inTheEnd) expect(leaks[0]!.times).not.toHaveProperty('released');
      else expect(leaks[0]!.times!.released![0]).toBeGreaterThanOrEqual(b!.ended);
    }
  },
);

test('nothing is kept if no option asks for it', async () => {
  start({ grace: 0 });
  let ticks = 0;
  await run('leaks', () => void held.push(setInterval(() => ticks++, 1)));
  ticks = 0;
  await run('waits', () => until(() => ticks > 0));
  const { times, leaks } = await record();
  expect(times).toBeUndefined();
  expect(leaks[0]!.after!.fired).toBeGreaterThan(0);
  expect(leaks[0]!.times).toBeUndefined();
});

test('of many callbacks an even choice is kept, at most a hundred', () => {
  const resource = { cause: { depth: 0 } } as Resource;
  let now = 0;
  for (let i = 0; i < 10_000; i++) note(resource, [], () => now++);
  const { times, fired, every } = resource.aftermath!;
  expect(fired).toBe(10_000);
  expect(times.length).toBeGreaterThan(50);
  expect(times.length).toBeLessThanOrEqual(100);
  expect(every).toBe(128);
});
