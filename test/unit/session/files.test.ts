/** Several files in one process, as Mocha runs them: each is judged on its own, and has a record of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createSession, type LeakError, type Outcome, type Session } from '../../../src/session/index.ts';

interface Suite {
  readonly kind: 'suite';
  readonly name: string;
  readonly parent?: Suite;
  hasCleanup?: boolean;
  readonly tests: Test[];
}

interface Test {
  readonly kind: 'test';
  readonly name: string;
  readonly parent: Suite;
}

let folder: string;
let root: Suite;
let session: Session<Test, Suite>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'async-leaks-files-'));
  root = { kind: 'suite', name: '', tests: [] };
  session = createSession<Test, Suite>(
    {
      root: folder,
      roleOf: (name) => (name === 'vitest' || name.startsWith('@vitest/') ? 'framework' : 'library'),
    },
    { allow: [{ type: 'Immediate' }] },
    {
      root,
      parentOf: ({ parent }) => parent,
      kindOf: ({ kind }) => kind,
      nameOf: ({ name }) => name,
      keyOf: (each) => each,
      testsOf: (suite) => suite.tests,
      hasCleanup: (task) => task.kind === 'suite' && task.hasCleanup === true,
      definitionOf: () => undefined,
    },
  );
});

const held: NodeJS.Timeout[] = [];
const leaks = (): void => void held.push(setInterval(() => {}, 1_000_000));

afterEach(() => {
  session.end();
  for (const each of held.splice(0)) clearInterval(each);
  rmSync(folder, { recursive: true });
});

/** Opens a file, and runs its top level. */
function load(name: string, text: string, topLevel: () => void = () => {}): Suite {
  const path = join(folder, name);
  writeFileSync(path, text);
  const file: Suite = { kind: 'suite', name, parent: root, tests: [] };
  session.tracker.run(session.openFile(file, path), topLevel);
  return file;
}

/** Runs a test of a file, and judges it, or leaves that to its deadline. */
async function run(file: Suite, name: string, body: () => unknown): Promise<LeakError[]> {
  const own: Test = { kind: 'test', name, parent: file };
  file.tests.push(own);
  root.tests.push(own);
  const scope = session.begin(own, false);
  await session.tracker.run(scope, async () => body());
  const deadline = session.deadlineOf(own);
  if (deadline === undefined) return session.judge(scope);
  session.defer(scope, deadline);
  return [];
}

const namesOf = ({ tests, suites }: Outcome<Test, Suite>): Record<string, number> =>
  Object.fromEntries([...tests, ...suites].map(([{ name }, errors]) => [name, errors.length]));

const statusesOf = (file: Suite): string[] =>
  session.record(file).leaks.map(({ status, leak }) => `${status} ${leak.owner.name}`);

test('each file has its own verdicts and its own record', async () => {
  const a = load('a.test.js', '', leaks);
  const b = load('b.test.js', '');
  session.startRun();
  expect(await run(a, 'closes', () => {})).toEqual([]);
  expect(await run(b, 'leaks', leaks)).toHaveLength(1);
  expect(namesOf(await session.finishFile(a, false))).toEqual({ 'a.test.js': 1 });
  expect(namesOf(await session.finishFile(b, false))).toEqual({});
  expect(namesOf(await session.finishFile(root, false))).toEqual({});

  expect(session.record(a)).toMatchObject({ file: join(folder, 'a.test.js'), whole: true });
  expect(statusesOf(a)).toEqual([`failed ${join(folder, 'a.test.js')}`]);
  expect(session.record(b)).toMatchObject({ file: join(folder, 'b.test.js'), whole: true });
  expect(statusesOf(b)).toEqual(['failed leaks']);
  expect(statusesOf(root)).toEqual([]);
});

test('everything waits for the cleanup of the root, and is told of its own file', async () => {
  root.hasCleanup = true;
  const a = load('a.test.js', '', leaks);
  const b = load('b.test.js', '');
  session.startRun();
  let opened: NodeJS.Timeout | undefined;
  await run(a, 'opens what the root closes', () => void (opened = setInterval(() => {}, 1_000_000)));
  await run(b, 'leaks', leaks);
  for (const file of [a, b]) expect(await session.finishFile(file, false)).toEqual({ tests: [], suites: [] });
  session.tracker.run(session.hookScope(root, 'afterAll'), () => {
    clearInterval(opened);
    leaks();
  });
  root.hasCleanup = false;
  expect(namesOf(await session.finishFile(root, false))).toEqual({ leaks: 1, 'a.test.js': 1, '': 1 });
  expect(statusesOf(a)).toEqual([`failed ${join(folder, 'a.test.js')}`]);
  expect(statusesOf(b)).toEqual(['failed leaks']);
  expect(session.record(root).leaks).toMatchObject([{ leak: { owner: { kind: 'file', hook: 'afterAll' } } }]);
});

test('a docblock holds for its own file, an option for all', async () => {
  const a = load('a.test.js', '/** @allow-lingering Timeout */');
  const b = load('b.test.js', '/** @allow-lingering TCPWRAP */');
  session.startRun();
  expect(await run(a, 'is allowed it', leaks)).toEqual([]);
  expect(await run(b, 'is not', leaks)).toHaveLength(1);
  for (const file of [a, b, root]) await session.finishFile(file, false);
  expect(statusesOf(a)).toEqual(['allowed is allowed it']);
  const allowancesOf = (file: Suite): [string, boolean][] =>
    session.record(file).allowances.map(({ text, used }) => [text, used]);
  expect(allowancesOf(a)).toEqual([
    [`option "allow": 'Immediate'`, false],
    ['@allow-lingering Timeout', true],
  ]);
  expect(allowancesOf(b)[1]).toEqual(['@allow-lingering TCPWRAP', false]);
});

test('what may linger goes on after its file, and what it makes then is judged no more', async () => {
  const a = load('a.test.js', '/** @allow-lingering Timeout */');
  const b = load('b.test.js', '');
  session.startRun();
  let server: net.Server | undefined;
  let open = (): void => {};
  await run(a, 'may leave an interval', () => void held.push(setInterval(() => open(), 1)));
  expect(namesOf(await session.finishFile(a, false))).toEqual({});
  const another = (): Promise<void> =>
    new Promise((resolve) => {
      open = () => {
        server ??= net.createServer().listen(0);
        resolve();
      };
    });
  expect(await run(b, 'runs meanwhile', another)).toEqual([]);
  for (const file of [b, root]) expect(namesOf(await session.finishFile(file, false))).toEqual({});
  server?.close();
});

test('a hook may be defined at a place, if the framework knows that and no stack', async () => {
  const file = load('a.test.mjs', '');
  session.startRun();
  const place = { file: join(folder, 'a.test.mjs'), line: 3, column: 1 };
  session.tracker.run(session.hookScope(file, 'before', place), leaks);
  const { suites } = await session.finishFile(file, false);
  expect(suites.flatMap(([, [error]]) => error!.leaks[0]!.owner)).toMatchObject([
    { hook: 'before', definition: place },
  ]);
});
