/** How a leak reads in Vitest, and where its code frame is: in TypeScript, after lines that compile to more or fewer lines. */
import { describe, expect, test } from 'vitest';
import { cases, told } from '../../support/expected/messages.ts';
import { vitest4 } from '../../support/install/versions.ts';

describe('Vitest tells of', () => {
  test('a socket, opened by a timer in a helper', async () => {
    expect(await told(vitest4, cases['a socket, opened by a timer in a helper'])).toMatchInlineSnapshot(`
      " FAIL  test/a.test.ts > serves users
      LeakError: a TCP socket was opened in this test, but never closed (TCPWRAP)

        socket 127.0.0.1:<port> → 127.0.0.1:<port>  src/retry.ts:19:3  open
        └ because of a timer, 5 ms                src/retry.ts:14:5
          └ because of test "serves users"        test/a.test.ts:10:9

        With it:
        socket 127.0.0.1:<port> → 127.0.0.1:<port> (TCPWRAP)  test/a.test.ts:5:71

        Close it: socket.end() or socket.destroy(), or close the client or the
          pool that owns it.
       ❯ open src/retry.ts:19:3
           17|
           18| function open({ port }: Pool, done: () => void): void {
           19|   connect(port, '127.0.0.1').once('connect', done);
             |   ^
           20| }
           21|
       ❯ src/retry.ts:14:22"
    `);
  });

  test('a child process', async () => {
    expect(await told(vitest4, cases['a child process'])).toMatchInlineSnapshot(`
      " FAIL  test/a.test.ts > runs a job
      LeakError: a child process was spawned in this test, but never ended (PROCESSWRAP)

        child process <pid>: cat  test/a.test.ts:3:3

        With it:
        3 pipes (PIPEWRAP)  test/a.test.ts:3:3

        Close it: child.kill(), and await its 'exit' event.
       ❯ test/a.test.ts:3:3
            1| import { spawn } from 'node:child_process';
            2| test('runs a job', () => {
            3|   spawn('cat');
             |   ^
            4| });
            5|"
    `);
  });

  test('an interval, below an enum', async () => {
    expect(await told(vitest4, cases['an interval, below an enum'])).toMatchInlineSnapshot(`
      " FAIL  test/a.test.ts > polls
      LeakError: an interval was started in this test, but never cleared (Timeout)

        interval, every 60000 ms  test/a.test.ts:7:3

        Close it: clearInterval(), or .unref() if nothing waits for it.
       ❯ test/a.test.ts:7:3
            5| type Unused = { never: Every };
            6| test('polls', () => {
            7|   setInterval(() => {}, Every.Minute as Unused['never']);
             |   ^
            8| });
            9|"
    `);
  });

  test('a leak of beforeAll', async () => {
    expect(await told(vitest4, cases['a leak of beforeAll'])).toMatchInlineSnapshot(`
      " FAIL  test/a.test.ts > users
      LeakError: an interval was started in beforeAll of "users", but never cleared (Timeout)

        interval, every 1000 ms  test/a.test.ts:3:5

        Close it: clearInterval(), or .unref() if nothing waits for it.
       ❯ test/a.test.ts:3:5
            1| describe('users', () => {
            2|   beforeAll(() => {
            3|     setInterval(() => {}, 1000);
             |     ^
            4|   });
            5|   test('is innocent', () => {});"
    `);
  });

  test('a file handle', async () => {
    expect(await told(vitest4, cases['a file handle'])).toMatchInlineSnapshot(`
      " FAIL  test/a.test.ts > reads
      LeakError: a file handle was opened in this test, but never closed (FILEHANDLE)

        file test/a.test.ts  test/a.test.ts:3:9

        Close it: await handle.close(), or \`await using\`.
       ❯ test/a.test.ts:3:9
            1| import { open } from 'node:fs/promises';
            2| test('reads', async () => {
            3|   await open(__filename);
             |         ^
            4| });
            5|"
    `);
  });
});
