/** How a leak reads in Jest, and where its code frame is: in TypeScript, after lines that compile to more or fewer lines. */
import { describe, expect, test } from 'vitest';
import { cases, told } from '../../support/expected/messages.ts';
import { jest30 } from '../../support/install/versions.ts';

describe('Jest tells of', () => {
  test('a socket, opened by a timer in a helper', async () => {
    expect(await told(jest30, cases['a socket, opened by a timer in a helper'])).toMatchInlineSnapshot(`
      "  ✕ serves users

        ● serves users

          LeakError: a TCP socket was opened in this test, but never closed (TCPWRAP)

            socket 127.0.0.1:<port> → 127.0.0.1:<port>  src/retry.ts:19:10  open
            └ because of a timer, 5 ms                src/retry.ts:14:5
              └ because of test "serves users"        test/a.test.ts:10:17

            With it:
            socket 127.0.0.1:<port> → 127.0.0.1:<port> (TCPWRAP)  test/a.test.ts:5:71

            Close it: socket.end() or socket.destroy(), or close the client or the
              pool that owns it.

            17 |
            18 | function open({ port }: Pool, done: () => void): void {
          > 19 |   connect(port, '127.0.0.1').once('connect', done);
               |          ^
            20 | }
            21 |

            at open (src/retry.ts:19:10)
            at src/retry.ts:14:22

       Async leaks  2 resources in 1 test, opened at 1 place

         src/retry.ts:19:10  open
           a TCP socket (TCPWRAP)
           in "serves users"
           Close it: socket.end() or socket.destroy(), or close the client or the pool that owns it.

         To let something linger, call allowLingering() in its test: node_modules/async-leaks/docs/allowances.md"
    `);
  });

  test('a child process', async () => {
    expect(await told(jest30, cases['a child process'])).toMatchInlineSnapshot(`
      "  ✕ runs a job

        ● runs a job

          LeakError: a child process was spawned in this test, but never ended (PROCESSWRAP)

            child process <pid>: cat  test/a.test.ts:3:8

            With it:
            3 pipes (PIPEWRAP)  test/a.test.ts:3:8

            Close it: child.kill(), and await its 'exit' event.

            1 | import { spawn } from 'node:child_process';
            2 | test('runs a job', () => {
          > 3 |   spawn('cat');
              |        ^
            4 | });
            5 |

            at test/a.test.ts:3:8

       Async leaks  4 resources in 1 test, opened at 1 place

         test/a.test.ts:3:8
           a child process, 3 pipes (PROCESSWRAP, PIPEWRAP)
           in "runs a job"
           Close it: child.kill(), and await its 'exit' event.

         To let something linger, call allowLingering() in its test: node_modules/async-leaks/docs/allowances.md"
    `);
  });

  test('an interval, below an enum', async () => {
    expect(await told(jest30, cases['an interval, below an enum'])).toMatchInlineSnapshot(`
      "  ✕ polls

        ● polls

          LeakError: an interval was started in this test, but never cleared (Timeout)

            interval, every 60000 ms  test/a.test.ts:7:3

            Close it: clearInterval(), or .unref() if nothing waits for it.

            5 | type Unused = { never: Every };
            6 | test('polls', () => {
          > 7 |   setInterval(() => {}, Every.Minute as Unused['never']);
              |   ^
            8 | });
            9 |

            at test/a.test.ts:7:3

       Async leaks  1 resource in 1 test, opened at 1 place

         test/a.test.ts:7:3
           an interval (Timeout)
           in "polls"
           Close it: clearInterval(), or .unref() if nothing waits for it.

         To let something linger, call allowLingering() in its test: node_modules/async-leaks/docs/allowances.md"
    `);
  });

  test('a leak of beforeAll', async () => {
    expect(await told(jest30, cases['a leak of beforeAll'])).toMatchInlineSnapshot(`
      "  ● Test suite failed to run

          LeakError: an interval was started in beforeAll of "users", but never cleared (Timeout)

            interval, every 1000 ms  test/a.test.ts:3:5

            Close it: clearInterval(), or .unref() if nothing waits for it.

            1 | describe('users', () => {
            2 |   beforeAll(() => {
          > 3 |     setInterval(() => {}, 1000);
              |     ^
            4 |   });
            5 |   test('is innocent', () => {});
            6 | });

            at test/a.test.ts:3:5


       Async leaks  1 resource in 1 file outside of tests, opened at 1 place

         test/a.test.ts:3:5
           an interval (Timeout)
           in beforeAll of "users"
           Close it: clearInterval(), or .unref() if nothing waits for it.

         To let something linger, call allowLingering() in its test: node_modules/async-leaks/docs/allowances.md"
    `);
  });

  test('a file handle', async () => {
    expect(await told(jest30, cases['a file handle'])).toMatchInlineSnapshot(`
      "  ✕ reads

        ● reads

          LeakError: a file handle was opened in this test, but never closed (FILEHANDLE)

            file test/a.test.ts  test/a.test.ts:3:13

            Close it: await handle.close(), or \`await using\`.

            1 | import { open } from 'node:fs/promises';
            2 | test('reads', async () => {
          > 3 |   await open(__filename);
              |             ^
            4 | });
            5 |

            at test/a.test.ts:3:13

       Async leaks  1 resource in 1 test, opened at 1 place

         test/a.test.ts:3:13
           a file handle (FILEHANDLE)
           in "reads"
           Close it: await handle.close(), or \`await using\`.

         To let something linger, call allowLingering() in its test: node_modules/async-leaks/docs/allowances.md"
    `);
  });
});
