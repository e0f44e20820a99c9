/** The call at a column of a line, as V8 and source maps give it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  callIn,
  importOf,
  isCloser,
  isMaker,
  isStarter,
} from '../../../../src/tracker/mistakes/call-text.ts';

/** The call whose column is that of `at`. */
const callAt = (line: string, at: string) => callIn(line, line.indexOf(at));

describe('the call', () => {
  test.each([
    ['  await boss.start();', 'start', 'boss.start()', 'start', 'boss'],
    ['  await pool.connect()', 'await', 'pool.connect()', 'connect', 'pool'],
    ['const pool = new pg.Pool({ max: 4 });', 'new', 'new pg.Pool({ max: 4 })', 'Pool', ''],
    ['new Client(server.address().port).ready', 'new', 'new Client(server.address().port)', 'Client', ''],
    ['while (on) await (await fetch(url)).text();', 'fetch', 'fetch(url)', 'fetch', ''],
    ['for (const c of all) await c?.disconnect();', 'disconnect', 'c?.disconnect()', 'disconnect', 'c'],
    ['  const x: Foo = await open<Foo>(file, {', 'open', 'open(…)', 'open', ''],
    [
      "  this.db = await createClient({ url, more: 'many long options' }).connect();",
      'connect(',
      'createClient(…).connect()',
      'connect',
      "createClient({ url, more: 'many long options' })",
    ],
    ['    }).listen(port, () => {', 'listen', 'listen(…)', 'listen', ''],
    ['  ], { flag: true }).watch(folder);', 'watch', 'watch(folder)', 'watch', ''],
    ['  await serve(handle(app)).listen(0);', 'listen', 'listen(0)', 'listen', ''],
    ['  return setTimeout(() => {', 'return', 'setTimeout(…)', 'setTimeout', ''],
  ])('in %s at "%s" is %s', (line, at, text, name, receiver) => {
    expect(callAt(line, at)).toMatchObject({ text, name, receiver });
  });

  test('is that before the parenthesis which a source map leads to', () => {
    expect(callIn('  connect(server.address().port);', '  connect'.length)).toMatchObject({
      name: 'connect',
    });
  });

  test.each(['const two = 1 + 1;', '', '  }', 'x.y'])('is none in "%s"', (line) => {
    expect(callIn(line, 0)).toBeUndefined();
  });

  test('knows what it is assigned to', () => {
    expect(callAt('  const agenda = new Agenda();', 'new')?.assigned).toBe('agenda');
    expect(callAt('  this.#pool = await open();', 'open')?.assigned).toBe('#pool');
    expect(callAt('  await open();', 'open')?.assigned).toBeUndefined();
  });

  test('is 40 characters at most, and shows no secret', () => {
    const call = callAt(`connect('postgres://me:hunter2@${'host'.repeat(20)}')`, 'connect');
    expect(call?.text).toBe('connect(…)');
    expect(callAt("connect({ password: 'hunter2' })", 'connect')?.text).toBe("connect({ password: '***' })");
  });
});

test.each([
  ['new Pool()', 'maker'],
  ['createServer()', 'maker'],
  ['openDatabase()', 'maker'],
  ['connect()', 'starter'],
  ['listen()', 'starter'],
  ['closeAll()', 'closer'],
  ['disconnect()', 'closer'],
  ['endpoint()', 'neither'],
  ['query()', 'neither'],
  ['creative()', 'neither'],
])('%s is a %s', (line, kind) => {
  const call = callIn(line, 0)!;
  const kinds = { maker: isMaker(call), starter: isStarter(call), closer: isCloser(call) };
  expect(Object.entries(kinds).flatMap(([name, is]) => (is ? name : []))).toEqual(
    kind === 'neither' ? [] : [kind],
  );
});

describe('the import() that loads a module', () => {
  const source = (...lines: string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), 'async-leaks-import-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'a.test.ts');
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const module = (file: string, name: string): string => join(dirname(file), name);

  test('is found by its path, with an ending or without', () => {
    const file = source(`const one = await import('./ticker');`, `await import("./lib/index.js");`);
    expect(importOf(file, module(file, 'ticker.ts'))).toEqual({ file, line: 1, column: 19 });
    expect(importOf(file, module(file, 'lib/index.ts'))).toEqual({ file, line: 2, column: 7 });
  });

  test('is not known where there are two, or none', () => {
    const file = source(
      `await import('./ticker');`,
      `await import('./ticker.js');`,
      `await import('other');`,
    );
    expect(importOf(file, module(file, 'ticker.ts'))).toBeUndefined();
    expect(importOf(file, module(file, 'other.ts'))).toBeUndefined();
  });
});
