import { describe, expect, test } from 'vitest';

import type { Leak } from '../../../src/tracker/leak.ts';
import { toErrors } from '../../../src/report/leak-error.ts';
import { describeLeak } from '../../../src/report/message/describe.ts';

const root = '/project';
const place = (file: string, line: number, column: number, name?: string) => ({
  file: `${root}/${file}`,
  line,
  column,
  ...(name && { function: name }),
});

const socket: Leak = {
  type: 'TCPWRAP',
  kind: 'handle',
  noun: 'a TCP socket',
  made: 'opened',
  ended: 'closed',
  remedy: 'socket.end() or socket.destroy().',
  details: {
    local: '127.0.0.1:40522',
    remote: '127.0.0.1:5432',
    label: 'socket 127.0.0.1:40522 → 127.0.0.1:5432',
  },
  owner: { kind: 'test', name: 'serves users', place: place('test/api.test.ts', 14, 9) },
  place: place('src/pool.ts', 31, 22, 'connect'),
  probably: false,
  unattributed: false,
  frames: [place('src/pool.ts', 31, 22, 'connect')],
  chain: [
    {
      type: 'Timeout',
      noun: 'a timer',
      details: { delay: 50, label: 'timer, 50 ms' },
      place: place('src/retry.ts', 8, 5, 'schedule'),
    },
  ],
  others: [],
};

const options = { root, stackDepth: 24 };
const messageOf = (leak: Leak): string => toErrors([leak], options)[0]!.message;

describe('the message of a leak', () => {
  test('shows each line of the test that came to the same line of a client', () => {
    const made = (line: number, others: readonly Leak[] = []): Leak => ({
      ...socket,
      client: {
        package: 'ioredis',
        noun: 'an ioredis client',
        ends: 'await redis.quit()',
        call: 'new Redis()',
      },
      owner: { kind: 'test', name: 'adds', place: place('test/jobs.test.ts', line, 5) },
      chain: [],
      others,
    });
    expect(describeLeak(made(49, [made(141), made(141)]), root)).toBe(`\
an ioredis client was left running in this test: 3 TCP sockets (TCPWRAP)

  new Redis()             src/pool.ts:31:22  connect
  └ 3 TCP sockets → 127.0.0.1:5432
  because of test "adds"  test/jobs.test.ts:49:5
  and here                test/jobs.test.ts:141:5

  Close it: await redis.quit().`);
  });

  test('lists the calls of a helper in another file once, whatever it opened', () => {
    const called = (line: number, others: readonly Leak[] = []): Leak => {
      const caller = place('test/jobs.test.ts', line, 5);
      const owner = { kind: 'test', name: 'adds', place: caller } as const;
      return { ...socket, owner, caller, frames: [socket.place!, caller], chain: [], others };
    };
    const list = `\
  Called here:
    test/jobs.test.ts:49:5
    test/jobs.test.ts:50:5

  Close each: `;
    const own = describeLeak(called(49, [called(50)]), root);
    expect(own).toContain(`2 TCP sockets → 127.0.0.1:5432  src/pool.ts:31:22  connect\n\n${list}`);
    const client = { package: 'ioredis', noun: 'an ioredis client', ends: 'await redis.quit()', count: 2 };
    const text = describeLeak({ ...called(49, [called(50)]), client }, root);
    expect(text).toContain(`└ 2 TCP sockets → 127.0.0.1:5432\n\n${list}await redis.quit().`);
    expect(
      text.startsWith('2 ioredis clients were left running in this test: 2 TCP sockets (TCPWRAP)\n'),
    ).toBe(true);
  });

  test('says where to look if no row has the package: also at what the call was given', () => {
    const remedyOf = (call: string): string =>
      describeLeak({ ...socket, client: { package: 'pipes', noun: 'pipes', call } }, root)
        .replaceAll(/\s+/g, ' ')
        .replace(/^.* dispose\(\) of /, '');
    const or = "If there is none, allow it: allowLingering({ package: 'pipes' }).";
    expect(remedyOf('open()')).toBe(`what open() returned, or belongs to. ${or}`);
    expect(remedyOf('pipes.listen(server)')).toBe(
      `what pipes.listen() returned, was given, or belongs to. ${or}`,
    );
    expect(remedyOf('new Pipe(4)')).toBe(`that Pipe. ${or}`);
  });

  test('says what is open, since which line, why it exists, and how to close it', () => {
    expect(describeLeak(socket, root)).toBe(`\
a TCP socket was opened in this test, but never closed (TCPWRAP)

  socket 127.0.0.1:40522 → 127.0.0.1:5432  src/pool.ts:31:22  connect
  └ because of a timer, 50 ms              src/retry.ts:8:5   schedule
    └ because of test "serves users"       test/api.test.ts:14:9

  Close it: socket.end() or socket.destroy().`);
  });

  test('fits eighty columns in Jest too: a function that does not is left out, a place goes below', () => {
    const name = 'keeps the last rates while their source is down';
    const leak: Leak = {
      ...socket,
      place: place('src/connection.ts', 16, 27, 'new Connection'),
      owner: { kind: 'test', name, place: place('test/rates.test.ts', 20, 3) },
      remedy: 'socket.end() or socket.destroy(), or close the client or the pool that owns it.',
    };
    expect(describeLeak(leak, root).split('\n').slice(2, 6)).toEqual([
      '  socket 127.0.0.1:40522 → 127.0.0.1:5432  src/connection.ts:16:27',
      '  └ because of a timer, 50 ms              src/retry.ts:8:5  schedule',
      `    └ because of test "${name}"`,
      '        test/rates.test.ts:20:3',
    ]);
    expect(describeLeak(leak, root).split('\n').slice(-2)).toEqual([
      '  Close it: socket.end() or socket.destroy(), or close the client or the',
      '    pool that owns it.',
    ]);
  });

  test('tells of a file by its path below the root', () => {
    const path = `${root}/test/data.json`;
    const leak: Leak = { ...socket, chain: [], details: { path, label: `file ${path}` } };
    expect(describeLeak(leak, root)).toContain('\n  file test/data.json ');
  });

  test('tells of a file outside of the root by the shorter path', () => {
    const shown = (file: string): string =>
      describeLeak({ ...socket, place: { file, line: 1, column: 2 } }, root);
    expect(describeLeak(socket, `${root}/test`)).toContain('  ../src/pool.ts:31:22');
    expect(shown('/lib/x.js')).toContain('  /lib/x.js:1:2');
  });

  test('names the hook of a suite', () => {
    const leak: Leak = { ...socket, chain: [], owner: { kind: 'suite', name: 'api', hook: 'beforeAll' } };
    expect(describeLeak(leak, root)).toContain('was opened in beforeAll of "api", but never closed');
    expect(describeLeak(leak, root)).toContain('└ because of beforeAll of "api"');
  });

  test('shows the test where no line is known, and does not say that it is the line', () => {
    const { place: _, ...rest } = socket;
    const frames = [place('node_modules/pool/index.js', 3, 7)];
    const definition = place('test/api.test.ts', 12, 1);
    const leak: Leak = { ...rest, frames, chain: [], owner: { kind: 'test', name: 'serves', definition } };
    expect(describeLeak(leak, root)).toBe(`\
a TCP socket was opened somewhere in this test, but never closed (TCPWRAP)

  socket 127.0.0.1:40522 → 127.0.0.1:5432
  └ because of test "serves"  test/api.test.ts:12:1

  Which of your lines opened it is not known; this is the test's line.

  Close it: socket.end() or socket.destroy().`);
    const [error] = toErrors([leak], options);
    // The library's own frames do not lead there.
    expect(error?.stack?.split('\n').slice(-2)).toEqual([
      '  Close it: socket.end() or socket.destroy().',
      '    at /project/test/api.test.ts:12:1',
    ]);
  });

  test('lets no control character through', () => {
    const leak: Leak = {
      ...socket,
      type: 'AB',
      noun: 'an AsyncResource',
      details: { label: 'x\u001b[31m\n\u0007y' },
    };
    // eslint-disable-next-line no-control-regex
    expect(messageOf(leak)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('shows of what turns the direction of text its code, and of a huge name its beginning', () => {
    const named = (type: string): string => messageOf({ ...socket, type }).split('\n')[0]!;
    expect(named('\u202eevil\u0085')).toMatch(/\(\\u202eevil\\u0085\)$/);
    expect(named('x'.repeat(100_000))).toMatch(/\(x{200}…\)$/);
    const path = `${'deep/'.repeat(60)}a.txt`;
    const details = { path: `${root}/${path}`, label: `file ${root}/${path}` };
    expect(describeLeak({ ...socket, details }, root)).toContain(`file ${path}`);
  });
});

describe('errors', () => {
  test('stand at the creating line, and carry the facts', () => {
    const [error] = toErrors([socket], options);
    expect(error?.name).toBe('LeakError');
    expect(error?.stack?.split('\n').at(-1)).toBe('    at connect (/project/src/pool.ts:31:22)');
    expect(error?.leaks).toEqual([socket]);
  });

  test('are ten at most; the rest is counted by place', () => {
    const errors = toErrors(
      Array.from({ length: 13 }, () => socket),
      options,
    );
    expect(errors).toHaveLength(11);
    expect(errors.at(-1)?.message).toBe(
      '3 more resources were never closed\n\n  3 × TCPWRAP  src/pool.ts:31:22',
    );
  });
});
